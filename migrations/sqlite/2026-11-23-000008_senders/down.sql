DROP TABLE external_ids;
CREATE TABLE receipts_old (
    id           BLOB NOT NULL PRIMARY KEY,
    form_id      BLOB NOT NULL REFERENCES forms (id),
    received_at  INTEGER NOT NULL,
    content_type TEXT,
    body         BLOB NOT NULL,
    outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'failed')),
    reason       TEXT,
    inquiry_id   BLOB
) STRICT;
INSERT INTO receipts_old
SELECT id, form_id, received_at, content_type, body, CASE outcome WHEN 'accepted' THEN 'accepted' ELSE 'failed' END, json_extract(reasons, '$[0]'), inquiry_id FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_old RENAME TO receipts;
ALTER TABLE forms DROP COLUMN deleted_at;
ALTER TABLE forms DROP COLUMN proof;
ALTER TABLE forms DROP COLUMN answer;
ALTER TABLE forms DROP COLUMN profile;
ALTER TABLE forms DROP COLUMN consent;
ALTER TABLE forms DROP COLUMN locale;
ALTER TABLE forms DROP COLUMN fields;
ALTER TABLE forms DROP COLUMN redirect_url;
ALTER TABLE forms DROP COLUMN allowed_origins;
