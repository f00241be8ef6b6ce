-- Whose receipt it is and in which revision: a correction takes the place of what it corrects.

ALTER TABLE receipt ADD COLUMN event     INTEGER NOT NULL DEFAULT 0;  -- ReceiptFacts::event; 0: not known
ALTER TABLE receipt ADD COLUMN revision  INTEGER NOT NULL DEFAULT 1;
ALTER TABLE receipt ADD COLUMN is_return INTEGER NOT NULL DEFAULT 0;
UPDATE receipt SET is_return=1 WHERE gross_minor<0;
