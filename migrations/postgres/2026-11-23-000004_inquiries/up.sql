-- The inquiry, and what it is found by.
CREATE TABLE inquiries (
    id                 UUID NOT NULL PRIMARY KEY,
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
    facts              JSONB NOT NULL,
    status             TEXT NOT NULL CHECK (status IN ('new', 'contacted', 'qualified', 'viewing', 'negotiating', 'signed', 'landed', 'lost', 'invalid')),
    reason             TEXT,
    tags               JSONB NOT NULL,
    custom             JSONB NOT NULL,
    form_id            UUID REFERENCES forms (id),
    source             JSONB NOT NULL,
    assignee_id        UUID REFERENCES users (id),
    team_id            UUID REFERENCES teams (id),
    duplicate_of       UUID REFERENCES inquiries (id),
    received_at        TIMESTAMPTZ NOT NULL,
    assigned_at        TIMESTAMPTZ,
    accepted_at        TIMESTAMPTZ,
    first_contacted_at TIMESTAMPTZ,
    last_contacted_at  TIMESTAMPTZ,
    next_follow_up_at  TIMESTAMPTZ,
    closed_at          TIMESTAMPTZ,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL,
    deleted_at         TIMESTAMPTZ,
    version            BIGINT NOT NULL
);
-- The id begins with the time of receipt, so each of these also serves the order by received_at.
CREATE INDEX inquiries_of_assignee ON inquiries (assignee_id, id);
CREATE INDEX inquiries_of_team ON inquiries (team_id, id);
CREATE INDEX inquiries_by_status ON inquiries (status, id);
CREATE INDEX inquiries_by_update ON inquiries (updated_at, id);
CREATE INDEX inquiries_by_next_follow_up ON inquiries (next_follow_up_at, id) WHERE next_follow_up_at IS NOT NULL;
CREATE INDEX inquiries_by_phone ON inquiries (phone_e164) WHERE phone_e164 IS NOT NULL;

-- The facts that lists filter and sort by. Money in whole fen (0.01 yuan), areas in square metres.
CREATE TABLE inquiry_facts (
    inquiry_id       UUID NOT NULL PRIMARY KEY REFERENCES inquiries (id),
    need_kind        TEXT,
    region_code      TEXT,
    tax_fen_per_year BIGINT,
    area_min_sqm     DOUBLE PRECISION,
    area_max_sqm     DOUBLE PRECISION
);
CREATE INDEX inquiry_facts_by_tax ON inquiry_facts (tax_fen_per_year, inquiry_id) WHERE tax_fen_per_year IS NOT NULL;
CREATE INDEX inquiry_facts_by_kind ON inquiry_facts (need_kind, inquiry_id) WHERE need_kind IS NOT NULL;
CREATE INDEX inquiry_facts_by_region ON inquiry_facts (region_code, inquiry_id) WHERE region_code IS NOT NULL;

CREATE TABLE inquiry_tags (
    tag        TEXT NOT NULL,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    PRIMARY KEY (tag, inquiry_id)
);
CREATE INDEX inquiry_tags_of_inquiry ON inquiry_tags (inquiry_id);
