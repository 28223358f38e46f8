-- By which rules the searchable texts were folded, and how far a job has come that folds older ones again.
CREATE TABLE search_upkeep (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    after   UUID
);
INSERT INTO search_upkeep (id, version) VALUES (1, 1);
