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
