-- A message may have links about several plans of one inquiry: each is used by itself.
ALTER TABLE link_uses RENAME COLUMN inquiry_id TO subject_id;
