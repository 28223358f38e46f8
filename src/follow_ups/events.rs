//! The events of follow-ups.
//! Subscribers are not known here.

use serde::{Deserialize, Serialize};

use super::model::{Kind, Outcome};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::FollowUpId;
use crate::platform::events::Fact;

#[derive(Debug, Serialize, Deserialize)]
pub struct Planned {
    pub follow_up_id: FollowUpId,
    pub kind: Kind,
    pub due_at: Timestamp,
}

impl Fact for Planned {
    const KIND: &'static str = "follow_up.planned";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Done {
    pub follow_up_id: FollowUpId,
    pub kind: Kind,
    pub outcome: Option<Outcome>,
    pub done_at: Timestamp,
    pub real_contact: bool,
}

impl Fact for Done {
    const KIND: &'static str = "follow_up.done";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Due {
    pub follow_up_id: FollowUpId,
    pub due_at: Timestamp,
}

impl Fact for Due {
    const KIND: &'static str = "follow_up.due";
}
