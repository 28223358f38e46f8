-- The newest of one number come in their order: nothing is sorted, and of a broker's hundreds only the first are read.
DROP INDEX inquiries_by_phone;
CREATE INDEX inquiries_by_phone ON inquiries (phone_e164, id) WHERE phone_e164 IS NOT NULL;
