-- An agent's inquiries of one status, and those of one form, in the order of receipt.
CREATE INDEX inquiries_of_assignee_by_status ON inquiries (assignee_id, status, id);
CREATE INDEX inquiries_of_form ON inquiries (form_id, id) WHERE form_id IS NOT NULL;
