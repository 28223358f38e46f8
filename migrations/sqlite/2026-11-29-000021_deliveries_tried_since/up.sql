-- Since when it is tried: NULL = since it was created; else since somebody had it tried again, after so many tries.
ALTER TABLE deliveries ADD COLUMN tried_since INTEGER;
ALTER TABLE deliveries ADD COLUMN attempts_before INTEGER NOT NULL DEFAULT 0;
