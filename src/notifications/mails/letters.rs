//! Writes a letter from what is true of its notifications: of one, or of several that leave together.
//! What the mails say is in `messages.rs`, `notices.rs` and `lists.rs`.

use std::borrow::Cow;
use std::sync::Arc;

use super::lists::{PlanRow, Row};
use super::messages::{About, Line, Message, received_line};
use super::snapshot::{News, Recipient, Snapshot};
use crate::access::Seen;
use crate::access::tokens::Keys;
use crate::assignment::terms::{Deadline, EscalationAction};
use crate::inquiries::Inquiry;
use crate::kernel::email::is_address;
use crate::kernel::error::Result;
use crate::kernel::id::FollowUpId;
use crate::notifications::links::{Action, LinkTokens, Tap};
use crate::notifications::message_settings::MessageSettings;
use crate::notifications::model::Notification;
use crate::platform::mail::Letter;

/// What letters are written with.
#[derive(Clone)]
pub struct Writer {
    pub settings: Arc<MessageSettings>,
    /// Make the links by which passwords are set.
    pub keys: Arc<Keys>,
    pub links: LinkTokens,
}

/// A notification with what is true of it.
pub type Part = (Notification, Snapshot);

impl Writer {
    /// The letter of one notification; none if there is nothing to say.
    pub fn letter(&self, to: &Recipient, (notification, snapshot): &Part) -> Result<Option<Letter>> {
        let Recipient { user, now } = to;
        let settings = &*self.settings;
        let message = match snapshot {
            Snapshot::Over(_) => return Ok(None),
            Snapshot::Inquiry { inquiry, news } => {
                return self.about_inquiry(to, notification, inquiry, news).map(Some);
            }
            Snapshot::Link(link) => {
                settings.password_link(user, link, &self.keys.link_token(link.id)?, now.timezone())?
            }
            Snapshot::HandedOver { from, count, inquiries } => {
                settings.handed_over(user, from, *count, inquiries)?
            }
            Snapshot::SwitchedOff(off) => settings.switched_off(user, off)?,
            Snapshot::Digest(content) => {
                let token = self.links.issue(&Tap::unsubscribe(notification.id, user.id, to.moment()))?;
                let letter = letter(to, notification, settings.digest(user, content, now.timezone())?);
                return Ok(Some(Letter { unsubscribe: Some(settings.tap(&token)), ..letter }));
            }
        };
        Ok(Some(letter(to, notification, message)))
    }

    /// The letter of several notifications, in the name of the first one.
    pub fn together(&self, to: &Recipient, parts: &[Part], is_of_plans: bool) -> Result<Option<Letter>> {
        let Some((first, _)) = parts.first() else { return Ok(None) };
        let message = if is_of_plans { self.plans(to, parts)? } else { self.held(to, parts)? };
        Ok(Some(letter(to, first, message)))
    }

    /// Several plans that are due.
    fn plans(&self, to: &Recipient, parts: &[Part]) -> Result<Message> {
        let mut rows = Vec::new();
        for (notification, snapshot) in parts {
            if let Snapshot::Inquiry { inquiry, news: News::FollowUpDue(plan) } = snapshot {
                let actions = self.actions(to, notification, inquiry, Some(plan.id), &Action::OF_REMINDER)?;
                rows.push(PlanRow { inquiry, plan, actions });
            }
        }
        self.settings.due_together(&to.user, rows, to.now.timezone())
    }

    /// What was held back, each as it would have been called.
    fn held(&self, to: &Recipient, parts: &[Part]) -> Result<Message> {
        let mut rows = Vec::new();
        for part in parts {
            let Some(letter) = self.letter(to, part)? else { continue };
            rows.push(match &part.1 {
                // They get no way to reach the person any more.
                Snapshot::Inquiry { news: News::ReassignedAway(_), .. } => bare(letter.subject),
                Snapshot::Inquiry { inquiry, news } => {
                    let language = self.settings.language(&to.user);
                    let mut row = self.settings.row(letter.subject, inquiry, language);
                    row.lines.push(received_line(inquiry, to.now.timezone(), language));
                    row.call.clone_from(&inquiry.content.phone_e164);
                    Row { actions: self.actions_of(to, &part.0, inquiry, news)?, ..row }
                }
                _ => bare(letter.subject),
            });
        }
        self.settings.held(&to.user, rows)
    }

