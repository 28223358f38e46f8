-- Requests for a password reset that no job has answered yet.
CREATE TABLE password_reset_requests (
    id         UUID NOT NULL PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    email_key  TEXT NOT NULL,
    method     TEXT NOT NULL,
    route      TEXT NOT NULL,
    remote_ip  TEXT,
    request_id UUID
);
