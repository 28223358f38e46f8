-- Rows enough for an order to be worth an index. :id, :at, :yes and :series are said by plans.rs for each database.
INSERT INTO teams (id, name, name_key, created_at, updated_at, version)
SELECT :id, 't' || n, 't' || n, :at, :at, 1 FROM :series WHERE n <= 3;

INSERT INTO users (id, email, email_key, name, role, active, password_hash, created_at, updated_at, version)
SELECT :id, 'u' || n, 'u' || n, 'u', 'agent', :yes, 'x', :at, :at, 1 FROM :series WHERE n <= 20;

INSERT INTO inquiries (id, reason, status, tags, assignee_id, team_id,
    received_at, next_follow_up_at, created_at, updated_at, version)
SELECT :id, 'c' || n, CASE n % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'contacted' ELSE 'lost' END, '[]',
    (SELECT id FROM users WHERE email_key = 'u' || (1 + n % 20)),
    CASE WHEN n % 10 > 0 THEN (SELECT id FROM teams WHERE name_key = 't' || (1 + n % 3)) END,
    :at, CASE WHEN n % 2 = 0 THEN :at END, :at, :at, 1 FROM :series;

CREATE INDEX for_filling ON inquiries (reason);

INSERT INTO inquiry_contents (inquiry_id, contact, facts, custom, source)
SELECT id, reason, '{}', '{}', '{"channel":"form","page_url":null,"referrer":null,"utm":{}}' FROM inquiries;

INSERT INTO inquiry_facts (inquiry_id, tax_fen_per_year, need_kind, region_code)
SELECT (SELECT id FROM inquiries WHERE reason = 'c' || n), n * 1000, 'rent', '320500' FROM :series WHERE n % 2 = 0;

INSERT INTO follow_ups (id, inquiry_id, kind, due_at, done_at, created_at, updated_at, version)
SELECT :id, (SELECT id FROM inquiries WHERE reason = 'c' || n), 'call', :at, CASE WHEN n % 10 > 0 THEN :at END, :at, :at, 1 FROM :series;

DROP INDEX for_filling;

INSERT INTO timers (id, kind, key, due_at, payload, attempts, next_attempt_at)
SELECT id, 'follow_up.due', id, due_at, '{}', 0, due_at FROM follow_ups;

INSERT INTO events (id, kind, subject_id, actor, at, data)
SELECT :id, 'inquiry.assigned', i.id, 'system', i.created_at, '{}' FROM inquiries AS i;

INSERT INTO notifications (id, event_id, event, inquiry_id, user_id, channel, created_at)
SELECT :id, (SELECT id FROM events WHERE subject_id = i.id), 'inquiry.assigned', i.id, i.assignee_id, 'mail', i.created_at FROM inquiries AS i;

INSERT INTO deliveries (id, channel, target, status, attempts, next_attempt_at, last_error, created_at)
SELECT n.id, 'mail', 'server', CASE i.status WHEN 'new' THEN 'pending' WHEN 'contacted' THEN 'delivered' ELSE 'dead' END, 0,
    CASE WHEN i.status = 'new' THEN i.created_at END, CASE WHEN i.status = 'lost' THEN '550' END, n.created_at
FROM notifications AS n JOIN inquiries AS i ON i.id = n.inquiry_id;
