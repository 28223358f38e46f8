//! What mails about owners say: that nobody could be given an inquiry, that one goes back to the pool, that a
//! deadline passes. Other mails are in `messages.rs` and `lists.rs`.

use askama::Template;

use super::messages::{About, Letter, Message, moment};
use crate::assignment::terms::events::SlaEscalated;
use crate::assignment::terms::{Deadline, EscalationAction};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::notifications::headline::subject;
use crate::notifications::message_settings::MessageSettings;

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

impl MessageSettings {
    /// To managers: nobody could be given an inquiry. `waiting`: how many lie in the pool by now.
    pub fn unassigned(&self, about: About<'_>, waiting: i64) -> Result<Message> {
        let (zh, en) = (
            format!("有线索目前没有人可以接收，公海中共有 {waiting} 条，请尽快安排。"),
            format!(
                "There is an inquiry that nobody could be given. {waiting} lie in the pool: please see to it."
            ),
        );
        self.notice(about, ("【待分配】", "[Unassigned] "), (&zh, &en))
    }

    /// To the owner: an inquiry will go back to the pool.
    pub fn recycle_warned(&self, about: About<'_>, at: Timestamp) -> Result<Message> {
        let at = moment(at, about.now.timezone());
        let (zh, en) = (
            format!("这条线索将在 {at} 退回公海。联系上客户或更新状态可能使其延后。"),
            format!(
                "This inquiry goes back to the pool at {at}. Reaching the person or moving its status on may \
                put that off."
            ),
        );
        self.notice(about, ("【即将回收】", "[About to be recycled] "), (&zh, &en))
    }

    /// To the owner or to managers: a deadline comes near or has passed.
    pub fn escalated(&self, about: About<'_>, step: &SlaEscalated, owner: &str) -> Result<Message> {
        let minutes = step.minutes;
        let (what_zh, what_en) = match step.on {
            Deadline::Accept => ("接单", "accepted it"),
            Deadline::FirstContact => ("联系上客户", "reached the person"),
        };
        let is_owners = step.r#do == EscalationAction::RemindOwner;
        let (zh, en) = if is_owners {
            (
                format!("分配给您已 {minutes} 分钟，还没有{what_zh}。"),
                format!("This inquiry has been yours for {minutes} minutes, and you have not {what_en} yet."),
            )
        } else {
            (
                format!("分配给 {owner} 已 {minutes} 分钟，还没有{what_zh}。"),
                format!(
                    "This inquiry has been with {owner} for {minutes} minutes, and they have not {what_en} \
                    yet."
                ),
            )
        };
        self.notice(about, ("【超时】", "[Overdue] "), (&zh, &en))
    }

    fn notice(&self, about: About<'_>, prefix: (&str, &str), what: (&str, &str)) -> Result<Message> {
        let letter = self.letter(about);
        let language = letter.language;
        let what = language.pick(what.0, what.1);
        Ok(Message {
            subject: subject(language.pick(prefix.0, prefix.1), about.inquiry, language),
            text: NoticeText { letter: &letter, what }.render().map_err(Error::internal)?,
            html: NoticeHtml { letter: &letter, what }.render().map_err(Error::internal)?,
        })
    }
}
