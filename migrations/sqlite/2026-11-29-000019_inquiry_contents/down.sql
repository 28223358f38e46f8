CREATE TABLE inquiries_old (
    id                 BLOB NOT NULL PRIMARY KEY,
    need               TEXT,
    usage              TEXT,
    tax                TEXT,
    company            TEXT,
    contact            TEXT,
    phone              TEXT,
    phone_e164         TEXT,
    email              TEXT,
    wechat             TEXT,
    message            TEXT,
    facts              TEXT NOT NULL,
    status             TEXT NOT NULL CHECK (status = 'new' OR status = 'contacted' OR status = 'qualified' OR status = 'viewing' OR status = 'negotiating' OR status = 'signed' OR status = 'landed' OR status = 'lost' OR status = 'invalid'),
    reason             TEXT,
    tags               TEXT NOT NULL,
    custom             TEXT NOT NULL,
    form_id            BLOB REFERENCES forms (id),
    source             TEXT NOT NULL,
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
INSERT INTO inquiries_old (id, need, usage, tax, company, contact, phone, phone_e164, email, wechat, message, facts, status, reason, tags, custom, form_id, source, assignee_id, team_id, duplicate_of, received_at, assigned_at, accepted_at, first_contacted_at, last_contacted_at, next_follow_up_at, closed_at, created_at, updated_at, deleted_at, version)
SELECT i.id, c.need, c.usage, c.tax, c.company, c.contact, c.phone, c.phone_e164, c.email, c.wechat, c.message, c.facts, i.status, i.reason, i.tags, c.custom, i.form_id, c.source, i.assignee_id, i.team_id, i.duplicate_of, i.received_at, i.assigned_at, i.accepted_at, i.first_contacted_at, i.last_contacted_at, i.next_follow_up_at, i.closed_at, i.created_at, i.updated_at, i.deleted_at, i.version
FROM inquiries AS i JOIN inquiry_contents AS c ON c.inquiry_id = i.id;
DROP TABLE inquiry_contents;
DROP TABLE inquiries;
ALTER TABLE inquiries_old RENAME TO inquiries;
CREATE INDEX inquiries_of_assignee ON inquiries (assignee_id, id);
CREATE INDEX inquiries_of_team ON inquiries (team_id, id);
CREATE INDEX inquiries_by_status ON inquiries (status, id);
CREATE INDEX inquiries_by_update ON inquiries (updated_at, id);
CREATE INDEX inquiries_by_next_follow_up ON inquiries (next_follow_up_at, id) WHERE next_follow_up_at IS NOT NULL;
CREATE INDEX inquiries_by_phone ON inquiries (phone_e164, id) WHERE phone_e164 IS NOT NULL;
