DROP INDEX events_unnumbered;
DROP INDEX events_position_key;
ALTER TABLE events DROP COLUMN position;
-- Kinds of actors that the older version does not know become the system.
UPDATE events SET actor = 'system', actor_id = NULL WHERE actor NOT IN ('system', 'user', 'form');
ALTER TABLE events ADD CONSTRAINT events_actor_check CHECK (actor IN ('system', 'user', 'form'));
