-- Forms say how their submissions are read, proven and answered; a receipt keeps all that came, and what became of it.
ALTER TABLE forms
    ADD COLUMN allowed_origins JSONB NOT NULL DEFAULT '[]',
    ADD COLUMN redirect_url TEXT,
    ADD COLUMN fields JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN locale TEXT NOT NULL DEFAULT 'zh-CN',
    ADD COLUMN consent JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN profile JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN answer JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN proof JSONB NOT NULL DEFAULT '{}',
    -- A key is never given again: what is deleted stays here.
    ADD COLUMN deleted_at TIMESTAMPTZ;

CREATE TABLE receipts_new (
    id           UUID NOT NULL PRIMARY KEY,
    form_id      UUID NOT NULL REFERENCES forms (id),
    received_at  TIMESTAMPTZ NOT NULL,
    method       TEXT NOT NULL,
    query        TEXT NOT NULL,
    content_type TEXT,
    headers      JSONB NOT NULL,
    body         BYTEA NOT NULL,
    remote_ip    TEXT,
    -- Digests of the secrets that headers and query show as ***, for a replay to compare.
    hidden       JSONB NOT NULL,
    outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'duplicate', 'spam', 'failed', 'test')),
    reasons      JSONB NOT NULL,
    inquiry_id   UUID,
    external_id  TEXT,
    consent      JSONB NOT NULL,
    items        JSONB NOT NULL,
    custom       JSONB NOT NULL,
    answered     INTEGER NOT NULL,
    replayed_at  TIMESTAMPTZ,
    -- By what an equal one is known: of accepted ones only.
    fingerprint  BYTEA,
    nonce        TEXT,
    token        BYTEA
);
INSERT INTO receipts_new
SELECT id, form_id, received_at, 'POST', '', content_type, '{}'::jsonb, body, NULL, '{}'::jsonb, outcome,
       CASE WHEN reason IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(reason) END, inquiry_id, NULL,
       '{}'::jsonb, '{}'::jsonb, '{}'::jsonb, CASE outcome WHEN 'accepted' THEN 202 ELSE 422 END, NULL, NULL, NULL, NULL
FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_new RENAME TO receipts;
ALTER TABLE receipts RENAME CONSTRAINT receipts_new_pkey TO receipts_pkey;
-- The id begins with the time of receipt, so each of these also serves the order by received_at.
CREATE INDEX receipts_of_form ON receipts (form_id, id);
CREATE INDEX receipts_of_inquiry ON receipts (inquiry_id, id) WHERE inquiry_id IS NOT NULL;
CREATE INDEX receipts_that_differ ON receipts (outcome, id) WHERE outcome <> 'accepted';
CREATE INDEX receipts_by_external_id ON receipts (external_id, id) WHERE external_id IS NOT NULL;
CREATE INDEX receipts_by_fingerprint ON receipts (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX receipts_by_nonce ON receipts (nonce, form_id) WHERE nonce IS NOT NULL;
CREATE INDEX receipts_by_token ON receipts (token) WHERE token IS NOT NULL;

-- Senders' own ids of what became an inquiry; they outlive the receipts.
CREATE TABLE external_ids (
    form_id     UUID NOT NULL REFERENCES forms (id),
    external_id TEXT NOT NULL,
    inquiry_id  UUID NOT NULL,
    PRIMARY KEY (form_id, external_id)
);
