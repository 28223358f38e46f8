-- What the machines of the house keep: facts, kept answers, the search index, the readiness probe.
CREATE TABLE events (
    id          BLOB NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL,
    subject_id  BLOB,
    actor       TEXT NOT NULL CHECK (actor IN ('system', 'user', 'form')),
    actor_id    BLOB,
    at          INTEGER NOT NULL,
    request_id  BLOB,
    data        TEXT NOT NULL,
    previous    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX events_of_subject ON events (subject_id, id);

CREATE TABLE idempotency_keys (
    caller       TEXT NOT NULL,
    route        TEXT NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  BLOB NOT NULL,
    status       INTEGER NOT NULL,
    version      INTEGER,
    location     TEXT,
    content_type TEXT NOT NULL,
    body         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (caller, route, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE readiness_probe (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    touched_at INTEGER NOT NULL
) STRICT;
INSERT INTO readiness_probe (id, touched_at) VALUES (1, 0);

-- Searchable texts: new ones as they are, settled ones as pairs of characters. `front` is the front of the id, in the order of the ids.
CREATE TABLE search_new (
    front INTEGER NOT NULL PRIMARY KEY,
    id    BLOB NOT NULL,
    body  TEXT NOT NULL
) STRICT;
CREATE TABLE search_rows (
    front INTEGER NOT NULL PRIMARY KEY,
    id    BLOB NOT NULL
) STRICT;
CREATE VIRTUAL TABLE search_pairs USING fts5 (pairs, content = '', contentless_delete = 1, tokenize = 'ascii');
