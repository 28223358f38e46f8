//! The product from outside: the real app on a free port, its clock and its mailbox in the test's hand, on
//! both databases. What a single function does is tested beside it, in `src/`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]
#![expect(clippy::too_many_lines, reason = "a test reads as one story, and a table of cases is long")]

mod access;
mod assignment;
mod assignment_decisions;
mod assignment_rules;
mod audit;
mod availability;
mod believed;
mod bodies;
mod bounds;
mod browsers;
mod calendar;
mod calendar_feed;
mod change_stream;
mod changes;
mod characters;
mod connections;
mod dashboard;
mod document;
mod dry_run;
mod facts;
mod fields;
mod follow_up_changes;
mod follow_ups;
mod form_looks;
mod form_settings;
mod forms;
mod hand_over;
mod idempotency;
mod inquiries;
mod inquiry_changes;
mod installation;
mod intake;
mod keys;
mod links;
mod lists;
mod mail_servers;
mod mail_texts;
mod middleware;
mod non_interference;
mod notifications;
mod operations;
mod origins;
mod ownership;
mod pages;
mod password_links;
mod passwords;
mod people;
mod policy;
mod pool;
mod preferences;
mod profiles;
mod queries;
mod races;
mod receipts;
mod replays;
mod report_figures;
mod report_schedule_mails;
mod report_schedules;
mod reports;
mod reports_agree;
mod retries;
mod robot_answers;
mod robots;
mod search;
mod second_factor;
mod senders;
mod sessions;
mod smoke;
mod statuses;
mod support;
mod teams;
mod terms;
mod verdicts;
mod webhook_failures;
mod webhooks;
