-- What is handed over to a channel, and what became of it. A delivery has the id of what it is for.
CREATE TABLE deliveries (
    id              BLOB NOT NULL PRIMARY KEY,
    -- An open word: a channel that is no longer registered leaves its rows where they are.
    channel         TEXT NOT NULL,
    -- What has a rate and a circuit breaker of its own.
    target          TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status = 'pending' OR status = 'delivered' OR status = 'failed' OR status = 'dead'),
    attempts        INTEGER NOT NULL,
    -- NULL once it is delivered or given up: what waits is found by the index alone.
    next_attempt_at INTEGER,
    leased_until    INTEGER,
    last_error      TEXT,
    message_id      TEXT,
    created_at      INTEGER NOT NULL,
    delivered_at    INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries (id, channel, target, status, attempts, next_attempt_at, leased_until, last_error, message_id, created_at, delivered_at)
SELECT id, channel, 'server', CASE status WHEN 'sent' THEN 'delivered' ELSE status END, attempts, next_attempt_at, leased_until,
    last_error, message_id, created_at, sent_at
FROM notifications ORDER BY id;
CREATE INDEX deliveries_waiting ON deliveries (channel, target, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_in_trouble ON deliveries (id) WHERE last_error IS NOT NULL;

-- Who is to hear of which event by which channel: written once.
CREATE TABLE notifications_new (
    id              BLOB NOT NULL PRIMARY KEY,
    event_id        BLOB NOT NULL REFERENCES events (id),
    event           TEXT NOT NULL,
    inquiry_id      BLOB,
    follow_up_id    BLOB,
    user_id         BLOB NOT NULL REFERENCES users (id),
    channel         TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (event_id, user_id, channel)
) STRICT, WITHOUT ROWID;
INSERT INTO notifications_new (id, event_id, event, inquiry_id, follow_up_id, user_id, channel, created_at)
SELECT id, event_id, event, inquiry_id, follow_up_id, user_id, channel, created_at FROM notifications ORDER BY id;
DROP TABLE notifications;
ALTER TABLE notifications_new RENAME TO notifications;
CREATE INDEX notifications_of_user ON notifications (user_id, id);
CREATE INDEX notifications_of_inquiry ON notifications (inquiry_id);
