//! The conditions, a row each. How several make a filter is in `filter.rs`, how they arrive in a query
//! string in `api.rs`.

use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods};

use super::predicate::{OnWork, Predicate, begins_with_any};
use super::subject::Subject;
use crate::facts::{NeedKind, fen_of_wan};
use crate::inquiries::schema::{inquiries, inquiry_facts};
use crate::inquiries::status::{Category, Status};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{FormId, Id, InquiryId, Kind as IdKind, TeamId, UserId, kind};

/// Code points in a tag.
const TAG_MAX: usize = 50;

/// A name that conditions ask by.
pub struct Field {
    /// In a query string, and in JSON.
    pub name: &'static str,
    pub kind: Kind,
}

/// What a condition asks, by the kind of what it asks about.
pub enum Kind {
    /// Any of some words.
    Word(Word),
    Number(Number),
    Time(Time),
    /// Texts of which one is part of it.
    Search(Texts),
}

/// How many texts a search asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// One, as people type it.
    One,
    /// Any of some words.
    Any,
}

pub struct Word {
    pub about: &'static str,
    pub written: Written,
    pub fits: fn(&Subject<'_>, &str, UserId) -> bool,
    pub sql: fn(&[String], UserId) -> Predicate,
    /// What to look up in an index that is in the order of receipt, for each word one key.
    pub keys: Option<KeysOf>,
}

/// The keys of words; the user is whoever asks.
type KeysOf = fn(&[String], UserId) -> Vec<Key>;

/// How a word is written.
pub enum Written {
    OneOf(fn() -> String),
    /// The pattern, whether a word is well-formed, and what is wanted (zh, en).
    Pattern(fn() -> String, fn(&str) -> bool, (&'static str, &'static str)),
    /// At most so many code points.
    Text(usize, (&'static str, &'static str)),
}

pub struct Number {
    pub parameters: &'static [Parameter],
    /// Whether an index leads to what fits.
    pub is_indexed: bool,
    pub fits: fn(&Subject<'_>, Bound, f64) -> bool,
    pub sql: fn(Bound, f64) -> Predicate,
}

pub struct Time {
    pub parameters: &'static [Parameter],
    pub of: fn(&Subject<'_>) -> Option<Timestamp>,
    pub sql: fn(Bound, Timestamp) -> Predicate,
}

/// What a bound of a number or time is called in a query string.
pub struct Parameter {
    pub name: &'static str,
    pub bound: Bound,
    pub about: &'static str,
}

/// On which side of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    AtLeast,
    AtMost,
    Before,
}

impl Bound {
    pub const ALL: [Self; 3] = [Self::AtLeast, Self::AtMost, Self::Before];

    /// The operator as it is written behind a name: `tax[gte]`.
    pub fn word(self) -> &'static str {
        match self {
            Self::AtLeast => "gte",
            Self::AtMost => "lte",
            Self::Before => "lt",
        }
    }

    pub fn holds<T: PartialOrd>(self, value: T, bound: T) -> bool {
        match self {
            Self::AtLeast => value >= bound,
            Self::AtMost => value <= bound,
            Self::Before => value < bound,
        }
    }
}

/// What an index in the order of receipt can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Status(Status),
    Assignee(Option<UserId>),
    Team(Option<TeamId>),
    Form(FormId),
    NeedKind(String),
    Tag(String),
}

/// The SQL of a bound on a column.
macro_rules! bounded {
    ($column:expr, $bound:expr, $value:expr) => {
        match $bound {
            Bound::AtLeast => Box::new($column.ge($value).assume_not_null()),
            Bound::AtMost => Box::new($column.le($value).assume_not_null()),
            Bound::Before => Box::new($column.lt($value).assume_not_null()),
        }
    };
}

