-- What the machines of the house keep: facts, kept answers, the search index, the readiness probe.
CREATE TABLE events (
    id          UUID NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL,
    subject_id  UUID,
    actor       TEXT NOT NULL CHECK (actor IN ('system', 'user', 'form')),
    actor_id    UUID,
    at          TIMESTAMPTZ NOT NULL,
    request_id  UUID,
    data        JSONB NOT NULL,
    previous    JSONB
);
CREATE INDEX events_of_subject ON events (subject_id, id);

CREATE TABLE idempotency_keys (
    caller       TEXT NOT NULL,
    route        TEXT NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  BYTEA NOT NULL,
    status       INTEGER NOT NULL,
    version      BIGINT,
    location     TEXT,
    content_type TEXT NOT NULL,
    body         BYTEA NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (caller, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE readiness_probe (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    touched_at TIMESTAMPTZ NOT NULL
);
INSERT INTO readiness_probe (id, touched_at) VALUES (1, '1970-01-01Z');

-- The folded searchable texts and their pairs of characters.
CREATE TABLE search_texts (
    id    UUID NOT NULL PRIMARY KEY,
    body  TEXT NOT NULL,
    pairs TEXT[] NOT NULL
);
CREATE INDEX search_texts_by_pair ON search_texts USING gin (pairs);
