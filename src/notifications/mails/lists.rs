//! Mails that list: what is due together, what was held back, a digest, work that was handed over, and what
//! needs no more than a sentence. Mails about one inquiry are in `messages.rs` and `notices.rs`.

use std::borrow::Cow;

use askama::Template;
use chrono_tz::Tz;

use super::messages::{Line, Message, due_prefix, items, moment, plan_lines, shortened};
use crate::access::{Seen, User};
use crate::follow_ups::FollowUp;
use crate::inquiries::Inquiry;
use crate::inquiries::items::Item;
use crate::kernel::error::{Error, Result};
use crate::kernel::language::Language;
use crate::kernel::text::cut;
use crate::notifications::digest::DigestContent;
use crate::notifications::events::DisabledReason;
use crate::notifications::headline::{SUBJECT_MAX, headline, subject};
use crate::notifications::message_settings::MessageSettings;

/// Rows that one mail has; of further ones only the number is said.
pub const LISTED: usize = 100;
/// Rows that show what was said, and what can be done with one tap; further ones have a title and a link, so
/// that a mail stays within 256 KiB.
const DETAILED: usize = 15;
/// Code points of what was said, in a row.
const ITEM_MAX: usize = 80;
/// Code points of a company's name in the title of a row.
const COMPANY_MAX: usize = 30;

/// What a mail that lists holds.
struct ListLetter<'a> {
    language: Language,
    organisation: &'a str,
    name: &'a str,
    what: String,
    sections: Vec<Section>,
    /// Of how many further ones only the number is said.
    more: usize,
}

/// Rows under a heading.
pub struct Section {
    pub heading: Option<String>,
    pub rows: Vec<Row>,
}

/// A row: what it is about, where it leads, what is known, whom to call, what can be done with one tap.
#[derive(Default)]
pub struct Row {
    pub title: String,
    pub link: Option<String>,
    pub lines: Vec<Line>,
    pub call: Option<String>,
    pub actions: Vec<Line>,
}

/// The first rows as they are, and the titles, links and companies of the others.
fn bounded(mut rows: Vec<Row>, language: Language) -> Vec<Row> {
    let (zh, en) = Item::Company.label();
    let company = language.pick(zh, en);
    for row in rows.iter_mut().skip(DETAILED) {
        row.lines.retain(|line| line.label == company);
        row.call = None;
        row.actions.clear();
    }
    rows
}

impl ListLetter<'_> {
    /// What is said of those that have no row.
    fn rest(&self) -> String {
        let (zh, en) = (format!("另有 {} 条未列出。", self.more), format!("… and {} more.", self.more));
        self.language.pick(&zh, &en).to_owned()
    }
}

#[derive(Template)]
#[template(path = "list.txt", escape = "none")]
struct ListText<'a> {
    letter: &'a ListLetter<'a>,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListHtml<'a> {
    letter: &'a ListLetter<'a>,
}

/// An inquiry and one of its plans, with what can be done with one tap.
pub struct PlanRow<'a> {
    pub inquiry: &'a Seen<Inquiry>,
    pub plan: &'a Seen<FollowUp>,
    pub actions: Vec<Line>,
}

/// A webhook or a robot that was switched off.
pub struct SwitchedOff {
    pub what: Receiver,
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// Its address, without what opens it; none of what has none.
    pub address: Option<String>,
    pub reason: DisabledReason,
    /// What it answered last.
    pub error: Option<String>,
}

/// Who other than people is sent what happens.
#[derive(Debug, Clone, Copy)]
pub enum Receiver {
    Webhook,
    Robot,
    /// Not a system, but a schedule of mails to people.
    ReportSchedule,
}

impl MessageSettings {
    fn list(&self, user: &User, subject: String, what: String, sections: Vec<Section>) -> Result<Message> {
        self.list_of_more(user, subject, what, sections, 0)
    }

    fn list_of_more(
        &self,
        user: &User,
        subject: String,
        what: String,
        sections: Vec<Section>,
        more: usize,
    ) -> Result<Message> {
        let letter = ListLetter {
            language: self.language(user),
            organisation: &self.organisation,
            name: &user.name,
            what,
            sections,
            more,
        };
        Ok(Message {
            subject,
            text: ListText { letter: &letter }.render().map_err(Error::internal)?,
            html: ListHtml { letter: &letter }.render().map_err(Error::internal)?,
        })
    }