pub static FIELDS: [Field; 15] = [
    Field {
        name: "status",
        kind: Kind::Word(Word {
            about: "Any of these statuses.",
            written: Written::OneOf(Status::all_words),
            fits: |subject, word, _| subject.inquiry.status.word() == word,
            sql: |words, _| Predicate::Work(Box::new(inquiries::status.eq_any(statuses(words)))),
            keys: Some(|words, _| statuses(words).into_iter().map(Key::Status).collect()),
        }),
    },
    Field {
        name: "category",
        kind: Kind::Word(Word {
            about: "Any of these kinds of status.",
            written: Written::OneOf(Category::all_words),
            fits: |subject, word, _| subject.inquiry.status.category().word() == word,
            sql: |words, _| Predicate::Work(Box::new(inquiries::status.eq_any(in_categories(words)))),
            keys: Some(|words, _| in_categories(words).into_iter().map(Key::Status).collect()),
        }),
    },
    Field {
        name: "assignee",
        kind: Kind::Word(Word {
            about: "Whose: `me`, `none` or a user's id.",
            written: Written::Pattern(owner_pattern, is_owner, OWNER_WANTED),
            fits: |subject, word, me| owners(&[word.to_owned()], me).contains(&subject.inquiry.assignee_id),
            sql: |words, me| Predicate::Work(owned_by(&owners(words, me))),
            keys: Some(|words, me| owners(words, me).into_iter().map(Key::Assignee).collect()),
        }),
    },
    Field {
        name: "team",
        kind: Kind::Word(Word {
            about: "Any of these teams.",
            written: Written::Pattern(TeamId::pattern, is_id::<kind::Team>, ("团队编号", "a team's id")),
            fits: |subject, word, _| is_same_id(subject.inquiry.team_id, word),
            sql: |words, _| {
                Predicate::Work(Box::new(
                    inquiries::team_id.eq_any(ids::<kind::Team>(words)).assume_not_null(),
                ))
            },
            keys: Some(|words, _| ids(words).into_iter().map(Some).map(Key::Team).collect()),
        }),
    },
    Field {
        name: "form",
        kind: Kind::Word(Word {
            about: "Any of these forms.",
            written: Written::Pattern(FormId::pattern, is_id::<kind::Form>, ("表单编号", "a form's id")),
            fits: |subject, word, _| is_same_id(subject.inquiry.form_id, word),
            sql: |words, _| {
                Predicate::Work(Box::new(
                    inquiries::form_id.eq_any(ids::<kind::Form>(words)).assume_not_null(),
                ))
            },
            keys: Some(|words, _| ids(words).into_iter().map(Key::Form).collect()),
        }),
    },
    Field {
        name: "need_kind",
        kind: Kind::Word(Word {
            about: "What is wanted, as in `facts.need_kind`.",
            written: Written::OneOf(NeedKind::all_words),
            fits: |subject, word, _| subject.facts.need_kind.is_some_and(|kind| kind.word() == word),
            sql: |words, _| {
                let kind = inquiry_facts::need_kind.eq_any(words.to_vec());
                Predicate::Facts(Box::new(kind.assume_not_null()))
            },
            keys: Some(|words, _| words.iter().cloned().map(Key::NeedKind).collect()),
        }),
    },
    Field {
        name: "region",
        kind: Kind::Word(Word {
            about: "The first digits of a region code (GB/T 2260).",
            written: Written::Pattern(region_pattern, is_region, REGION_WANTED),
            fits: |subject, word, _| begins_with(&subject.facts.region_code, word),
            sql: |words, _| Predicate::Facts(begins_with_any!(region_code, &outermost(words))),
            keys: None,
        }),
    },
    Field {
        name: "industry",
        kind: Kind::Word(Word {
            about: "The first characters of an industry code (GB/T 4754).",
            written: Written::Pattern(industry_pattern, is_industry, INDUSTRY_WANTED),
            fits: |subject, word, _| begins_with(&subject.facts.industry_code, word),
            sql: |words, _| Predicate::Facts(begins_with_any!(industry_code, &outermost(words))),
            keys: None,
        }),
    },
    Field {
        name: "tag",
        kind: Kind::Word(Word {
            about: "Any of these tags.",
            written: Written::Text(TAG_MAX, TAG_WANTED),
            fits: |subject, word, _| subject.inquiry.tags.0.iter().any(|tag| tag == word),
            sql: |words, _| Predicate::Tagged(words.to_vec()),
            keys: Some(|words, _| words.iter().cloned().map(Key::Tag).collect()),
        }),
    },
    Field {
        name: "tax",
        kind: Kind::Number(Number {
            parameters: &[
                Parameter { name: "tax_min", bound: Bound::AtLeast, about: "万元 a year, at least." },
                Parameter { name: "tax_max", bound: Bound::AtMost, about: "万元 a year, at most." },
            ],
            is_indexed: true,
            fits: |subject, bound, wan| {
                subject.facts.tax_fen_per_year.is_some_and(|tax| bound.holds(tax, fen(wan)))
            },
            sql: |bound, wan| Predicate::Facts(bounded!(inquiry_facts::tax_fen_per_year, bound, fen(wan))),
        }),
    },
    Field {
        name: "area",
        kind: Kind::Number(Number {
            parameters: &[
                Parameter { name: "area_min", bound: Bound::AtLeast, about: AREA },
                Parameter { name: "area_max", bound: Bound::AtMost, about: AREA },
            ],
            is_indexed: false,
            // At least: its upper end; at most, below: its lower end.
            fits: |subject, bound, sqm| {
                let (min, max) = (subject.facts.area_min_sqm, subject.facts.area_max_sqm);
                let end = if bound == Bound::AtLeast { max } else { min };
                end.is_some_and(|end| bound.holds(end, sqm))
            },
            sql: |bound, sqm| {
                Predicate::Facts(match bound {
                    Bound::AtLeast => Box::new(inquiry_facts::area_max_sqm.ge(sqm).assume_not_null()),
                    Bound::AtMost => Box::new(inquiry_facts::area_min_sqm.le(sqm).assume_not_null()),
                    Bound::Before => Box::new(inquiry_facts::area_min_sqm.lt(sqm).assume_not_null()),
                })
            },
        }),
    },
    Field {
        name: "received_at",
        kind: Kind::Time(Time {
            parameters: &[
                Parameter { name: "received_from", bound: Bound::AtLeast, about: "Received then or later." },
                Parameter { name: "received_to", bound: Bound::Before, about: "Received before." },
            ],
            of: |subject| Some(subject.inquiry.received_at),
            // The id begins with the time of receipt: the index of the id serves.
            sql: |bound, at| {
                Predicate::Work(match bound {
                    Bound::AtLeast => Box::new(inquiries::id.ge(InquiryId::floor(at))),
                    Bound::AtMost => Box::new(inquiries::id.lt(InquiryId::floor(after(at)))),
                    Bound::Before => Box::new(inquiries::id.lt(InquiryId::floor(at))),
                })
            },
        }),
    },
    Field {
        name: "updated_at",
        kind: Kind::Time(Time {
            parameters: &[Parameter {
                name: "updated_since",
                bound: Bound::AtLeast,
                about: "Changed then or later.",
            }],
            of: |subject| Some(subject.inquiry.updated_at),
            sql: |bound, at| {
                Predicate::Work(match bound {
                    Bound::AtLeast => Box::new(inquiries::updated_at.ge(at)),
                    Bound::AtMost => Box::new(inquiries::updated_at.le(at)),
                    Bound::Before => Box::new(inquiries::updated_at.lt(at)),
                })
            },
        }),
    },
    Field { name: "q", kind: Kind::Search(Texts::One) },
    Field { name: "keyword", kind: Kind::Search(Texts::Any) },
];

