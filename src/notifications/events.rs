//! The facts that this room announces: what was switched off by itself, and digests that are due.
//! Who is notified of them is in `recipients.rs`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::kernel::id::{RobotId, UserId, WebhookId};
use crate::platform::events::Fact;
use crate::text_enum;

text_enum! {
    /// Why a webhook or a robot was switched off.
    pub enum DisabledReason {
        /// The target says that it is gone for good.
        Gone => "gone",
        /// Nothing but failures for a long time.
        Failing => "failing",
    }
}

/// A webhook was switched off, not by somebody.
#[derive(Debug, Serialize, Deserialize)]
pub struct WebhookDisabled {
    pub webhook_id: WebhookId,
    pub reason: DisabledReason,
}

impl Fact for WebhookDisabled {
    const KIND: &'static str = "webhook.disabled";
}

/// A group robot was switched off, not by somebody.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChannelDisabled {
    pub channel_id: RobotId,
    pub reason: DisabledReason,
}

impl Fact for ChannelDisabled {
    const KIND: &'static str = "channel.disabled";
}

/// The digest of somebody is due, of a date in the organisation's time zone.
#[derive(Debug, Serialize, Deserialize)]
pub struct DigestDue {
    pub user_id: UserId,
    pub date: NaiveDate,
}

impl Fact for DigestDue {
    const KIND: &'static str = "digest";
}
