-- What is due at a moment: one live timer for each kind and key. A row is deleted in the transaction in which it fires.
CREATE TABLE timers (
    id              BLOB NOT NULL PRIMARY KEY,
    kind            TEXT NOT NULL,
    -- The record that it is about.
    key             BLOB NOT NULL,
    due_at          INTEGER NOT NULL,
    payload         TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    -- Due_at at first; null once it has failed too often.
    next_attempt_at INTEGER,
    last_error      TEXT,
    UNIQUE (key, kind)
) STRICT;
CREATE INDEX timers_to_fire ON timers (next_attempt_at, id);

-- Plans that are there already, unless they have been announced.
INSERT INTO timers (id, kind, key, due_at, payload, attempts, next_attempt_at)
SELECT id, 'follow_up.due', id, due_at, json_object('follow_up_id', lower(hex(id))), 0, due_at
FROM follow_ups WHERE done_at IS NULL AND announced_due_at IS NULL AND due_at IS NOT NULL;

DROP INDEX follow_ups_to_announce;
