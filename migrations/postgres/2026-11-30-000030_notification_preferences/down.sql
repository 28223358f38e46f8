DROP TABLE link_uses;
DROP TABLE reminded_plans;
DROP INDEX notifications_of_batch;
ALTER TABLE notifications DROP COLUMN batch;
DROP TABLE notification_preferences;
