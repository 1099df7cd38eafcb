-- The floor's one table.
CREATE TABLE events (
  id          TEXT PRIMARY KEY,
  received_at INTEGER NOT NULL,
  body        TEXT NOT NULL
) WITHOUT ROWID;
