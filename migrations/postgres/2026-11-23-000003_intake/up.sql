-- Where inquiries come from: forms, and every submission exactly as it came.
CREATE TABLE forms (
    id           UUID NOT NULL PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    active       BOOLEAN NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    version      BIGINT NOT NULL
);

CREATE TABLE receipts (
    id           UUID NOT NULL PRIMARY KEY,
    form_id      UUID NOT NULL REFERENCES forms (id),
    received_at  TIMESTAMPTZ NOT NULL,
    content_type TEXT,
    body         BYTEA NOT NULL,
    outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'failed')),
    reason       TEXT,
    inquiry_id   UUID
);
