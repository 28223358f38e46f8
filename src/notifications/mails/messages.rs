//! What a mail says: subject, text and HTML of each message, in the recipient's language.
//! The words around the facts are in `templates/`.

use std::borrow::Cow;

use askama::Template;
use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::Value;

use crate::access::passwords::{PasswordLink, Purpose};
use crate::access::{Seen, User};
use crate::follow_ups::FollowUp;
use crate::inquiries::Inquiry;
use crate::inquiries::events::Repeated;
use crate::inquiries::items::{Item, Rank};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::language::Language;
use crate::kernel::text::cut;
use crate::notifications::headline::subject;
use crate::notifications::message_settings::MessageSettings;
use crate::platform::http::escape;

/// Code points of one item in a mail, so that a mail stays within 256 KiB whatever the inquiry holds.
const ITEM_MAX: usize = 4_000;
/// Code points of all that somebody says who asks again, which comes beside what they said before.
const REPEATED_MAX: usize = 6_000;
/// Code points of a name that is not ours.
const LABEL_MAX: usize = 60;

/// A message in all its forms.
#[derive(Debug)]
pub struct Message {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// A labelled line of a mail.
pub struct Line {
    pub label: Cow<'static, str>,
    pub value: String,
}

impl Line {
    /// The value as HTML. Outlook knows nothing of `white-space`: a line end is a `<br>`.
    pub(super) fn html(&self) -> String {
        escape::html(&self.value).replace('\n', "<br>\n")
    }
}

#[derive(Template)]
#[template(path = "assigned.txt", escape = "none")]
struct AssignedText<'a> {
    letter: &'a Letter<'a>,
}

#[derive(Template)]
#[template(path = "assigned.html")]
struct AssignedHtml<'a> {
    letter: &'a Letter<'a>,
}

#[derive(Template)]
#[template(path = "follow_up_due.txt", escape = "none")]
struct DueText<'a> {
    letter: &'a Letter<'a>,
    what: &'a str,
    plan: &'a [Line],
}

#[derive(Template)]
#[template(path = "follow_up_due.html")]
struct DueHtml<'a> {
    letter: &'a Letter<'a>,
    what: &'a str,
    plan: &'a [Line],
}

#[derive(Template)]
#[template(path = "password_link.txt", escape = "none")]
struct LinkText<'a> {
    letter: &'a LinkLetter<'a>,
}

#[derive(Template)]
#[template(path = "password_link.html")]
struct LinkHtml<'a> {
    letter: &'a LinkLetter<'a>,
}

#[derive(Template)]
#[template(path = "repeated.txt", escape = "none")]
struct RepeatedText<'a> {
    letter: &'a Letter<'a>,
    said: &'a [Line],
}

#[derive(Template)]
#[template(path = "repeated.html")]
struct RepeatedHtml<'a> {
    letter: &'a Letter<'a>,
    said: &'a [Line],
}

/// What a mail with a link to set a password holds.
struct LinkLetter<'a> {
    language: Language,
    organisation: &'a str,
    name: &'a str,
    why: &'a str,
    until: String,
    link: String,
}

/// What every mail about an inquiry holds.
pub(super) struct Letter<'a> {
    pub(super) language: Language,
    pub(super) organisation: &'a str,
    pub(super) name: &'a str,
    pub(super) items: Vec<Line>,
    /// The number to call, for a link.
    pub(super) call: Option<&'a str>,
    pub(super) received: String,
    pub(super) link: String,
    /// What can be done with one tap; the values are links.
    pub(super) actions: &'a [Line],
}

/// Whom a mail about an inquiry goes to, and what it is about.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub user: &'a User,
    pub inquiry: &'a Seen<Inquiry>,
    pub now: DateTime<Tz>,
    /// What can be done with one tap; the values are links.
    pub actions: &'a [Line],
}

impl MessageSettings {
    pub(super) fn language(&self, user: &User) -> Language {
        Language::of_locale(user.locale.map_or(self.locale.as_str(), |locale| locale.word()))
    }

    pub(super) fn letter<'a>(&'a self, about: About<'a>) -> Letter<'a> {
        let About { user, inquiry, now, actions } = about;
        let language = self.language(user);
        Letter {
            language,
            organisation: &self.organisation,
            name: &user.name,
            items: items(inquiry, ITEM_MAX, language),
            call: inquiry.content.phone_e164.as_deref(),
            received: moment(inquiry.received_at, now.timezone()),
            link: self.link(inquiry.id),
            actions,
        }
    }

    /// To the new owner of an inquiry.
    pub fn assigned(&self, about: About<'_>) -> Result<Message> {
        let letter = self.letter(about);
        let language = letter.language;
        let prefix = language.pick("【新线索】", "[New inquiry] ");
        Ok(Message {
            subject: subject(prefix, about.inquiry, language),
            text: AssignedText { letter: &letter }.render().map_err(Error::internal)?,
            html: AssignedHtml { letter: &letter }.render().map_err(Error::internal)?,
        })
    }

    /// To the owner of an inquiry whose inquirer asks again, in other words.
    pub fn repeated(&self, about: About<'_>, repeated: &Seen<Repeated>) -> Result<Message> {
        let letter = self.letter(about);
        let language = letter.language;
        // What came as one text is the need, too, and is not said twice.
        let need = repeated.words.get(Item::Need.word());
        let new =
            repeated.words.iter().filter(|(name, value)| *name == Item::Need.word() || Some(*value) != need);
        let mut left = REPEATED_MAX;
        let line = |(name, value): (&String, &Value)| {
            let line = said(name, value.as_str()?, left.min(ITEM_MAX), language);
            left = left.saturating_sub(line.value.chars().count());
            Some(line)
        };
        let said: Vec<Line> = new.filter_map(line).collect();
        Ok(Message {
            // Nothing of what was said is shown there: it may name somebody.
            subject: language
                .pick("【再次咨询】老客户又来咨询了", "[Asked again] Somebody you know inquired again")
                .to_owned(),
            text: RepeatedText { letter: &letter, said: &said }.render().map_err(Error::internal)?,
            html: RepeatedHtml { letter: &letter, said: &said }.render().map_err(Error::internal)?,
        })
    }

