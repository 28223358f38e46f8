-- Who there is: teams, users, what they show themselves with, and what they did.
CREATE TABLE teams (
    id         UUID NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version    BIGINT NOT NULL
);

CREATE TABLE users (
    id            UUID NOT NULL PRIMARY KEY,
    email         TEXT NOT NULL,
    email_key     TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('agent', 'manager', 'admin')),
    team_id       UUID REFERENCES teams (id),
    phone         TEXT,
    locale        TEXT,
    active        BOOLEAN NOT NULL,
    password_hash TEXT,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX users_in_turn ON users (role, id);
CREATE INDEX users_of_team ON users (team_id, id);

CREATE TABLE sessions (
    id           UUID NOT NULL PRIMARY KEY,
    user_id      UUID NOT NULL REFERENCES users (id),
    created_at   TIMESTAMPTZ NOT NULL,
    -- When a token of its family was last used to get another.
    last_used_at TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    revoked_at   TIMESTAMPTZ
);
CREATE INDEX sessions_of_user ON sessions (user_id, id);

-- A session's refresh tokens are one family: each is spent for the next.
CREATE TABLE refresh_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id),
    issued_at  TIMESTAMPTZ NOT NULL,
    spent_at   TIMESTAMPTZ
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

-- Links that let somebody set a password. What stands in the link is made from the id and the secret of the installation.
CREATE TABLE password_links (
    id         UUID NOT NULL PRIMARY KEY,
    user_id    UUID NOT NULL REFERENCES users (id),
    purpose    TEXT NOT NULL CHECK (purpose IN ('reset', 'invitation')),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- Used, or made worthless by a newer one.
    ended_at   TIMESTAMPTZ
);
CREATE INDEX password_links_of_user ON password_links (user_id, id);

-- The second factor (RFC 6238), in force once it is confirmed.
CREATE TABLE second_factors (
    user_id      UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    secret       BYTEA NOT NULL,
    confirmed_at TIMESTAMPTZ,
    -- The last time step whose code was used: a code counts once.
    last_step    BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    user_id   UUID NOT NULL REFERENCES users (id),
    used_at   TIMESTAMPTZ
);
CREATE INDEX recovery_codes_of_user ON recovery_codes (user_id);

CREATE TABLE api_keys (
    id           UUID NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    secret_hash  BYTEA NOT NULL UNIQUE,
    scopes       JSONB NOT NULL,
    creator_id   UUID NOT NULL REFERENCES users (id),
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ
);
CREATE INDEX api_keys_of_creator ON api_keys (creator_id, id);

-- Who did what from where. Nothing in it is ever changed or taken out.
CREATE TABLE audit (
    id        UUID NOT NULL PRIMARY KEY,
    at        TIMESTAMPTZ NOT NULL,
    actor_id  UUID,
    key_id    UUID,
    action    TEXT NOT NULL,
    target    TEXT,
    outcome   TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    data      JSONB NOT NULL
);
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
