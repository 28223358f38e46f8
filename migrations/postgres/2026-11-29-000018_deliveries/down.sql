DELETE FROM notifications WHERE channel <> 'mail';
ALTER TABLE notifications
    ADD COLUMN status TEXT CHECK (status IN ('pending', 'sent', 'failed', 'dead')),
    ADD COLUMN attempts INTEGER,
    ADD COLUMN next_attempt_at TIMESTAMPTZ,
    ADD COLUMN leased_until TIMESTAMPTZ,
    ADD COLUMN last_error TEXT,
    ADD COLUMN message_id TEXT,
    ADD COLUMN sent_at TIMESTAMPTZ,
    ADD CONSTRAINT notifications_channel_check CHECK (channel IN ('mail'));
UPDATE notifications AS n
SET status = CASE d.status WHEN 'delivered' THEN 'sent' ELSE d.status END, attempts = d.attempts,
    next_attempt_at = d.next_attempt_at, leased_until = d.leased_until, last_error = d.last_error, message_id = d.message_id,
    sent_at = d.delivered_at
FROM deliveries AS d WHERE d.id = n.id;
ALTER TABLE notifications ALTER COLUMN status SET NOT NULL, ALTER COLUMN attempts SET NOT NULL;
DROP TABLE deliveries;
CREATE INDEX notifications_waiting ON notifications (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX notifications_by_status ON notifications (status, id);
