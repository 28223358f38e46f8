-- What is handed over to a channel, and what became of it. A delivery has the id of what it is for.
CREATE TABLE deliveries (
    id              UUID NOT NULL PRIMARY KEY,
    -- An open word: a channel that is no longer registered leaves its rows where they are.
    channel         TEXT NOT NULL,
    -- What has a rate and a circuit breaker of its own.
    target          TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'dead')),
    attempts        INTEGER NOT NULL,
    -- NULL once it is delivered or given up: what waits is found by the index alone.
    next_attempt_at TIMESTAMPTZ,
    leased_until    TIMESTAMPTZ,
    last_error      TEXT,
    message_id      TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    delivered_at    TIMESTAMPTZ
);
INSERT INTO deliveries (id, channel, target, status, attempts, next_attempt_at, leased_until, last_error, message_id, created_at, delivered_at)
SELECT id, channel, 'server', CASE status WHEN 'sent' THEN 'delivered' ELSE status END, attempts, next_attempt_at, leased_until,
    last_error, message_id, created_at, sent_at
FROM notifications ORDER BY id;
CREATE INDEX deliveries_waiting ON deliveries (channel, target, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_in_trouble ON deliveries (id) WHERE last_error IS NOT NULL;

-- Who is to hear of which event by which channel: written once. Their indexes and checks go with the columns.
ALTER TABLE notifications DROP CONSTRAINT notifications_channel_check;
ALTER TABLE notifications
    DROP COLUMN status, DROP COLUMN attempts, DROP COLUMN next_attempt_at, DROP COLUMN leased_until,
    DROP COLUMN last_error, DROP COLUMN message_id, DROP COLUMN sent_at;
