//! The pages of the dashboard as their templates take them, and the addresses of their forms and links.
//! The handlers are in `pages.rs`.

use askama::Template;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::address::{Address, DASHBOARD, Parts};
use super::choices::{Choice, Context, Field, Known};
use super::pictures::Picture;
use super::query::{DashboardQuery, Span};
use super::tables::Table;
use super::things::Thing;
use super::tiles::Tile;
use super::words::{ALL, DASHBOARD_TITLE, Words, grouping, moment};
use crate::access::Role;
use crate::kernel::clock::Timestamp;
use crate::kernel::language::Language;
use crate::platform::http::page::Layout;
use crate::reports::catalogue;
use crate::reports::definitions::{Definition, ReportKind};
use crate::reports::groups::GroupBy;
use crate::reports::period::Period;
use crate::reports::query::ReportQuery;
use crate::reports::report::{Column, Report};

/// A link among others, perhaps to where one is.
#[derive(Debug)]
pub struct Link {
    pub label: String,
    pub href: String,
    pub is_current: bool,
}

/// What all pages have.
#[derive(Debug)]
pub struct Frame<'a> {
    pub layout: Layout<'a>,
    pub title: String,
    /// The other pages.
    pub nav: Vec<Link>,
}

/// The period and the moment of figures, in words.
#[derive(Debug)]
pub struct Moment {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub as_of: String,
    pub timezone: String,
    /// The same page as of now.
    pub anew: String,
}

/// A form with the period and filters.
#[derive(Debug)]
pub struct Choosing {
    pub action: String,
    pub from: String,
    pub to: String,
    pub fields: Vec<Field>,
    /// What stays as it is.
    pub hidden: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct DashboardPage<'a> {
    pub frame: Frame<'a>,
    pub moment: Moment,
    pub whose: &'static str,
    pub periods: Vec<Link>,
    pub form: Choosing,
    pub tiles: Vec<Tile>,
    pub pictures: Vec<Picture>,
}

#[derive(Template)]
#[template(path = "dashboard_report.html")]
pub struct ReportPage<'a> {
    pub frame: Frame<'a>,
    pub moment: Moment,
    pub periods: Vec<Link>,
    pub form: Choosing,
    /// Pictures of which one is shown, each with the name of its size.
    pub svgs: Vec<(&'static str, String)>,
    pub table: Table,
    pub downloads: Vec<Link>,
    /// The columns with what they mean.
    pub columns: Vec<Column>,
    /// More rows, if some are left out.
    pub all: Option<String>,
}

#[derive(Template)]
#[template(path = "dashboard_drill.html")]
pub struct DrillPage<'a> {
    pub frame: Frame<'a>,
    pub moment: Moment,
    pub figure: String,
    pub definition: String,
    /// The figure, where it is not the number of rows.
    pub value: Option<String>,
    pub total: i64,
    pub headings: Vec<&'static str>,
    pub things: Vec<Thing>,
    pub back: String,
    pub next: Option<String>,
}

impl DrillPage<'_> {
    /// Where an inquiry is.
    fn inquiry(&self, thing: &Thing) -> String {
        self.frame.layout.at(&format!("/i/{}", thing.inquiry))
    }
}

fn encoded<'p>(path: String, pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// The filters as pairs of a query.
fn pairs(filters: &serde_json::Map<String, Value>) -> impl Iterator<Item = (&str, &str)> {
    filters.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

impl<'a> Frame<'a> {
    /// With links to the dashboard and to all reports, of this period and as of this moment; the report of
    /// this name is where one is.
    pub fn new(layout: Layout<'a>, title: String, like: &Parts<'_>) -> Self {
        let language = layout.language;
        let (from, to) = (like.from.map(|date| date.to_string()), like.to.map(|date| date.to_string()));
        let dates = [("from", from.as_deref()), ("to", to.as_deref())];
        let dates = dates.into_iter().filter_map(|(name, date)| Some((name, date?)));
        let filters = pairs(like.filters).filter(|(name, _)| matches!(*name, "team" | "form"));
        let first = Link {
            label: language.pick(DASHBOARD_TITLE.0, DASHBOARD_TITLE.1).to_owned(),
            href: encoded(layout.at(DASHBOARD), filters.chain(dates)),
            is_current: like.report.is_empty(),
        };
        let link = |definition: &&Definition| {
            let is_stock = definition.kind == ReportKind::Stock;
            let (from, to) = if is_stock { (None, None) } else { (like.from, like.to) };
            let parts = Parts { report: definition.name, group_by: None, from, to, ..*like };
            Link {
                label: language.pick(definition.title.0, definition.title.1).to_owned(),
                href: Address::new(&layout, &parts).report(),
                is_current: like.report == definition.name,
            }
        };
        Self { layout, title, nav: std::iter::once(first).chain(catalogue::ALL.iter().map(link)).collect() }
    }
}

impl Moment {
    pub fn new(
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
        as_of: Timestamp,
        zone: Tz,
        anew: String,
    ) -> Self {
        Self { from, to, as_of: moment(as_of, zone), timezone: zone.name().to_owned(), anew }
    }

    fn dates(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) => format!("{from} – {to}"),
            _ => String::new(),
        }
    }
}

