-- Checksums, so that a damaged number is not believed: CRC-32C over the row's other columns in this
-- order, see crc32c() in store/sqlite.h.

ALTER TABLE stream ADD COLUMN crc INTEGER;
UPDATE stream SET
  crc=crc32c(epoch_no,stream,confirmed,published,pruned_through,merged_through,pruned_chain);

ALTER TABLE absent ADD COLUMN crc INTEGER;
UPDATE absent SET crc=crc32c(epoch_no,stream,first,last,reason);

-- NULL: written before there were checksums. There may be very many; merging replaces them in time.
ALTER TABLE dedup_segment ADD COLUMN crc INTEGER;
ALTER TABLE dedup_block ADD COLUMN crc INTEGER;
