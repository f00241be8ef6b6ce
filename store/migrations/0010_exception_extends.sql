-- What the template that made an exception was built on: its own version stays when that changes.

ALTER TABLE exception ADD COLUMN template_extends TEXT NOT NULL DEFAULT '';  -- "csv-sales 2", nearest first
