//! What mails say: from a notification, when it is sent, to its letter. What is true then is read in
//! `snapshot.rs`; who is notified, and when, is decided in the room above.

mod letters;
mod lists;
mod messages;
mod notices;
mod report_letters;
mod report_mail;
mod snapshot;
mod source;

pub use letters::Writer;
pub use report_mail::ReportMails;
pub use source::{MailSource, OnTheirWay};
