//! Checking all reports: computes each in every grouping from the image and from the log alone, and finds the
//! first difference. The command is in `cli/check_reports.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{Duration, NaiveDate};
use uuid::Uuid;

use super::catalogue;
use super::compute::{Cases, Computation, Reading};
use super::dates::Dates;
use super::definitions::{Among, Ask, Definition, Depth, ReportKind};
use super::engine::{Reports, Request};
use super::groups::GroupBy;
use super::history::{Symbols, read as history};
use super::lines::{Line, Lines, Wanted};
use super::log_cases::LogCases;
use super::narrowing::Resolved;
use super::prepare::{Prepared, prepare};
use super::query::Asked;
use super::question::{Question, Setting};
use super::tally::Tally;
use crate::access::{Caller, Reach, Role, Scope};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::platform::db::{Db, Read};
use crate::platform::events;

/// A figure that is not the same from the image and from the log.
#[derive(Debug)]
pub struct Difference {
    pub report: &'static str,
    pub group: GroupBy,
    /// The key of the row; none for the totals.
    pub row: Option<String>,
    pub figure: &'static str,
    pub image: String,
    pub log: String,
}

/// What is compared: each report in each of its groupings.
type Part = (&'static Definition, GroupBy);

/// The first and the last date; none: as a report has them unless asked for others.
type Dated = (Option<NaiveDate>, Option<NaiveDate>);

/// Compares all reports of a period as of now. `done` counts the inquiries that were read from the log. Where
/// something was written meanwhile they are compared once more, as of a moment at which nothing changes any
/// more.
pub async fn check(db: &Db, span: Dated, done: &Arc<AtomicUsize>) -> Result<Option<Difference>> {
    let look = |read: &mut Read<'_>| {
        let latest = Timestamp::from_millis(history::latest(read.conn)?);
        Ok((events::last_position(read.conn)?, read.now.max(latest)))
    };
    let (before, as_of) = db.read(look).await?;
    let found = compare(db, span, as_of, done).await?;
    let (after, _) = db.read(look).await?;
    if found.is_none() || before == after {
        return Ok(found);
    }
    compare(db, span, as_of.minus(Duration::seconds(5)), done).await
}

async fn compare(
    db: &Db,
    (from, to): Dated,
    as_of: Timestamp,
    done: &Arc<AtomicUsize>,
) -> Result<Option<Difference>> {
    let parts: Vec<Part> = catalogue::ALL
        .iter()
        .flat_map(|report| report.groups.iter().map(|group| (*report, *group)))
        .collect();
    let prepared = db.read(|read| prepare(read, &everybody(), &Asked::default())).await?;
    let asked = move |(definition, group): Part| Asked {
        from: from.filter(|_| definition.kind != ReportKind::Stock),
        to: to.filter(|_| definition.kind != ReportKind::Stock),
        as_of: Some(as_of),
        group_by: Some(group),
        ..Asked::default()
    };
    let reports = Reports::new(db.clone());
    let mut from_image = Vec::new();
    for part in &parts {
        let request =
            Request { definition: part.0, asked: asked(*part), compare: false, limit: Some(usize::MAX) };
        let first = reports.outcome(&request, &prepared).await?.lines;
        // What is asked again is added up from what was kept.
        let again = reports.outcome(&request, &prepared).await?.lines;
        if let Some(difference) = first_difference(*part, &first, &again) {
            return Ok(Some(difference));
        }
        from_image.push(again);
    }
    let (those, done) = (parts.clone(), Arc::clone(done));
    let from_log = db.read_at_length(move |read, _| from_log(read, &those, &prepared, &asked, &done)).await?;
    let all = parts.iter().zip(from_image.iter().zip(&from_log));
    Ok(all.into_iter().find_map(|(part, (image, log))| first_difference(*part, image, log)))
}

