DROP TABLE external_ids;
CREATE TABLE receipts_old (
    id           UUID NOT NULL PRIMARY KEY,
    form_id      UUID NOT NULL REFERENCES forms (id),
    received_at  TIMESTAMPTZ NOT NULL,
    content_type TEXT,
    body         BYTEA NOT NULL,
    outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'failed')),
    reason       TEXT,
    inquiry_id   UUID
);
INSERT INTO receipts_old
SELECT id, form_id, received_at, content_type, body, CASE outcome WHEN 'accepted' THEN 'accepted' ELSE 'failed' END, reasons ->> 0, inquiry_id FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_old RENAME TO receipts;
ALTER TABLE receipts RENAME CONSTRAINT receipts_old_pkey TO receipts_pkey;
ALTER TABLE forms
    DROP COLUMN deleted_at, DROP COLUMN proof, DROP COLUMN answer, DROP COLUMN profile, DROP COLUMN consent, DROP COLUMN locale,
    DROP COLUMN fields, DROP COLUMN redirect_url, DROP COLUMN allowed_origins;
