//! Whether digits plainly count or measure something: a unit behind them, a currency or a word such as 面积
//! before them, or the look of a range or a sum.
//! Dates are in `dates.rs`; quantities as facts are read in `measures/` of `facts`.

use super::dates::{is_compact_date, is_year};
use super::rows::{Gap, Group};
use crate::facts::measures::units::{Unit, unit_at};
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

static PHONE: List = List::named("phone right before a row");
static COUNTED: List = List::named("counted behind digits");
static NO_UNITS: List = List::named("no units behind digits");
static AMOUNT: List = List::named("amount before a row");
static STANDARDS: List = List::named("standards before digits");
/// Words for currencies, as far as they are before a sum.
const CURRENCIES: [&str; 12] =
    ["¥", "$", "€", "£", "rmb", "cny", "usd", "eur", "hkd", "gbp", "人民币", "jpy"];
/// From so many digits on a number is one only with a unit that sums and areas have.
const LONG: usize = 7;
/// Digits of a mobile.
const MOBILE: usize = 11;

/// Whether a unit or a word that is counted is right behind a group.
pub fn counts(page: &Normal<'_>, group: &Group) -> bool {
    let end = group.span.end;
    let at = if page.char_at(end) == Some(' ') { end + 1 } else { end };
    let is_long = group.size() >= MOBILE || group.size() >= LONG && !group.digits.ends_with("000");
    if NO_UNITS.begins(page.lower_after(at, 4)) {
        return false;
    }
    if let Some((unit, _, _)) = unit_at(page, at) {
        return !is_long || matches!(unit, Unit::Sqm | Unit::Mu | Unit::Cubic | Unit::Tonne | Unit::Money(_));
    }
    let rest = page.lower_after(at, 8);
    let Some(word) = COUNTED.beginning_of(rest) else { return is_floor_or_time(rest) && !is_long };
    let is_whole = !word.is_ascii()
        || rest.get(word.len()..).is_none_or(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
    // 千 and 万 are surnames too: 13812345678万总.
    is_whole
        && (!is_long || matches!(word, "万" | "亿" | "万元" | "吨" | "升" | "度") && group.size() < MOBILE)
}

/// 3000年, 9点, 12号楼: words that are no units.
fn is_floor_or_time(rest: &str) -> bool {
    rest.starts_with(['年', '月', '日', '号', '点', '时', '期', '栋', '平', '米', '多', '余', '来', '左'])
}

/// Whether a row is right behind a word such as 电话.
pub fn is_named_phone(page: &Normal<'_>, start: usize) -> bool {
    PHONE.ends(lead(page, start))
}

/// Whether a row is right behind a word such as 面积 or the sign of a currency.
pub fn is_named_amount(page: &Normal<'_>, start: usize) -> bool {
    AMOUNT.ends(lead(page, start)) || is_behind_currency(page, start)
}

/// `¥5000000`, `RMB 5,000,000`
fn is_behind_currency(page: &Normal<'_>, start: usize) -> bool {
    let before = page.lower_before(start, 5).trim_end();
    CURRENCIES.iter().any(|word| before.ends_with(word))
}

fn lead<'p>(page: &'p Normal<'_>, start: usize) -> &'p str {
    let signs = [' ', ':', '约', '是', '为', '(', ')', '共', '达', '+', '=', '-', '|'];
    page.lower_before(start, 14).trim_end_matches(signs)
}

/// Whether letters right before digits, or a word such as GB/T, make them the number of a model or standard.
pub fn is_code(page: &Normal<'_>, group: &Group) -> bool {
    let start = group.span.start;
    if group.is_behind_letters {
        return group.size() < LONG;
    }
    let before = page.lower_before(start, 6).trim_end();
    let word = STANDARDS.end_of(before);
    word.is_some_and(|word| {
        before.strip_suffix(word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphabetic()))
    })
}

/// Whether a lone numeral is part of a word: 统一, 一般.
pub fn is_in_word(page: &Normal<'_>, group: &Group) -> bool {
    let is_beside_han = page.char_before(group.span.start).is_some_and(is_han)
        || page.char_at(group.span.end).is_some_and(is_han);
    group.is_han && group.size() == 1 && is_beside_han
}

/// How many groups before the last of some belong to the same measure: `3000-5000`, `1,000,000`, `2.5`.
pub fn measured_with(groups: &[Group]) -> usize {
    let mut taken: usize = 0;
    let (mut is_range, mut is_decimal) = (false, false);
    for pair in groups.windows(2).rev() {
        let [before, this] = pair else { break };
        let begins_range = matches!(this.gap, Gap::Hyphen | Gap::Range);
        let goes_on = match this.gap {
            Gap::Comma => this.size() == 3 && before.size() <= 3,
            // 135.00.00 is no amount.
            Gap::Point => before.size() < LONG && !is_decimal,
            Gap::Hyphen | Gap::Range => before.size() <= this.size().max(3) && !is_dialled(before),
            _ => false,
        };
        if !goes_on || begins_range && is_range {
            break;
        }
        is_range |= begins_range;
        is_decimal = this.gap == Gap::Point;
        taken += 1;
    }
    taken
}

/// 0512: how an area code begins, and no number.
fn is_dialled(group: &Group) -> bool {
    group.size() > 2 && group.digits.starts_with('0')
}

/// Whether groups that nothing names look like a range, a sum or a date.
pub fn looks_counted(groups: &[&Group]) -> bool {
    match groups {
        [only] => is_compact_date(&only.digits) || only.digits.ends_with("000000") && only.size() < MOBILE,
        [low, high] => {
            let is_range = matches!(high.gap, Gap::Hyphen | Gap::Range | Gap::Blank);
            let is_round = |group: &Group| (3..=6).contains(&group.size()) && group.digits.ends_with('0');
            let is_round = is_round(low) && is_round(high) && !is_dialled(low);
            is_range && (is_round && low.value() < high.value() || is_year(low) && is_year(high))
        }
        // 3000 4000 5000都可以
        several => {
            let is_round = |group: &&Group| (3..=6).contains(&group.size()) && group.digits.ends_with("00");
            several.iter().all(is_round) && several.is_sorted_by(|a, b| a.value() < b.value())
        }
    }
}

/// The letters and digits that cling to a piece: a code is one word.
pub fn whole_word(page: &Normal<'_>, span: Span) -> Span {
    let in_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let before = page.text().get(..span.start).unwrap_or_default();
    let start = span.start - before.bytes().rev().take_while(in_word).take(64).count();
    let end = span.end + page.from(span.end).bytes().take_while(in_word).take(64).count();
    Span::new(start, end)
}
