DROP TABLE assignment_turns;