    /// The mail about one inquiry.
    fn about_inquiry(
        &self,
        to: &Recipient,
        notification: &Notification,
        inquiry: &Seen<Inquiry>,
        news: &News,
    ) -> Result<Letter> {
        let (settings, user) = (&*self.settings, &to.user);
        let actions = self.actions_of(to, notification, inquiry, news)?;
        let about = About { user, inquiry, now: to.now, actions: &actions };
        let message = match news {
            News::Unassigned(waiting) => settings.unassigned(about, *waiting)?,
            News::RecycleWarned(at) => settings.recycle_warned(about, *at)?,
            News::Escalated(step, owner) => settings.escalated(about, step, owner)?,
            News::Assigned => settings.assigned(about)?,
            News::Repeated(repeated) => settings.repeated(about, repeated)?,
            News::FollowUpDue(follow_up) => settings.follow_up_due(about, follow_up)?,
            News::ReassignedAway(owner) => settings.reassigned_away(user, inquiry, owner.as_deref())?,
        };
        let is_owner = inquiry.assignee_id == Some(user.id);
        let address = inquiry.content.items.email.as_ref();
        let reply_to = address.filter(|address| is_owner && is_address(address)).cloned();
        let thread = Some(inquiry.id.to_string());
        Ok(Letter { thread, reply_to, ..letter(to, notification, message) })
    }

    /// What can be done with one tap about some news.
    fn actions_of(
        &self,
        to: &Recipient,
        notification: &Notification,
        inquiry: &Seen<Inquiry>,
        news: &News,
    ) -> Result<Vec<Line>> {
        match news {
            News::Assigned => self.actions(to, notification, inquiry, None, &Action::OF_NEW_INQUIRY),
            News::FollowUpDue(plan) => {
                self.actions(to, notification, inquiry, Some(plan.id), &Action::OF_REMINDER)
            }
            News::Escalated(step, _) if step.r#do == EscalationAction::RemindOwner => {
                let actions: &[Action] = match step.on {
                    Deadline::Accept => &Action::OF_NEW_INQUIRY,
                    Deadline::FirstContact => &Action::OF_REMINDER,
                };
                self.actions(to, notification, inquiry, None, actions)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn actions(
        &self,
        to: &Recipient,
        notification: &Notification,
        inquiry: &Seen<Inquiry>,
        plan: Option<FollowUpId>,
        actions: &[Action],
    ) -> Result<Vec<Line>> {
        let language = self.settings.language(&to.user);
        let line = |action: &Action| {
            let tap = Tap::about(*action, notification.id, to.user.id, to.moment(), inquiry.id, plan);
            let (zh, en) = action.label();
            let label = Cow::Borrowed(language.pick(zh, en));
            Ok(Line { label, value: self.settings.tap(&self.links.issue(&tap)?) })
        };
        actions.iter().map(line).collect()
    }
}

fn bare(title: String) -> Row {
    Row { title, ..Row::default() }
}

/// A mail that answers to no thread, and to nobody.
pub(super) fn letter(to: &Recipient, notification: &Notification, message: Message) -> Letter {
    let Message { subject, text, html } = message;
    Letter {
        id: notification.id.to_string(),
        thread: None,
        to_name: to.user.name.clone(),
        to: to.user.email.clone(),
        reply_to: None,
        unsubscribe: None,
        subject,
        text,
        html,
        files: Vec::new(),
        date: to.now.to_utc(),
    }
}
