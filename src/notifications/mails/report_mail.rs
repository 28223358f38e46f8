//! The mails of report schedules on their way: what one is to hold is read, computed and written when it is
//! sent, beside the tries of other mails where that takes long. Why there is none is noted on its run. What
//! it looks like is in `report_letters.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::letters::{Writer, letter};
use super::snapshot::Recipient;
use crate::access::Permission;
use crate::access::audit::{AuditEntry, record};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::NotificationId;
use crate::notifications::links::Tap;
use crate::notifications::model::Notification;
use crate::platform::db::{Context, Db};
use crate::platform::delivery::Rendered;
use crate::platform::mail::{AttachedFile, Letter};
use crate::reports::Reports;
use crate::reports::schedules::mailing::{self, Made, MailContent, MailPlan, Planned, ReportFile};
use crate::reports::schedules::{SkipReason, actions};

/// Mails that are computed at once: who looks at reports has turns left.
const AT_ONCE: usize = 2;
/// How long a try waits for its mail. Nobody else's mail waits longer than for that.
const PATIENCE: Duration = Duration::from_secs(3);
/// Where so many take longer, no try waits at all.
const SLOW_MAX: usize = 4;
/// When a mail that takes longer is asked for once more.
const AGAIN_IN: chrono::Duration = chrono::Duration::seconds(5);
/// How long a computed mail is kept that nobody asks for.
const KEPT: Duration = Duration::from_secs(600);

/// Why a mail is not sent.
const GONE: &str = "its schedule is gone";
const FAILED: &str = "its reports could not be made";

/// A mail of a report schedule, and whom it is for; none if they are inactive.
pub struct ReportMail {
    pub notification: Notification,
    pub to: Option<Recipient>,
}

/// What came of a mail.
enum Done {
    Letter(Box<Letter>),
    Skipped(SkipReason),
    /// The code of what was refused.
    Failed(&'static str),
    Gone,
}

type Work = JoinHandle<Result<Done>>;

/// Makes the mails of report schedules.
#[derive(Clone)]
pub struct ReportMails {
    reports: Reports,
    turns: Arc<Semaphore>,
    /// Those that take longer than a try waits.
    slow: Arc<Mutex<HashMap<NotificationId, (Instant, Work)>>>,
}

impl ReportMails {
    pub fn new(reports: Reports) -> Self {
        Self { reports, turns: Arc::new(Semaphore::new(AT_ONCE)), slow: Arc::default() }
    }

    fn slow(&self) -> MutexGuard<'_, HashMap<NotificationId, (Instant, Work)>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mail, or why there is none, which is noted; or when to ask for it once more.
    pub async fn render(&self, db: &Db, writer: &Writer, mail: ReportMail) -> Result<Rendered> {
        let id = mail.notification.id;
        let begun = self.slow().remove(&id).map(|(_, work)| work);
        let making = || tokio::spawn(self.clone().make(db.clone(), writer.clone(), mail));
        let mut work = begun.unwrap_or_else(making);
        let patience = if self.slow().len() < SLOW_MAX { PATIENCE } else { Duration::ZERO };
        match timeout(patience, &mut work).await {
            Ok(done) => note(db, id, done.map_err(Error::internal)??).await,
            Err(_) => {
                let mut slow = self.slow();
                slow.retain(|_, (since, _)| since.elapsed() < KEPT);
                slow.insert(id, (Instant::now(), work));
                Ok(Rendered::Later(db.parts().clock.now().plus(AGAIN_IN)))
            }
        }
    }

    async fn make(self, db: Db, writer: Writer, mail: ReportMail) -> Result<Done> {
        let ReportMail { notification, to } = mail;
        let Some(to) = to else { return Ok(Done::Skipped(SkipReason::Inactive)) };
        let _turn = self.turns.acquire().await.map_err(Error::unavailable)?;
        let (id, user) = (notification.id, to.user.clone());
        let plan = match db.read(move |read| mailing::plan(read, id, &user)).await? {
            Planned::Mail(plan) => plan,
            Planned::Skipped(reason) => return Ok(Done::Skipped(reason)),
            Planned::Failed(code) => return Ok(Done::Failed(code)),
            Planned::Gone => return Ok(Done::Gone),
        };
        match self.reports.mail(&plan, writer.settings.language(&to.user)).await? {
            Made::Empty => Ok(Done::Skipped(SkipReason::Empty)),
            Made::Failed(code) => Ok(Done::Failed(code)),
            Made::Mail(content) => {
                let entry =
                    AuditEntry::sent(to.user.id, Permission::ReadReports, &plan.schedule_id.to_string());
                let writing = move || writer.reports(&to, &notification, &plan, content);
                let letter = tokio::task::spawn_blocking(writing).await.map_err(Error::internal)??;
                if !letter.files.is_empty() {
                    // What leaves as a file is noted.
                    db.write(Context::system(), move |tx| record(tx, &entry)).await?;
                }
                Ok(Done::Letter(Box::new(letter)))
            }
        }
    }
}

/// Notes why there is no mail.
async fn note(db: &Db, id: NotificationId, done: Done) -> Result<Rendered> {
    match done {
        Done::Letter(letter) => Ok(Rendered::Ready(letter)),
        Done::Gone => Ok(Rendered::Over(GONE)),
        Done::Skipped(reason) => {
            db.write(Context::system(), move |tx| actions::note_skipped(tx, id, reason)).await?;
            Ok(Rendered::Over(words(reason)))
        }
        Done::Failed(code) => {
            db.write(Context::system(), move |tx| actions::note_error(tx, id, code)).await?;
            Ok(Rendered::Over(FAILED))
        }
    }
}

const fn words(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Muted => "the recipient wants no such mails",
        SkipReason::Inactive => "the recipient is inactive",
        SkipReason::NoPassword => "the recipient has no password",
        SkipReason::OutOfReach => "the owner of the schedule cannot choose the recipient any more",
        SkipReason::Removed => "the recipient has left the schedule",
        SkipReason::Empty => "there is nothing in it",
    }
}

impl Writer {
    /// The letter with the reports.
    fn reports(
        &self,
        to: &Recipient,
        notification: &Notification,
        plan: &MailPlan,
        content: MailContent,
    ) -> Result<Letter> {
        let leave = Tap::leave(notification.id, to.user.id, to.moment(), plan.schedule_id);
        let leave = self.settings.tap(&self.links.issue(&leave)?);
        let message = self.settings.reports(&to.user, plan, &content, &leave, to.now.timezone())?;
        let file = |ReportFile { name, content_type, body }| AttachedFile { name, content_type, body };
        let files = content.files.into_iter().map(file).collect();
        Ok(Letter { unsubscribe: Some(leave), files, ..letter(to, notification, message) })
    }
}
