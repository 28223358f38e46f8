-- Addresses of other systems that are posted what happens.
CREATE TABLE webhooks (
    id                    UUID NOT NULL PRIMARY KEY,
    url                   TEXT NOT NULL,
    -- Names of events, or patterns of them.
    events                JSONB NOT NULL,
    active                BOOLEAN NOT NULL,
    description           TEXT,
    include_personal      BOOLEAN NOT NULL,
    -- An open word: further reasons may come.
    disabled_reason       TEXT,
    secret                BYTEA NOT NULL,
    -- Signs as well, until then.
    previous_secret       BYTEA,
    previous_secret_until TIMESTAMPTZ,
    -- How far the log has been read for it.
    position              BIGINT NOT NULL,
    -- The first failure since the last success.
    failing_since         TIMESTAMPTZ,
    -- It was deleted, and what belongs to it is about to be.
    removed_at            TIMESTAMPTZ,
    created_at            TIMESTAMPTZ NOT NULL,
    updated_at            TIMESTAMPTZ NOT NULL,
    version               BIGINT NOT NULL
);

-- One event for one webhook: written once for each time that it is to be posted. Its row in deliveries has the same id.
CREATE TABLE webhook_deliveries (
    id         UUID NOT NULL PRIMARY KEY,
    webhook_id UUID NOT NULL REFERENCES webhooks (id),
    event_id   UUID NOT NULL REFERENCES events (id),
    event      TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, id);

-- The latest tries of each.
CREATE TABLE webhook_attempts (
    delivery_id UUID NOT NULL REFERENCES webhook_deliveries (id),
    number      INTEGER NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    status_code INTEGER,
    error       TEXT,
    duration_ms BIGINT NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

-- Events that are to be posted again, and how far that is done: one running replay of a webhook.
CREATE TABLE webhook_replays (
    webhook_id     UUID NOT NULL PRIMARY KEY REFERENCES webhooks (id),
    from_event_id  UUID NOT NULL,
    until_event_id UUID NOT NULL,
    last_position  BIGINT NOT NULL,
    after_event_id UUID
);
