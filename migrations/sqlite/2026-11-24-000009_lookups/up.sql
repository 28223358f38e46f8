-- What each submission writes is checked and looked up without a table made for it.
-- `x IN (…)` makes a table of the words for each row that is written, `x = … OR x = …` only compares. The words stay the same, and
-- what lies on disk does: such a change is made in the text of the table (https://www.sqlite.org/lang_altertable.html, section 7).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '(actor IN (''system'', ''user'', ''form''))', '(actor = ''system'' OR actor = ''user'' OR actor = ''form'')') WHERE type = 'table' AND name = 'events';
UPDATE sqlite_schema SET sql = replace(sql, '(outcome IN (''done'', ''refused''))', '(outcome = ''done'' OR outcome = ''refused'')') WHERE type = 'table' AND name = 'audit';
UPDATE sqlite_schema SET sql = replace(sql, '(status IN (''new'', ''contacted'', ''qualified'', ''viewing'', ''negotiating'', ''signed'', ''landed'', ''lost'', ''invalid''))', '(status = ''new'' OR status = ''contacted'' OR status = ''qualified'' OR status = ''viewing'' OR status = ''negotiating'' OR status = ''signed'' OR status = ''landed'' OR status = ''lost'' OR status = ''invalid'')') WHERE type = 'table' AND name = 'inquiries';
UPDATE sqlite_schema SET sql = replace(sql, '(status IN (''pending'', ''sent'', ''failed'', ''dead''))', '(status = ''pending'' OR status = ''sent'' OR status = ''failed'' OR status = ''dead'')') WHERE type = 'table' AND name = 'notifications';
UPDATE sqlite_schema SET sql = replace(sql, '(outcome IN (''accepted'', ''duplicate'', ''spam'', ''failed'', ''test''))', '(outcome = ''accepted'' OR outcome = ''duplicate'' OR outcome = ''spam'' OR outcome = ''failed'' OR outcome = ''test'')') WHERE type = 'table' AND name = 'receipts';
UPDATE sqlite_schema SET sql = replace(sql, '(channel IN (''mail''))', '(channel = ''mail'')') WHERE type = 'table' AND name = 'notifications';
PRAGMA writable_schema = RESET;

-- The newest of one number come in their order: nothing is sorted, and of a broker's hundreds only the first are read.
DROP INDEX inquiries_by_phone;
CREATE INDEX inquiries_by_phone ON inquiries (phone_e164, id) WHERE phone_e164 IS NOT NULL;
