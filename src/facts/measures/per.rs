//! What a price is per: `元/平/天`, `一平一天`, `每亩`, `per sqm per month`, `/年`.
//! Amounts are read in `quantity.rs`.

use std::sync::LazyLock;

use crate::facts::text::normal::Normal;
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::lists::{List, listed};

/// What an amount is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    SqmDay,
    SqmMonth,
    SqmYear,
    Sqm,
    Day,
    Month,
    Year,
    Mu,
    /// One price for the whole.
    Total,
}

impl Per {
    /// The word in `budget.per`.
    pub fn word(self) -> &'static str {
        match self {
            Self::SqmDay => "sqm_day",
            Self::SqmMonth => "sqm_month",
            Self::SqmYear => "sqm_year",
            Self::Sqm => "sqm",
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
            Self::Mu => "mu",
            Self::Total => "total",
        }
    }

    /// Whether it is for a piece of area, so that the amount is a price whatever else is said.
    pub fn is_of_area(self) -> bool {
        matches!(self, Self::SqmDay | Self::SqmMonth | Self::SqmYear)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Area,
    Mu,
    Day,
    Month,
    Year,
}

/// The parts with the list of their words behind a sign, and the list of what says them before an amount.
const PARTS: [(Part, &str, &str); 5] = [
    (Part::Area, "per square metre", "said per square metre"),
    (Part::Mu, "per mu", "said per mu"),
    (Part::Day, "per day", "said per day"),
    (Part::Month, "per month", "said per month"),
    (Part::Year, "per year", "said per year"),
];

static BEHIND: LazyLock<Dictionary<Part>> = LazyLock::new(|| {
    let words = PARTS.iter().flat_map(|(part, list, _)| listed(list).map(|word| (word, *part)));
    Dictionary::of_beginnings(words)
});
/// What leads to a part: 每, per, the stroke.
static SIGNS: List = List::named("signs of per");
/// Whole words right behind an amount: monthly.
static ADVERBS: LazyLock<Dictionary<Per>> = LazyLock::new(|| {
    let lists = [
        (Per::SqmMonth, "for each square metre and month"),
        (Per::Month, "for each month"),
        (Per::Year, "for each year"),
    ];
    Dictionary::of_beginnings(
        lists.into_iter().flat_map(|(per, list)| listed(list).map(move |word| (word, per))),
    )
});
static SAID: LazyLock<Vec<(Part, Vec<&str>)>> =
    LazyLock::new(|| PARTS.iter().map(|(part, _, said)| (*part, listed(said).collect())).collect());
/// The whole price is meant: 总价.
static IN_TOTAL: List = List::named("said in total");

/// The parts found so far.
#[derive(Default)]
struct Parts {
    area: bool,
    mu: bool,
    time: Option<Part>,
}

impl Parts {
    fn is_empty(&self) -> bool {
        !self.area && !self.mu && self.time.is_none()
    }

    /// Whether the part was not there yet.
    fn add(&mut self, part: Part) -> bool {
        match part {
            Part::Area => !std::mem::replace(&mut self.area, true),
            Part::Mu => !std::mem::replace(&mut self.mu, true),
            Part::Day | Part::Month | Part::Year if self.time.is_none() => {
                self.time = Some(part);
                true
            }
            _ => false,
        }
    }

    fn per(&self) -> Option<Per> {
        Some(match (self.area, self.mu, self.time) {
            (true, _, Some(Part::Day)) => Per::SqmDay,
            (true, _, Some(Part::Month)) => Per::SqmMonth,
            (true, _, Some(Part::Year)) => Per::SqmYear,
            (true, _, _) => Per::Sqm,
            (false, true, _) => Per::Mu,
            (false, false, Some(Part::Day)) => Per::Day,
            (false, false, Some(Part::Month)) => Per::Month,
            (false, false, Some(Part::Year)) => Per::Year,
            _ => return None,
        })
    }
}

