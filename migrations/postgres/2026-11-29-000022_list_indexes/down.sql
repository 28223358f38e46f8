DROP INDEX inquiries_of_form;
DROP INDEX inquiries_of_assignee_by_status;
