ALTER TABLE link_uses RENAME COLUMN subject_id TO inquiry_id;
