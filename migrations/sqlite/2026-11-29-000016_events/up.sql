-- Every event has a position in the log, which the one writer numbers as it inserts; and who may act is an open set.
-- The position is the rowid: one more than the greatest. Events are never deleted, so none is given twice.
CREATE TABLE events_new (
    position    INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    subject_id  BLOB,
    actor       TEXT NOT NULL,
    actor_id    BLOB,
    at          INTEGER NOT NULL,
    request_id  BLOB,
    data        TEXT NOT NULL,
    previous    TEXT
) STRICT;
INSERT INTO events_new (id, kind, subject_id, actor, actor_id, at, request_id, data, previous)
SELECT id, kind, subject_id, actor, actor_id, at, request_id, data, previous FROM events ORDER BY id;
DROP TABLE events;
ALTER TABLE events_new RENAME TO events;
CREATE INDEX events_of_subject ON events (subject_id, id);
