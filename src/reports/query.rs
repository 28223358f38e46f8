//! The parameters of reports and of what is behind their figures, as they arrive in a query string.
//! What they mean for a report is decided in `question.rs`.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::formats::Form;
use super::groups::GroupBy;
use super::narrowing::Narrowing;
use super::period::Period;
use crate::facts::NeedKind;
use crate::inquiries::Status;
use crate::inquiries::conditions::api::read_conditions;
use crate::inquiries::conditions::owners;
use crate::inquiries::model::Channel;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::FaultKind;
use crate::kernel::id::{Id, Kind, UserId};
use crate::kernel::language::Language;
use crate::kernel::page::PageRequest;
use crate::platform::http::parameter::Shape;
use crate::platform::http::query::{Parameters, QueryReader};

/// Rows of a report at most.
const LIMIT_MAX: u32 = 1_000;
/// Characters of a name or a key in a query.
const NAME_MAX: usize = 200;

pub(super) static EITHER: FaultKind =
    FaultKind::new("either", "period 不能与 from、to 同时使用。", "Give either period, or from and to.");

/// What a report is asked for, whatever is done with it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub period: Option<Period>,
    pub as_of: Option<Timestamp>,
    pub group_by: Option<GroupBy>,
    pub narrowing: Narrowing,
    /// Whether `me` is among the owners.
    pub owners: Vec<String>,
    /// The filters as requested.
    pub filters: Map<String, Value>,
}

/// Which way a report is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    #[default]
    Image,
    Log,
}

/// A report that is asked for.
#[derive(Debug, Clone)]
pub struct ReportQuery {
    pub asked: Asked,
    /// Instead of that of the request.
    pub language: Option<Language>,
    pub compare: bool,
    pub limit: Option<usize>,
    pub via: Via,
    pub form: Form,
}

/// What is behind a figure.
#[derive(Debug, Clone)]
pub struct DrillQuery {
    pub asked: Asked,
    pub cell: Cell,
    pub via: Via,
    pub page: PageRequest,
}

/// A figure of a report: its key, and the row; without one the totals.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub figure: Option<String>,
    pub row: Option<String>,
    pub stage: Option<Status>,
}

/// The filters by the value as of the moment of the report.
const BY_THEN: [&str; 10] = [
    "team",
    "assignee",
    "form",
    "need_kind",
    "channel",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "region",
    "industry",
];
/// Those by the present value, as in the list of inquiries.
const BY_NOW: [&str; 7] = ["status", "category", "tag", "tax", "area", "updated_at", "q"];
/// The parameters of the latter.
const BY_NOW_WRITTEN: [&str; 9] =
    ["status", "category", "tag", "tax_min", "tax_max", "area_min", "area_max", "updated_since", "q"];

impl Asked {
    fn read(from: &mut QueryReader) -> Self {
        let mut filters = Map::new();
        for name in BY_THEN.into_iter().chain(BY_NOW_WRITTEN) {
            if let Some(text) = from.peek(name).filter(|text| !text.is_empty()) {
                filters.insert(name.to_owned(), json!(text));
            }
        }
        let begin = from
            .about("The first date, inside; 30 days in all unless given. Reports of kind `stock`: none.")
            .date("from");
        let end = from.about("The last date, inside; that of `as_of` unless given.").date("to");
        let about = "A period by its name, instead of `from` and `to`. Weeks begin on Monday; those that are \
            not over count to their end.";
        let period = from.about(about).word("period", &Period::all_words(), Period::from_word);
        if period.is_some() && (begin.is_some() || end.is_some()) {
            from.refuse("period", &EITHER);
        }
        let about = "The moment of the figures: what happened later plays no part. Now unless given.";
        let as_of = from.about(about).moment("as_of");
        let about = "What the rows are; each report names those that it has.";
        let group_by = from.about(about).word("group_by", &GroupBy::all_words(), GroupBy::from_word);
        let owners = words(
            from.about("Whose as of then: `me`, `none` or a user's id."),
            "assignee",
            &Shape::Pattern(alternatives("me|none", &UserId::pattern())),
            |word| matches!(word, "me" | "none") || word.parse::<UserId>().is_ok(),
        );
        let narrowing = Narrowing {
            owners: Vec::new(),
            teams: ids(from, "team", "Of which team as of then, or `none`."),
            forms: ids(from, "form", "By which form, or `none`."),
            need_kinds: from.about("What is wanted, as of then.").words(
                "need_kind",
                &NeedKind::all_words(),
                NeedKind::from_word,
            ),
            channels: from.about("By which way.").words("channel", &Channel::all_words(), |word| {
                Channel::from_word(word).map(|channel| channel.word().to_owned())
            }),
            utm_sources: words(from.about("The campaign's source."), "utm_source", &SHORT, is_short),
            utm_mediums: words(from.about("The campaign's medium."), "utm_medium", &SHORT, is_short),
            utm_campaigns: words(from.about("The campaign's name."), "utm_campaign", &SHORT, is_short),
            regions: words(
                from.about("The first digits of a region code (GB/T 2260)."),
                "region",
                &Shape::Pattern("^[0-9]{1,6}$".to_owned()),
                |word| (1..=6).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit()),
            ),
            industries: words(
                from.about("The first characters of an industry code (GB/T 4754)."),
                "industry",
                &Shape::Pattern("^[A-T][0-9]{0,4}$".to_owned()),
                is_industry,
            ),
            present: read_conditions(from, &BY_NOW),
        };
        Self { from: begin, to: end, period, as_of, group_by, narrowing, owners, filters }
    }

    /// The filters, for whoever asks.
    pub fn narrowing_for(&self, me: UserId) -> Narrowing {
        Narrowing { owners: owners(&self.owners, me), ..self.narrowing.clone() }
    }
}

