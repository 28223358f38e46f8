//! The units that inquiries count in, and how they are written.
//! Which quantity is the wanted one is not asked here.

use std::sync::LazyLock;

use crate::facts::measures::currency::{Currency, currency_at};
use crate::facts::text::normal::Normal;
use crate::facts::words::dictionary::Dictionary;

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

const SQUARE_FOOT: f64 = 0.092_903_04;
/// 坪: two tatami, 400/121 m².
const PING: f64 = 400.0 / 121.0;
const HECTARE: f64 = 15.0;
const ACRE: f64 = 6.070_284_6;
/// Square metres of one 亩.
pub const MU_IN_SQM: f64 = 10_000.0 / 15.0;

/// Chinese unit words; the longest of those that fit counts.
const HAN: &[(&str, Unit, f64)] = &[
    ("平方公里", Unit::Sqm, 1e6),
    ("平方英尺", Unit::Sqm, SQUARE_FOOT),
    ("平方英呎", Unit::Sqm, SQUARE_FOOT),
    ("平方呎", Unit::Sqm, SQUARE_FOOT),
    ("方呎", Unit::Sqm, SQUARE_FOOT),
    ("平呎", Unit::Sqm, SQUARE_FOOT),
    ("呎", Unit::Sqm, SQUARE_FOOT),
    ("坪", Unit::Sqm, PING),
    ("平方尺", Unit::Sqm, SQUARE_FOOT),
    ("平英尺", Unit::Sqm, SQUARE_FOOT),
    ("平方米", Unit::Sqm, 1.0),
    ("平方", Unit::Sqm, 1.0),
    ("平米", Unit::Sqm, 1.0),
    ("个平方", Unit::Sqm, 1.0),
    ("个平", Unit::Sqm, 1.0),
    ("平", Unit::Sqm, 1.0),
    ("方", Unit::Sqm, 1.0),
    ("亩", Unit::Mu, 1.0),
    ("公顷", Unit::Mu, HECTARE),
    ("英亩", Unit::Mu, ACRE),
    ("立方米", Unit::Cubic, 1.0),
    ("立方", Unit::Cubic, 1.0),
    ("米", Unit::Metre, 1.0),
    ("公尺", Unit::Metre, 1.0),
    ("公斤", Unit::Tonne, 1e-3),
    ("吨", Unit::Tonne, 1.0),
    ("千伏安", Unit::Kva, 1.0),
    ("千瓦", Unit::Kva, 0.0),
    ("安培", Unit::Ampere, 1.0),
    ("安", Unit::Ampere, 1.0),
    ("多人", Unit::Person, 1.0),
    ("号人", Unit::Person, 1.0),
    ("个人", Unit::Person, 1.0),
    ("人", Unit::Person, 1.0),
    ("名", Unit::Person, 1.0),
    ("位", Unit::Person, 1.0),
    ("年", Unit::Year, 1.0),
    ("个月", Unit::Month, 1.0),
    ("月", Unit::Month, 1.0),
    ("天", Unit::Day, 1.0),
    ("度", Unit::Celsius, 1.0),
    ("间", Unit::Room, 1.0),
    ("台", Unit::Piece, 1.0),
    ("部", Unit::Piece, 1.0),
    ("栋", Unit::Piece, 1.0),
    ("幢", Unit::Piece, 1.0),
    ("套", Unit::Piece, 1.0),
    ("个", Unit::Piece, 1.0),
    ("家", Unit::Piece, 1.0),
    ("条", Unit::Piece, 1.0),
    ("辆", Unit::Piece, 1.0),
    ("层", Unit::Floor, 1.0),
    ("楼", Unit::Floor, 1.0),
    ("元", Unit::Money(Currency::Cny), 1.0),
    ("蚊", Unit::Money(Currency::Cny), 1.0),
    ("块钱", Unit::Money(Currency::Cny), 1.0),
    ("块", Unit::Money(Currency::Cny), 1.0),
    ("毛钱", Unit::Money(Currency::Cny), 0.1),
    ("毛", Unit::Money(Currency::Cny), 0.1),
    ("角", Unit::Money(Currency::Cny), 0.1),
];