/// Somebody who reaches everything, and is nobody.
fn everybody() -> Caller {
    let user = UserId::from_uuid(Uuid::nil());
    let scope = Scope { user, team: None, reach: Reach::Everything };
    Caller { id: user, role: Role::Admin, team_id: None, scope, credential: None, key_scopes: None }
}

/// All parts in one pass through the log.
fn from_log(
    read: &mut Read<'_>,
    parts: &[Part],
    prepared: &Prepared,
    asked: &dyn Fn(Part) -> Asked,
    done: &AtomicUsize,
) -> Result<Vec<Lines>> {
    let mut symbols = Symbols::default();
    symbols.users.know(&prepared.people);
    let latest = history::latest(read.conn)?;
    let questions: Result<Vec<Question>> =
        parts.iter().map(|part| Question::of(part.0, &asked(*part), prepared, latest)).collect();
    let questions = questions?;
    let as_of = questions.first().map_or(prepared.now, |question| question.as_of);
    let dates = Dates::until(prepared.zone(), as_of);
    let work = prepared.elapsed_work(as_of);
    let narrowing = Resolved::default();
    let computations: Vec<Computation<'_>> = questions
        .iter()
        .map(|question| Computation {
            definition: question.definition,
            group: question.group,
            ask: Ask { as_of: as_of.millis(), period: question.bounds(&dates), dates: &dates, work: &work },
            narrowing: &narrowing,
            calendar_version: prepared.calendar_version,
        })
        .collect();
    let mut tallies: Vec<Tally> = parts.iter().map(|_| Tally::default()).collect();
    let reading = Reading {
        as_of: as_of.millis(),
        depth: Depth::History,
        among: Among::All,
        period: None,
        with_decisions: true,
    };
    let mut cases = LogCases { conn: read.conn, scope: prepared.scope, symbols, is_awaited: &|| true };
    cases.each(&reading, &mut |case, symbols| {
        for (computation, tally) in computations.iter().zip(&mut tallies) {
            for part in computation.parts() {
                computation.count(part, case, symbols, tally);
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    })?;
    let lines = questions.iter().zip(tallies).zip(parts).map(|((question, mut tally), part)| {
        let asked = asked(*part);
        let setting = Setting { asked: &asked, prepared, me: prepared.scope.user };
        let people = setting.people(question, &cases);
        let wanted = Wanted::of(question.definition, question.group, question.bounds(&dates), people);
        let maker = question.line_maker(cases.symbols());
        let keys = maker.keys(&tally, &wanted);
        maker.lines_of(&mut tally, &keys, usize::MAX)
    });
    Ok(lines.collect())
}

fn first_difference((definition, group): Part, image: &Lines, log: &Lines) -> Option<Difference> {
    let count = image.lines.len().max(log.lines.len());
    let rows = (0..count).map(|at| (image.lines.get(at), log.lines.get(at)));
    let mut all = rows.chain([(Some(&image.totals), Some(&log.totals))]);
    let (image, log) = all.find(|(image, log)| image != log)?;
    let name = |line: &Line| line.key.clone().map(|key| key.unwrap_or_else(|| "null".to_owned()));
    let keys = (image.map(&name), log.map(&name));
    let row = keys.0.clone().or_else(|| keys.1.clone()).flatten();
    let whole = |line: Option<&Line>| format!("{:?}", line.map(|line| (&line.key, line.stage)));
    let figures = definition.figures.iter().enumerate().map(|(at, figure)| {
        let written =
            |line: Option<&Line>| line.and_then(|line| line.figures.get(at)).map(ToString::to_string);
        (figure.key, written(image), written(log))
    });
    let differing = figures.into_iter().find(|(_, image, log)| image != log).filter(|_| keys.0 == keys.1);
    let (figure, image, log) = match differing {
        Some((figure, image, log)) => (figure, image.unwrap_or_default(), log.unwrap_or_default()),
        None => ("the row itself", whole(image), whole(log)),
    };
    Some(Difference { report: definition.name, group, row, figure, image, log })
}