/// What is behind an amount, and the byte after it.
pub fn after(page: &Normal<'_>, at: usize) -> Option<(Per, usize)> {
    let window = page.lower_after(at, 40);
    let mut rest = window;
    let mut parts = Parts::default();
    for step in 0..3 {
        let inner = behind_signs(rest);
        // 元/平天: the second part may do without a sign.
        let follows = inner.len() < rest.trim_start_matches(' ').len()
            || step > 0 && rest.starts_with(['天', '月', '年']);
        let Some((word, part)) = Some(inner).filter(|_| follows).and_then(part_of) else { break };
        if !parts.add(part) {
            break;
        }
        rest = behind_word(inner, word);
    }
    match parts.per() {
        Some(per) => Some((per, at + window.len() - rest.len())),
        None => {
            let (word, per) = ADVERBS.at_beginning(window, |word| ends_word(window, word))?;
            Some((per, at + word.len()))
        }
    }
}

/// The words behind up to three signs.
fn behind_signs(words: &str) -> &str {
    let mut rest = words.trim_start_matches(' ');
    for _ in 0..3 {
        let each = [",每"].into_iter().find(|each| rest.starts_with(each));
        let Some(sign) = each.or_else(|| SIGNS.beginning_of(rest)) else { break };
        rest = rest.get(sign.len()..).unwrap_or("").trim_start_matches(' ');
    }
    rest
}

fn part_of(words: &str) -> Option<(&'static str, Part)> {
    BEHIND.at_beginning(words, |word| {
        words.strip_prefix(word).is_some_and(|after| {
            !word.ends_with(|c: char| c.is_ascii_alphabetic())
                || !after.trim_start_matches('s').starts_with(|c: char| c.is_ascii_alphanumeric())
        })
    })
}

/// What is behind a part, its plural and the full stop of `sq. m.`.
fn behind_word<'w>(words: &'w str, word: &str) -> &'w str {
    let rest = words.get(word.len()..).unwrap_or("");
    if !word.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return rest;
    }
    let singular =
        rest.strip_prefix('s').filter(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()));
    let rest = singular.unwrap_or(rest);
    rest.strip_prefix('.').filter(|_| word.starts_with("sq")).unwrap_or(rest)
}

fn ends_word(words: &str, word: &str) -> bool {
    words.strip_prefix(word).is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// What words of a text before an amount say: 每平每月25, 月租8万, 一年租金30万, 总价800万.
pub fn before(page: &Normal<'_>, words: &str) -> Option<Per> {
    let has = |list: &[&str]| page.among(list).any(|word| words.contains(word));
    let mut parts = Parts::default();
    for (part, said) in SAID.iter() {
        if has(said) {
            parts.add(*part);
        }
    }
    if parts.is_empty() && has(IN_TOTAL.words()) {
        return Some(Per::Total);
    }
    parts.per()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_an_amount() {
        for (text, per) in [
            ("/平/天", Some(Per::SqmDay)),
            ("/㎡·天", Some(Per::SqmDay)),
            ("/天/平", Some(Per::SqmDay)),
            ("一平一天", Some(Per::SqmDay)),
            ("每平每月", Some(Per::SqmMonth)),
            (" per sqm per month", Some(Per::SqmMonth)),
            ("/sqm/day", Some(Per::SqmDay)),
            ("/亩", Some(Per::Mu)),
            ("一亩", Some(Per::Mu)),
            ("/㎡以内", Some(Per::Sqm)),
            ("/年", Some(Per::Year)),
            ("/month", Some(Per::Month)),
            ("一个月", Some(Per::Month)),
            (", 平湖", None),
            (" machines", None),
            ("", None),
        ] {
            assert_eq!(after(&Normal::of(text), 0).map(|(per, _)| per), per, "{text}");
        }
    }

    #[test]
    fn before_an_amount() {
        let said = |words: &str| before(&Normal::of(words), words);
        assert_eq!(said("月租预算"), Some(Per::Month));
        assert_eq!(said("租金每平每月"), Some(Per::SqmMonth));
        assert_eq!(said("总价"), Some(Per::Total));
        assert_eq!(said("预算"), None);
    }
}
