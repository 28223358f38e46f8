-- Settings that people change while the program runs: a document of each kind.
CREATE TABLE settings (
    name       TEXT NOT NULL PRIMARY KEY,
    document   TEXT NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- How many of something there are for a record, on a day (counted from 1970-01-01; 0: at all).
CREATE TABLE counters (
    name  TEXT NOT NULL,
    key   BLOB NOT NULL,
    day   INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (name, day, key)
) STRICT, WITHOUT ROWID;
