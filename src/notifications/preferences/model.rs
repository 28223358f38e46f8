//! Preferences as they are kept, and what is wrong with some. When quiet hours end is in `quiet_hours.rs`.
//! What they mean for a notification is decided in `../enqueue.rs`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::quiet_hours::QuietHours;
use crate::assignment::terms::events::SlaEscalated;
use crate::calendar::WallTime;
use crate::follow_ups::events::Due;
use crate::inquiries::events::{Assigned, RecycleWarned, Repeated, Unassigned};
use crate::kernel::error::{Fault, Faults, OUT_OF_RANGE};
use crate::kernel::language::Bilingual;
use crate::notifications::catalogue::REASSIGNED_AWAY;
use crate::platform::events::Fact;
use crate::reports::schedules::events::Scheduled;

/// The longest time before it is due that somebody is reminded of a plan: two days.
const BEFORE_DUE_MAX: u32 = 2 * 24 * 60;

/// What somebody is notified of by mail, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"events": {"inquiry.unassigned": {"mail": false}},
    "quiet_hours": {"from": "21:30", "to": "08:00", "non_working_days": false},
    "digest": {"daily": "18:00"}, "minutes_before_due": 10}))]
pub struct Preferences {
    pub events: Choices,
    /// Null: none.
    pub quiet_hours: Option<QuietHours>,
    pub digest: Digest,
    /// How long before it is due somebody is reminded of a plan.
    #[schema(minimum = 0, maximum = 2880)]
    pub minutes_before_due: u32,
}

/// By which ways somebody is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = NotificationWays)]
pub struct Ways {
    pub mail: bool,
}

impl Default for Ways {
    fn default() -> Self {
        Self { mail: true }
    }
}

/// When a digest comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Digest {
    /// The time of day on working days; null for never.
    pub daily: Option<WallTime>,
}

/// One for each event that somebody may be notified of or not; what is absent is true.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = NotificationChoices)]
pub struct Choices {
    #[serde(rename = "inquiry.assigned")]
    pub assigned: Ways,
    #[serde(rename = "inquiry.repeated")]
    pub repeated: Ways,
    #[serde(rename = "inquiry.reassigned_away")]
    pub reassigned_away: Ways,
    #[serde(rename = "inquiry.unassigned")]
    pub unassigned: Ways,
    #[serde(rename = "inquiry.recycle_warned")]
    pub recycle_warned: Ways,
    #[serde(rename = "follow_up.due")]
    pub follow_up_due: Ways,
    #[serde(rename = "sla.escalated")]
    pub escalated: Ways,
    #[serde(rename = "report.scheduled")]
    pub report: Ways,
}

impl Choices {
    /// The choice about an event; none if it is not left to choice.
    fn of(&self, event: &str) -> Option<Ways> {
        match event {
            Assigned::KIND => Some(self.assigned),
            Repeated::KIND => Some(self.repeated),
            REASSIGNED_AWAY => Some(self.reassigned_away),
            Unassigned::KIND => Some(self.unassigned),
            RecycleWarned::KIND => Some(self.recycle_warned),
            Due::KIND => Some(self.follow_up_due),
            SlaEscalated::KIND => Some(self.escalated),
            Scheduled::KIND => Some(self.report),
            _ => None,
        }
    }
}

impl Preferences {
    /// What is wrong with them, beyond their form.
    pub fn check(&self, faults: &mut Faults) {
        if self.minutes_before_due > BEFORE_DUE_MAX {
            let range = Bilingual::same(format!("0–{BEFORE_DUE_MAX}"));
            faults.add(Fault::with("/minutes_before_due", &OUT_OF_RANGE, range));
        }
        if self.digest.daily == Some(WallTime::END) {
            faults.add(Fault::with("/digest/daily", &OUT_OF_RANGE, Bilingual::same("00:00–23:59")));
        }
        if let Some(quiet) = &self.quiet_hours {
            quiet.check(faults);
        }
    }

    /// Whether somebody wants a mail about an event.
    pub fn wants_mail(&self, event: &str) -> bool {
        self.events.of(event).is_none_or(|ways| ways.mail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_choice_is_about_the_event_that_it_names() {
        let all = serde_json::to_value(Choices::default()).unwrap();
        for event in all.as_object().unwrap().keys() {
            let muted = json!({"events": {event: {"mail": false}}});
            let muted: Preferences = serde_json::from_value(muted).unwrap();
            assert!(!muted.wants_mail(event), "{event}");
        }
    }

    #[test]
    fn what_is_absent_is_wanted() {
        let preferences: Preferences = serde_json::from_value(
            json!({"events": {"follow_up.due": {}, "sla.escalated": {"mail": false}}}),
        )
        .unwrap();
        assert!(preferences.wants_mail("follow_up.due") && preferences.wants_mail("inquiry.assigned"));
        assert!(!preferences.wants_mail("sla.escalated"));
        assert!(preferences.wants_mail("user.invited"), "nobody chooses about those");
        assert!(serde_json::from_value::<Preferences>(json!({"events": {"inquiry.exploded": {}}})).is_err());
    }
}