    /// To a user who is to set a password.
    pub fn password_link(&self, user: &User, link: &PasswordLink, token: &str, zone: Tz) -> Result<Message> {
        let language = self.language(user);
        let (subject, why) = match link.purpose {
            Purpose::Invitation => (
                language.pick("邀请您加入 ", "You are invited to "),
                language.pick(
                    "已为您开通账号。请打开下面的链接设置密码：",
                    "There is an account for you. Open this link to set a password:",
                ),
            ),
            Purpose::Reset => (
                language.pick("重置密码：", "Set a new password: "),
                language.pick(
                    "有人（可能是您）申请重置密码。请打开下面的链接设置新密码；如非本人操作，请忽略此邮件：",
                    "Somebody, perhaps you, asked to set a new password. Open this link to do so; if it was \
                    not you, ignore this mail:",
                ),
            ),
        };
        let letter = LinkLetter {
            language,
            organisation: &self.organisation,
            name: &user.name,
            why,
            until: moment(link.expires_at, zone),
            link: self.password_link.replace("{token}", token),
        };
        Ok(Message {
            subject: format!("{subject}{}", self.organisation),
            text: LinkText { letter: &letter }.render().map_err(Error::internal)?,
            html: LinkHtml { letter: &letter }.render().map_err(Error::internal)?,
        })
    }

    /// To the owner of an inquiry that is to be followed up now.
    pub fn follow_up_due(&self, about: About<'_>, follow_up: &Seen<FollowUp>) -> Result<Message> {
        let letter = self.letter(about);
        let language = letter.language;
        let plan = plan_lines(follow_up, language, about.now.timezone(), ITEM_MAX);
        let is_ahead = follow_up.due_at.is_some_and(|at| at > about.now.to_utc().into());
        let what = if is_ahead {
            language.pick("有一次跟进即将到时间。", "A follow-up is coming up.")
        } else {
            language.pick("有一次跟进到时间了。", "A follow-up is due.")
        };
        Ok(Message {
            subject: subject(due_prefix(language), about.inquiry, language),
            text: DueText { letter: &letter, what, plan: &plan }.render().map_err(Error::internal)?,
            html: DueHtml { letter: &letter, what, plan: &plan }.render().map_err(Error::internal)?,
        })
    }
}

/// What the subject of a mail about what is due begins with.
pub(super) fn due_prefix(language: Language) -> &'static str {
    language.pick("【待跟进】", "[Follow-up due] ")
}

/// What is planned: how, when, with which note, of which so many code points are shown.
pub(super) fn plan_lines(plan: &Seen<FollowUp>, language: Language, zone: Tz, note_max: usize) -> Vec<Line> {
    let line = |(zh, en), value| Line { label: Cow::Borrowed(language.pick(zh, en)), value };
    let (zh, en) = plan.kind.label();
    let how = line(("方式", "How"), language.pick(zh, en).to_owned());
    let when = plan.due_at.map(|at| line(("时间", "When"), moment(at, zone)));
    let note = plan.note.as_ref().map(|note| line(("备注", "Note"), shortened(note, note_max, language)));
    [Some(how), when, note].into_iter().flatten().collect()
}

/// The beginning of a text, and that there is more.
pub(super) fn shortened(text: &str, max: usize, language: Language) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let rest = language.pick("…（内容较长，已截断）", "… (cut: the rest is in the inquiry)");
    format!("{}{rest}", cut(text.to_owned(), max))
}

/// When an inquiry came.
pub(super) fn received_line(inquiry: &Seen<Inquiry>, zone: Tz, language: Language) -> Line {
    let label = Cow::Borrowed(language.pick("收到时间", "Received"));
    Line { label, value: moment(inquiry.received_at, zone) }
}

/// A moment as a reader in a time zone writes it.
pub(super) fn moment(at: Timestamp, zone: Tz) -> String {
    at.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// One thing that was said, under its usual name or its own.
fn said(name: &str, value: &str, max: usize, language: Language) -> Line {
    let usual = Item::from_word(name).map(|item| {
        let (zh, en) = item.label();
        Cow::Borrowed(language.pick(zh, en))
    });
    Line {
        label: usual.unwrap_or_else(|| cut(name.to_owned(), LABEL_MAX).into()),
        value: shortened(value, max, language),
    }
}

/// The six items, and whatever else there is, in the person's own words.
/// Of each, so many code points are shown.
pub(super) fn items(inquiry: &Seen<Inquiry>, max: usize, language: Language) -> Vec<Line> {
    let all = &inquiry.content.items;
    // Of the six it is said that they are missing, too.
    // What came as one text is the need, too, and is not said twice.
    let shown = all.iter().filter(|(item, text)| {
        item.rank() == Rank::Essential || text.is_some() && *text != all.get(Item::Need)
    });
    shown.map(|(item, text)| said(item.word(), text.unwrap_or("–"), max, language)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_is_one_in_html_too() {
        let line = |value: &str| Line { label: "x".into(), value: value.to_owned() }.html();
        assert_eq!(line("一\n<二>\n\n三"), "一<br>\n&lt;二&gt;<br>\n<br>\n三");
    }
}
