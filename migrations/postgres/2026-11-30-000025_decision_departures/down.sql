ALTER TABLE decisions DROP COLUMN departure_id;
