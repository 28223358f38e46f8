//! The facts that this room announces of its settings. Those of inquiries are in `inquiries/events.rs`.
//! Who answers them is not known here.

use serde::{Deserialize, Serialize};

use crate::kernel::id::{RuleId, UserId};
use crate::platform::events::Fact;

/// Somebody's pauses, shifts, absences, limits or weight changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct AvailabilityChanged {
    pub user_id: UserId,
}

impl Fact for AvailabilityChanged {
    const KIND: &'static str = "user.availability_changed";
}

/// A rule was made, changed, moved or deleted.
#[derive(Debug, Serialize, Deserialize)]
pub struct RulesChanged {
    pub rule_id: Option<RuleId>,
}

impl Fact for RulesChanged {
    const KIND: &'static str = "assignment_rules.changed";
}

/// The settings of the pool changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct PoolChanged {}

impl Fact for PoolChanged {
    const KIND: &'static str = "settings.pool_changed";
}

/// The deadlines changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct SlaChanged {}

impl Fact for SlaChanged {
    const KIND: &'static str = "settings.sla_changed";
}
