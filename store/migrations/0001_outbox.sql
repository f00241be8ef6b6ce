-- The outbox, first version. Rows are runs: see docs/decisions/0010-rows-are-runs.md.

CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE epoch(
  no       INTEGER PRIMARY KEY,        -- 1, 2, …; the newest is current
  uuid     TEXT NOT NULL UNIQUE,
  began_ms INTEGER NOT NULL,
  reason   TEXT NOT NULL);

-- Consecutive events of one stream and epoch, exactly as published.
CREATE TABLE run(
  key         INTEGER PRIMARY KEY,     -- epoch no << 47 | stream << 44 | first sequence
  last        INTEGER NOT NULL,
  accepted_ms INTEGER NOT NULL,        -- wall clock
  kept_ms     INTEGER NOT NULL,        -- retention clock
  codec       INTEGER NOT NULL,        -- 0 plain, 1 zstd
  plain_size  INTEGER NOT NULL,
  crc         INTEGER NOT NULL,        -- CRC-32C over all other columns
  chain       BLOB NOT NULL,           -- h(last)
  digests     BLOB NOT NULL,           -- per event: key 8, content 8, size 4 bytes, little-endian
  bytes       BLOB NOT NULL);          -- [{…},{…}]

-- Cursors; written when they are saved and when rows are pruned, never per event.
CREATE TABLE stream(
  epoch_no       INTEGER NOT NULL,
  stream         INTEGER NOT NULL,
  confirmed      INTEGER NOT NULL,
  published      INTEGER NOT NULL,
  pruned_through INTEGER NOT NULL,
  merged_through INTEGER NOT NULL,     -- digests up to here are in dedup_segment
  pruned_chain   BLOB NOT NULL,        -- h(pruned_through)
  PRIMARY KEY(epoch_no, stream)) WITHOUT ROWID;

CREATE TABLE absent(
  epoch_no INTEGER NOT NULL,
  stream   INTEGER NOT NULL,
  first    INTEGER NOT NULL,
  last     INTEGER NOT NULL,
  reason   INTEGER NOT NULL,           -- 0 withheld, 1 pruned, 2 salvage
  PRIMARY KEY(epoch_no, stream, first)) WITHOUT ROWID;

CREATE TABLE exception(
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  state    INTEGER NOT NULL,           -- 0 open, 1 retried, 2 discarded, 3 superseded
  kind     INTEGER NOT NULL,           -- 0 quarantined, 1 conflict, 2 withheld, 3 rejected
  key      INTEGER NOT NULL,
  content  INTEGER NOT NULL,
  source   TEXT NOT NULL,
  id       TEXT NOT NULL,
  revision TEXT NOT NULL,
  reason   TEXT NOT NULL,
  masked   TEXT NOT NULL,
  at_ms    INTEGER NOT NULL,
  epoch_no INTEGER NOT NULL,           -- 0: not about a stored event
  stream   INTEGER NOT NULL,
  sequence INTEGER NOT NULL);
CREATE UNIQUE INDEX exception_by_digest ON exception(key, content);
CREATE INDEX exception_open ON exception(key) WHERE state = 0;

-- The newest snapshot of each place that has no sequence yet.
CREATE TABLE level(
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  place   TEXT NOT NULL UNIQUE,
  as_of   TEXT NOT NULL,
  key     INTEGER NOT NULL,
  content INTEGER NOT NULL,
  bytes   BLOB NOT NULL);

CREATE TABLE day(
  business_date TEXT NOT NULL,
  register_id   TEXT NOT NULL,
  currency      TEXT NOT NULL,
  sales         INTEGER NOT NULL,
  returns       INTEGER NOT NULL,
  gross_minor   INTEGER NOT NULL,
  last_sale     TEXT NOT NULL,
  PRIMARY KEY(business_date, register_id, currency)) WITHOUT ROWID;

-- Deduplication: sorted segments of 24-byte entries (key, content, place), little-endian.
CREATE TABLE dedup_segment(
  id        INTEGER PRIMARY KEY,
  level     INTEGER NOT NULL,          -- -1: being written or being dropped
  entries   INTEGER NOT NULL,
  blocks    INTEGER NOT NULL,
  oldest_ms INTEGER NOT NULL,
  newest_ms INTEGER NOT NULL,
  filter    BLOB NOT NULL,
  fences    BLOB NOT NULL);
CREATE TABLE dedup_block(
  id      INTEGER PRIMARY KEY,         -- segment << 24 | block
  entries BLOB NOT NULL);

-- A fork under way: events above keep_through move to the current epoch.
CREATE TABLE fork(
  epoch_no     INTEGER NOT NULL,
  stream       INTEGER NOT NULL,
  keep_through INTEGER NOT NULL,
  PRIMARY KEY(epoch_no, stream)) WITHOUT ROWID;

-- For the person who opens the file.
CREATE VIEW events_overview AS
  SELECT epoch.uuid AS epoch,
         CASE (run.key >> 44) & 7 WHEN 0 THEN 'sales' WHEN 1 THEN 'finance' WHEN 2 THEN 'orders'
           WHEN 3 THEN 'stock' WHEN 4 THEN 'levels' WHEN 5 THEN 'master' ELSE 'ops' END AS stream,
         run.key & 17592186044415 AS first, run.last AS last,
         datetime(run.accepted_ms / 1000, 'unixepoch') AS accepted_utc,
         CASE run.codec WHEN 0 THEN 'plain' ELSE 'zstd' END AS codec,
         run.plain_size AS plain_bytes, length(run.bytes) AS stored_bytes
  FROM run LEFT JOIN epoch ON epoch.no = run.key >> 47;
