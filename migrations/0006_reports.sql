-- What WhatsApp reported about messages: one row a message, the furthest that it got.
--
-- A report may come while the run is being worked on, so it is not written into the run: nobody has to hold the run for
-- it, and reports that overtake each other cannot undo one another. No recipient is here.
CREATE TABLE reports (
  event_id      TEXT NOT NULL,
  automation_id TEXT NOT NULL,
  number        INTEGER NOT NULL,
  step_id       TEXT NOT NULL,
  -- The step's attempt that sent the message.
  attempt       INTEGER NOT NULL,
  status        TEXT NOT NULL,
  at            INTEGER NOT NULL,
  -- Why it was not delivered, as a step's failure.
  failure       TEXT,
  -- Meta's id of the message, only as long as the step may have to learn it from here.
  message_id    TEXT,
  -- From when on somebody should look whether the report settles its step; null when it has nothing to settle.
  settle_at     INTEGER,
  PRIMARY KEY (event_id, automation_id, number, step_id, attempt)
) WITHOUT ROWID;
CREATE INDEX reports_settle ON reports (settle_at) WHERE settle_at IS NOT NULL;
