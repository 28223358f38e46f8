//! Typed query string parameters: unknown ones are refused, values are validated, all faults are reported at
//! once. The OpenAPI document is derived from the same reading code (`parameters_of`).
//! The parameters of each list are defined in the room's `api.rs`.

use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::NaiveDate;
use chrono_tz::Tz;
use utoipa::openapi::path::Parameter;

use super::context::HttpContext;
use super::parameter::{self, PLACE_MAX, Shape, WORDS_MAX};
use crate::kernel::clock::{Timestamp, day_start};
use crate::kernel::error::{
    BAD_CURSOR, BAD_FORMAT, BAD_QUERY, Error, Fault, FaultKind, Faults, NOT_ONE_OF, OUT_OF_RANGE, Result,
    TOO_LONG, TOO_MANY_WORDS,
};
use crate::kernel::id::{Id, Kind};
use crate::kernel::language::Bilingual;
use crate::kernel::page::{LIMIT_DEFAULT, LIMIT_MAX, PageRequest};

/// Characters of a parameter's name that a fault repeats.
const NAME_MAX: usize = 40;

static UNKNOWN_PARAMETER: FaultKind = FaultKind::new(
    "unknown_parameter",
    "没有名为“{}”的查询参数。",
    "There is no query parameter named \"{}\".",
);
static GIVEN_TWICE: FaultKind =
    FaultKind::new("given_twice", "查询参数“{}”重复。", "The query parameter \"{}\" is given twice.");
static UNREADABLE: FaultKind = FaultKind::new(
    "control_character",
    "查询参数“{}”含有控制字符，或不是 UTF-8 文本。",
    "The query parameter \"{}\" contains a control character, or is not UTF-8 text.",
);
static UNESCAPED_PLUS: FaultKind = FaultKind::new(
    "unescaped_plus",
    "网址中的加号表示空格，时区偏移的“+”请写作 %2B。",
    "A plus sign in a query string means a space: write the + of the offset as %2B.",
);

/// How a date is written, and a moment.
const DATE: (&str, &str) = ("日期，例如 2026-11-23", "a date such as 2026-11-23");
const MOMENT: (&str, &str) = (
    "时间（RFC 3339，例如 2026-11-23T08:30:00Z）或日期（例如 2026-11-23）",
    "an RFC 3339 time such as 2026-11-23T08:30:00Z, or a date such as 2026-11-23",
);

/// A parameter's name, sanitized for use in a fault.
fn safe_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']') {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    let cut = name.chars().nth(NAME_MAX).is_some();
    name.chars().take(NAME_MAX).map(safe).chain(cut.then_some('…')).collect()
}

/// A set of parameters that is read from the query string.
pub trait Parameters: Sized + 'static {
    fn from_query(from: &mut QueryReader) -> Self;
}

/// Extractor: the query parameters of a request.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: Parameters> FromRequest for Query<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            // The zone is asked for only where a date needs it. No fault depends on it.
            let (taken, needs_zone) = parse_in(request.path(), request.query_string(), Tz::UTC)?;
            if !needs_zone {
                return Ok(Self(taken));
            }
            let context = request
                .app_data::<web::Data<HttpContext>>()
                .ok_or_else(|| Error::internal("the app has no HttpContext"))?;
            let zone = context.db.zone().await?;
            parse_in(request.path(), request.query_string(), zone).map(|(taken, _)| Self(taken))
        })
    }
}

/// Refuses whatever is in the query string of a request that reads none.
pub fn refuse_any(request: &HttpRequest) -> Result<()> {
    parse_in::<()>(request.path(), request.query_string(), Tz::UTC).map(drop)
}

/// Parses the parameters; dates are in `zone`. Besides: whether there was such a date.
fn parse_in<T: Parameters>(path: &str, query: &str, zone: Tz) -> Result<(T, bool)> {
    let mut reader = QueryReader::new(path, query, zone);
    let taken = T::from_query(&mut reader);
    let needs_zone = reader.needs_zone;
    reader.finish()?;
    Ok((taken, needs_zone))
}

/// Parameters that are kept as the text of a query string, read as those of a request are.
pub fn kept<T: Parameters>(query: &str, zone: Tz) -> Result<T> {
    parse_in("", query, zone).map(|(taken, _)| taken)
}

/// The parameters that `T` reads, for the OpenAPI document.
pub fn parameters_of<T: Parameters>() -> Vec<Parameter> {
    let mut reader = QueryReader { describes: Some(Vec::new()), ..QueryReader::new("", "", Tz::UTC) };
    T::from_query(&mut reader);
    reader.describes.unwrap_or_default()
}

/// Reads parameters from a query string and collects faults. In `describes` mode it collects the descriptions
/// of the parameters instead.
pub struct QueryReader {
    /// The values of each parameter; only a list may be given more than once.
    left: BTreeMap<String, Vec<String>>,
    fingerprint: String,
    faults: Faults,
    bad_cursor: bool,
    zone: Tz,
    /// A date was read that means a moment.
    needs_zone: bool,
    describes: Option<Vec<Parameter>>,
    /// The description of the next parameter.
    about: &'static str,
}

