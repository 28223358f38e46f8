DROP INDEX inquiries_by_phone;
CREATE INDEX inquiries_by_phone ON inquiries (phone_e164) WHERE phone_e164 IS NOT NULL;
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '(actor = ''system'' OR actor = ''user'' OR actor = ''form'')', '(actor IN (''system'', ''user'', ''form''))') WHERE type = 'table' AND name = 'events';
UPDATE sqlite_schema SET sql = replace(sql, '(outcome = ''done'' OR outcome = ''refused'')', '(outcome IN (''done'', ''refused''))') WHERE type = 'table' AND name = 'audit';
UPDATE sqlite_schema SET sql = replace(sql, '(status = ''new'' OR status = ''contacted'' OR status = ''qualified'' OR status = ''viewing'' OR status = ''negotiating'' OR status = ''signed'' OR status = ''landed'' OR status = ''lost'' OR status = ''invalid'')', '(status IN (''new'', ''contacted'', ''qualified'', ''viewing'', ''negotiating'', ''signed'', ''landed'', ''lost'', ''invalid''))') WHERE type = 'table' AND name = 'inquiries';
UPDATE sqlite_schema SET sql = replace(sql, '(status = ''pending'' OR status = ''sent'' OR status = ''failed'' OR status = ''dead'')', '(status IN (''pending'', ''sent'', ''failed'', ''dead''))') WHERE type = 'table' AND name = 'notifications';
UPDATE sqlite_schema SET sql = replace(sql, '(outcome = ''accepted'' OR outcome = ''duplicate'' OR outcome = ''spam'' OR outcome = ''failed'' OR outcome = ''test'')', '(outcome IN (''accepted'', ''duplicate'', ''spam'', ''failed'', ''test''))') WHERE type = 'table' AND name = 'receipts';
PRAGMA writable_schema = RESET;
