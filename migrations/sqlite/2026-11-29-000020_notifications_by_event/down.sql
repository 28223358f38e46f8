CREATE INDEX notifications_of_inquiry ON notifications (inquiry_id);
