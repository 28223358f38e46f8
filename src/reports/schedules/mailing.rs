//! What one receiver's mail of a run holds: read and computed at sending time, within the receiver's reach,
//! as of the moment at which the run was due. How it is written is in `notifications`.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::model::{Content, FileFormat, Run, ScheduledReport, SkipReason};
use super::sheet::{self, Sheet};
use super::{queries, receivers, run_store, store};
use crate::access::{self, Caller, Permission, User};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Result};
use crate::kernel::id::{NotificationId, ReportScheduleId};
use crate::kernel::language::Language;
use crate::platform::db::Read;
use crate::reports::definitions::ReportKind;
use crate::reports::engine::{Reports, Request};
use crate::reports::formats::{Form, Format};
use crate::reports::prepare::{Prepared, prepare};
use crate::reports::report::Report;
use crate::reports::showing::Links;

/// Bytes of all files of one mail.
const FILES_MAX: usize = 5 << 20;

/// What is to be computed for a mail.
pub struct MailPlan {
    pub schedule_id: ReportScheduleId,
    pub name: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// The moment of the figures.
    pub as_of: Timestamp,
    formats: Vec<FileFormat>,
    skip_empty: bool,
    parts: Vec<Part>,
}

/// One report of a mail.
struct Part {
    request: Request,
    prepared: Prepared,
    form: Form,
    filters: Map<String, Value>,
    query: String,
}

/// What is known of a mail when it is to be sent.
pub enum Planned {
    Mail(Box<MailPlan>),
    Skipped(SkipReason),
    /// It cannot be made any more, for this reason: the code of a refusal.
    Failed(&'static str),
    /// Its schedule is gone.
    Gone,
}

/// What a mail holds.
#[derive(Debug)]
pub struct MailContent {
    pub sheets: Vec<Sheet>,
    pub files: Vec<ReportFile>,
    /// The names of files that are left out because they are too large.
    pub left_out: Vec<String>,
}

/// A file with a report.
#[derive(Debug)]
pub struct ReportFile {
    pub name: String,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// What came of computing a mail.
pub enum Made {
    Mail(MailContent),
    Empty,
    Failed(&'static str),
}

/// The code of what is wrong with a report for good; an error that may pass is returned.
fn lasting(error: Error) -> Result<&'static str> {
    match error.class() {
        Class::Unavailable | Class::Internal | Class::RequestTimeout => Err(error),
        _ => Ok(error.refusal().code),
    }
}

/// Reads what the mail of a notification is to hold, if it is still to be sent.
pub fn plan(read: &mut Read<'_>, notification: NotificationId, user: &User) -> Result<Planned> {
    let Some((run, _)) = run_store::of_notification(read.conn, notification)? else {
        return Ok(Planned::Gone);
    };
    let Some(schedule) = store::by_id(read.conn, run.schedule_id)? else { return Ok(Planned::Gone) };
    let owner = access::store::by_id(read.conn, schedule.owner_id)?;
    if let Some(reason) = receivers::refusal(owner.as_ref(), user, run.asked_by) {
        return Ok(Planned::Skipped(reason));
    }
    let content = schedule.content.0;
    if !content.receivers.contains(&user.id) && run.asked_by != Some(user.id) {
        return Ok(Planned::Skipped(SkipReason::Removed));
    }
    let Some((from, to)) = run.span() else { return Err(Error::internal("a run without its dates")) };
    let caller = Caller::on_behalf_of(user, Permission::ReadReports);
    let mut parts = Vec::with_capacity(content.reports.len());
    for report in &content.reports {
        match part(read, &caller, report, &content, &run) {
            Ok(part) => parts.push(part),
            Err(error) => return lasting(error).map(Planned::Failed),
        }
    }
    Ok(Planned::Mail(Box::new(MailPlan {
        schedule_id: schedule.id,
        name: schedule.name,
        from,
        to,
        as_of: run.as_of,
        formats: content.formats,
        skip_empty: content.skip_empty,
        parts,
    })))
}

fn part(
    read: &mut Read<'_>,
    caller: &Caller,
    report: &ScheduledReport,
    content: &Content,
    run: &Run,
) -> Result<Part> {
    let zone = read.zone()?;
    let (definition, query) = queries::read(report, zone)?;
    let mut asked = query.asked;
    // What is open at a moment is of all dates: only what came lately would be no stock.
    let span = run.span().filter(|_| definition.kind != ReportKind::Stock);
    (asked.from, asked.to) = span.unzip();
    asked.as_of = Some(run.as_of);
    // What was searched for may name somebody.
    let mut filters = asked.filters.clone();
    filters.remove("q");
    let mut prepared = prepare(read, caller, &asked)?;
    // After a step back of the clock the moment lies ahead.
    prepared.now = prepared.now.max(run.as_of);
    let request = Request { definition, asked, compare: content.compare, limit: query.limit };
    Ok(Part { request, prepared, form: query.form, filters, query: queries::for_page(report) })
}

impl Reports {
    /// Computes a mail, and writes its files.
    pub async fn mail(&self, plan: &MailPlan, language: Language) -> Result<Made> {
        match self.reports_of(plan, language).await {
            Ok(reports) if plan.skip_empty && reports.iter().all(sheet::is_empty) => Ok(Made::Empty),
            Ok(reports) => write(plan, reports, language).await.map(Made::Mail),
            Err(error) => lasting(error).map(Made::Failed),
        }
    }

