CREATE TABLE events_old (
    id          BLOB NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL,
    subject_id  BLOB,
    actor       TEXT NOT NULL CHECK (actor = 'system' OR actor = 'user' OR actor = 'form'),
    actor_id    BLOB,
    at          INTEGER NOT NULL,
    request_id  BLOB,
    data        TEXT NOT NULL,
    previous    TEXT
) STRICT, WITHOUT ROWID;
-- Kinds of actors that the older version does not know become the system.
INSERT INTO events_old (id, kind, subject_id, actor, actor_id, at, request_id, data, previous)
SELECT id, kind, subject_id, CASE WHEN actor IN ('user', 'form') THEN actor ELSE 'system' END,
    CASE WHEN actor IN ('user', 'form') THEN actor_id END, at, request_id, data, previous FROM events ORDER BY id;
DROP TABLE events;
ALTER TABLE events_old RENAME TO events;
CREATE INDEX events_of_subject ON events (subject_id, id);
