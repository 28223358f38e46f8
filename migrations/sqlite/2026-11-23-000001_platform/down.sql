DROP TABLE search_pairs;
DROP TABLE search_rows;
DROP TABLE search_new;
DROP TABLE readiness_probe;
DROP TABLE idempotency_keys;
DROP TABLE events;
