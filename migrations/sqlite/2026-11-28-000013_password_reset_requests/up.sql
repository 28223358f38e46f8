-- Requests for a password reset that no job has answered yet.
CREATE TABLE password_reset_requests (
    id         BLOB NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL,
    email_key  TEXT NOT NULL,
    method     TEXT NOT NULL,
    route      TEXT NOT NULL,
    remote_ip  TEXT,
    request_id BLOB
) STRICT;
