DROP TABLE former_owners;
DROP TABLE decisions;
DROP TABLE rotations;
DROP TABLE assignment_rules;
DROP TABLE availabilities;
CREATE TABLE assignment_turns (
    name         TEXT NOT NULL PRIMARY KEY,
    last_user_id BLOB,
    turns        INTEGER NOT NULL
) STRICT;
INSERT INTO assignment_turns (name, last_user_id, turns) VALUES ('default', NULL, 0);
DROP TABLE assignment_state;
DELETE FROM counters WHERE name = 'open_inquiries';
DROP INDEX inquiry_facts_by_industry;
ALTER TABLE inquiry_facts DROP COLUMN industry_code;
DROP INDEX inquiries_by_next_deadline;
ALTER TABLE inquiries DROP COLUMN next_deadline_at;
ALTER TABLE inquiries DROP COLUMN first_contact_due_at;
ALTER TABLE inquiries DROP COLUMN accept_due_at;
ALTER TABLE inquiries DROP COLUMN recycle_warned_at;
ALTER TABLE inquiries DROP COLUMN recycle_at;
ALTER TABLE inquiries DROP COLUMN status_changed_at;
