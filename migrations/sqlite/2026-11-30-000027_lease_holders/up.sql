-- Who holds a lease: it lasts by the machine's clock, and is renewed while a message is handed over.
ALTER TABLE deliveries ADD COLUMN leased_by BLOB;
UPDATE deliveries SET leased_until = NULL WHERE leased_until IS NOT NULL;
