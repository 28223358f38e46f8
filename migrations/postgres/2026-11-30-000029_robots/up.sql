-- Robots of group chats.
CREATE TABLE robots (
    id         UUID NOT NULL PRIMARY KEY,
    -- An open word: further kinds may come.
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    -- Whoever knows it may write to the group.
    url        TEXT NOT NULL,
    secret     TEXT,
    -- Names of events, or patterns of them.
    events     JSONB NOT NULL,
    team_id    UUID REFERENCES teams (id),
    active     BOOLEAN NOT NULL,
    last_error JSONB,
    -- Messages in a row that were given up.
    failures   INTEGER NOT NULL,
    -- How far the log has been read for it.
    position   BIGINT NOT NULL,
    -- The message that is to be sent next: a row of deliveries.
    batch_id   UUID,
    -- The moments of its latest requests.
    requests   JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version    BIGINT NOT NULL
);

-- What a robot is still to say: NULL waits for a message, else it is in that one.
CREATE TABLE robot_facts (
    id       UUID NOT NULL PRIMARY KEY,
    robot_id UUID NOT NULL REFERENCES robots (id),
    event_id UUID NOT NULL REFERENCES events (id),
    batch_id UUID
);
CREATE INDEX robot_facts_of_robot ON robot_facts (robot_id, batch_id, id);