/// The condition of a name.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

const AREA: &str = "Square metres; the inquiry's range overlaps.";
const TAG_WANTED: (&str, &str) = ("最多 50 个字符的标签", "tags of at most 50 characters each");
const REGION_WANTED: (&str, &str) = ("行政区划代码的前几位数字", "the first digits of a region code");
const INDUSTRY_WANTED: (&str, &str) =
    ("行业代码的前几位，例如 C 或 C38", "the first characters of an industry code, such as C or C38");
const OWNER_WANTED: (&str, &str) = ("me、none 或用户编号", "me, none, or a user's id");

fn begins_with(code: &Option<String>, prefix: &str) -> bool {
    code.as_ref().is_some_and(|code| code.starts_with(prefix))
}

fn statuses(words: &[String]) -> Vec<Status> {
    words.iter().filter_map(|word| Status::from_word(word)).collect()
}

fn in_categories(words: &[String]) -> Vec<Status> {
    let of_these = |status: &Status| words.iter().any(|word| word == status.category().word());
    Status::ALL.iter().copied().filter(of_these).collect()
}

fn ids<K: IdKind>(words: &[String]) -> Vec<Id<K>> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}

fn is_id<K: IdKind>(word: &str) -> bool {
    word.parse::<Id<K>>().is_ok()
}

