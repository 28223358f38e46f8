-- Every event has a position in the log, NULL until it is numbered after its commit; and who may act is an open set.
ALTER TABLE events DROP CONSTRAINT events_actor_check;
ALTER TABLE events ADD COLUMN position BIGINT;
UPDATE events SET position = numbered.position
FROM (SELECT id, row_number() OVER (ORDER BY id) AS position FROM events) AS numbered WHERE events.id = numbered.id;
-- Partial, for two reasons: what waits is in the other index, and a column of a full unique index cannot be
-- updated while another transaction refers to the row by a foreign key.
CREATE UNIQUE INDEX events_position_key ON events (position) WHERE position IS NOT NULL;
CREATE INDEX events_unnumbered ON events (id) WHERE position IS NULL;
