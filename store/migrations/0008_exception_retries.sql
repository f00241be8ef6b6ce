-- Why an exception came at first: a retry that fails puts its own reason in the place of that.

ALTER TABLE exception ADD COLUMN first_reason TEXT NOT NULL DEFAULT '';    -- '': it still is the reason
ALTER TABLE exception ADD COLUMN failed_ms    INTEGER NOT NULL DEFAULT 0;  -- wall clock, last failed retry
