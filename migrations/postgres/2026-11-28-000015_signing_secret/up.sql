-- By which secret the servers on this database sign: a fingerprint, so that two with different ones are noticed.
CREATE TABLE signing_secret (
    id          integer NOT NULL PRIMARY KEY CHECK (id = 1),
    fingerprint bytea
);
INSERT INTO signing_secret (id, fingerprint) VALUES (1, NULL);
