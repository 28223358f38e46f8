CREATE TABLE notifications_old (
    id              BLOB NOT NULL PRIMARY KEY,
    event_id        BLOB NOT NULL REFERENCES events (id),
    event           TEXT NOT NULL,
    inquiry_id      BLOB,
    follow_up_id    BLOB,
    user_id         BLOB NOT NULL REFERENCES users (id),
    channel         TEXT NOT NULL CHECK (channel = 'mail'),
    status          TEXT NOT NULL CHECK (status = 'pending' OR status = 'sent' OR status = 'failed' OR status = 'dead'),
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER,
    leased_until    INTEGER,
    last_error      TEXT,
    message_id      TEXT,
    created_at      INTEGER NOT NULL,
    sent_at         INTEGER,
    UNIQUE (event_id, user_id, channel)
) STRICT, WITHOUT ROWID;
INSERT INTO notifications_old (id, event_id, event, inquiry_id, follow_up_id, user_id, channel, status, attempts, next_attempt_at,
    leased_until, last_error, message_id, created_at, sent_at)
SELECT n.id, n.event_id, n.event, n.inquiry_id, n.follow_up_id, n.user_id, n.channel,
    CASE d.status WHEN 'delivered' THEN 'sent' ELSE d.status END, d.attempts, d.next_attempt_at, d.leased_until, d.last_error,
    d.message_id, n.created_at, d.delivered_at
FROM notifications AS n JOIN deliveries AS d ON d.id = n.id WHERE n.channel = 'mail' ORDER BY n.id;
DROP TABLE notifications;
DROP TABLE deliveries;
ALTER TABLE notifications_old RENAME TO notifications;
CREATE INDEX notifications_waiting ON notifications (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX notifications_by_status ON notifications (status, id);
CREATE INDEX notifications_of_user ON notifications (user_id, id);
CREATE INDEX notifications_of_inquiry ON notifications (inquiry_id);
