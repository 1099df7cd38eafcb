-- The first schema. Migrations are append-only: what is here never changes, the next one mends it.
--
-- Conventions: times are milliseconds since 1970 in UTC; `*_json` style columns hold JSON text; a table that is looked
-- up by its own key is WITHOUT ROWID, so that one insert writes one row. Every index costs one row written per insert.

-- The inbound addresses. Deleted ones stay, so that their URL can answer 410.
CREATE TABLE sources (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL,
  token           TEXT NOT NULL,
  -- The token that was rotated away, while its grace lasts.
  old_token       TEXT,
  old_token_until INTEGER,
  -- Raised by every change of token or settings: an insert checks it, so that no delivery is stored under old rules.
  revision        INTEGER NOT NULL DEFAULT 1,
  settings        TEXT NOT NULL,
  -- Signing secrets, sealed.
  secrets         TEXT,
  -- Raised by every new path or kind: tells an old KV document from the newest.
  schema_revision INTEGER NOT NULL DEFAULT 0,
  -- Since when the KV document may be older than the ledger; null when it was checked since.
  unpublished     INTEGER,
  events          INTEGER NOT NULL DEFAULT 0,
  created_at      INTEGER NOT NULL,
  deleted_at      INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX sources_token ON sources (token);
CREATE INDEX sources_old_token ON sources (old_token) WHERE old_token IS NOT NULL;
CREATE INDEX sources_unpublished ON sources (unpublished) WHERE unpublished IS NOT NULL;

-- The ledger of learned fields: the truth from which the KV document is written.
CREATE TABLE fields (
  source_id   TEXT NOT NULL,
  path        TEXT NOT NULL,
  position    INTEGER NOT NULL,
  kinds       TEXT NOT NULL,
  meaning     TEXT,
  -- 1 when an operator chose the meaning: guesses leave it alone.
  chosen      INTEGER NOT NULL DEFAULT 0,
  masked      INTEGER NOT NULL DEFAULT 0,
  samples     TEXT NOT NULL DEFAULT '[]',
  present     INTEGER NOT NULL DEFAULT 0,
  empty       INTEGER NOT NULL DEFAULT 0,
  first_seen  INTEGER NOT NULL,
  last_seen   INTEGER NOT NULL,
  test_only   INTEGER NOT NULL,
  PRIMARY KEY (source_id, path)
) WITHOUT ROWID;

-- The events. Their id carries the time of arrival.
CREATE TABLE events (
  source_id    TEXT NOT NULL,
  id           TEXT NOT NULL,
  content_type TEXT,
  user_agent   TEXT,
  query        TEXT,
  encoding     TEXT NOT NULL,
  body         TEXT NOT NULL,
  delivery_id  TEXT,
  body_hash    TEXT,
  test         INTEGER NOT NULL DEFAULT 0,
  -- Through how many webhook automations it had come: a loop is cut by it.
  hop          INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (source_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_delivery ON events (source_id, delivery_id) WHERE delivery_id IS NOT NULL;
-- Only of sources that refuse equal bodies.
CREATE INDEX events_body ON events (source_id, body_hash) WHERE body_hash IS NOT NULL;

CREATE TABLE automations (
  id         TEXT PRIMARY KEY,
  source_id  TEXT NOT NULL,
  -- The smallest id that an event could have had when the automation began to listen to this source.
  since      TEXT NOT NULL,
  name       TEXT NOT NULL,
  enabled    INTEGER NOT NULL DEFAULT 1,
  revision   INTEGER NOT NULL,
  -- What the sweep goes on doing with held runs: 'release' or 'drop'.
  held       TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) WITHOUT ROWID;
CREATE INDEX automations_source ON automations (source_id);

-- What an automation said at some time; a run is pinned to one of these for ever.
CREATE TABLE revisions (
  automation_id TEXT NOT NULL,
  revision      INTEGER NOT NULL,
  plan          TEXT NOT NULL,
  -- The steps of a run that has not begun.
  ledger        TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (automation_id, revision)
) WITHOUT ROWID;

-- The runs; their id is their key. `open` is the moment from which anyone may take the run, null when it is over.
CREATE TABLE runs (
  event_id      TEXT NOT NULL,
  automation_id TEXT NOT NULL,
  number        INTEGER NOT NULL,
  source_id     TEXT NOT NULL,
  revision      INTEGER NOT NULL,
  status        TEXT NOT NULL,
  cause         TEXT NOT NULL,
  with_errors   INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  started_at    INTEGER,
  finished_at   INTEGER,
  open          INTEGER,
  lease         TEXT,
  steps         TEXT NOT NULL,
  error         TEXT,
  -- The event, copied before a wait that outlives it.
  event_copy    TEXT,
  PRIMARY KEY (event_id, automation_id, number)
) WITHOUT ROWID;
CREATE INDEX runs_open ON runs (open) WHERE open IS NOT NULL;
-- What needs a person: the runs that failed or are uncertain.
CREATE INDEX runs_error ON runs (status, event_id) WHERE error IS NOT NULL;

CREATE TABLE contacts (
  id         TEXT PRIMARY KEY,
  phone      TEXT,
  email      TEXT,
  name       TEXT,
  properties TEXT NOT NULL DEFAULT '{}',
  tags       TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX contacts_phone ON contacts (phone) WHERE phone IS NOT NULL;
CREATE INDEX contacts_email ON contacts (email) WHERE email IS NOT NULL;

CREATE TABLE connections (
  id         TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL,
  simulated  INTEGER NOT NULL,
  is_default INTEGER NOT NULL DEFAULT 0,
  settings   TEXT NOT NULL DEFAULT '{}',
  secrets    TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What simulated connections would have sent.
CREATE TABLE outbox (
  event_id      TEXT NOT NULL,
  automation_id TEXT NOT NULL,
  number        INTEGER NOT NULL,
  step_id       TEXT NOT NULL,
  channel       TEXT NOT NULL,
  recipient     TEXT NOT NULL,
  content       TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (event_id, automation_id, number, step_id)
) WITHOUT ROWID;

-- Replays of a range of events, which the sweep carries on.
CREATE TABLE replays (
  id            TEXT PRIMARY KEY,
  source_id     TEXT NOT NULL,
  automation_id TEXT,
  from_id       TEXT NOT NULL,
  to_id         TEXT NOT NULL,
  -- The last event that was replayed.
  cursor        TEXT NOT NULL,
  total         INTEGER NOT NULL,
  done          INTEGER NOT NULL DEFAULT 0,
  runs          INTEGER NOT NULL DEFAULT 0,
  status        TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  finished_at   INTEGER
) WITHOUT ROWID;

-- What the sweep remembers from one minute to the next.
CREATE TABLE marks (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
