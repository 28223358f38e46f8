//! The facts of deadlines.
//! Who answers them is not known here.

use serde::{Deserialize, Serialize};

use super::settings::{Deadline, EscalationAction};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::UserId;
use crate::platform::events::Fact;

/// An owner has let a deadline pass.
#[derive(Debug, Serialize, Deserialize)]
pub struct SlaBreached {
    pub deadline: Deadline,
    pub due_at: Timestamp,
    /// Since when the owner has it: what was noted of another one does not count for them.
    pub assigned_at: Timestamp,
}

impl Fact for SlaBreached {
    const KIND: &'static str = "sla.breached";
}

/// A step of the ladder was taken.
#[derive(Debug, Serialize, Deserialize)]
pub struct SlaEscalated {
    pub on: Deadline,
    pub minutes: u32,
    pub r#do: EscalationAction,
    /// Whose deadline it was, and since when they have it.
    pub assignee_id: UserId,
    pub assigned_at: Timestamp,
}

impl Fact for SlaEscalated {
    const KIND: &'static str = "sla.escalated";
}
