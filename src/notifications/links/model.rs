//! What a link lets its bearer do, for whom, and until when.
//! How it is signed is in `token.rs`, what is done in `actions.rs`.

use chrono::Duration;

use crate::kernel::clock::Timestamp;
use crate::kernel::id::{FollowUpId, InquiryId, NotificationId, ReportScheduleId, UserId};
use crate::word_enum;

/// How long a link serves, from when its mail was made.
const LIFE: Duration = Duration::hours(24);
/// The same of one that takes somebody out of a schedule: mail programs offer it with old mails, too.
const LIFE_OF_LEAVING: Duration = Duration::days(60);

word_enum! {
    /// What a link does.
    pub enum Action as "LinkAction" {
        Accept => "accept",
        Decline => "decline",
        /// A call was made, and the person was reached.
        Reached => "reached",
        /// A call was made in vain.
        NoAnswer => "no_answer",
        /// Ends the digests, or takes its user out of a report schedule.
        Unsubscribe => "unsubscribe",
    }
}

impl Action {
    pub const OF_NEW_INQUIRY: [Self; 4] = [Self::Accept, Self::Decline, Self::Reached, Self::NoAnswer];
    pub const OF_REMINDER: [Self; 2] = [Self::Reached, Self::NoAnswer];

    /// What it is called on a button.
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Accept => ("接单", "Accept"),
            Self::Decline => ("不接", "Decline"),
            Self::Reached => ("已联系上", "Reached"),
            Self::NoAnswer => ("无人接听", "No answer"),
            Self::Unsubscribe => ("退订每日汇总", "Stop the daily digest"),
        }
    }

    /// What is said once it is done.
    pub const fn done(self) -> (&'static str, &'static str) {
        match self {
            Self::Accept => ("已接单", "Accepted"),
            Self::Decline => ("已退回", "Declined"),
            Self::Reached => ("已记录：联系上了", "Noted: reached"),
            Self::NoAnswer => ("已记录：无人接听", "Noted: no answer"),
            Self::Unsubscribe => ("已退订每日汇总", "The daily digest has been stopped"),
        }
    }
}

/// What one link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tap {
    pub action: Action,
    /// The notification that its message is about. In each try of the message it is the same.
    pub message: NotificationId,
    pub user: UserId,
    pub expires_at: Timestamp,
    /// None: it is about no inquiry.
    pub inquiry: Option<InquiryId>,
    /// The plan that it completes.
    pub plan: Option<FollowUpId>,
    /// The report schedule that its user leaves.
    pub schedule: Option<ReportScheduleId>,
}

impl Tap {
    /// A link about an inquiry, of a message that is made now.
    pub fn about(
        action: Action,
        message: NotificationId,
        user: UserId,
        now: Timestamp,
        inquiry: InquiryId,
        plan: Option<FollowUpId>,
    ) -> Self {
        Self {
            action,
            message,
            user,
            expires_at: now.plus(LIFE),
            inquiry: Some(inquiry),
            plan,
            schedule: None,
        }
    }

    /// A link that ends somebody's digests.
    pub fn unsubscribe(message: NotificationId, user: UserId, now: Timestamp) -> Self {
        let (action, expires_at) = (Action::Unsubscribe, now.plus(LIFE));
        Self { action, message, user, expires_at, inquiry: None, plan: None, schedule: None }
    }

    /// A link that takes somebody out of a report schedule.
    pub fn leave(message: NotificationId, user: UserId, now: Timestamp, schedule: ReportScheduleId) -> Self {
        let expires_at = now.plus(LIFE_OF_LEAVING);
        Self { expires_at, schedule: Some(schedule), ..Self::unsubscribe(message, user, now) }
    }

    /// What it is called on a button.
    pub const fn label(&self) -> (&'static str, &'static str) {
        match self.schedule {
            Some(_) => ("退订这份报表", "Stop these reports"),
            None => self.action.label(),
        }
    }

    /// What is said once it is done.
    pub const fn done(&self) -> (&'static str, &'static str) {
        match self.schedule {
            Some(_) => ("已退订这份报表", "You get these reports no more"),
            None => self.action.done(),
        }
    }
}
