-- One contact with the inquirer, planned or done.
CREATE TABLE follow_ups (
    id              UUID NOT NULL PRIMARY KEY,
    inquiry_id      UUID NOT NULL REFERENCES inquiries (id),
    kind            TEXT NOT NULL CHECK (kind IN ('call', 'wechat', 'sms', 'email', 'visit', 'viewing', 'meeting', 'proposal', 'other')),
    due_at          TIMESTAMPTZ,
    done_at         TIMESTAMPTZ,
    outcome         TEXT CHECK (outcome IN ('reached', 'no_answer', 'wrong_number', 'refused', 'other')),
    note            TEXT,
    author_id       UUID REFERENCES users (id),
    -- The due_at that was announced; another due_at is announced anew.
    announced_due_at TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    version         BIGINT NOT NULL
);
CREATE INDEX follow_ups_of_inquiry ON follow_ups (inquiry_id, id);
CREATE INDEX follow_ups_planned ON follow_ups (due_at, id) WHERE done_at IS NULL;
CREATE INDEX follow_ups_done ON follow_ups (done_at, id) WHERE done_at IS NOT NULL;
CREATE INDEX follow_ups_to_announce ON follow_ups (due_at) WHERE done_at IS NULL AND announced_due_at IS NULL;
