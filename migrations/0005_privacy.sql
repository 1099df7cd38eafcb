-- Erasures of what is known about a person: under way, and their receipts for ever after.

CREATE TABLE erasures (
  id          TEXT PRIMARY KEY,
  -- 'phone' or 'email'.
  kind        TEXT NOT NULL,
  -- A keyed hash of the number or the address: it proves whose erasure this was to whoever brings it again, and keeps
  -- nothing of the person.
  subject     TEXT NOT NULL,
  -- The number or the address itself, sealed, while the erasure is under way; null afterwards.
  sealed      TEXT,
  -- How far it has come, JSON; null when it is over.
  place       TEXT,
  -- What was found where: counts and ids, JSON.
  found       TEXT NOT NULL DEFAULT '{}',
  created_at  INTEGER NOT NULL,
  finished_at INTEGER
) WITHOUT ROWID;
CREATE INDEX erasures_open ON erasures (subject) WHERE finished_at IS NULL;
