-- When a message was first tried in its present round: the time for which it is tried counts from then on, and not
-- from when it was written, which may be days before.
ALTER TABLE deliveries ADD COLUMN first_tried_at TIMESTAMPTZ;
