-- What drivers note about their sources, written with the events of their deliveries: see
-- docs/decisions/0015-exceptions-and-cursors.md.

CREATE TABLE source_cursor(
  driver     TEXT NOT NULL,
  key        TEXT NOT NULL,
  value      TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,         -- retention clock; 0: stays until its driver lets it go
  crc        INTEGER NOT NULL,         -- CRC-32C over the columns above
  PRIMARY KEY(driver, key)) WITHOUT ROWID;
CREATE INDEX source_cursor_expiry ON source_cursor(driver, expires_ms);

-- Where an item was found, and what became of it.
ALTER TABLE exception ADD COLUMN driver           TEXT NOT NULL DEFAULT '';  -- '': POST /v1/events
ALTER TABLE exception ADD COLUMN place            TEXT NOT NULL DEFAULT '';
ALTER TABLE exception ADD COLUMN template_name    TEXT NOT NULL DEFAULT '';
ALTER TABLE exception ADD COLUMN template_version TEXT NOT NULL DEFAULT '';
ALTER TABLE exception ADD COLUMN note             TEXT NOT NULL DEFAULT '';  -- why it was discarded
ALTER TABLE exception ADD COLUMN closed_ms        INTEGER NOT NULL DEFAULT 0;  -- retention clock
UPDATE exception SET closed_ms=coalesce((SELECT value FROM meta WHERE name='retention_ms'),0)
  WHERE state<>0;
CREATE INDEX exception_closed ON exception(closed_ms) WHERE state <> 0;

-- Those that were there before are no news to the hub.
INSERT INTO source_cursor(driver,key,value,expires_ms,crc)
  SELECT 'agent','exceptions.announced',seq,0,
         crc32c('agent','exceptions.announced',CAST(seq AS TEXT),0)
  FROM sqlite_sequence WHERE name='exception';

-- What people did, append-only: chain = SHA-256(chain of the entry before || record).
CREATE TABLE audit(
  number  INTEGER PRIMARY KEY,         -- 1, 2, … without a gap
  kept_ms INTEGER NOT NULL,            -- retention clock
  record  TEXT NOT NULL,               -- JSON
  chain   BLOB NOT NULL);

-- Where the trail begins and ends; one row.
CREATE TABLE audit_end(
  one            INTEGER PRIMARY KEY,  -- 1
  pruned_through INTEGER NOT NULL,     -- entries up to here have gone
  pruned_chain   BLOB NOT NULL,        -- the chain of the last of them
  last           INTEGER NOT NULL,
  chain          BLOB NOT NULL,
  crc            INTEGER NOT NULL);    -- CRC-32C over the columns above
INSERT INTO audit_end VALUES(1,0,zeroblob(32),0,zeroblob(32),
  crc32c(1,0,zeroblob(32),0,zeroblob(32)));
