//! What mails about owners say: that nobody could be given an inquiry, that one goes back to the pool, that a
//! deadline passes, that somebody's work was handed over. Other mails are in `messages.rs`.

use askama::Template;
use chrono_tz::Tz;

use super::messages::{Letter, Line, Message, moment, subject};
use super::setting::Setting;
use crate::access::{Seen, User};
use crate::assignment::terms::events::SlaEscalated;
use crate::assignment::terms::{Deadline, EscalationAction};
use crate::inquiries::Inquiry;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::language::Language;

/// Inquiries that one mail lists.
pub const LISTED: usize = 100;

#[derive(Template)]
#[template(path = "notice.txt", escape = "none")]
struct NoticeText<'a> {
    letter: &'a Letter<'a>,
    what: &'a str,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticeHtml<'a> {
    letter: &'a Letter<'a>,
    what: &'a str,
}

/// What a mail with a list of inquiries holds; the value of a row is its link.
struct ListLetter<'a> {
    language: Language,
    organisation: &'a str,
    name: &'a str,
    what: String,
    rows: Vec<Line>,
    /// Of how many further ones only the number is said.
    more: usize,
}

impl ListLetter<'_> {
    /// What is said of those that have no row.
    fn rest(&self) -> String {
        let (zh, en) = (format!("另有 {} 条未列出。", self.more), format!("… and {} more.", self.more));
        self.language.pick(&zh, &en).to_owned()
    }
}

#[derive(Template)]
#[template(path = "handed_over.txt", escape = "none")]
struct HandedOverText<'a> {
    letter: &'a ListLetter<'a>,
}

#[derive(Template)]
#[template(path = "handed_over.html")]
struct HandedOverHtml<'a> {
    letter: &'a ListLetter<'a>,
}

impl Setting {
    /// To managers: nobody could be given an inquiry. `waiting`: how many lie in the pool by now.
    pub fn unassigned(
        &self,
        user: &User,
        inquiry: &Seen<Inquiry>,
        waiting: i64,
        zone: Tz,
    ) -> Result<Message> {
        let (zh, en) = (
            format!("有线索目前没有人可以接收，公海中共有 {waiting} 条，请尽快安排。"),
            format!(
                "there is an inquiry that nobody could be given. {waiting} lie in the pool: please see to it."
            ),
        );
        self.notice(user, inquiry, ("【待分配】", "[Unassigned] "), (&zh, &en), zone)
    }

    /// To the owner: an inquiry will go back to the pool.
    pub fn recycle_warned(
        &self,
        user: &User,
        inquiry: &Seen<Inquiry>,
        at: Timestamp,
        zone: Tz,
    ) -> Result<Message> {
        let at = moment(at, zone);
        let (zh, en) = (
            format!("这条线索将在 {at} 退回公海。联系上客户或更新状态可能使其延后。"),
            format!(
                "this inquiry goes back to the pool at {at}. Reaching the person or moving its status on may \
                put that off."
            ),
        );
        self.notice(user, inquiry, ("【即将回收】", "[About to be recycled] "), (&zh, &en), zone)
    }

    /// To the owner or to managers: a deadline comes near or has passed.
    pub fn escalated(
        &self,
        user: &User,
        inquiry: &Seen<Inquiry>,
        step: &SlaEscalated,
        owner: &str,
        zone: Tz,
    ) -> Result<Message> {
        let minutes = step.minutes;
        let (what_zh, what_en) = match step.on {
            Deadline::Accept => ("接单", "accepted it"),
            Deadline::FirstContact => ("联系上客户", "reached the person"),
        };
        let is_owners = step.r#do == EscalationAction::RemindOwner;
        let (zh, en) = if is_owners {
            (
                format!("分配给您已 {minutes} 分钟，还没有{what_zh}。"),
                format!("it has been yours for {minutes} minutes, and you have not {what_en} yet."),
            )
        } else {
            (
                format!("分配给 {owner} 已 {minutes} 分钟，还没有{what_zh}。"),
                format!("it has been with {owner} for {minutes} minutes, who has not {what_en} yet."),
            )
        };
        self.notice(user, inquiry, ("【超时】", "[Overdue] "), (&zh, &en), zone)
    }

    fn notice(
        &self,
        user: &User,
        inquiry: &Seen<Inquiry>,
        prefix: (&str, &str),
        what: (&str, &str),
        zone: Tz,
    ) -> Result<Message> {
        let letter = self.letter(user, inquiry, zone);
        let language = letter.language;
        let what = language.pick(what.0, what.1);
        Ok(Message {
            subject: subject(language.pick(prefix.0, prefix.1), inquiry, language),
            text: NoticeText { letter: &letter, what }.render().map_err(Error::internal)?,
            html: NoticeHtml { letter: &letter, what }.render().map_err(Error::internal)?,
        })
    }

    /// To somebody who got the work of another one who leaves: `count` inquiries, of which these are listed.
    pub fn handed_over(
        &self,
        user: &User,
        from: &str,
        count: usize,
        inquiries: &[Seen<Inquiry>],
    ) -> Result<Message> {
        let language = self.language(user);
        let (zh, en) = (
            format!("{from} 的 {count} 条线索现在由您跟进："),
            format!("{count} inquiries of {from} are yours now:"),
        );
        let row = |inquiry: &Seen<Inquiry>| Line {
            label: subject("", inquiry, language).into(),
            value: self.link(inquiry.id),
        };
        let letter = ListLetter {
            language,
            organisation: &self.organisation,
            name: &user.name,
            what: language.pick(&zh, &en).to_owned(),
            rows: inquiries.iter().map(row).collect(),
            more: count.saturating_sub(inquiries.len()),
        };
        let (zh, en) =
            (format!("【新线索】交接给您 {count} 条"), format!("[New inquiry] {count} handed over to you"));
        Ok(Message {
            subject: language.pick(&zh, &en).to_owned(),
            text: HandedOverText { letter: &letter }.render().map_err(Error::internal)?,
            html: HandedOverHtml { letter: &letter }.render().map_err(Error::internal)?,
        })
    }
}
