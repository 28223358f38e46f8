//! Writes a notification and hands it to delivery, in the transaction of its event, as far as its recipient
//! wants it and when. Who is notified of what is decided in `recipients.rs`.

use super::events::DigestDue;
use super::model::{Channel, Notification};
use super::preferences;
use crate::assignment::decision::roster;
use crate::inquiries::events::Assigned;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FollowUpId, InquiryId, NotificationId, UserId};
use crate::platform::db::Tx;
use crate::platform::delivery::store as delivery;
use crate::platform::events::{Event, Fact};
use crate::platform::mail::channel as mail;
use crate::reports::schedules::events::Scheduled;

/// What somebody is to be notified of.
#[derive(Debug, Clone)]
pub struct NewNotification<'a> {
    event: &'a Event,
    /// The word that the notification has; that of the event unless it says something else to this one.
    word: &'a str,
    /// The word by which the recipient chooses; none if that is not left to them.
    choice: Option<&'a str>,
    /// A plan and when it is due.
    plan: Option<(FollowUpId, Timestamp)>,
    /// The id that it is to have, if somebody knows it already.
    id: Option<NotificationId>,
}

impl<'a> NewNotification<'a> {
    /// Of an event, as the recipient chooses.
    pub fn of(event: &'a Event) -> Self {
        Self { event, word: &event.kind, choice: Some(&event.kind), plan: None, id: None }
    }

    /// The same under another word.
    pub fn under(self, word: &'a str) -> Self {
        Self { word, choice: Some(word), ..self }
    }

    /// The same as a new inquiry, as far as the choice goes.
    pub fn like_a_new_inquiry(self) -> Self {
        Self { choice: Some(Assigned::KIND), ..self }
    }

    /// The same whatever the recipient chooses, at any time: they need it to get in.
    pub fn always(self) -> Self {
        Self { choice: None, ..self }
    }

    /// The same about a plan that is due.
    pub fn about(self, plan: FollowUpId, due_at: Timestamp) -> Self {
        Self { plan: Some((plan, due_at)), ..self }
    }

    /// The same with an id that was promised.
    pub fn with_id(self, id: NotificationId) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Notifies a user of it.
    pub fn to(&self, tx: &mut Tx<'_>, user: UserId) -> Result<()> {
        let mut not_before = tx.now;
        let mut batch = self.plan.map(|(_, due_at)| due_batch(due_at));
        if let Some(choice) = self.choice {
            let preferences = preferences::store::of(tx.conn, user)?;
            if !preferences.wants_mail(choice) {
                return Ok(());
            }
            if let Some(quiet) = preferences.quiet_hours {
                let working = roster::current(tx)?;
                if let Some(end) = quiet.end(tx.now, &working.working) {
                    not_before = end;
                    // Those that are long leave as themselves.
                    let is_alone = matches!(self.word, DigestDue::KIND | Scheduled::KIND);
                    batch = (!is_alone).then(|| quiet_batch(end));
                }
            }
        }
        self.write(tx, user, batch, not_before)
    }

    fn write(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        batch: Option<String>,
        not_before: Timestamp,
    ) -> Result<()> {
        let notification = Notification {
            id: self.id.unwrap_or_else(|| tx.id()),
            event_id: self.event.id,
            event: self.word.to_owned(),
            inquiry_id: self.event.subject.map(InquiryId::from),
            follow_up_id: self.plan.map(|(plan, _)| plan),
            user_id: user,
            channel: Channel::Mail,
            created_at: tx.now,
            batch,
        };
        let id = notification.id;
        tx.insert(notification)?;
        delivery::enqueue_at(tx, id, mail::CHANNEL, mail::TARGET, not_before)
    }
}

/// The minute of a reminder: what one person is reminded of within it leaves as one message.
const DUE: &str = "due:";
const MINUTE: i64 = 60_000;

fn due_batch(due_at: Timestamp) -> String {
    format!("{DUE}{}", due_at.millis().div_euclid(MINUTE))
}

/// What was held back until a moment leaves as one message.
fn quiet_batch(until: Timestamp) -> String {
    format!("quiet:{}", until.millis())
}

/// The minute that the reminders of a batch are of: its first moment, and that of the next one.
pub fn minute_of(batch: &str) -> Option<(Timestamp, Timestamp)> {
    let minute: i64 = batch.strip_prefix(DUE)?.parse().ok()?;
    let at = |minute: i64| Timestamp::from_millis(minute.saturating_mul(MINUTE));
    Some((at(minute), at(minute.saturating_add(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_reminders_is_of_one_minute() {
        let at = |text| Timestamp::parse(text).unwrap();
        let batch = due_batch(at("2026-11-23T03:30:59.999Z"));
        assert_eq!(batch, due_batch(at("2026-11-23T03:30:00Z")));
        assert_ne!(batch, due_batch(at("2026-11-23T03:31:00Z")));
        let minute = minute_of(&batch).unwrap();
        assert_eq!(minute, (at("2026-11-23T03:30:00Z"), at("2026-11-23T03:31:00Z")));
        assert_eq!(minute_of(&quiet_batch(at("2026-11-23T03:30:00Z"))), None);
    }
}
