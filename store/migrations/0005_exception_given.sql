-- What the source said beside the record (headers of a web hook, when it came, which record it was): a
-- template may ask for it when an exception is retried.

ALTER TABLE exception ADD COLUMN given TEXT NOT NULL DEFAULT '';  -- a JSON object, masked
