//! The wire of this room: a report by its name, as JSON or CSV.
//! Figures are counted in the reports' own files.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::overview;
use super::report::Report;
use crate::access::{Allowed, Caller, may};
use crate::inquiries::InquiryFilter;
use crate::inquiries::list::AssigneeFilter;
use crate::kernel::clock::{day_span, day_start};
use crate::kernel::error::{BAD_QUERY, Error, Fault, FaultKind, OUT_OF_RANGE, Result};
use crate::kernel::id::{FormId, TeamId};
use crate::platform::db::Read;
use crate::platform::http::query::{Parameters, Taker};
use crate::platform::http::{Query, Requester};

/// Days that a report may span.
const SPAN_MAX: u64 = 1_100;
/// Days that a report spans unless asked for others.
const SPAN: u64 = 30;

static REVERSED: FaultKind = FaultKind::new("reversed", "起始日期晚于结束日期。", "It begins after it ends.");

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(report);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupBy {
    Day,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

struct ReportQuery {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    assignees: Vec<AssigneeFilter>,
    teams: Vec<TeamId>,
    forms: Vec<FormId>,
    group_by: GroupBy,
    format: Format,
    zone: chrono_tz::Tz,
    /// The filters as they were asked for.
    told: Map<String, Value>,
}

impl Parameters for ReportQuery {
    fn take(from: &mut Taker) -> Self {
        let begin = from.date("from");
        let end = from.date("to");
        let mut told = Map::new();
        for name in ["team", "assignee", "form"] {
            if let Some(text) = from.peek(name) {
                told.insert(name.to_owned(), json!(text));
            }
        }
        let assignee = |word: &str| match word {
            "me" => Some(AssigneeFilter::Me),
            "none" => Some(AssigneeFilter::Nobody),
            id => id.parse().ok().map(AssigneeFilter::User),
        };
        Self {
            from: begin,
            to: end,
            assignees: from.words("assignee", "me, none, a user's id", assignee),
            teams: from.words("team", "a team's id", |text| text.parse().ok()),
            forms: from.words("form", "a form's id", |text| text.parse().ok()),
            group_by: from
                .word("group_by", "day, none", |word| match word {
                    "day" => Some(GroupBy::Day),
                    "none" => Some(GroupBy::None),
                    _ => None,
                })
                .unwrap_or(GroupBy::Day),
            format: from
                .word("format", "json, csv", |word| match word {
                    "json" => Some(Format::Json),
                    "csv" => Some(Format::Csv),
                    _ => None,
                })
                .unwrap_or(Format::Json),
            zone: from.zone(),
            told,
        }
    }
}

impl ReportQuery {
    /// The first and the last day, both inside.
    fn span(&self, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
        let to = self.to.unwrap_or_else(|| self.from.map_or(today, |from| from.max(today)));
        let from = self.from.unwrap_or_else(|| to.checked_sub_days(Days::new(SPAN - 1)).unwrap_or(to));
        if from > to {
            return Err(Error::refuse(&BAD_QUERY).fault(Fault::new("?from", &REVERSED)));
        }
        if from.checked_add_days(Days::new(SPAN_MAX)).is_some_and(|end| to >= end) {
            return Err(Error::refuse(&BAD_QUERY).fault(Fault::with("?from", &OUT_OF_RANGE, format!("≤ {SPAN_MAX} days"))));
        }
        Ok((from, to))
    }
}

/// A report over the inquiries within reach, by the date of receipt.
///
/// `overview`: counts of the present status. `valid` = received − invalid; `assigned` = has an owner now;
/// response times in minutes from receipt to the first real contact; `expected_tax_wan` = tax a year of the open inquiries.
#[utoipa::path(
    tag = "reports", extensions(("x-permission" = json!("reports.read"))),
    params(
        ("name" = String, Path, description = "overview"),
        ("from" = Option<String>, Query, description = "First date, inside; 30 days in all unless given"),
        ("to" = Option<String>, Query, description = "Last date, inside; today unless given"),
        ("team" = Option<String>, Query),
        ("assignee" = Option<String>, Query, description = "me, none, or users' ids"),
        ("form" = Option<String>, Query),
        ("group_by" = Option<String>, Query, description = "day (unless given) or none"),
        ("format" = Option<String>, Query, description = "json (unless given) or csv"),
    ),
    responses((status = 200, content((Report = "application/json"), (String = "text/csv"))))
)]
#[get("/api/v1/reports/{name}")]
async fn report(request: HttpRequest, requester: Requester, caller: Allowed<may::ReadReports, Query<ReportQuery>>) -> Result<HttpResponse> {
    if request.match_info().query("name") != "overview" {
        caller.read(|_, _, _| Ok(())).await?;
        return Err(Error::not_found());
    }
    let language = requester.language;
    let make = move |read: &mut Read<'_>, caller: &Caller, Query(wanted): &Query<ReportQuery>| {
        let zone = wanted.zone;
        let (from, to) = wanted.span(read.now.date(zone))?;
        let filter = InquiryFilter {
            assignees: wanted.assignees.clone(),
            teams: wanted.teams.clone(),
            forms: wanted.forms.clone(),
            received_from: Some(day_start(from, zone)),
            received_to: Some(day_span(to, zone).1),
            ..InquiryFilter::default()
        };
        let days: Vec<NaiveDate> = from.iter_days().take_while(|day| *day <= to).collect();
        let (rows, totals) = overview::figures(read, &caller.scope, &filter, &days, zone)?;
        let rows = if wanted.group_by == GroupBy::Day { rows } else { vec![totals.clone()] };
        let report = Report {
            report: "overview",
            from,
            to,
            timezone: zone.name().to_owned(),
            as_of: read.now,
            filters: wanted.told.clone(),
            columns: overview::columns(language),
            rows,
            totals,
        };
        Ok(report)
    };
    match caller.input().0.format {
        Format::Json => Ok(HttpResponse::Ok().json(caller.read(make).await?)),
        Format::Csv => {
            let report = caller.export(make).await?;
            let name = format!("attachment; filename=\"overview-{}-{}.csv\"", report.from, report.to);
            Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/csv; charset=utf-8")).insert_header((CONTENT_DISPOSITION, name)).body(report.csv()?))
        }
    }
}
