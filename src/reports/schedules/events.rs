//! The facts that this part announces: somebody is to get a mail, a schedule was switched off by itself.
//! Who is notified of them, and how, is not known here.

use serde::{Deserialize, Serialize};

use super::model::DisabledReason;
use crate::kernel::id::{NotificationId, ReportRunId, ReportScheduleId, UserId};
use crate::platform::events::Fact;

/// Somebody is to get the reports of a run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Scheduled {
    pub run_id: ReportRunId,
    pub schedule_id: ReportScheduleId,
    pub user_id: UserId,
    /// The id that the notification is to have.
    pub notification_id: NotificationId,
}

impl Fact for Scheduled {
    const KIND: &'static str = "report.scheduled";
}

/// A schedule was switched off, not by somebody.
#[derive(Debug, Serialize, Deserialize)]
pub struct ScheduleDisabled {
    pub schedule_id: ReportScheduleId,
    pub owner_id: UserId,
    pub reason: DisabledReason,
}

impl Fact for ScheduleDisabled {
    const KIND: &'static str = "report.schedule_disabled";
}
