-- The inquiry, and what it is found by.
CREATE TABLE inquiries (
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
    status             TEXT NOT NULL CHECK (status IN ('new', 'contacted', 'qualified', 'viewing', 'negotiating', 'signed', 'landed', 'lost', 'invalid')),
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
-- The id begins with the time of receipt, so each of these also serves the order by received_at.
CREATE INDEX inquiries_of_assignee ON inquiries (assignee_id, id);
CREATE INDEX inquiries_of_team ON inquiries (team_id, id);
CREATE INDEX inquiries_by_status ON inquiries (status, id);
CREATE INDEX inquiries_by_update ON inquiries (updated_at, id);
CREATE INDEX inquiries_by_next_follow_up ON inquiries (next_follow_up_at, id) WHERE next_follow_up_at IS NOT NULL;
CREATE INDEX inquiries_by_phone ON inquiries (phone_e164) WHERE phone_e164 IS NOT NULL;

-- The facts that lists filter and sort by. Money in whole fen (0.01 yuan), areas in square metres.
CREATE TABLE inquiry_facts (
    inquiry_id       BLOB NOT NULL PRIMARY KEY REFERENCES inquiries (id),
    need_kind        TEXT,
    region_code      TEXT,
    tax_fen_per_year INTEGER,
    area_min_sqm     REAL,
    area_max_sqm     REAL
) STRICT;
CREATE INDEX inquiry_facts_by_tax ON inquiry_facts (tax_fen_per_year, inquiry_id) WHERE tax_fen_per_year IS NOT NULL;
CREATE INDEX inquiry_facts_by_kind ON inquiry_facts (need_kind, inquiry_id) WHERE need_kind IS NOT NULL;
CREATE INDEX inquiry_facts_by_region ON inquiry_facts (region_code, inquiry_id) WHERE region_code IS NOT NULL;

CREATE TABLE inquiry_tags (
    tag        TEXT NOT NULL,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    PRIMARY KEY (tag, inquiry_id)
) STRICT;
CREATE INDEX inquiry_tags_of_inquiry ON inquiry_tags (inquiry_id);
