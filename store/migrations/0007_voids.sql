-- Receipts that another one has taken back; some come after what voids them. They go with their day.

CREATE TABLE voided_receipt(
  register_id   TEXT NOT NULL,
  business_date TEXT NOT NULL,
  number        INTEGER NOT NULL,
  voided_ms     INTEGER NOT NULL,      -- wall clock of the till
  PRIMARY KEY(register_id, business_date, number)) WITHOUT ROWID;