/// The dashboard of other periods.
pub fn spans(layout: &Layout<'_>, wanted: &DashboardQuery) -> Vec<Link> {
    let as_of = wanted.asked.as_of.map(|at| at.to_string());
    let link = |span: &Span| {
        let (zh, en) = span.label();
        let query = pairs(&wanted.asked.filters).chain([("period", span.word())]);
        let query = query.chain(as_of.as_deref().map(|at| ("as_of", at)));
        Link {
            label: layout.language.pick(zh, en).to_owned(),
            href: encoded(layout.at(DASHBOARD), query),
            is_current: wanted.span == Some(*span),
        }
    };
    Span::ALL.iter().map(link).collect()
}

/// A report of other periods; of what is open, of any.
pub fn periods(layout: &Layout<'_>, report: &Report, wanted: &ReportQuery, zone: Tz) -> Vec<Link> {
    let asked = &wanted.asked;
    let as_of = asked.as_of.map(|at| at.to_string());
    // However the dates were given: links from one report to the next carry dates.
    let today = report.as_of.date(zone);
    let dates = report.from.zip(report.to);
    let is_named = |span: &&Span| asked.period == Some(span.period());
    let is_as_long = |span: &&Span| dates == Some(span.period().span(today));
    let spans = || Span::ALL.iter();
    let current = spans().find(is_named).or_else(|| spans().find(is_as_long)).map(|span| span.period());
    let link = |period: Option<Period>, (zh, en): Words| {
        let query = pairs(&report.filters).chain([("group_by", report.group_by)]);
        let query = query.chain(period.map(|period| ("period", period.word())));
        let query = query.chain(wanted.compare.then_some(("compare", "previous")));
        let query = query.chain(as_of.as_deref().map(|at| ("as_of", at)));
        Link {
            label: layout.language.pick(zh, en).to_owned(),
            href: encoded(layout.at(&format!("{DASHBOARD}/{}", report.report)), query),
            is_current: current == period && (period.is_some() || dates.is_none()),
        }
    };
    let all = (report.kind == ReportKind::Stock).then(|| link(None, ALL));
    all.into_iter().chain(Span::ALL.iter().map(|span| link(Some(span.period()), span.label()))).collect()
}

fn written(date: Option<NaiveDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

impl Choosing {
    pub fn of_dashboard(
        layout: &Layout<'_>,
        wanted: &DashboardQuery,
        report: &Report,
        known: &Known,
    ) -> Self {
        let context = Context { known, filters: &wanted.asked.filters, language: layout.language };
        let hidden = wanted.asked.as_of.map(|at| ("as_of".to_owned(), at.to_string()));
        Self {
            action: layout.at(DASHBOARD),
            from: written(report.from),
            to: written(report.to),
            fields: context.of_dashboard(),
            hidden: hidden.into_iter().collect(),
        }
    }

    pub fn of_report(
        layout: &Layout<'_>,
        wanted: &ReportQuery,
        (definition, report): (&Definition, &Report),
        known: &Known,
    ) -> Self {
        let language = layout.language;
        let group = |group: &GroupBy| (group.word().to_owned(), grouping(definition, *group, language));
        let groups = definition.groups.iter().map(group).collect();
        let label = language.pick("分组", "Group by");
        let mut fields = vec![Field::of("group_by", label, groups, report.group_by)];
        fields.extend(Context { known, filters: &report.filters, language }.of_report());
        let is_field = |name: &str| fields.iter().any(|field| field.name == name);
        let others = pairs(&report.filters).filter(|(name, _)| !is_field(name));
        let mut hidden: Vec<(String, String)> =
            others.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        hidden.extend(wanted.asked.as_of.map(|at| ("as_of".to_owned(), at.to_string())));
        let previous = language.pick("与上期比较", "Compare with before");
        let compares = vec![
            Choice { value: String::new(), label: language.pick("否", "No").to_owned(), is_chosen: false },
            Choice {
                value: "previous".to_owned(),
                label: language.pick("是", "Yes").to_owned(),
                is_chosen: wanted.compare,
            },
        ];
        fields.push(Field { name: "compare", label: previous, choices: compares });
        Self {
            action: layout.at(&format!("{DASHBOARD}/{}", report.report)),
            from: written(report.from),
            to: written(report.to),
            fields,
            hidden,
        }
    }
}

/// The same address without some of its parameters, and with others.
pub fn with_query(path: &str, query: &str, without: &[&str], with: &[(&str, &str)]) -> String {
    let mut kept = Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if !without.contains(&name.as_ref()) {
            kept.append_pair(&name, &value);
        }
    }
    for (name, value) in with {
        kept.append_pair(name, value);
    }
    let query = kept.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Whose figures a reader sees, in words.
pub fn whose(role: Role, language: Language) -> &'static str {
    match role {
        Role::Agent => language.pick("您经办的线索", "The inquiries that you own"),
        Role::Manager => language.pick("您的团队及无团队的线索", "The inquiries of your team and of none"),
        Role::Admin => language.pick("全部线索", "All inquiries"),
    }
}
