-- The number of the record in its source: a template may ask for it when an exception is retried.

ALTER TABLE exception ADD COLUMN record INTEGER NOT NULL DEFAULT 0;  -- from 1; 0: not known
