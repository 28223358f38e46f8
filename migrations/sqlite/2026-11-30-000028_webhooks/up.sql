-- Addresses of other systems that are posted what happens.
CREATE TABLE webhooks (
    id                    BLOB NOT NULL PRIMARY KEY,
    url                   TEXT NOT NULL,
    -- Names of events, or patterns of them.
    events                TEXT NOT NULL,
    active                INTEGER NOT NULL,
    description           TEXT,
    include_personal      INTEGER NOT NULL,
    -- An open word: further reasons may come.
    disabled_reason       TEXT,
    secret                BLOB NOT NULL,
    -- Signs as well, until then.
    previous_secret       BLOB,
    previous_secret_until INTEGER,
    -- How far the log has been read for it.
    position              INTEGER NOT NULL,
    -- The first failure since the last success.
    failing_since         INTEGER,
    -- It was deleted, and what belongs to it is about to be.
    removed_at            INTEGER,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    version               INTEGER NOT NULL
) STRICT;

-- One event for one webhook: written once for each time that it is to be posted. Its row in deliveries has the same id.
CREATE TABLE webhook_deliveries (
    id         BLOB NOT NULL PRIMARY KEY,
    webhook_id BLOB NOT NULL REFERENCES webhooks (id),
    event_id   BLOB NOT NULL REFERENCES events (id),
    event      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, id);

-- The latest tries of each.
CREATE TABLE webhook_attempts (
    delivery_id BLOB NOT NULL REFERENCES webhook_deliveries (id),
    number      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    status_code INTEGER,
    error       TEXT,
    duration_ms INTEGER NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

-- Events that are to be posted again, and how far that is done: one running replay of a webhook.
CREATE TABLE webhook_replays (
    webhook_id     BLOB NOT NULL PRIMARY KEY REFERENCES webhooks (id),
    from_event_id  BLOB NOT NULL,
    until_event_id BLOB NOT NULL,
    last_position  INTEGER NOT NULL,
    after_event_id BLOB
) STRICT;
