-- The deadlines of an inquiry's owner, and when its status changed last.
ALTER TABLE inquiries ADD COLUMN status_changed_at INTEGER;
ALTER TABLE inquiries ADD COLUMN recycle_at INTEGER;
ALTER TABLE inquiries ADD COLUMN recycle_warned_at INTEGER;
ALTER TABLE inquiries ADD COLUMN accept_due_at INTEGER;
ALTER TABLE inquiries ADD COLUMN first_contact_due_at INTEGER;
ALTER TABLE inquiries ADD COLUMN next_deadline_at INTEGER;
CREATE INDEX inquiries_by_next_deadline ON inquiries (next_deadline_at, id) WHERE next_deadline_at IS NOT NULL;
UPDATE inquiries SET status_changed_at = (SELECT max(at) FROM events WHERE subject_id = inquiries.id AND kind = 'inquiry.status_changed');

-- The industry, by which rules and lists ask.
ALTER TABLE inquiry_facts ADD COLUMN industry_code TEXT;
INSERT INTO inquiry_facts (inquiry_id, industry_code)
SELECT inquiry_id, json_extract(facts, '$.industry_code') FROM inquiry_contents
WHERE json_extract(facts, '$.industry_code') IS NOT NULL AND inquiry_id NOT IN (SELECT inquiry_id FROM inquiry_facts);
UPDATE inquiry_facts SET industry_code = (SELECT json_extract(facts, '$.industry_code') FROM inquiry_contents WHERE inquiry_contents.inquiry_id = inquiry_facts.inquiry_id);
CREATE INDEX inquiry_facts_by_industry ON inquiry_facts (industry_code, inquiry_id) WHERE industry_code IS NOT NULL;

-- Who holds how many open inquiries.
INSERT INTO counters (name, key, day, value)
SELECT 'open_inquiries', assignee_id, 0, count(*) FROM inquiries
WHERE assignee_id IS NOT NULL AND deleted_at IS NULL AND status IN ('new', 'contacted', 'qualified', 'viewing', 'negotiating')
GROUP BY assignee_id;

-- What rules decide by: a revision of all that they look at. A decision locks its row.
CREATE TABLE assignment_state (
    name     TEXT NOT NULL PRIMARY KEY,
    revision BLOB NOT NULL
) STRICT;
INSERT INTO assignment_state (name, revision) VALUES ('default', zeroblob(16));
DROP TABLE assignment_turns;

CREATE TABLE availabilities (
    user_id    BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    document   TEXT NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE assignment_rules (
    id          BLOB NOT NULL PRIMARY KEY,
    position    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    active      INTEGER NOT NULL,
    is_fallback INTEGER NOT NULL,
    conditions  TEXT NOT NULL,
    action      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
-- There is one fallback, and there is always one.
CREATE UNIQUE INDEX assignment_rules_fallback ON assignment_rules (is_fallback) WHERE is_fallback = 1;

-- Whose turn it is by each rule: the credit of each user, and when they had their last turn.
CREATE TABLE rotations (
    rule_id BLOB NOT NULL PRIMARY KEY,
    turns   INTEGER NOT NULL,
    credits TEXT NOT NULL
) STRICT;

-- Why an inquiry went where it did: what each decision of the rules looked at, by the event that announced it.
CREATE TABLE decisions (
    event_id   BLOB NOT NULL PRIMARY KEY,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    detail     TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_of_inquiry ON decisions (inquiry_id, event_id);

-- Who has lost an inquiry, and when: they do not get it back by a rule or a claim for a while.
CREATE TABLE former_owners (
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    user_id    BLOB NOT NULL REFERENCES users (id),
    lost_at    INTEGER NOT NULL,
    PRIMARY KEY (inquiry_id, user_id)
) STRICT;
