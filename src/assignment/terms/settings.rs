//! The settings of terms: when an inquiry goes back to the pool, and the deadlines of its owner.
//! What follows from them for an inquiry is in `model.rs`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::error::{Fault, FaultKind, Faults, OUT_OF_RANGE};
use crate::kernel::language::Bilingual;
use crate::platform::settings::Setting;
use crate::word_enum;

/// Days that a term may have.
pub const DAYS_MAX: u32 = 365;
/// Minutes that a deadline may have: 30 days.
pub const MINUTES_MAX: u32 = 43_200;
/// Steps of a ladder.
const STEPS_MAX: usize = 20;

word_enum! {
    /// What days are counted.
    pub enum Unit as "DayUnit" {
        /// Those with working time.
        WorkingDay => "working_day",
        /// All.
        Day => "day",
    }
}

/// When an inquiry goes back to the pool: the earliest of these; null: no such rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"unit": "working_day", "no_contact_days": 7, "no_status_change_days": 30,
    "hard_days": null, "warn_days": 2}))]
pub struct Recycle {
    pub unit: Unit,
    /// Days since the owner last reached the person, or since they got it.
    #[schema(minimum = 1, maximum = 365)]
    pub no_contact_days: Option<u32>,
    /// Days since the status last changed, or since they got it.
    #[schema(minimum = 1, maximum = 365)]
    pub no_status_change_days: Option<u32>,
    /// Days since they got it; nothing extends this.
    #[schema(minimum = 1, maximum = 365)]
    pub hard_days: Option<u32>,
    /// So many days before, the owner is warned; 0: never.
    #[schema(minimum = 0, maximum = 365)]
    pub warn_days: u32,
}

impl Default for Recycle {
    fn default() -> Self {
        Self {
            unit: Unit::WorkingDay,
            no_contact_days: None,
            no_status_change_days: None,
            hard_days: None,
            warn_days: 2,
        }
    }
}

impl Recycle {
    /// What is wrong with it.
    pub fn check(&self, faults: &mut Faults) {
        let days = [
            ("no_contact_days", self.no_contact_days),
            ("no_status_change_days", self.no_status_change_days),
            ("hard_days", self.hard_days),
        ];
        for (member, days) in days {
            if days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
                faults.add(Fault::with(
                    format!("/recycle/{member}"),
                    &OUT_OF_RANGE,
                    Bilingual::same(format!("1–{DAYS_MAX}")),
                ));
            }
        }
        if self.warn_days > DAYS_MAX {
            faults.add(Fault::with(
                "/recycle/warn_days",
                &OUT_OF_RANGE,
                Bilingual::same(format!("0–{DAYS_MAX}")),
            ));
        }
    }
}

word_enum! {
    /// What the owner should do in time.
    pub enum Deadline {
        Accept => "accept",
        FirstContact => "first_contact",
    }
}

word_enum! {
    /// What is done if they do not.
    pub enum EscalationAction as "Escalation" {
        RemindOwner => "remind_owner",
        TellManager => "tell_manager",
        /// The rules give it to somebody else; to nobody: the pool.
        Reassign => "reassign",
        Pool => "pool",
    }
}

/// A step of the ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"on": "first_contact", "minutes": 20, "do": "remind_owner"}))]
pub struct LadderStep {
    pub on: Deadline,
    /// Minutes since the owner got it.
    #[schema(minimum = 1, maximum = 43_200)]
    pub minutes: u32,
    pub r#do: EscalationAction,
}

/// Until when owners should do something, and what happens if they do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"accept_minutes": 10, "first_contact_minutes": 30, "working_time": true,
    "ladder": [{"on": "first_contact", "minutes": 20, "do": "remind_owner"}]}))]
pub struct SlaSettings {
    /// Minutes until an owner should accept; null: no such deadline, and none of its steps.
    #[schema(minimum = 1, maximum = 43_200)]
    pub accept_minutes: Option<u32>,
    /// Minutes until an owner should reach the person; null: no such deadline, and none of its steps.
    #[schema(minimum = 1, maximum = 43_200)]
    pub first_contact_minutes: Option<u32>,
    /// Whether minutes of working time count, or all.
    pub working_time: bool,
    #[schema(max_items = 20)]
    pub ladder: Vec<LadderStep>,
}

impl Default for SlaSettings {
    fn default() -> Self {
        let step = |minutes, action| LadderStep { on: Deadline::FirstContact, minutes, r#do: action };
        Self {
            accept_minutes: None,
            first_contact_minutes: Some(30),
            working_time: true,
            ladder: vec![step(20, EscalationAction::RemindOwner), step(30, EscalationAction::TellManager)],
        }
    }
}

impl Setting for SlaSettings {
    const NAME: &'static str = "sla";

    fn check(&self, faults: &mut Faults) {
        let is_wrong = |minutes: u32| !(1..=MINUTES_MAX).contains(&minutes);
        let range = || format!("1–{MINUTES_MAX}");
        let deadlines = [
            ("/accept_minutes", self.accept_minutes),
            ("/first_contact_minutes", self.first_contact_minutes),
        ];
        for (at, _) in deadlines.into_iter().filter(|(_, minutes)| minutes.is_some_and(is_wrong)) {
            faults.add(Fault::with(at, &OUT_OF_RANGE, Bilingual::same(range())));
        }
        for (n, step) in self.ladder.iter().enumerate().take(STEPS_MAX) {
            if is_wrong(step.minutes) {
                faults.add(Fault::with(
                    format!("/ladder/{n}/minutes"),
                    &OUT_OF_RANGE,
                    Bilingual::same(range()),
                ));
            }
            if self.ladder.iter().take(n).any(|other| other == step) {
                faults.add(Fault::new(format!("/ladder/{n}"), &TWICE));
            }
        }
    }
}

static TWICE: FaultKind =
    FaultKind::new("step_twice", "同样的步骤已经有了。", "The same step is there already.");

impl SlaSettings {
    /// The minutes of a deadline, if there is one.
    pub fn minutes(&self, deadline: Deadline) -> Option<u32> {
        match deadline {
            Deadline::Accept => self.accept_minutes,
            Deadline::FirstContact => self.first_contact_minutes,
        }
    }
}
