-- The secret address under which a user's calendar reads their follow-ups: one at most, as a hash.
CREATE TABLE calendar_feeds (
    user_id    UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    token_hash BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL
);
