//! Sends one mail: by SMTP, into a folder, or into memory for tests. Distinguishes permanent from temporary
//! failures. Content and recipients are decided in `notifications`, retries in `platform/delivery`.

pub mod channel;
mod failure;
mod mailer;
mod message;
mod relay;

pub use failure::Failure;
pub use mailer::{Mailer, MemoryMailbox};
pub use message::{AttachedFile, Letter, message_id};
pub use relay::Relay;
