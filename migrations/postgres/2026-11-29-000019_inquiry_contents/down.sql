ALTER TABLE inquiries
    ADD COLUMN need TEXT,
    ADD COLUMN usage TEXT,
    ADD COLUMN tax TEXT,
    ADD COLUMN company TEXT,
    ADD COLUMN contact TEXT,
    ADD COLUMN phone TEXT,
    ADD COLUMN phone_e164 TEXT,
    ADD COLUMN email TEXT,
    ADD COLUMN wechat TEXT,
    ADD COLUMN message TEXT,
    ADD COLUMN facts JSONB,
    ADD COLUMN custom JSONB,
    ADD COLUMN source JSONB;
UPDATE inquiries SET need = c.need, usage = c.usage, tax = c.tax, company = c.company, contact = c.contact, phone = c.phone, phone_e164 = c.phone_e164, email = c.email, wechat = c.wechat, message = c.message, facts = c.facts, custom = c.custom, source = c.source
FROM inquiry_contents AS c WHERE c.inquiry_id = inquiries.id;
ALTER TABLE inquiries
    ALTER COLUMN facts SET NOT NULL,
    ALTER COLUMN custom SET NOT NULL,
    ALTER COLUMN source SET NOT NULL;
DROP TABLE inquiry_contents;
CREATE INDEX inquiries_by_phone ON inquiries (phone_e164, id) WHERE phone_e164 IS NOT NULL;
