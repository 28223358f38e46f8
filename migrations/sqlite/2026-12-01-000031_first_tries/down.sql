ALTER TABLE deliveries DROP COLUMN first_tried_at;