impl QueryReader {
    fn new(path: &str, query: &str, zone: Tz) -> Self {
        // A cursor fits the list at this path only.
        let (left, fingerprint, faults) = (BTreeMap::new(), format!("{path}?"), Faults::default());
        let mut reader = Self {
            left,
            fingerprint,
            faults,
            bad_cursor: false,
            zone,
            needs_zone: false,
            describes: None,
            about: "",
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if value.contains(char::REPLACEMENT_CHARACTER) || value.chars().any(char::is_control) {
                reader.fault(&name, &UNREADABLE);
            } else {
                reader.left.entry(name.into_owned()).or_default().push(value.into_owned());
            }
        }
        reader
    }

    /// Sets the description of the next parameter.
    pub fn about(&mut self, about: &'static str) -> &mut Self {
        self.about = about;
        self
    }

    fn describe(&mut self, parameter: impl FnOnce(&str) -> Parameter) {
        let about = std::mem::take(&mut self.about);
        if let Some(described) = &mut self.describes {
            described.push(parameter(about));
        }
    }

    fn describe_one(&mut self, name: &str, shape: &Shape) {
        self.describe(|about| parameter::query(name, about, shape));
    }

    fn fault(&mut self, name: &str, kind: &'static FaultKind) {
        let name = safe_name(name);
        self.faults.add(Fault::with(format!("?{name}"), kind, Bilingual::same(name)));
    }

    /// The one value of a parameter.
    fn one(&mut self, name: &str) -> Option<String> {
        let mut values = self.left.remove(name)?;
        if values.len() > 1 {
            self.fault(name, &GIVEN_TWICE);
        }
        values.pop()
    }

