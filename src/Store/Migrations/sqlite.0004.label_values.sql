-- How sure a label is, 0 to 1. A label without a value is a yes; of several of one name the newest stands in feedback_labels.
ALTER TABLE feedback ADD COLUMN value REAL;
ALTER TABLE feedback_labels ADD COLUMN value REAL NOT NULL DEFAULT 1;
