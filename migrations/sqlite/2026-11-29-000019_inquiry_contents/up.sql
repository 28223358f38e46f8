-- What was said in an inquiry, apart from the state of the work on it: it is written once, and a call logged rewrites no text.
CREATE TABLE inquiry_contents (
    inquiry_id       BLOB NOT NULL PRIMARY KEY REFERENCES inquiries (id),
    need             TEXT,
    usage            TEXT,
    tax              TEXT,
    company          TEXT,
    contact          TEXT,
    phone            TEXT,
    phone_e164       TEXT,
    email            TEXT,
    wechat           TEXT,
    message          TEXT,
    facts            TEXT NOT NULL,
    custom           TEXT NOT NULL,
    source           TEXT NOT NULL
) STRICT;
INSERT INTO inquiry_contents (inquiry_id, need, usage, tax, company, contact, phone, phone_e164, email, wechat, message, facts, custom, source)
SELECT id, need, usage, tax, company, contact, phone, phone_e164, email, wechat, message, facts, custom, source FROM inquiries;
-- The newest of one number come in their order.
CREATE INDEX inquiry_contents_by_phone ON inquiry_contents (phone_e164, inquiry_id) WHERE phone_e164 IS NOT NULL;

-- The work alone. Foreign keys are off while migrations run, so that a table that others refer to can be rebuilt.
CREATE TABLE inquiries_new (
    id                 BLOB NOT NULL PRIMARY KEY,
    status             TEXT NOT NULL CHECK (status = 'new' OR status = 'contacted' OR status = 'qualified' OR status = 'viewing' OR status = 'negotiating' OR status = 'signed' OR status = 'landed' OR status = 'lost' OR status = 'invalid'),
    reason             TEXT,
    tags               TEXT NOT NULL,
    form_id            BLOB REFERENCES forms (id),
    assignee_id        BLOB REFERENCES users (id),
    team_id            BLOB REFERENCES teams (id),
    duplicate_of       BLOB REFERENCES inquiries (id),
    received_at        INTEGER NOT NULL,
    assigned_at        INTEGER,
    accepted_at        INTEGER,
    first_contacted_at INTEGER,
    last_contacted_at  INTEGER,
    next_follow_up_at  INTEGER,
    closed_at          INTEGER,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    deleted_at         INTEGER,
    version            INTEGER NOT NULL
) STRICT;
INSERT INTO inquiries_new (id, status, reason, tags, form_id, assignee_id, team_id, duplicate_of, received_at, assigned_at, accepted_at, first_contacted_at, last_contacted_at, next_follow_up_at, closed_at, created_at, updated_at, deleted_at, version)
SELECT id, status, reason, tags, form_id, assignee_id, team_id, duplicate_of, received_at, assigned_at, accepted_at, first_contacted_at, last_contacted_at, next_follow_up_at, closed_at, created_at, updated_at, deleted_at, version FROM inquiries;
DROP TABLE inquiries;
ALTER TABLE inquiries_new RENAME TO inquiries;
-- The id begins with the time of receipt, so each of these also serves the order by received_at.
CREATE INDEX inquiries_of_assignee ON inquiries (assignee_id, id);
CREATE INDEX inquiries_of_team ON inquiries (team_id, id);
CREATE INDEX inquiries_by_status ON inquiries (status, id);
CREATE INDEX inquiries_by_update ON inquiries (updated_at, id);
CREATE INDEX inquiries_by_next_follow_up ON inquiries (next_follow_up_at, id) WHERE next_follow_up_at IS NOT NULL;
