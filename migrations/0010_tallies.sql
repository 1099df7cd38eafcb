-- What events taught, gathered: one row a source and batch of events, where a row a field was written before.

CREATE TABLE tallies (
  source_id  TEXT PRIMARY KEY,
  -- Events that were counted; the day (days since 1970 in UTC) for which the two counts behind it hold.
  events     INTEGER NOT NULL DEFAULT 0,
  day        INTEGER,
  day_events INTEGER NOT NULL DEFAULT 0,
  day_bytes  INTEGER NOT NULL DEFAULT 0,
  -- Batches that were added since the entries were last summed up.
  batches    INTEGER NOT NULL DEFAULT 0,
  -- What the ledger of fields does not have yet: entries with commas between them, each the JSON list
  -- [path, revision, last_seen, test_only, present, empty, meaning, [sample, …]]. The last column, so that whoever reads
  -- the counts does not read it.
  entries    TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- The columns of these names in `sources` are not read any more.
INSERT INTO tallies (source_id, events, day, day_events, day_bytes)
SELECT id, events, day, day_events, day_bytes FROM sources WHERE deleted_at IS NULL AND events > 0;

-- Whose values are not even gathered.
CREATE INDEX fields_masked ON fields (source_id, path) WHERE masked = 1;