/// Any text that is short.
const SHORT: Shape = Shape::Text(Some(NAME_MAX));

fn is_short(word: &str) -> bool {
    word.chars().count() <= NAME_MAX
}

fn is_industry(word: &str) -> bool {
    let mut signs = word.bytes();
    signs.next().is_some_and(|section| (b'A'..=b'T').contains(&section))
        && word.len() <= 5
        && signs.all(|digit| digit.is_ascii_digit())
}

/// A pattern with these words besides.
fn alternatives(words: &str, pattern: &str) -> String {
    format!("^({words}|{})$", pattern.trim_start_matches('^').trim_end_matches('$'))
}

/// A list of words of which each is fit.
fn words(
    from: &mut QueryReader,
    name: &'static str,
    shape: &Shape,
    is_fit: impl Fn(&str) -> bool,
) -> Vec<String> {
    let wanted = ("上文所述的值", "values as described");
    from.list(name, wanted, shape, |word| is_fit(word).then(|| word.to_owned()))
}

/// A list of ids, or `none`.
pub(super) fn ids<K: Kind>(
    from: &mut QueryReader,
    name: &'static str,
    about: &'static str,
) -> Vec<Option<Id<K>>> {
    let wanted = ("编号或 none", "ids or none");
    let shape = Shape::Pattern(alternatives("none", &Id::<K>::pattern()));
    from.about(about).list(name, wanted, &shape, |word| match word {
        "none" => Some(None),
        id => id.parse().ok().map(Some),
    })
}

impl Via {
    fn read(from: &mut QueryReader) -> Self {
        let about = "`log`: computed from the event log alone, slowly; the figures are the same.";
        let via = from.about(about).word("via", "log", |word| (word == "log").then_some(Self::Log));
        via.unwrap_or_default()
    }
}

impl Parameters for ReportQuery {
    fn from_query(from: &mut QueryReader) -> Self {
        let asked = Asked::read(from);
        let about = "`previous`: the figures of the period before besides, as of when it was equally old.";
        let compare =
            from.about(about).word("compare", "previous", |word| (word == "previous").then_some(()));
        let about = "Rows at most, 200 unless given, but all days, weeks or months; `more` tells how many \
            are left out. Totals count all.";
        let limit = from.about(about).between("limit", (1, LIMIT_MAX));
        let about = "The language of labels, titles and definitions, instead of `Accept-Language`.";
        let language = from.about(about).word("language", "zh, en", |word| match word {
            "zh" => Some(Language::Zh),
            "en" => Some(Language::En),
            _ => None,
        });
        Self {
            asked,
            language,
            compare: compare.is_some(),
            limit: limit.and_then(|limit| usize::try_from(limit).ok()),
            via: Via::read(from),
            form: Form::read(from),
        }
    }
}

impl Parameters for DrillQuery {
    fn from_query(from: &mut QueryReader) -> Self {
        let asked = Asked::read(from);
        let figure = from.about("The figure's key. Required.").short_text("cell", NAME_MAX);
        let about = "The key of the row, `none` for what is unknown; the totals unless given.";
        let row = from.about(about).short_text("row", NAME_MAX);
        let about = "The stage, of the funnel.";
        let stage = from.about(about).word("stage", &Status::all_words(), Status::from_word);
        Self { asked, cell: Cell { figure, row, stage }, via: Via::read(from), page: from.page() }
    }
}
