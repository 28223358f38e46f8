//! The facts that this room announces, with their names and members outside.
//! Who answers them is not known here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::status::{Category, Status};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{FormId, ReceiptId, RuleId, TeamId, UserId};
use crate::platform::db::ActorKind;
use crate::platform::events::Fact;
use crate::text_enum;

/// A rule of assignment, as an actor.
pub const RULE: ActorKind = ActorKind::new("rule");
/// The form that a submission came by, as an actor.
pub const FORM: ActorKind = ActorKind::new("form");

text_enum! {
    /// What made somebody an owner.
    pub enum Trigger {
        /// It came in, and it was their turn; or they entered it.
        Received => "received",
        /// A manager had it dealt out.
        Auto => "auto",
        /// A manager chose them.
        Manual => "manual",
        /// They took it from the pool.
        Claim => "claim",
        /// Another one would not take it.
        Decline => "decline",
        /// It was given back.
        Release => "release",
        /// A term of the owner ran out.
        Recycle => "recycle",
        /// A deadline of the owner passed.
        Escalation => "escalation",
        /// The owner leaves.
        HandOver => "hand_over",
    }
}

text_enum! {
    /// Which term ran out.
    pub enum RecycleReason {
        NoContact => "no_contact",
        NoStatusChange => "no_status_change",
        Hard => "hard",
        /// A deadline of the owner passed.
        Escalated => "escalated",
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Received {
    pub form_id: Option<FormId>,
    pub receipt_id: Option<ReceiptId>,
    pub status: Status,
    pub assignee_id: Option<UserId>,
}

impl Fact for Received {
    const KIND: &'static str = "inquiry.received";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Assigned {
    pub assignee_id: UserId,
    pub team_id: Option<TeamId>,
    pub trigger: Trigger,
    /// The rule that decided, if one did.
    #[serde(default)]
    pub rule_id: Option<RuleId>,
}

impl Fact for Assigned {
    const KIND: &'static str = "inquiry.assigned";
}

/// An agent took it from the pool.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claimed {
    pub assignee_id: UserId,
    pub team_id: Option<TeamId>,
}

impl Fact for Claimed {
    const KIND: &'static str = "inquiry.claimed";
}

/// The owner took it on.
#[derive(Debug, Serialize, Deserialize)]
pub struct Accepted {
    pub accepted_at: Timestamp,
}

impl Fact for Accepted {
    const KIND: &'static str = "inquiry.accepted";
}

/// The owner would not take it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Declined {
    /// Nobody; who it was is the previous value.
    pub assignee_id: Option<UserId>,
    pub reason: String,
}

impl Fact for Declined {
    const KIND: &'static str = "inquiry.declined";
}

/// It was given back to the pool.
#[derive(Debug, Serialize, Deserialize)]
pub struct Released {
    /// Nobody; who it was is the previous value.
    pub assignee_id: Option<UserId>,
    pub reason: String,
    pub trigger: Trigger,
}

impl Fact for Released {
    const KIND: &'static str = "inquiry.released";
}

/// A term ran out, and it went back to the pool.
#[derive(Debug, Serialize, Deserialize)]
pub struct Recycled {
    /// Nobody; who it was is the previous value.
    pub assignee_id: Option<UserId>,
    pub reason: RecycleReason,
}

impl Fact for Recycled {
    const KIND: &'static str = "inquiry.recycled";
}

/// The owner was warned that it will go back to the pool.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecycleWarned {
    pub recycle_at: Timestamp,
}

impl Fact for RecycleWarned {
    const KIND: &'static str = "inquiry.recycle_warned";
}

/// Nobody could be given it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Unassigned {
    /// Who was looked at, and why it was not them.
    pub candidates: Vec<PassedOver>,
    pub trigger: Trigger,
}

/// Somebody who was not given an inquiry, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PassedOver {
    pub user_id: UserId,
    pub reason: String,
}

impl Fact for Unassigned {
    const KIND: &'static str = "inquiry.unassigned";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct StatusChanged {
    pub status: Status,
    pub category: Category,
    pub reason: Option<String>,
    pub note: Option<String>,
}

impl Fact for StatusChanged {
    const KIND: &'static str = "inquiry.status_changed";
}

/// The members that changed, with their new values.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Updated(pub Map<String, Value>);

impl Fact for Updated {
    const KIND: &'static str = "inquiry.updated";
}

/// The same person asked again, in these words; what was empty was filled from them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Repeated {
    pub form_id: FormId,
    pub receipt_id: ReceiptId,
    /// The items of the new submission, by their names.
    pub words: Map<String, Value>,
    /// The members that were empty, with their new values.
    pub filled: Map<String, Value>,
}

impl Fact for Repeated {
    const KIND: &'static str = "inquiry.repeated";
}

/// The sender changed what it sent before: the members that followed it, with their new values.
#[derive(Debug, Serialize, Deserialize)]
pub struct SenderUpdated {
    pub receipt_id: ReceiptId,
    pub changes: Map<String, Value>,
}

impl Fact for SenderUpdated {
    const KIND: &'static str = "inquiry.sender_updated";
}

/// The sender deleted what it sent before. Here nothing is.
#[derive(Debug, Serialize, Deserialize)]
pub struct SenderDeleted {
    pub receipt_id: ReceiptId,
}

impl Fact for SenderDeleted {
    const KIND: &'static str = "inquiry.sender_deleted";
}

/// The facts were read again by a newer parser: those that changed, with their new values.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reparsed {
    pub parser_version: String,
    pub facts: Map<String, Value>,
}

impl Fact for Reparsed {
    const KIND: &'static str = "inquiry.reparsed";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Deleted {}

impl Fact for Deleted {
    const KIND: &'static str = "inquiry.deleted";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Restored {}

impl Fact for Restored {
    const KIND: &'static str = "inquiry.restored";
}
