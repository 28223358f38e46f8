//! What the OpenAPI document says of the API as a whole, and of its tags.
//! Operations are described in the rooms' `api.rs`; the document is put together in `document.rs`.

/// The description of the API in the OpenAPI document.
pub const ABOUT: &str = "\
Inquiries of people who look for a factory, land, an office or incentives: taken in, understood, \
given to agents, followed up.\n\n\
Bodies are JSON in UTF-8, validated against the schemas of this document. Times are RFC 3339, \
dates are in the organisation's time \
zone. Refusals are `application/problem+json` (RFC 9457) with a stable `code`, \
and list all faults at once. Lists are paged by \
`cursor`. A resource has a `version`, its `ETag`; a change with `If-Match` is made to that version only.\n\n\
Log in at `/api/v1/auth/login` and send the token as `Authorization: Bearer …`, \
or use an API key. `x-permission` names what an \
operation needs, `x-reach` which records each role reaches with it, `x-key-scopes` the scopes of a key \
that cover it.";

/// The tags of the operations: the first part of their paths.
pub const TAGS: [(&str, &str); 22] = [
    ("inquiries", "What people look for: enter, find, change, give to somebody."),
    ("statuses", "How far an inquiry can come, which moves are legal, and the reasons for an end."),
    ("follow-ups", "Contacts with the inquirer: planned and done."),
    ("intake", "What web forms and form services use. No credential is needed."),
    ("forms", "The sources of inquiries, and how their submissions are read."),
    ("receipts", "The raw inbox: every submission as it came."),
    ("notifications", "Messages about inquiries: to whom, about what, and whether they arrived."),
    ("channels", "Group robots: what happens to inquiries, said in a chat."),
    ("pool", "What nobody owns, and can be claimed."),
    ("assignment-rules", "Who gets which inquiry."),
    ("settings", "Working time, deadlines, the rules of the pool."),
    ("changes", "What happens to inquiries, in order, for other systems."),
    ("webhooks", "Addresses of other systems that are posted what happens."),
    ("reports", "Figures, as JSON or CSV."),
    ("report-schedules", "Reports by mail, at set times."),
    ("auth", "Log in and out, set a forgotten password."),
    ("me", "The caller's own account, sessions, password and second factor."),
    ("users", "The people who work here."),
    ("teams", "Groups of users."),
    ("api-keys", "Credentials for programs."),
    ("audit", "What was done and what was refused."),
    ("health", "Whether the process answers and can serve, and its figures."),
];