    /// What is known of an inquiry, as a row.
    pub fn row(&self, title: String, inquiry: &Seen<Inquiry>, language: Language) -> Row {
        let link = Some(self.link(inquiry.id));
        Row { title, link, lines: items(inquiry, ITEM_MAX, language), ..Row::default() }
    }

    fn plan_row(&self, row: PlanRow<'_>, language: Language, zone: Tz) -> Row {
        let PlanRow { inquiry, plan, actions } = row;
        let known = self.row(headline(inquiry, language), inquiry, language);
        let mut lines = plan_lines(plan, language, zone, ITEM_MAX);
        lines.extend(known.lines);
        Row { lines, actions, ..known }
    }

    /// To the owner of several inquiries that are to be followed up now.
    pub fn due_together(&self, user: &User, rows: Vec<PlanRow<'_>>, zone: Tz) -> Result<Message> {
        let (language, count) = (self.language(user), rows.len());
        let (zh, en) = (format!("有 {count} 次跟进到时间了。"), format!("{count} follow-ups are due."));
        let what = language.pick(&zh, &en).to_owned();
        let (zh, en) = (format!("{count} 次跟进"), format!("{count} follow-ups"));
        let subject = format!("{}{}", due_prefix(language), language.pick(&zh, &en));
        let rows = rows.into_iter().map(|row| self.plan_row(row, language, zone)).collect();
        self.list(user, subject, what, vec![Section { heading: None, rows: bounded(rows, language) }])
    }

    /// What was held back in quiet hours.
    pub fn held(&self, user: &User, rows: Vec<Row>) -> Result<Message> {
        let (language, count) = (self.language(user), rows.len());
        let (zh, en) = (
            format!("免打扰时段内有 {count} 条消息："),
            format!("{count} messages came in your quiet hours:"),
        );
        let what = language.pick(&zh, &en).to_owned();
        let (zh, en) = (format!("【免打扰期间】{count} 条消息"), format!("[Quiet hours] {count} messages"));
        let subject = language.pick(&zh, &en).to_owned();
        self.list(user, subject, what, vec![Section { heading: None, rows: bounded(rows, language) }])
    }

