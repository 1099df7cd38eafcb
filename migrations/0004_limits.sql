-- Limits: what a source received today, what was refused, and how much was sent.

-- The day (days since 1970 in UTC) for which the two counts beside it hold. They stand in the source's row because the
-- consumer's count of events writes that row anyway.
ALTER TABLE sources ADD COLUMN day        INTEGER;
ALTER TABLE sources ADD COLUMN day_events INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN day_bytes  INTEGER NOT NULL DEFAULT 0;

-- The latest refused deliveries of each source, bounded in number. Their id carries the time.
CREATE TABLE refusals (
  source_id    TEXT NOT NULL,
  id           TEXT NOT NULL,
  code         TEXT NOT NULL,
  detail       TEXT NOT NULL,
  method       TEXT NOT NULL,
  content_type TEXT,
  -- The first 200 characters of a body that could not be read; null of any other.
  body         TEXT,
  PRIMARY KEY (source_id, id)
) WITHOUT ROWID;

-- How many deliveries were refused, by hour (hours since 1970) and code.
CREATE TABLE refusal_counts (
  source_id TEXT NOT NULL,
  hour      INTEGER NOT NULL,
  code      TEXT NOT NULL,
  count     INTEGER NOT NULL,
  PRIMARY KEY (source_id, hour, code)
) WITHOUT ROWID;

-- How much was sent in a window that ends at `ends_at`: by an automation (its id) or to a recipient (a hash, so that
-- this table names nobody).
CREATE TABLE sends (
  ends_at INTEGER NOT NULL,
  key     TEXT NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (ends_at, key)
) WITHOUT ROWID;
