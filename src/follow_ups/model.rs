//! The follow-up as stored, the input for a new one, and the rules that need no database.
//! Actions are in `actions.rs`, the API's shape in `api.rs`.

use chrono::Duration;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde_json::{Value, json};

use super::schema::follow_ups;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Fault, FaultKind, Faults, REQUIRED, TOO_LONG};
use crate::kernel::id::{FollowUpId, InquiryId, UserId};
use crate::kernel::patch::{Patch, merge};
use crate::kernel::text::TEXT_MAX;
use crate::platform::db::MultiBackend;
use crate::{seen_whole, text_enum};

text_enum! {
    /// The channel of the contact.
    pub enum Kind as "FollowUpKind" {
        Call => "call",
        Wechat => "wechat",
        Sms => "sms",
        Email => "email",
        Visit => "visit",
        Viewing => "viewing",
        Meeting => "meeting",
        Proposal => "proposal",
        Other => "other",
    }
}

impl Kind {
    /// How it is called, in Chinese and English.
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Call => ("电话", "Call"),
            Self::Wechat => ("微信", "WeChat"),
            Self::Sms => ("短信", "SMS"),
            Self::Email => ("邮件", "E-mail"),
            Self::Visit => ("拜访", "Visit"),
            Self::Viewing => ("看房", "Viewing"),
            Self::Meeting => ("会面", "Meeting"),
            Self::Proposal => ("方案", "Proposal"),
            Self::Other => ("其他", "Other"),
        }
    }
}

text_enum! {
    /// The result of the contact.
    pub enum Outcome as "FollowUpOutcome" {
        Reached => "reached",
        NoAnswer => "no_answer",
        WrongNumber => "wrong_number",
        Refused => "refused",
        Other => "other",
    }
}

/// One contact with the inquirer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = follow_ups, check_for_backend(MultiBackend), treat_none_as_default_value = false,
    treat_none_as_null = true)]
pub struct FollowUp {
    pub id: FollowUpId,
    pub inquiry_id: InquiryId,
    pub kind: Kind,
    pub due_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    pub note: Option<String>,
    pub author_id: Option<UserId>,
    pub announced_due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

seen_whole!(FollowUp);

impl FollowUp {
    /// When the person was actually reached, if they were: by a talk or a meeting.
    pub fn contact_at(&self) -> Option<Timestamp> {
        let real = match self.outcome {
            Some(Outcome::Reached | Outcome::Refused) => true,
            Some(_) => false,
            None => matches!(self.kind, Kind::Visit | Kind::Viewing | Kind::Meeting),
        };
        self.done_at.filter(|_| real)
    }
}

/// A plan.
#[derive(Debug, Clone)]
pub struct Plan {
    pub kind: Kind,
    pub due_at: Timestamp,
    pub note: Option<String>,
}

/// What is to be changed of a follow-up; none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct FollowUpPatch {
    pub kind: Option<Kind>,
    pub due_at: Option<Timestamp>,
    pub note: Patch<String>,
}

impl FollowUp {
    /// With these changes. Another moment is to be announced anew.
    pub fn patched(&self, patch: &FollowUpPatch) -> Self {
        let mut after = self.clone();
        after.kind = patch.kind.unwrap_or(self.kind);
        after.due_at = patch.due_at.or(self.due_at);
        merge(&mut after.note, patch.note.clone());
        if after.due_at != self.due_at {
            after.announced_due_at = None;
        }
        after
    }

    /// The members that differ from those of another state, each with its value here and its value there.
    pub fn differences(&self, from: &Self) -> Vec<(&'static str, Value, Value)> {
        [
            ("kind", json!(self.kind), json!(from.kind)),
            ("due_at", json!(self.due_at), json!(from.due_at)),
            ("note", json!(self.note), json!(from.note)),
        ]
        .into_iter()
        .filter(|(_, here, there)| here != there)
        .collect()
    }
}

/// The input for a new follow-up.
#[derive(Debug, Clone)]
pub struct NewFollowUp {
    pub kind: Kind,
    pub due_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    pub note: Option<String>,
    pub next: Option<Plan>,
}

/// Tolerated clock skew of callers.
const AHEAD: Duration = Duration::minutes(5);

static IN_THE_FUTURE: FaultKind = FaultKind::new(
    "in_the_future",
    "完成时间不能晚于现在。",
    "The time of completion cannot be in the future.",
);

impl NewFollowUp {
    pub fn check(&self, now: Timestamp, faults: &mut Faults) {
        if self.due_at.is_none() && self.done_at.is_none() && self.outcome.is_none() {
            faults.add(Fault::new("/due_at", &REQUIRED));
        }
        if self.done_at.is_some_and(|at| at > now.plus(AHEAD)) {
            faults.add(Fault::new("/done_at", &IN_THE_FUTURE));
        }
    }

    /// When it was done: given, or now if it has an outcome; none if it is only planned.
    pub fn done_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.done_at.or(self.outcome.map(|_| now))
    }
}

/// Appends a note to another on a line of its own, within the limit of one text.
pub fn join_notes(first: Option<&str>, second: Option<&str>) -> Result<Option<String>, Fault> {
    let (Some(first), Some(second)) = (first, second) else { return Ok(first.or(second).map(str::to_owned)) };
    let room = TEXT_MAX.saturating_sub(first.chars().count()).saturating_sub(1);
    if second.chars().count() > room {
        return Err(Fault::with("/note", &TOO_LONG, room));
    }
    Ok(Some(format!("{first}\n{second}")))
}

text_enum! {
    /// A filter by due date.
    pub enum Bucket {
        /// Due now or before.
        Overdue => "overdue",
        /// Later today.
        Today => "today",
        /// On later dates.
        Upcoming => "upcoming",
        Done => "done",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow_up(kind: Kind, done: bool, outcome: Option<Outcome>) -> FollowUp {
        let at = Timestamp::from_millis(1);
        FollowUp {
            id: FollowUpId::floor(at),
            inquiry_id: InquiryId::floor(at),
            kind,
            due_at: None,
            done_at: done.then_some(at),
            outcome,
            note: None,
            author_id: None,
            announced_due_at: None,
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    #[test]
    fn what_is_a_real_contact() {
        for (kind, done, outcome, real) in [
            (Kind::Call, true, Some(Outcome::Reached), true),
            (Kind::Wechat, true, Some(Outcome::Refused), true),
            (Kind::Call, true, Some(Outcome::NoAnswer), false),
            (Kind::Call, true, None, false),
            (Kind::Visit, true, None, true),
            (Kind::Viewing, true, Some(Outcome::NoAnswer), false),
            (Kind::Meeting, false, None, false),
        ] {
            assert_eq!(
                follow_up(kind, done, outcome).contact_at().is_some(),
                real,
                "{kind:?} {done} {outcome:?}"
            );
        }
    }

    #[test]
    fn notes_are_joined_line_by_line() {
        let joined = |first, second| join_notes(first, second).map_err(|fault| fault.kind.code);
        assert_eq!(joined(Some("先电话"), Some("约看房")), Ok(Some("先电话\n约看房".to_owned())));
        assert_eq!(joined(None, Some("b")), Ok(Some("b".to_owned())));
        assert_eq!(joined(None, None), Ok(None));
        let (first, fits) = ("厂".repeat(6_000), "房".repeat(3_999));
        assert_eq!(joined(Some(&first), Some(&fits)).unwrap().unwrap().chars().count(), TEXT_MAX);
        assert_eq!(joined(Some(&first), Some(&format!("{fits}x"))), Err("too_long"));
    }
}