    /// What is to be done until the end of the next working day.
    pub fn digest(&self, user: &User, content: &DigestContent, zone: Tz) -> Result<Message> {
        let language = self.language(user);
        let row = |at: Option<_>, how: Option<&str>, inquiry: &Seen<Inquiry>| {
            let company = inquiry.content.items.company.clone().map(|company| cut(company, COMPANY_MAX));
            let at = at.map(|at| moment(at, zone));
            let parts = [at, how.map(str::to_owned), company, Some(headline(inquiry, language))];
            let title = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
            Row { title, link: Some(self.link(inquiry.id)), ..Row::default() }
        };
        let section = |(zh, en), rows: Vec<Row>| {
            let heading = Some(language.pick(zh, en).to_owned());
            (!rows.is_empty()).then_some(Section { heading, rows })
        };
        let plans = |plans: &[(Seen<Inquiry>, Seen<FollowUp>)]| -> Vec<Row> {
            let how = |plan: &Seen<FollowUp>| {
                let (zh, en) = plan.kind.label();
                language.pick(zh, en)
            };
            plans.iter().map(|(inquiry, plan)| row(plan.due_at, Some(how(plan)), inquiry)).collect()
        };
        let recycled =
            content.recycle_soon.iter().map(|inquiry| row(inquiry.deadlines.recycle_at, None, inquiry));
        let sections = [
            section(("已逾期", "Overdue"), plans(&content.overdue)),
            section(
                ("下一个工作日结束前到期", "Due by the end of the next working day"),
                plans(&content.upcoming),
            ),
            section(("即将退回公海", "About to go back to the pool"), recycled.collect()),
        ];
        let sections: Vec<Section> = sections.into_iter().flatten().collect();
        let count: usize = sections.iter().map(|section| section.rows.len()).sum();
        let more = if content.has_more { "+" } else { "" };
        let things = if count == 1 { "thing" } else { "things" };
        let (zh, en) = (
            format!("【每日汇总】{count}{more} 项待办"),
            format!("[Daily digest] {count}{more} {things} to do"),
        );
        let subject = language.pick(&zh, &en).to_owned();
        let what = if content.has_more {
            language.pick("您的待办，先列出最早的一部分：", "The first of what you have to do:")
        } else {
            language.pick("您的待办：", "What you have to do:")
        };
        let what = what.to_owned();
        self.list(user, subject, what, sections)
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
            match count {
                1 => format!("An inquiry of {from} is yours now:"),
                _ => format!("{count} inquiries of {from} are yours now:"),
            },
        );
        let what = language.pick(&zh, &en).to_owned();
        let row = |inquiry: &Seen<Inquiry>| Row {
            title: headline(inquiry, language),
            link: Some(self.link(inquiry.id)),
            ..Row::default()
        };
        let rows = inquiries.iter().map(row).collect();
        let (zh, en) =
            (format!("【新线索】交接给您 {count} 条"), format!("[New inquiry] {count} handed over to you"));
        let subject = language.pick(&zh, &en).to_owned();
        let more = count.saturating_sub(inquiries.len());
        self.list_of_more(user, subject, what, vec![Section { heading: None, rows }], more)
    }

    /// To the former owner of an inquiry. They get no way to reach the person any more.
    pub fn reassigned_away(
        &self,
        user: &User,
        inquiry: &Seen<Inquiry>,
        owner: Option<&str>,
    ) -> Result<Message> {
        let language = self.language(user);
        let what = match owner {
            Some(owner) => {
                let (zh, en) = (
                    format!("您之前跟进的一条线索现在由 {owner} 跟进："),
                    format!("An inquiry of yours is with {owner} now:"),
                );
                language.pick(&zh, &en).to_owned()
            }
            None => language
                .pick("您之前跟进的一条线索已退回公海：", "An inquiry of yours has gone back to the pool:")
                .to_owned(),
        };
        let title = headline(inquiry, language);
        let row = Row { title, ..Row::default() };
        let subject = subject(language.pick("【已转出】", "[Moved on] "), inquiry, language);
        self.list(user, subject, what, vec![Section { heading: None, rows: vec![row] }])
    }

    /// To admins, or to the owner: something was switched off by itself.
    pub fn switched_off(&self, user: &User, off: &SwitchedOff) -> Result<Message> {
        let language = self.language(user);
        let (what, path) = match off.what {
            Receiver::Webhook => (language.pick("Webhook", "Webhook"), "webhooks"),
            Receiver::Robot => (language.pick("群机器人", "Group robot"), "channels"),
            Receiver::ReportSchedule => (language.pick("定时报表", "Report schedule"), "report-schedules"),
        };
        let why = match (off.what, off.reason) {
            (_, DisabledReason::Gone) => {
                language.pick("对方表示地址已永久失效", "Its address says that it is gone for good")
            }
            (Receiver::Webhook, DisabledReason::Failing) => {
                language.pick("120 小时内一直投递失败", "For 120 hours nothing but failures came back")
            }
            (Receiver::Robot, DisabledReason::Failing) => {
                language.pick("连续三条消息被拒绝", "Three messages in a row were refused")
            }
            (Receiver::ReportSchedule, DisabledReason::Failing) => language.pick(
                "连续三次到期都没有一封报表发出",
                "Three times in a row none of its mails was taken, or its reports could not be made",
            ),
        };
        let name = off.name.as_deref().unwrap_or(&off.id);
        let line = |(zh, en), value: &str| {
            let label = Cow::Borrowed(language.pick(zh, en));
            Line { label, value: shortened(value, ITEM_MAX, language) }
        };
        let error = off.error.as_deref().map(|error| line(("最后的回应", "Last answer"), error));
        let again = format!("PATCH /api/v1/{path}/{} {{\"active\": true}}", off.id);
        let address = off.address.as_deref().map(|address| line(("地址", "Address"), address));
        let lines = [address, Some(line(("原因", "Reason"), why)), error];
        let again = line(("重新启用", "Switch on"), &again);
        let lines = lines.into_iter().flatten().chain([again]).collect();
        let row = Row { title: format!("{what} {name}"), lines, ..Row::default() };
        let (zh, en) = (format!("【已停用】{what} {name}"), format!("[Switched off] {what} {name}"));
        let text = language.pick("已自动停用，处理后请重新启用：", "This was switched off by itself:");
        let section = Section { heading: None, rows: vec![row] };
        let subject = cut(language.pick(&zh, &en).to_owned(), SUBJECT_MAX);
        self.list(user, subject, text.to_owned(), vec![section])
    }
}
