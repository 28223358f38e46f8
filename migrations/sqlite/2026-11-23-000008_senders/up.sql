-- Forms say how their submissions are read, proven and answered; a receipt keeps all that came, and what became of it.
ALTER TABLE forms ADD COLUMN allowed_origins TEXT NOT NULL DEFAULT '[]';
ALTER TABLE forms ADD COLUMN redirect_url TEXT;
ALTER TABLE forms ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
ALTER TABLE forms ADD COLUMN locale TEXT NOT NULL DEFAULT 'zh-CN';
ALTER TABLE forms ADD COLUMN consent TEXT NOT NULL DEFAULT '{}';
ALTER TABLE forms ADD COLUMN profile TEXT NOT NULL DEFAULT '{}';
ALTER TABLE forms ADD COLUMN answer TEXT NOT NULL DEFAULT '{}';
ALTER TABLE forms ADD COLUMN proof TEXT NOT NULL DEFAULT '{}';
-- A key is never given again: what is deleted stays here.
ALTER TABLE forms ADD COLUMN deleted_at INTEGER;

CREATE TABLE receipts_new (
    id           BLOB NOT NULL PRIMARY KEY,
    form_id      BLOB NOT NULL REFERENCES forms (id),
    received_at  INTEGER NOT NULL,
    method       TEXT NOT NULL,
    query        TEXT NOT NULL,
    content_type TEXT,
    headers      TEXT NOT NULL,
    body         BLOB NOT NULL,
    remote_ip    TEXT,
    -- Digests of the secrets that headers and query show as ***, for a replay to compare.
    hidden       TEXT NOT NULL,
    outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'duplicate', 'spam', 'failed', 'test')),
    reasons      TEXT NOT NULL,
    inquiry_id   BLOB,
    external_id  TEXT,
    consent      TEXT NOT NULL,
    items        TEXT NOT NULL,
    custom       TEXT NOT NULL,
    answered     INTEGER NOT NULL,
    replayed_at  INTEGER,
    -- By what an equal one is known: of accepted ones only.
    fingerprint  BLOB,
    nonce        TEXT,
    token        BLOB
) STRICT;
INSERT INTO receipts_new
SELECT id, form_id, received_at, 'POST', '', content_type, '{}', body, NULL, '{}', outcome, CASE WHEN reason IS NULL THEN '[]' ELSE json_array(reason) END, inquiry_id, NULL,
       '{}', '{}', '{}', CASE outcome WHEN 'accepted' THEN 202 ELSE 422 END, NULL, NULL, NULL, NULL
FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_new RENAME TO receipts;
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
    form_id     BLOB NOT NULL REFERENCES forms (id),
    external_id TEXT NOT NULL,
    inquiry_id  BLOB NOT NULL,
    PRIMARY KEY (form_id, external_id)
) STRICT, WITHOUT ROWID;

-- Every submission has facts now: they lie in one tree by their inquiry, not in a table and an index to it.
CREATE TABLE inquiry_facts_new (
    inquiry_id       BLOB NOT NULL PRIMARY KEY REFERENCES inquiries (id),
    need_kind        TEXT,
    region_code      TEXT,
    tax_fen_per_year INTEGER,
    area_min_sqm     REAL,
    area_max_sqm     REAL
) STRICT, WITHOUT ROWID;
INSERT INTO inquiry_facts_new SELECT inquiry_id, need_kind, region_code, tax_fen_per_year, area_min_sqm, area_max_sqm FROM inquiry_facts;
DROP TABLE inquiry_facts;
ALTER TABLE inquiry_facts_new RENAME TO inquiry_facts;
CREATE INDEX inquiry_facts_by_tax ON inquiry_facts (tax_fen_per_year, inquiry_id) WHERE tax_fen_per_year IS NOT NULL;
CREATE INDEX inquiry_facts_by_kind ON inquiry_facts (need_kind, inquiry_id) WHERE need_kind IS NOT NULL;
CREATE INDEX inquiry_facts_by_region ON inquiry_facts (region_code, inquiry_id) WHERE region_code IS NOT NULL;
