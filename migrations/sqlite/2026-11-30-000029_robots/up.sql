-- Robots of group chats.
CREATE TABLE robots (
    id         BLOB NOT NULL PRIMARY KEY,
    -- An open word: further kinds may come.
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    -- Whoever knows it may write to the group.
    url        TEXT NOT NULL,
    secret     TEXT,
    -- Names of events, or patterns of them.
    events     TEXT NOT NULL,
    team_id    BLOB REFERENCES teams (id),
    active     INTEGER NOT NULL,
    last_error TEXT,
    -- Messages in a row that were given up.
    failures   INTEGER NOT NULL,
    -- How far the log has been read for it.
    position   INTEGER NOT NULL,
    -- The message that is to be sent next: a row of deliveries.
    batch_id   BLOB,
    -- The moments of its latest requests.
    requests   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;

-- What a robot is still to say: NULL waits for a message, else it is in that one.
CREATE TABLE robot_facts (
    id       BLOB NOT NULL PRIMARY KEY,
    robot_id BLOB NOT NULL REFERENCES robots (id),
    event_id BLOB NOT NULL REFERENCES events (id),
    batch_id BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX robot_facts_of_robot ON robot_facts (robot_id, batch_id, id);
