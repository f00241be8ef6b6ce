-- How often an exception was handed in: equal bad records are one.

ALTER TABLE exception ADD COLUMN times   INTEGER NOT NULL DEFAULT 1;
ALTER TABLE exception ADD COLUMN last_ms INTEGER NOT NULL DEFAULT 0;  -- wall clock; 0: once, at at_ms
