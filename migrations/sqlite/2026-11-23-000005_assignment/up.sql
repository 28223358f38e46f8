-- Whose turn it is: who got the last one. One row; taking a turn locks it.
CREATE TABLE assignment_turns (
    name         TEXT NOT NULL PRIMARY KEY,
    last_user_id BLOB,
    turns        INTEGER NOT NULL
) STRICT;
INSERT INTO assignment_turns (name, last_user_id, turns) VALUES ('default', NULL, 0);