/// Latin unit words in lower case; no letter or digit may follow.
const LATIN: &[(&str, Unit, f64)] = &[
    ("square meters", Unit::Sqm, 1.0),
    ("square metres", Unit::Sqm, 1.0),
    ("square meter", Unit::Sqm, 1.0),
    ("square metre", Unit::Sqm, 1.0),
    ("sq. meters", Unit::Sqm, 1.0),
    ("sq meters", Unit::Sqm, 1.0),
    ("sq metres", Unit::Sqm, 1.0),
    ("sq mtrs", Unit::Sqm, 1.0),
    ("sq.mtr", Unit::Sqm, 1.0),
    ("sq. m.", Unit::Sqm, 1.0),
    ("sq.m.", Unit::Sqm, 1.0),
    ("sq. m", Unit::Sqm, 1.0),
    ("sq.m", Unit::Sqm, 1.0),
    ("sq m", Unit::Sqm, 1.0),
    ("sqms", Unit::Sqm, 1.0),
    ("sqm", Unit::Sqm, 1.0),
    ("qm", Unit::Sqm, 1.0),
    ("m^2", Unit::Sqm, 1.0),
    ("m2", Unit::Sqm, 1.0),
    ("square feet", Unit::Sqm, SQUARE_FOOT),
    ("square foot", Unit::Sqm, SQUARE_FOOT),
    ("sq. ft.", Unit::Sqm, SQUARE_FOOT),
    ("sq. ft", Unit::Sqm, SQUARE_FOOT),
    ("sq.ft.", Unit::Sqm, SQUARE_FOOT),
    ("sq.ft", Unit::Sqm, SQUARE_FOOT),
    ("sq feet", Unit::Sqm, SQUARE_FOOT),
    ("sq ft", Unit::Sqm, SQUARE_FOOT),
    ("sqft", Unit::Sqm, SQUARE_FOOT),
    ("sft", Unit::Sqm, SQUARE_FOOT),
    ("ft2", Unit::Sqm, SQUARE_FOOT),
    ("ft^2", Unit::Sqm, SQUARE_FOOT),
    ("sf", Unit::Sqm, SQUARE_FOOT),
    ("mu", Unit::Mu, 1.0),
    ("hectares", Unit::Mu, HECTARE),
    ("hectare", Unit::Mu, HECTARE),
    ("ha", Unit::Mu, HECTARE),
    ("acres", Unit::Mu, ACRE),
    ("acre", Unit::Mu, ACRE),
    ("cubic meters", Unit::Cubic, 1.0),
    ("cubic metres", Unit::Cubic, 1.0),
    ("m3", Unit::Cubic, 1.0),
    ("cbm", Unit::Cubic, 1.0),
    ("metres", Unit::Metre, 1.0),
    ("meters", Unit::Metre, 1.0),
    ("metre", Unit::Metre, 1.0),
    ("meter", Unit::Metre, 1.0),
    ("m", Unit::Metre, 1.0),
    ("kg/m2", Unit::TonnePerSqm, 1e-3),
    ("kg/sqm", Unit::TonnePerSqm, 1e-3),
    ("tons", Unit::Tonne, 1.0),
    ("tonnes", Unit::Tonne, 1.0),
    ("tonne", Unit::Tonne, 1.0),
    ("ton", Unit::Tonne, 1.0),
    ("t", Unit::Tonne, 1.0),
    ("kva", Unit::Kva, 1.0),
    ("mva", Unit::Kva, 1e3),
    ("kw", Unit::Kva, 0.0),
    ("amps", Unit::Ampere, 1.0),
    ("a", Unit::Ampere, 1.0),
    ("people", Unit::Person, 1.0),
    ("persons", Unit::Person, 1.0),
    ("person", Unit::Person, 1.0),
    ("ppl", Unit::Person, 1.0),
    ("staff", Unit::Person, 1.0),
    ("workers", Unit::Person, 1.0),
    ("employees", Unit::Person, 1.0),
    ("engineers", Unit::Person, 1.0),
    ("pax", Unit::Person, 1.0),
    ("years", Unit::Year, 1.0),
    ("year", Unit::Year, 1.0),
    ("yrs", Unit::Year, 1.0),
    ("yr", Unit::Year, 1.0),
    ("months", Unit::Month, 1.0),
    ("month", Unit::Month, 1.0),
    ("days", Unit::Day, 1.0),
    ("rooms", Unit::Room, 1.0),
    ("units", Unit::Piece, 1.0),
    ("floors", Unit::Floor, 1.0),
];