fn is_same_id<K: IdKind>(id: Option<Id<K>>, word: &str) -> bool {
    id.is_some_and(|id| word.parse::<Id<K>>().is_ok_and(|asked| asked.uuid() == id.uuid()))
}

fn owner_pattern() -> String {
    let user = UserId::pattern();
    format!("^(me|none|{})$", user.trim_start_matches('^').trim_end_matches('$'))
}

fn is_owner(word: &str) -> bool {
    matches!(word, "me" | "none") || word.parse::<UserId>().is_ok()
}

/// Whom each word means: `me` is whoever asks, `none` nobody.
pub fn owners(words: &[String], me: UserId) -> Vec<Option<UserId>> {
    let owner = |word: &String| match word.as_str() {
        "me" => Some(Some(me)),
        "none" => Some(None),
        id => id.parse().ok().map(Some),
    };
    words.iter().filter_map(owner).collect()
}

fn owned_by(owners: &[Option<UserId>]) -> OnWork {
    use inquiries::assignee_id;
    let users: Vec<UserId> = owners.iter().copied().flatten().collect();
    match (users.is_empty(), owners.contains(&None)) {
        (true, _) => Box::new(assignee_id.is_null()),
        (false, false) => Box::new(assignee_id.eq_any(users).assume_not_null()),
        (false, true) => Box::new(assignee_id.eq_any(users).assume_not_null().or(assignee_id.is_null())),
    }
}

fn region_pattern() -> String {
    "^[0-9]{1,6}$".to_owned()
}

fn is_region(word: &str) -> bool {
    (1..=6).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn industry_pattern() -> String {
    "^[A-T][0-9]{0,4}$".to_owned()
}

fn is_industry(word: &str) -> bool {
    let mut signs = word.bytes();
    signs.next().is_some_and(|section| (b'A'..=b'T').contains(&section))
        && word.len() <= 5
        && signs.all(|digit| digit.is_ascii_digit())
}

/// The prefixes that no other one contains: 3205 asks for nothing that 32 does not.
fn outermost(prefixes: &[String]) -> Vec<&str> {
    let mut sorted: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    // In this order a prefix comes right before all that begin with it.
    sorted.dedup_by(|next, outer| next.starts_with(*outer));
    sorted
}

/// Beyond what can be counted in fen no tax lies, on either side.
fn fen(wan: f64) -> i64 {
    fen_of_wan(wan).unwrap_or(if wan < 0.0 { i64::MIN } else { i64::MAX })
}

/// The least moment after this one that is stored.
fn after(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis().saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_contains_its_parts() {
        let words = ["3205", "32", "310000", "3", "4401", "440106", "44010"].map(str::to_owned);
        assert_eq!(outermost(&words), ["3", "4401"]);
        assert!(outermost(&[]).is_empty());
    }

    #[test]
    fn each_name_is_asked_once() {
        let names: std::collections::HashSet<&str> = FIELDS.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), FIELDS.len());
    }
}
