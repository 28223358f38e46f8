CREATE TABLE inquiry_facts_new (
    inquiry_id       BLOB NOT NULL PRIMARY KEY REFERENCES inquiries (id),
    need_kind        TEXT,
    region_code      TEXT,
    tax_fen_per_year INTEGER,
    area_min_sqm     REAL,
    area_max_sqm     REAL
) STRICT;
INSERT INTO inquiry_facts_new SELECT inquiry_id, need_kind, region_code, tax_fen_per_year, area_min_sqm, area_max_sqm FROM inquiry_facts;
DROP TABLE inquiry_facts;
ALTER TABLE inquiry_facts_new RENAME TO inquiry_facts;
CREATE INDEX inquiry_facts_by_tax ON inquiry_facts (tax_fen_per_year, inquiry_id) WHERE tax_fen_per_year IS NOT NULL;
CREATE INDEX inquiry_facts_by_kind ON inquiry_facts (need_kind, inquiry_id) WHERE need_kind IS NOT NULL;
CREATE INDEX inquiry_facts_by_region ON inquiry_facts (region_code, inquiry_id) WHERE region_code IS NOT NULL;

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
