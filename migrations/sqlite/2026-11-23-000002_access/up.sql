-- Who there is: teams, users, what they show themselves with, and what they did.
CREATE TABLE teams (
    id         BLOB NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id            BLOB NOT NULL PRIMARY KEY,
    email         TEXT NOT NULL,
    email_key     TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('agent', 'manager', 'admin')),
    team_id       BLOB REFERENCES teams (id),
    phone         TEXT,
    locale        TEXT,
    active        INTEGER NOT NULL,
    password_hash TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL
) STRICT;
CREATE INDEX users_in_turn ON users (role, id);
CREATE INDEX users_of_team ON users (team_id, id);

CREATE TABLE sessions (
    id           BLOB NOT NULL PRIMARY KEY,
    user_id      BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    -- When a token of its family was last used to get another.
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    revoked_at   INTEGER
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user_id, id);

-- A session's refresh tokens are one family: each is spent for the next.
CREATE TABLE refresh_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES sessions (id),
    issued_at  INTEGER NOT NULL,
    spent_at   INTEGER
) STRICT;
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

-- Links that let somebody set a password. What stands in the link is made from the id and the secret of the installation.
CREATE TABLE password_links (
    id         BLOB NOT NULL PRIMARY KEY,
    user_id    BLOB NOT NULL REFERENCES users (id),
    purpose    TEXT NOT NULL CHECK (purpose IN ('reset', 'invitation')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Used, or made worthless by a newer one.
    ended_at   INTEGER
) STRICT;
CREATE INDEX password_links_of_user ON password_links (user_id, id);

-- The second factor (RFC 6238), in force once it is confirmed.
CREATE TABLE second_factors (
    user_id      BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    secret       BLOB NOT NULL,
    confirmed_at INTEGER,
    -- The last time step whose code was used: a code counts once.
    last_step    INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    code_hash BLOB NOT NULL PRIMARY KEY,
    user_id   BLOB NOT NULL REFERENCES users (id),
    used_at   INTEGER
) STRICT;
CREATE INDEX recovery_codes_of_user ON recovery_codes (user_id);

CREATE TABLE api_keys (
    id           BLOB NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    secret_hash  BLOB NOT NULL UNIQUE,
    scopes       TEXT NOT NULL,
    creator_id   BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX api_keys_of_creator ON api_keys (creator_id, id);

-- Who did what from where. Nothing in it is ever changed or taken out.
CREATE TABLE audit (
    id        BLOB NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor_id  BLOB,
    key_id    BLOB,
    action    TEXT NOT NULL,
    target    TEXT,
    outcome   TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    data      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
-- REPLACE takes the old row out without telling the trigger above.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
