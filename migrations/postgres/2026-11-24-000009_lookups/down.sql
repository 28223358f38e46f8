DROP INDEX inquiries_by_phone;
CREATE INDEX inquiries_by_phone ON inquiries (phone_e164) WHERE phone_e164 IS NOT NULL;