    /// A text as it came; empty counts as absent.
    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.one(name)?;
        self.bind(name, &value);
        (!value.is_empty()).then_some(value)
    }

    /// Adds a parameter to the fingerprint that cursors are bound to.
    fn bind(&mut self, name: &str, value: &str) {
        // What is shown of a row does not change which rows come next.
        if !matches!(name, "cursor" | "limit" | "count" | "fields") {
            self.fingerprint.push_str(&format!("{name}={value:?}&"));
        }
    }

    /// The raw values of a list that is not read yet.
    pub fn peek(&self, name: &str) -> Option<String> {
        self.left.get(name).map(|values| values.join(","))
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        wanted: impl Into<Bilingual>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.faults.add(Fault::with(format!("?{name}"), &BAD_FORMAT, wanted));
        }
        value
    }

    /// An id; `wanted` says whose.
    pub fn id<K: Kind>(&mut self, name: &str, wanted: impl Into<Bilingual>) -> Option<Id<K>> {
        self.describe_one(name, &Shape::id::<K>());
        self.parsed(name, wanted, |text| text.parse().ok())
    }

    /// One of a set of words.
    pub fn word<T>(&mut self, name: &str, words: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.describe_one(name, &Shape::words(words));
        self.one_of(name, words, parse)
    }

    fn one_of<T>(&mut self, name: &str, words: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.faults.add(Fault::with(format!("?{name}"), &NOT_ONE_OF, Bilingual::words(words)));
        }
        value
    }

    /// Any of a set of words, separated by commas or as repeated parameters.
    pub fn words<T>(&mut self, name: &str, words: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        self.any_of(name, &NOT_ONE_OF, Bilingual::words(words), &Shape::words(words), parse)
    }

    /// Any of the ids of one kind; `wanted` says whose.
    pub fn ids<K: Kind>(&mut self, name: &str, wanted: impl Into<Bilingual>) -> Vec<Id<K>> {
        self.list(name, wanted, &Shape::id::<K>(), |text| text.parse().ok())
    }

    /// A list of values of one shape, without duplicates, of bounded length; `wanted` describes their format.
    pub fn list<T>(
        &mut self,
        name: &str,
        wanted: impl Into<Bilingual>,
        shape: &Shape,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        self.any_of(name, &BAD_FORMAT, wanted.into(), shape, parse)
    }

    fn any_of<T>(
        &mut self,
        name: &str,
        kind: &'static FaultKind,
        wanted: Bilingual,
        shape: &Shape,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        self.describe(|about| parameter::query_list(name, about, shape));
        let Some(values) = self.left.remove(name) else { return Vec::new() };
        let text = values.join(",");
        self.bind(name, &text);
        if text.is_empty() {
            return Vec::new();
        }
        let mut known = HashSet::new();
        let different: Vec<&str> =
            text.split(',').map(str::trim).filter(|word| known.insert(*word)).collect();
        if different.len() > WORDS_MAX {
            self.faults.add(Fault::with(format!("?{name}"), &TOO_MANY_WORDS, WORDS_MAX));
            return Vec::new();
        }
        let parsed: Option<Vec<T>> = different.into_iter().map(parse).collect();
        if parsed.is_none() {
            self.faults.add(Fault::with(format!("?{name}"), kind, wanted));
        }
        parsed.unwrap_or_default()
    }

    /// A text of at most `max` code points.
    pub fn short_text(&mut self, name: &str, max: usize) -> Option<String> {
        self.describe_one(name, &Shape::Text(Some(max)));
        let text = self.text(name)?;
        if text.chars().count() > max {
            self.faults.add(Fault::with(format!("?{name}"), &TOO_LONG, max));
            return None;
        }
        Some(text)
    }

    pub fn number(&mut self, name: &str) -> Option<f64> {
        self.describe_one(name, &Shape::Number);
        self.parsed(name, ("数字", "a number"), |text| text.parse::<f64>().ok().filter(|n| n.is_finite()))
    }

    /// A whole number from 0 on.
    pub fn count(&mut self, name: &str, max: u32) -> Option<u32> {
        self.describe_one(name, &Shape::Count(max));
        let wanted = Bilingual::new(format!("0 到 {max} 的整数"), format!("a whole number from 0 to {max}"));
        self.parsed(name, wanted, |text| text.parse().ok().filter(|count| *count <= max))
    }

    /// A whole number between two others, both allowed.
    pub fn between(&mut self, name: &str, (min, max): (u32, u32)) -> Option<u32> {
        self.describe_one(name, &Shape::Between(min, max));
        let wanted =
            Bilingual::new(format!("{min} 到 {max} 的整数"), format!("a whole number from {min} to {max}"));
        self.parsed(name, wanted, |text| text.parse().ok().filter(|number| (min..=max).contains(number)))
    }

    /// A place in the event log: a whole number from 0 on.
    pub fn place(&mut self, name: &str) -> Option<i64> {
        self.describe_one(name, &Shape::Place);
        self.parsed(name, ("从 0 起的整数", "a whole number from 0 on"), |text| {
            text.parse().ok().filter(|place| (0..=PLACE_MAX).contains(place))
        })
    }

    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        self.describe_one(name, &Shape::Boolean);
        self.optional_boolean(name)
    }

    fn optional_boolean(&mut self, name: &str) -> Option<bool> {
        self.one_of(name, "true, false", |text| match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    /// A moment (RFC 3339), or a date, which means its beginning in the organisation's time zone.
    pub fn moment(&mut self, name: &str) -> Option<Timestamp> {
        self.describe_one(name, &Shape::Moment);
        let text = self.text(name)?;
        let moment = Timestamp::parse(&text).or_else(|| {
            let date = date(&text)?;
            self.needs_zone = true;
            Some(day_start(date, self.zone))
        });
        if moment.is_none() {
            // A plus that was not escaped arrives as a space.
            let lost_plus = text.contains(' ') && Timestamp::parse(&text.replace(' ', "+")).is_some();
            let at = format!("?{name}");
            self.faults.add(if lost_plus {
                Fault::new(at, &UNESCAPED_PLUS)
            } else {
                Fault::with(at, &BAD_FORMAT, MOMENT)
            });
        }
        moment
    }

    pub fn date(&mut self, name: &str) -> Option<NaiveDate> {
        self.describe_one(name, &Shape::Date);
        self.parsed(name, DATE, date)
    }

    /// `limit`, `cursor` and `count`. Read it last: a cursor is bound to all parameters read before.
    pub fn page(&mut self) -> PageRequest {
        if let Some(described) = &mut self.describes {
            described.extend(parameter::page());
        }
        let limit = self.one("limit");
        let limit = match limit.map(|text| text.parse::<i64>().ok().filter(|n| (1..=LIMIT_MAX).contains(n))) {
            None => LIMIT_DEFAULT,
            Some(Some(limit)) => limit,
            Some(None) => {
                self.faults.add(Fault::with(
                    "?limit",
                    &OUT_OF_RANGE,
                    Bilingual::same(format!("1–{LIMIT_MAX}")),
                ));
                LIMIT_DEFAULT
            }
        };
        let count = self.optional_boolean("count").unwrap_or(false);
        let cursor = self.one("cursor");
        if cursor.as_deref() == Some("") {
            self.bad_cursor = true;
        }
        PageRequest { limit, cursor, count, fingerprint: self.fingerprint.clone() }
    }

    /// Adds a fault for a parameter.
    pub fn refuse(&mut self, name: &str, kind: &'static FaultKind) {
        self.faults.add(Fault::new(format!("?{name}"), kind));
    }

    fn finish(mut self) -> Result<()> {
        for name in std::mem::take(&mut self.left).into_keys() {
            self.fault(&name, &UNKNOWN_PARAMETER);
        }
        self.faults.none_or(&BAD_QUERY)?;
        if self.bad_cursor { Err(Error::refuse(&BAD_CURSOR)) } else { Ok(()) }
    }
}

/// A date as `YYYY-MM-DD`.
pub fn date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10)
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
        .filter(|date| chrono::Datelike::year(date) >= 1)
}

/// A route without parameters.
impl Parameters for () {
    fn from_query(_: &mut QueryReader) {}
}

#[cfg(test)]
mod tests;