static HAN_UNITS: LazyLock<Dictionary<(Unit, f64)>> = LazyLock::new(|| {
    Dictionary::of_beginnings(HAN.iter().map(|(word, unit, factor)| (*word, (*unit, *factor))))
});
static LATIN_UNITS: LazyLock<Dictionary<(Unit, f64)>> = LazyLock::new(|| {
    Dictionary::of_beginnings(LATIN.iter().map(|(word, unit, factor)| (*word, (*unit, *factor))))
});

/// The unit at a place with its factor and the byte after it.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn unit_at(page: &Normal<'_>, at: usize) -> Option<(Unit, f64, usize)> {
    let rest = page.from(at);
    let first = rest.chars().next()?;
    if first == '%' {
        return Some((Unit::Percent, 1.0, at + 1));
    }
    if first == '°' {
        let length = if matches!(page.char_at(at + 2), Some('C' | 'c')) { 3 } else { 2 };
        return Some((Unit::Celsius, 1.0, at + length));
    }
    if let Some((currency, end)) = currency_at(page, at) {
        return Some((Unit::Money(currency), 1.0, end));
    }
    if !first.is_ascii() {
        let (word, (mut unit, mut factor)) = HAN_UNITS.at_beginning(rest, |_| true)?;
        let mut end = at + word.len();
        let next = page.char_at(end);
        match (word, next) {
            // 平/天: it is the unit; 平均, 方面, 方向, 米色 are other words.
            ("平", Some('均' | '台' | '时' | '衡'))
            | ("方", Some('面' | '向' | '案' | '便' | '式'))
            | ("位", Some('于' | '置'))
            | ("名", Some('称' | '字')) => return None,
            ("年", Some('底' | '初' | '后' | '前'))
            | ("月" | "个月", Some('份' | '底' | '初'))
            | ("安", Some('装' | '全' | '徽'))
            | ("部", Some('门' | '分')) => return None,
            ("天", Some('津')) | ("人", Some('民')) | ("台", Some('州' | '湾')) | ("家", Some('具')) =>
            {
                return None;
            }
            _ => {}
        }
        if unit == Unit::Tonne && matches!(next, Some('/' | '每')) {
            let after = page.after(end, 6);
            if ["/m2", "/平", "/方", "每平", "/㎡", "/sqm"].iter().any(|per| after.starts_with(per)) {
                (unit, end) = (Unit::TonnePerSqm, end + per_sqm_length(after));
            }
        }
        if factor == 0.0 {
            factor = 1.0;
            unit = Unit::Piece;
        }
        return Some((unit, factor, end));
    }
    if !first.is_ascii_alphabetic() {
        return None;
    }
    let lower = page.lower_after(at, 16);
    let fits = |word: &str| {
        lower.starts_with(word)
            && !lower
                .get(word.len()..)
                .and_then(|rest| rest.chars().next())
                .is_some_and(|c| c.is_ascii_alphanumeric())
    };
    let (word, (mut unit, factor)) = LATIN_UNITS.at_beginning(lower, fits)?;
    // 6m a year: an article, no amperes.
    if word == "a" && page.char_before(at) == Some(' ') {
        return None;
    }
    let mut end = at + word.len();
    if unit == Unit::Tonne {
        let after = page.lower_after(end, 6);
        if ["/m2", "/sqm", "/平", " per sqm", "/sq"].iter().any(|per| after.starts_with(per)) {
            unit = Unit::TonnePerSqm;
            end += per_sqm_length(after);
        }
    }
    if factor == 0.0 {
        return Some((Unit::Piece, 1.0, end));
    }
    Some((unit, factor, end))
}

fn per_sqm_length(after: &str) -> usize {
    [
        "/m2",
        "/平方米",
        "/平方",
        "/平米",
        "/平",
        "/方",
        "每平方米",
        "每平方",
        "每平米",
        "每平",
        "/sqm",
        "/sq m",
    ]
    .iter()
    .find(|per| after.starts_with(**per))
    .map_or(0, |per| per.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unit_counts() {
        for (text, unit, factor) in [
            ("平方米", Unit::Sqm, 1.0),
            ("平/天", Unit::Sqm, 1.0),
            ("sq ft of", Unit::Sqm, SQUARE_FOOT),
            ("ha", Unit::Mu, HECTARE),
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
