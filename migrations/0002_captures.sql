-- The signatures of a source's last deliveries, for 15 minutes after an operator asked which scheme made them.
--
-- Sealed whole: headers, URL, and of a delivery that was refused its body. No index by event: a source has 5 at most.
CREATE TABLE captures (
  source_id  TEXT NOT NULL,
  -- Ordered by time.
  id         TEXT NOT NULL,
  -- The event that holds the body; null when the body is in here.
  event_id   TEXT,
  sealed     TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (source_id, id)
) WITHOUT ROWID;
-- For the sweep, which removes what has expired.
CREATE INDEX captures_expiry ON captures (expires_at);