    async fn reports_of(&self, plan: &MailPlan, language: Language) -> Result<Vec<Report>> {
        let mut reports = Vec::with_capacity(plan.parts.len());
        for part in &plan.parts {
            let outcome = self.outcome(&part.request, &part.prepared).await?;
            let links = Links { query: part.query.clone(), drill_query: part.query.clone() };
            reports.push(self.show(outcome, &part.prepared, (&part.filters, &links), language).await?);
        }
        Ok(reports)
    }
}

async fn write(plan: &MailPlan, reports: Vec<Report>, language: Language) -> Result<MailContent> {
    let mut content = MailContent { sheets: Vec::new(), files: Vec::new(), left_out: Vec::new() };
    let mut bytes = 0_usize;
    for (part, report) in plan.parts.iter().zip(reports) {
        content.sheets.push(Sheet::of(&report, &part.query, language));
        for file in files(&plan.formats, &part.form, report, language).await? {
            let all = bytes.saturating_add(file.body.len());
            if all > FILES_MAX {
                content.left_out.push(file.name);
            } else {
                bytes = all;
                content.files.push(file);
            }
        }
    }
    name_apart(&mut content.files);
    Ok(content)
}

/// The files of a report. Writing them takes a while, in nobody's way.
async fn files(
    formats: &[FileFormat],
    form: &Form,
    report: Report,
    language: Language,
) -> Result<Vec<ReportFile>> {
    let forms: Vec<Form> =
        formats.iter().map(|format| Form { format: of(*format), ..form.clone() }).collect();
    let write = move || {
        let file = |form: &Form| {
            let written = form.write(&report, language)?;
            let name = written.file_name.unwrap_or_else(|| report.file_name());
            Ok(ReportFile { name, content_type: written.content_type, body: written.body })
        };
        forms.iter().map(file).collect::<Result<Vec<_>>>()
    };
    tokio::task::spawn_blocking(write).await.map_err(Error::internal)?
}

const fn of(format: FileFormat) -> Format {
    match format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Xlsx => Format::Xlsx,
    }
}

/// Gives files of one name numbers: a report may be in a mail twice.
fn name_apart(files: &mut [ReportFile]) {
    let mut known: Vec<String> = Vec::with_capacity(files.len());
    for file in files {
        let plain = file.name.clone();
        let mut number = 1;
        while known.contains(&file.name) {
            number += 1;
            let (name, kind) = plain.rsplit_once('.').unwrap_or((&plain, ""));
            file.name = format!("{name}-{number}.{kind}");
        }
        known.push(file.name.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_numbered() {
        let file = |name: &str| ReportFile { name: name.to_owned(), content_type: "", body: Vec::new() };
        let mut files = vec![file("a.csv"), file("b.csv"), file("a.csv"), file("a.csv")];
        name_apart(&mut files);
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.csv", "b.csv", "a-2.csv", "a-3.csv"]);
    }
}
