-- Receipts by number, for the checks of a register's day: gaps, repeats, the comparison with its
-- closes. A projection of the last days' sales: see docs/decisions/0016-receipts.md.

CREATE TABLE receipt(
  register_id   TEXT NOT NULL,
  business_date TEXT NOT NULL,
  number        INTEGER NOT NULL,
  completed_ms  INTEGER NOT NULL,      -- wall clock of the till
  accepted_ms   INTEGER NOT NULL,      -- wall clock of the agent
  counts        INTEGER NOT NULL,      -- 0: voided, training; 2: no receipt, its number was used up
  gross_minor   INTEGER NOT NULL,      -- of a return negative
  currency      TEXT NOT NULL,
  tenders       TEXT NOT NULL,         -- {"cash":1523}: taken in, by type
  PRIMARY KEY(register_id, business_date, number)) WITHOUT ROWID;

CREATE TABLE register_day(
  register_id   TEXT NOT NULL,
  business_date TEXT NOT NULL,
  source        TEXT NOT NULL,
  touched       INTEGER NOT NULL,      -- 1, 2, …: grows with every change
  kept_ms       INTEGER NOT NULL,      -- retention clock, of the latest change
  PRIMARY KEY(register_id, business_date)) WITHOUT ROWID;
CREATE UNIQUE INDEX register_day_touched ON register_day(touched);

CREATE TABLE register_close(
  register_id   TEXT NOT NULL,
  closed_ms     INTEGER NOT NULL,
  close_key     TEXT NOT NULL,
  business_date TEXT NOT NULL,
  close_no      TEXT NOT NULL,
  tx_count      INTEGER NOT NULL,
  gross_minor   INTEGER NOT NULL,
  currency      TEXT NOT NULL,
  tenders       TEXT NOT NULL,
  first_no      INTEGER,
  last_no       INTEGER,
  PRIMARY KEY(register_id, closed_ms, close_key)) WITHOUT ROWID;
