//! What the mail of a report schedule says: subject, text and HTML with the same figures, and no picture.
//! What the figures are is computed in `reports`.

use askama::Template;
use chrono_tz::Tz;

use super::messages::{Message, moment};
use crate::access::User;
use crate::kernel::error::{Error, Result};
use crate::kernel::language::Language;
use crate::notifications::message_settings::MessageSettings;
use crate::reports::schedules::Sheet;
use crate::reports::schedules::mailing::{MailContent, MailPlan};

/// What a mail of reports holds.
struct ReportLetter<'a> {
    language: Language,
    organisation: &'a str,
    /// Whom it is for.
    name: &'a str,
    /// What the schedule is called.
    title: &'a str,
    period: String,
    as_of: String,
    sheets: Vec<LinkedSheet<'a>>,
    /// Files that are not with it.
    left_out: String,
    /// Where one leaves the schedule.
    leave: &'a str,
}

/// A report, and where the whole of it is.
struct LinkedSheet<'a> {
    sheet: &'a Sheet,
    link: String,
}

#[derive(Template)]
#[template(path = "report.txt", escape = "none")]
struct ReportText<'a> {
    letter: &'a ReportLetter<'a>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportHtml<'a> {
    letter: &'a ReportLetter<'a>,
}

impl ReportLetter<'_> {
    /// What is said of rows that are left out.
    fn more(&self, sheet: &Sheet) -> String {
        let (zh, en) =
            (format!("另有 {} 行未列出。", sheet.more), format!("… and {} more rows.", sheet.more));
        self.language.pick(&zh, &en).to_owned()
    }
}

impl MessageSettings {
    /// To a receiver of a report schedule.
    pub fn reports(
        &self,
        user: &User,
        plan: &MailPlan,
        content: &MailContent,
        leave: &str,
        zone: Tz,
    ) -> Result<Message> {
        let language = self.language(user);
        let linked = |sheet| LinkedSheet { sheet, link: self.page_of(sheet, plan) };
        let letter = ReportLetter {
            language,
            organisation: &self.organisation,
            name: &user.name,
            title: &plan.name,
            period: format!("{} – {}", plan.from, plan.to),
            as_of: moment(plan.as_of, zone),
            sheets: content.sheets.iter().map(linked).collect(),
            left_out: content.left_out.join(", "),
            leave,
        };
        Ok(Message {
            subject: format!("{}{} · {}", language.pick("【报表】", "[Report] "), plan.name, letter.period),
            text: ReportText { letter: &letter }.render().map_err(Error::internal)?,
            html: ReportHtml { letter: &letter }.render().map_err(Error::internal)?,
        })
    }

    /// Where the whole of a report is, with the figures of the mail.
    fn page_of(&self, sheet: &Sheet, plan: &MailPlan) -> String {
        let separator = if sheet.query.is_empty() { "" } else { "&" };
        self.report(sheet.report, &format!("{}{separator}as_of={}", sheet.query, plan.as_of))
    }
}
