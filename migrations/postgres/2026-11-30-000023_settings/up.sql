-- Settings that people change while the program runs: a document of each kind.
CREATE TABLE settings (
    name       TEXT NOT NULL PRIMARY KEY,
    document   JSONB NOT NULL,
    version    BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- How many of something there are for a record, on a day (counted from 1970-01-01; 0: at all).
CREATE TABLE counters (
    name  TEXT NOT NULL,
    key   UUID NOT NULL,
    day   INTEGER NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name, day, key)
);
