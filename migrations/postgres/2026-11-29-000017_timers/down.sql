CREATE INDEX follow_ups_to_announce ON follow_ups (due_at) WHERE done_at IS NULL AND announced_due_at IS NULL;
DROP TABLE timers;
