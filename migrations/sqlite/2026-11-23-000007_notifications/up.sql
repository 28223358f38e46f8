-- Who is to be told of which fact by which channel, and what became of it.
CREATE TABLE notifications (
    id              BLOB NOT NULL PRIMARY KEY,
    event_id        BLOB NOT NULL REFERENCES events (id),
    event           TEXT NOT NULL,
    inquiry_id      BLOB,
    follow_up_id    BLOB,
    user_id         BLOB NOT NULL REFERENCES users (id),
    channel         TEXT NOT NULL CHECK (channel IN ('mail')),
    status          TEXT NOT NULL CHECK (status IN ('pending', 'sent', 'failed', 'dead')),
    attempts        INTEGER NOT NULL,
    -- NULL once it is sent or given up: what waits is found by the index alone.
    next_attempt_at INTEGER,
    leased_until    INTEGER,
    last_error      TEXT,
    message_id      TEXT,
    created_at      INTEGER NOT NULL,
    sent_at         INTEGER,
    UNIQUE (event_id, user_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_waiting ON notifications (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX notifications_by_status ON notifications (status, id);
CREATE INDEX notifications_of_user ON notifications (user_id, id);
CREATE INDEX notifications_of_inquiry ON notifications (inquiry_id);
