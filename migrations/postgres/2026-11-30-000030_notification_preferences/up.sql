-- What people want to be notified of, and when; without a row, the default.
CREATE TABLE notification_preferences (
    user_id         UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    document        JSONB NOT NULL,
    -- The number of the date of the last digest, counted from 1970-01-01.
    last_digest_day INTEGER,
    version         BIGINT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL
);

-- Notifications of one person that leave as one message, if they wait together; NULL: alone.
ALTER TABLE notifications ADD COLUMN batch TEXT;
CREATE INDEX notifications_of_batch ON notifications (user_id, batch, id) WHERE batch IS NOT NULL;

-- Plans that a reminder named before they were due: they need none of their own.
CREATE TABLE reminded_plans (
    follow_up_id UUID NOT NULL,
    user_id      UUID NOT NULL,
    due_at       TIMESTAMPTZ NOT NULL,
    message_id   TEXT NOT NULL,
    PRIMARY KEY (follow_up_id, user_id, due_at)
);
CREATE INDEX reminded_plans_by_time ON reminded_plans (due_at);

-- What was done by a link in a message, each once.
CREATE TABLE link_uses (
    message_id UUID NOT NULL,
    inquiry_id UUID NOT NULL,
    action     TEXT NOT NULL,
    used_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, inquiry_id, action)
);
CREATE INDEX link_uses_by_time ON link_uses (used_at);
