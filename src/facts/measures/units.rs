//! The units that inquiries count in, and how they are written.
//! Which quantity is the wanted one is not asked here.

use std::sync::LazyLock;

use crate::facts::measures::currency::{Currency, currency_at};
use crate::facts::text::normal::Normal;
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::lists::List;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Square metres; square feet are converted (0.09290304 m²).
    Sqm,
    /// 亩 (1/15 ha); hectares and acres are converted.
    Mu,
    Cubic,
    Metre,
    Tonne,
    TonnePerSqm,
    Kva,
    Ampere,
    Person,
    Year,
    Month,
    Day,
    Percent,
    Celsius,
    Room,
    /// 台, 栋, 部 …
    Piece,
    Floor,
    /// Yuan or the unit of the currency beside it.
    Money(Currency),
    /// There is none.
    Bare,
}

/// Square metres of one 亩.
pub const MU_IN_SQM: f64 = 10_000.0 / 15.0;

/// A word of `tables/units.csv`: what it counts, in how many of our units, and which characters may not be
/// behind it (平均 and 方面 are other words).
#[derive(Debug, Clone, Copy)]
struct Entry {
    unit: Unit,
    factor: f64,
    but_not_before: &'static str,
}

static UNITS: LazyLock<Dictionary<Entry>> = LazyLock::new(|| Dictionary::of_beginnings(entries()));
/// Behind tonnes: what a floor bears.
static PER_SQUARE_METRE: List = List::named("per square metre of a load");

fn entries() -> impl Iterator<Item = (&'static str, Entry)> {
    include_str!("../tables/units.csv").lines().skip(1).flat_map(|row| {
        let mut fields = row.split(',');
        let mut field = || fields.next().unwrap_or_default();
        let (unit, factor, words, but_not_before) = (Unit::named(field()), field().parse(), field(), field());
        let entry = unit.zip(factor.ok()).map(|(unit, factor)| Entry { unit, factor, but_not_before });
        words.split('|').filter_map(move |word| Some((word, entry?)))
    })
}

impl Unit {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "sqm" => Self::Sqm,
            "mu" => Self::Mu,
            "cubic" => Self::Cubic,
            "metre" => Self::Metre,
            "tonne" => Self::Tonne,
            "tonne_per_sqm" => Self::TonnePerSqm,
            "kva" => Self::Kva,
            "ampere" => Self::Ampere,
            "person" => Self::Person,
            "year" => Self::Year,
            "month" => Self::Month,
            "day" => Self::Day,
            "percent" => Self::Percent,
            "celsius" => Self::Celsius,
            "room" => Self::Room,
            "piece" => Self::Piece,
            "floor" => Self::Floor,
            "money" => Self::Money(Currency::Cny),
            _ => return None,
        })
    }
}

/// The unit at a place with its factor and the byte after it.
pub fn unit_at(page: &Normal<'_>, at: usize) -> Option<(Unit, f64, usize)> {
    let first = page.char_at(at)?;
    if let Some((unit, end)) = sign_at(page, at, first) {
        return Some((unit, 1.0, end));
    }
    if let Some((currency, end)) = currency_at(page, at) {
        return Some((Unit::Money(currency), 1.0, end));
    }
    let (entry, end) = if first.is_ascii() { latin_at(page, at)? } else { han_at(page, at)? };
    let load = (entry.unit == Unit::Tonne).then(|| per_square_metre(page, end)).flatten();
    match load {
        Some(end) => Some((Unit::TonnePerSqm, entry.factor, end)),
        None => Some((entry.unit, entry.factor, end)),
    }
}

/// `%` and `°C`.
fn sign_at(page: &Normal<'_>, at: usize, first: char) -> Option<(Unit, usize)> {
    match first {
        '%' => Some((Unit::Percent, at + 1)),
        '°' => {
            let length = if matches!(page.char_at(at + 2), Some('C' | 'c')) { 3 } else { 2 };
            Some((Unit::Celsius, at + length))
        }
        _ => None,
    }
}

/// A Chinese word, the longest that is there; none if it goes on as another word.
fn han_at(page: &Normal<'_>, at: usize) -> Option<(Entry, usize)> {
    let (word, entry) = UNITS.at_beginning(page.from(at), |_| true)?;
    let end = at + word.len();
    let goes_on = page.char_at(end).is_some_and(|next| entry.but_not_before.contains(next));
    (!goes_on).then_some((entry, end))
}

/// A Latin word of any case with no letter or digit behind it.
fn latin_at(page: &Normal<'_>, at: usize) -> Option<(Entry, usize)> {
    let lower = page.lower_after(at, 16);
    let is_whole = |word: &str| {
        lower.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    let (word, entry) = UNITS.at_beginning(lower, is_whole)?;
    // 6m a year: an article, no amperes.
    let is_article = word == "a" && page.char_before(at) == Some(' ');
    (!is_article).then_some((entry, at + word.len()))
}

/// The byte after what says that tonnes are those that a square metre bears.
fn per_square_metre(page: &Normal<'_>, at: usize) -> Option<usize> {
    PER_SQUARE_METRE.beginning_of(page.lower_after(at, 10)).map(|word| at + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        let rows = include_str!("../tables/units.csv").lines().skip(1);
        let words: usize = rows.map(|row| row.split(',').nth(2).unwrap().split('|').count()).sum();
        assert_eq!(entries().count(), words);
    }

    #[test]
    fn the_longest_unit_counts() {
        for (text, unit, factor) in [
            ("平方米", Unit::Sqm, 1.0),
            ("平/天", Unit::Sqm, 1.0),
            ("sq ft of", Unit::Sqm, 0.092_903_04),
            ("ha", Unit::Mu, 15.0),
            ("KVA电", Unit::Kva, 1.0),
            ("t/m2 floor", Unit::TonnePerSqm, 1.0),
            ("T行车", Unit::Tonne, 1.0),
            ("毛以内", Unit::Money(Currency::Cny), 0.1),
            ("美元", Unit::Money(Currency::Usd), 1.0),
            ("°C", Unit::Celsius, 1.0),
        ] {
            assert_eq!(
                unit_at(&Normal::of(text), 0).map(|(unit, factor, _)| (unit, factor)),
                Some((unit, factor)),
                "{text}"
            );
        }
        for text in ["平均", "方面", "machines", "年底", ""] {
            assert_eq!(unit_at(&Normal::of(text), 0), None, "{text}");
        }
    }
}
