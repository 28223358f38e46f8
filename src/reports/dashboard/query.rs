//! The parameters of the dashboard. Those of its other pages are the reports' own.
//! What the pages show for them is in `pictures.rs` and `tiles.rs`.

use chrono::NaiveDate;
use serde_json::{Map, json};

use super::words::Words;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::reports::narrowing::Narrowing;
use crate::reports::period::Period;
use crate::reports::query::{Asked, EITHER, ids};
use crate::word_enum;

word_enum! {
    /// A period of the dashboard, that is named from today.
    pub enum Span {
        Week => "7d",
        Days30 => "30d",
        Days90 => "90d",
        Month => "month",
        LastMonth => "last_month",
        Year => "year",
    }
}

impl Span {
    /// What it is called.
    pub const fn label(self) -> Words {
        match self {
            Self::Week => ("近 7 天", "7 days"),
            Self::Days30 => ("近 30 天", "30 days"),
            Self::Days90 => ("近 90 天", "90 days"),
            Self::Month => ("本月", "This month"),
            Self::LastMonth => ("上月", "Last month"),
            Self::Year => ("今年", "This year"),
        }
    }

    pub fn period(self) -> Period {
        match self {
            Self::Week => Period::Last7Days,
            Self::Days30 => Period::Last30Days,
            Self::Days90 => Period::Last90Days,
            Self::Month => Period::ThisMonth,
            Self::LastMonth => Period::LastMonth,
            Self::Year => Period::ThisYear,
        }
    }
}

/// What the dashboard is asked for.
#[derive(Debug, Clone)]
pub struct DashboardQuery {
    /// None: the dates of `asked`.
    pub span: Option<Span>,
    pub asked: Asked,
}

impl Parameters for DashboardQuery {
    fn from_query(from: &mut QueryReader) -> Self {
        let mut filters = Map::new();
        for name in ["team", "form"] {
            if let Some(text) = from.peek(name).filter(|text| !text.is_empty()) {
                filters.insert(name.to_owned(), json!(text));
            }
        }
        let begin = from.about("The first date, inside.").date("from");
        let end = from.about("The last date, inside.").date("to");
        let about = "A period by its name, instead of `from` and `to`; `30d` unless given.";
        let span = from.about(about).word("period", &Span::all_words(), Span::from_word);
        let has_dates = begin.is_some() || end.is_some();
        if span.is_some() && has_dates {
            from.refuse("period", &EITHER);
        }
        let as_of = from.about("The moment of the figures; now unless given.").moment("as_of");
        let narrowing = Narrowing {
            teams: ids(from, "team", "Of which team as of then, or `none`."),
            forms: ids(from, "form", "By which form, or `none`."),
            ..Narrowing::default()
        };
        let span = span.or((!has_dates).then_some(Span::Days30));
        let period = span.map(Span::period);
        let asked = Asked { from: begin, to: end, period, as_of, narrowing, filters, ..Asked::default() };
        Self { span, asked }
    }
}

/// Days of the period that is asked for, as far as that is known without computing anything.
pub fn days(asked: &Asked, today: NaiveDate) -> i64 {
    let (from, to) = match (asked.period, asked.from, asked.to) {
        (Some(period), ..) => period.span(today),
        (None, Some(from), to) => (from, to.unwrap_or_else(|| from.max(today))),
        (None, None, _) => return 30,
    };
    to.signed_duration_since(from).num_days().saturating_add(1)
}
