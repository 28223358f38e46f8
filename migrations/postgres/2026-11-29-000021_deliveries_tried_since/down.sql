ALTER TABLE deliveries DROP COLUMN attempts_before;
ALTER TABLE deliveries DROP COLUMN tried_since;
