-- What was said in an inquiry, apart from the state of the work on it: it is written once, and a call logged rewrites no text.
CREATE TABLE inquiry_contents (
    inquiry_id       UUID NOT NULL PRIMARY KEY REFERENCES inquiries (id),
    need             TEXT,
    usage            TEXT,
    tax              TEXT,
    company          TEXT,
    contact          TEXT,
    phone            TEXT,
    phone_e164       TEXT,
    email            TEXT,
    wechat           TEXT,
    message          TEXT,
    facts            JSONB NOT NULL,
    custom           JSONB NOT NULL,
    source           JSONB NOT NULL
);
INSERT INTO inquiry_contents (inquiry_id, need, usage, tax, company, contact, phone, phone_e164, email, wechat, message, facts, custom, source)
SELECT id, need, usage, tax, company, contact, phone, phone_e164, email, wechat, message, facts, custom, source FROM inquiries;
-- The newest of one number come in their order.
CREATE INDEX inquiry_contents_by_phone ON inquiry_contents (phone_e164, inquiry_id) WHERE phone_e164 IS NOT NULL;

-- The index by phone goes with its column.
ALTER TABLE inquiries
    DROP COLUMN need,
    DROP COLUMN usage,
    DROP COLUMN tax,
    DROP COLUMN company,
    DROP COLUMN contact,
    DROP COLUMN phone,
    DROP COLUMN phone_e164,
    DROP COLUMN email,
    DROP COLUMN wechat,
    DROP COLUMN message,
    DROP COLUMN facts,
    DROP COLUMN custom,
    DROP COLUMN source;
