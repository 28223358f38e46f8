DROP TABLE search_texts;
DROP TABLE readiness_probe;
DROP TABLE idempotency_keys;
DROP TABLE events;
