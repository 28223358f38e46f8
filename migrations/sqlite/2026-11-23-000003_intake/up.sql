-- Where inquiries come from: forms, and every submission exactly as it came.
CREATE TABLE forms (
    id           BLOB NOT NULL PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    active       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL
) STRICT;

CREATE TABLE receipts (
    id           BLOB NOT NULL PRIMARY KEY,
    form_id      BLOB NOT NULL REFERENCES forms (id),
    received_at  INTEGER NOT NULL,
    content_type TEXT,
    body         BLOB NOT NULL,
    outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'failed')),
    reason       TEXT,
    inquiry_id   BLOB
) STRICT;
