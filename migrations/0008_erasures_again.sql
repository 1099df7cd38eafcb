-- Erasures look a second time: for what was on its way while they went through the tables, and was written behind them.
-- All that is left of the person by then is the hash, with which what may have come is compared.

-- When the second look is due; null when there is none to come.
ALTER TABLE erasures ADD COLUMN again_at    INTEGER;
-- How far it has come, as `place`; null before it has begun.
ALTER TABLE erasures ADD COLUMN again_place TEXT;
-- When it was over; null before, and of erasures that were over before there was a second look.
ALTER TABLE erasures ADD COLUMN again_done  INTEGER;
CREATE INDEX erasures_again ON erasures (again_at) WHERE again_at IS NOT NULL;
