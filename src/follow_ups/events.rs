//! The events of follow-ups.
//! Subscribers are not known here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

/// A plan was moved or changed, or the note of something done.
#[derive(Debug, Serialize, Deserialize)]
pub struct Changed {
    pub follow_up_id: FollowUpId,
    /// The members that changed, with their new values.
    #[serde(flatten)]
    pub members: Map<String, Value>,
}

impl Fact for Changed {
    const KIND: &'static str = "follow_up.changed";
}

/// A plan was dropped.
#[derive(Debug, Serialize, Deserialize)]
pub struct Deleted {
    pub follow_up_id: FollowUpId,
}

impl Fact for Deleted {
    const KIND: &'static str = "follow_up.deleted";
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
