-- Those of an inquiry are found by its events: by events_of_subject, then by the unique event_id, user_id, channel.
DROP INDEX notifications_of_inquiry;
