//! A group robot as it is kept, what one is made from, and the rules for its members.
//! What it says is in `wording.rs`, when it may say it in `rate.rs`.

use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kind::RobotKind;
use super::rate::Requests;
use super::schema::robots;
use crate::assignment::terms::events::SlaEscalated;
use crate::inquiries::events::{Assigned, Unassigned};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{EventId, Id, RobotId, TeamId};
use crate::kernel::patch::Patch;
use crate::notifications::log_part::Listener;
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;
use crate::platform::delivery::SourceId;
use crate::platform::events::Fact;

/// The most robots that there may be, for each event is compared with each.
pub const ROBOTS_MAX: i64 = 50;
/// What a robot hears of unless somebody says otherwise.
pub const EVENTS: [&str; 3] = [Unassigned::KIND, Assigned::KIND, SlaEscalated::KIND];

/// Why the last message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RobotError, example = json!({"code": 310000, "message": "sign not match"}))]
pub struct LastError {
    /// The robot's own code, else the status of its HTTP answer; null if there was no answer.
    pub code: Option<i32>,
    pub message: String,
    pub at: Timestamp,
}

/// What one fact to be said is known by. Ids are in the order in which facts became known.
#[derive(Debug)]
pub enum RobotFact {}

pub type FactId = Id<RobotFact>;

/// A robot of a group chat. It has no `Debug`: its address and its secret open the group.
#[derive(Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = robots, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Robot {
    pub id: RobotId,
    pub kind: RobotKind,
    pub name: String,
    pub url: String,
    pub secret: Option<String>,
    /// Names of events, or patterns of them.
    pub events: Json<Vec<String>>,
    /// It hears only of inquiries of this team.
    pub team_id: Option<TeamId>,
    pub active: bool,
    pub last_error: Option<Json<LastError>>,
    /// Messages in a row that were given up.
    pub failures: i32,
    /// How far the log has been read for it.
    pub position: i64,
    /// The message that is to be sent next.
    pub batch_id: Option<SourceId>,
    pub requests: Json<Requests>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

impl Robot {
    /// Whether it hears of an inquiry of this team.
    pub fn hears_of(&self, team: Option<TeamId>) -> bool {
        self.team_id.is_none() || self.team_id == team
    }
}

impl Listener for Robot {
    fn position(&self) -> i64 {
        self.position
    }

    fn patterns(&self) -> &[String] {
        &self.events.0
    }
}

/// A fact that a robot is still to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    pub id: FactId,
    pub robot_id: RobotId,
    pub event_id: EventId,
}

/// What a robot is made from.
#[derive(Clone)]
pub struct NewRobot {
    pub kind: RobotKind,
    pub name: String,
    pub url: String,
    pub secret: Option<String>,
    pub events: Vec<String>,
    pub team_id: Option<TeamId>,
    pub active: bool,
}

/// What is changed of a robot.
#[derive(Clone, Default)]
pub struct RobotPatch {
    pub name: Option<String>,
    pub url: Option<String>,
    pub secret: Patch<String>,
    pub events: Option<Vec<String>>,
    pub team_id: Patch<TeamId>,
    pub active: Option<bool>,
}
