-- The tables of the worker that the bench compares with. Its keys are chosen as thriftily as this product's: a table
-- that is looked up by its own key is WITHOUT ROWID, and an event's id is ordered by time.
CREATE TABLE events (
  source_id    TEXT NOT NULL,
  id           TEXT NOT NULL,
  received_at  INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  body         TEXT NOT NULL,
  PRIMARY KEY (source_id, id)
) WITHOUT ROWID;
CREATE TABLE runs (
  event_id    TEXT PRIMARY KEY,
  source_id   TEXT NOT NULL,
  status      TEXT NOT NULL,
  error       TEXT,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER
) WITHOUT ROWID;
CREATE TABLE contacts (
  id         TEXT PRIMARY KEY,
  email      TEXT NOT NULL,
  name       TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX contacts_email ON contacts (email);
