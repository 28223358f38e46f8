//! Quantities: a number or a range with its unit, its bound (at least, at most) and what it is per.
//! What a quantity means for the inquiry follows from the words around it, in other files.

use crate::facts::measures::bounds::{self, Bound};
use crate::facts::measures::currency::{self, Currency};
use crate::facts::measures::numerals::{self, Context, Number, Style};
use crate::facts::measures::per::{self, Per};
use crate::facts::measures::units::{self, Unit};
use crate::facts::text::mask::Mask;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::lists::List;

/// A number or a range in the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// From the first digit (or the currency before it) to the unit.
    pub span: Span,
    /// With the words of its bound and what it is per.
    pub whole: Span,
    pub low: f64,
    pub high: f64,
    pub unit: Unit,
    pub bound: Bound,
    pub per: Option<Per>,
    /// 万, 亿, k … stood there.
    pub scaled: bool,
    /// Converted from another unit (hectares, square feet).
    pub converted: bool,
    /// There is no unit, only 面积 before it.
    pub sized_by_word: bool,
}

impl Quantity {
    /// The lower and the upper end, as far as the bound leaves them.
    pub fn ends(&self) -> (Option<f64>, Option<f64>) {
        match self.bound {
            Bound::AtLeast if self.low == self.high => (Some(self.low), None),
            Bound::AtMost if self.low == self.high => (None, Some(self.high)),
            _ => (Some(self.low), Some(self.high)),
        }
    }

    /// Whether the unit is a currency.
    pub fn is_money(&self) -> bool {
        matches!(self.unit, Unit::Money(_))
    }

    /// The currency; yuan where none is named.
    pub fn currency(&self) -> Currency {
        match self.unit {
            Unit::Money(currency) => currency,
            _ => Currency::Cny,
        }
    }
}

/// A unit that a label names for the bare number behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedUnit {
    pub unit: Unit,
    pub factor: f64,
    pub per: Option<Per>,
    /// 万, 亿 … is in it.
    pub is_scaled: bool,
}

/// Gives the bare numbers of a labelled value the unit that its label names: `用地面积（亩）：30`.
pub fn measure(quantities: &mut [Quantity], value: Span, named: NamedUnit) {
    let bare = quantities.iter_mut().filter(|quantity| {
        value.holds(quantity.span) && (quantity.unit == Unit::Bare || quantity.sized_by_word)
    });
    for quantity in bare.filter(|quantity| !quantity.scaled || !named.is_scaled) {
        quantity.unit = named.unit;
        quantity.low *= named.factor;
        quantity.high *= named.factor;
        quantity.scaled |= named.is_scaled;
        quantity.converted |=
            matches!(named.unit, Unit::Sqm | Unit::Mu) && !named.is_scaled && named.factor != 1.0;
        quantity.per = quantity.per.or(named.per);
    }
}

/// Right before a bare number: a size in square metres.
static SIZES: List = List::named("size before");
/// Looks like one and is the size of land.
static SIZES_OF_LAND: List = List::named("size of land before");
/// Between two bounds of one range.
static JOINS: List = List::named("joins two bounds");
static ABOUT: List = List::named("about before");

/// More quantities than these in one text are noise.
const MAX: usize = 200;
/// More numbers than these are not even looked at.
const LOOKS: usize = 2000;

/// The quantities of a text in their order, outside of what is masked.
pub fn find(page: &Normal<'_>, mask: &Mask) -> Vec<Quantity> {
    let mut found: Vec<Quantity> = Vec::new();
    let mut at = 0;
    let mut looks = 0;
    let mut previous = ' ';
    while let Some(c) = page.char_at(at) {
        let digit = c.is_ascii_digit();
        if !numerals::begins(page, at, c) {
            (at, previous) = (at + c.len_utf8(), c);
            continue;
        }
        looks += 1;
        if found.len() >= MAX || looks > LOOKS {
            break;
        }
        if let Some(end) = mask.end_at(at) {
            (at, previous) = (end.max(at + c.len_utf8()), ' ');
            continue;
        }
        // A1, B2: part of a name; -18 is a sign, 3-5 was read as a range.
        let part_of_word = digit
            && (previous.is_ascii_alphabetic() && currency::currency_before(page, at).is_none()
                || previous == '.'
                || previous == '_'
                || previous == '第');
        let ordinal = !digit && previous == '第';
        let quantity = if part_of_word || ordinal { None } else { read(page, at) };
        let run_end = if digit { numerals::digits_end(page, at).max(at + 1) } else { at + c.len_utf8() };
        let next = quantity.map_or(run_end, |quantity| quantity.whole.end.max(run_end));
        if let Some(quantity) = quantity.filter(|quantity| !mask.touches(quantity.span)) {
            match found.last().and_then(|last| both_bounds(page, last, &quantity)) {
                Some(range) => {
                    found.pop();
                    found.push(range);
                }
                None => found.push(quantity),
            }
            at = next;
        } else {
            at = run_end;
        }
        previous = page.char_before(at).unwrap_or(' ');
    }
    found
}

/// 最少300平，最多450平: two bounds right beside each other are one range.
fn both_bounds(page: &Normal<'_>, first: &Quantity, second: &Quantity) -> Option<Quantity> {
    let (low, high) = match (first.bound, second.bound) {
        (Bound::AtLeast, Bound::AtMost) => (first.low, second.high),
        (Bound::AtMost, Bound::AtLeast) => (second.low, first.high),
        _ => return None,
    };
    let sized = matches!(second.unit, Unit::Sqm | Unit::Mu | Unit::Money(_) | Unit::Bare)
        && first.low == first.high
        && second.low == second.high;
    // 600以上900以下，平方: the unit is behind both.
    let unit_behind = || {
        let gap = page.after(second.whole.end, 2).chars().take_while(|c| matches!(c, ',' | ' ')).count();
        units::unit_at(page, second.whole.end + gap)
            .filter(|(unit, factor, _)| *unit == Unit::Sqm && *factor == 1.0)
    };
    let unit = match (first.unit, second.unit) {
        (Unit::Bare, Unit::Bare) => unit_behind()?.0,
        // 最少1000，最多2000平
        (Unit::Bare, unit) if !first.scaled && !second.converted => unit,
        (unit, _) => unit,
    };
    let alike = unit == second.unit || second.unit == Unit::Bare && !second.scaled;
    let per = if first.per == second.per || second.per.is_none() {
        first.per
    } else {
        first.per.is_none().then_some(second.per)?
    };
    let gap =
        Some(page.lower_cut(Span::new(first.whole.end, second.span.start))).filter(|gap| gap.len() <= 60)?;
    let between = bounds::without_bound(gap).trim_matches([' ', ',', '、', '(']);
    let joins = between.is_empty() || JOINS.has(between);
    (sized && alike && joins && low < high).then(|| Quantity {
        span: first.span.to(second.span),
        whole: first.whole.to(second.whole),
        low,
        high,
        unit,
        bound: Bound::Around,
        per,
        ..*first
    })
}

/// A number or a range with its unit, before it is known what it is per.
#[derive(Debug, Clone, Copy)]
struct Amount {
    low: f64,
    high: f64,
    unit: Unit,
    /// How many of our unit one of the text's is.
    factor: f64,
    scaled: bool,
    /// Written with its spread (2000±200).
    is_about: bool,
    /// 3000+平
    is_least: bool,
    end: usize,
}

fn read(page: &Normal<'_>, at: usize) -> Option<Quantity> {
    let currency = currency::currency_before(page, at);
    let context = if currency.is_some() { Context::Money } else { Context::Plain };
    let first = numerals::read(page, at, context)?;
    let mut amount = amount(page, first, context);
    let is_sized = amount.unit == Unit::Bare
        && currency.is_none()
        && sized_by_word(page, at)
        && (30.0..=1e7).contains(&amount.low);
    if is_sized {
        amount.unit = Unit::Sqm;
    }
    if let Some(spread) = spread(page, first.end) {
        if let Some(amount) = with_spread(page, amount, spread) {
            return finish(page, at, amount);
        }
        amount.is_about = true;
    }
    (amount.low, amount.high) = (amount.low * amount.factor, amount.high * amount.factor);
    if let Some((currency, _)) = currency
        && matches!(amount.unit, Unit::Bare | Unit::Metre | Unit::Money(Currency::Cny))
    {
        amount.unit = Unit::Money(currency);
    }
    let amount = with_half(page, with_metric_tail(page, with_tenths(page, amount)));
    let amount = with_second_price(page, amount);
    if is_no_area(page, &amount) || amount.unit == Unit::Bare && is_one_digit(first, &amount) {
        return None;
    }
    let start = currency.map_or(at, |(_, before)| before);
    finish(page, start, amount).map(|quantity| Quantity { sized_by_word: is_sized, ..quantity })
}

/// The number or the range that begins with `first`, its unit not yet converted.
fn amount(page: &Normal<'_>, first: Number, context: Context) -> Amount {
    let mut scaled = first.scale > 1.0 && first.style == Style::Digits || first.scale >= 1e4;
    let (mut low, mut high) = (first.value, first.high.unwrap_or(first.value));
    let mut unit = unit_after(page, first.end, first);
    let mut end = unit.map_or(first.end, |(_, _, end)| end);
    if let Some((second, second_unit, second_end)) = second_of_range(page, end, context, unit) {
        (low, high) = joined(first, second);
        scaled |= second.scale > 1.0;
        (unit, end) = (second_unit.or(unit), second_end);
    }
    let is_least = unit.is_some() && page.char_at(first.end) == Some('+');
    let (unit, factor) = unit.map_or((Unit::Bare, 1.0), |(unit, factor, _)| (unit, factor));
    Amount { low, high, unit, factor, scaled, is_about: false, is_least, end }
}

/// ±200 right behind 2000.
fn spread(page: &Normal<'_>, at: usize) -> Option<Number> {
    page.from(at).strip_prefix('±')?;
    numerals::read(page, at + '±'.len_utf8(), Context::Plain)
}

/// 2000±200平: the ends, if the unit is that of an area.
fn with_spread(page: &Normal<'_>, amount: Amount, spread: Number) -> Option<Amount> {
    let (unit, factor, end) = units::unit_at(page, spread.end)?;
    let is_area = matches!(unit, Unit::Sqm | Unit::Mu) && amount.unit == Unit::Bare;
    is_area.then_some(Amount {
        low: (amount.low - spread.value) * factor,
        high: (amount.high + spread.value) * factor,
        unit,
        factor,
        is_about: true,
        end,
        ..amount
    })
}

/// 1块2, 一块二, 三毛五: the digit after is a tenth of the unit.
fn with_tenths(page: &Normal<'_>, amount: Amount) -> Amount {
    let may_have = matches!(amount.unit, Unit::Money(Currency::Cny))
        && amount.factor <= 1.0
        && !amount.scaled
        && matches!(page.char_before(amount.end), Some('块' | '毛' | '角'));
    let at = numerals::past_blank(page, amount.end, &['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let Some((tenths, end)) = may_have.then(|| tenths(page, at)).flatten() else { return amount };
    let more = tenths * amount.factor / 10.0;
    Amount { low: amount.low + more, high: amount.high + more, end, ..amount }
}

/// 17米5
fn with_metric_tail(page: &Normal<'_>, amount: Amount) -> Amount {
    let may_have = amount.unit == Unit::Metre && page.char_before(amount.end) == Some('米');
    let tail = may_have.then(|| tenths(page, amount.end)).flatten().filter(|(_, after)| {
        !page.char_at(*after).is_some_and(|c| matches!(c, '层' | '楼' | '米' | '吨' | '亩' | '平'))
    });
    let Some((tenths, end)) = tail else { return amount };
    Amount { low: amount.low + tenths / 10.0, high: amount.high + tenths / 10.0, end, ..amount }
}

/// 一块二到一块五
fn with_second_price(page: &Normal<'_>, amount: Amount) -> Amount {
    let behind = page.from(amount.end);
    let is_small = amount.unit == Unit::Money(Currency::Cny) && amount.factor <= 1.0 && !amount.scaled;
    let sign = ['-', '~', '到', '至'].into_iter().find(|sign| behind.starts_with(*sign)).filter(|_| is_small);
    let second = sign.and_then(|sign| {
        let number = numerals::read(page, amount.end + sign.len_utf8(), Context::Plain)?;
        let Amount { low, unit, factor, end, .. } = self::amount(page, number, Context::Plain);
        (unit == amount.unit).then(|| with_tenths(page, Amount { low: low * factor, factor, end, ..amount }))
    });
    match second.filter(|second| second.low >= amount.low) {
        Some(second) => Amount { high: second.low, end: second.end, ..amount },
        None => amount,
    }
}

/// 两亩半
fn with_half(page: &Normal<'_>, amount: Amount) -> Amount {
    let mut behind = page.from(amount.end).chars();
    let is_halved = matches!(amount.unit, Unit::Mu | Unit::Year | Unit::Tonne) && amount.factor == 1.0;
    let is_half = is_halved && behind.next() == Some('半');
    if !is_half || behind.next().is_some_and(|c| matches!(c, '年' | '月' | '天' | '价')) {
        return amount;
    }
    Amount { low: amount.low + 0.5, high: amount.high + 0.5, end: amount.end + '半'.len_utf8(), ..amount }
}

/// 方 is an area only from a size on; 三方 is three parties.
fn is_no_area(page: &Normal<'_>, amount: &Amount) -> bool {
    let ends = |word: &str| page.text().get(..amount.end).is_some_and(|text| text.ends_with(word));
    amount.unit == Unit::Sqm && amount.low < 10.0 && ends("方") && !ends("平方")
}

fn is_one_digit(number: Number, amount: &Amount) -> bool {
    number.style == Style::Han && !amount.scaled && amount.low < 10.0
}

/// The quantity with its bound and what it is per.
fn finish(page: &Normal<'_>, start: usize, amount: Amount) -> Option<Quantity> {
    let Amount { low, high, mut unit, factor, scaled, is_about, is_least, end } = amount;
    if !low.is_finite() || !high.is_finite() || low < 0.0 {
        return None;
    }
    let prefix = bounds::before(page, start);
    let (mut bound, mut whole_end) = bounds::after(page, end);
    let per = per::after(page, whole_end);
    if let Some((_, after)) = per {
        whole_end = after;
        let (later, after) = bounds::after(page, whole_end);
        if later != Bound::Around {
            (bound, whole_end) = (later, after);
        }
    }
    if bound == Bound::Around {
        bound = if is_least { Bound::AtLeast } else { prefix };
    }
    // 租金25/平/月, 1.2/平/天 and 4200一平: a price without the word for money.
    if unit == Unit::Bare && per.is_some_and(|(per, _)| per.is_of_area() || per == Per::Sqm && low >= 1_000.0)
    {
        unit = Unit::Money(Currency::Cny);
    }
    Some(Quantity {
        span: Span::new(start, end),
        whole: Span::new(start, whole_end),
        low,
        high,
        unit,
        bound: if is_about { Bound::Around } else { bound },
        per: per.map(|(per, _)| per),
        scaled,
        converted: factor != 1.0,
        sized_by_word: false,
    })
}

/// Whether 面积 is right before, and not that of land.
fn sized_by_word(page: &Normal<'_>, at: usize) -> bool {
    let before = page.before(at, 10).trim_end_matches([' ', ':', '约', '大']);
    let before = ABOUT.end_of(before).map_or(before, |word| before.trim_end_matches(word));
    SIZES.ends(before) && !SIZES_OF_LAND.ends(before)
}

/// The unit after a number, passing a blank, a hyphen (`10-ton`) and vague words.
fn unit_after(page: &Normal<'_>, at: usize, number: Number) -> Option<(Unit, f64, usize)> {
    let mut place = numerals::past_blank(page, at, &['多', '余', '来']);
    for _ in 0..2 {
        match page.char_at(place) {
            Some(c @ ('多' | '余' | '来' | '几')) => place += c.len_utf8(),
            _ => break,
        }
    }
    let hyphen = place == at
        && page.char_at(place) == Some('-')
        && page.char_at(place + 1).is_some_and(|c| c.is_ascii_alphabetic());
    if page.char_at(place) == Some('+') {
        place += 1;
    }
    if hyphen || page.char_at(place) == Some(' ') {
        place += 1;
    }
    let (unit, factor, end) = units::unit_at(page, place)?;
    // 一平一天, 一个: numerals of one digit before such units are no quantities but of people, rooms and money.
    if number.style == Style::Han
        && number.value < 2.0
        && number.scale <= 1.0
        && !matches!(unit, Unit::Money(_) | Unit::Floor | Unit::Year | Unit::Mu | Unit::Tonne)
    {
        return None;
    }
    Some((unit, factor, end))
}

type Second = (Number, Option<(Unit, f64, usize)>, usize);

/// What follows the sign of a range.
fn second_of_range(
    page: &Normal<'_>,
    at: usize,
    context: Context,
    first_unit: Option<(Unit, f64, usize)>,
) -> Option<Second> {
    let rest = page.from(at);
    let trimmed = rest.trim_start_matches(' ');
    let blanks = rest.len() - trimmed.len();
    if blanks > 2 {
        return None;
    }
    let sign =
        ["--", "-", "~", "到", "至", "to ", "and "].into_iter().find(|sign| trimmed.starts_with(sign))?;
    if sign == "and " && !page.lower_before(at, 40).contains("between") {
        return None;
    }
    let after = trimmed.get(sign.len()..)?;
    let mut place = at + blanks + sign.len() + (after.len() - after.trim_start_matches(' ').len());
    for _ in 0..2 {
        match page.char_at(place) {
            Some('¥' | '$' | '€' | ' ') => place += page.char_at(place).map_or(0, char::len_utf8),
            _ => {
                if let Some((_, end)) = currency::currency_at(page, place) {
                    place = end;
                }
            }
        }
    }
    let second = numerals::read(page, place, context)?;
    let unit = unit_after(page, second.end, second);
    let end = unit.map_or(second.end, |(_, _, end)| end);
    match (first_unit, unit) {
        (Some((a, fa, _)), Some((b, fb, _))) if a != b || (fa - fb).abs() > 1e-9 => return None,
        (Some(_), None) => return None,
        _ => {}
    }
    Some((second, unit, end))
}

/// Both ends of a range; the first takes the scale of the second if it has none of its own (600-800万).
fn joined(first: Number, second: Number) -> (f64, f64) {
    let high = second.high.unwrap_or(second.value);
    let lifted = first.value * second.scale;
    // 两千到两千五百万: thousands of 万.
    let lifts = first.scale <= 1.0 && second.scale > 1.0
        || first.scale < 1e4 && second.scale >= 1e4 && first.style == Style::Han;
    if lifts && lifted <= high {
        return (lifted, high);
    }
    // 5000-3000平
    (first.value.min(high), first.value.max(high))
}

/// What is right behind 块, 毛 or 米, in tenths: a digit, a half, 八毛五; and the byte behind.
fn tenths(page: &Normal<'_>, at: usize) -> Option<(f64, usize)> {
    let c = page.char_at(at)?;
    let digit = match c {
        '半' => 5.0,
        '0'..='9' => c.to_digit(10).map(f64::from)?,
        _ => numerals::han_digit(c)?,
    };
    let end = at + c.len_utf8();
    let next = page.char_at(end);
    let is_longer = |next: char| {
        next.is_ascii_digit() || matches!(next, '天' | '月' | '年' | '十' | '百' | '千' | '.' | '价')
    };
    let counts_what_follows = c == '一' && next.is_some_and(|next| matches!(next, '平' | '个' | '方'));
    if next.is_some_and(is_longer) || counts_what_follows {
        return None;
    }
    if !matches!(next, Some('毛' | '角')) {
        return Some((digit, end));
    }
    let end = end + '毛'.len_utf8();
    let hundredths = tenths(page, end).filter(|_| c != '半');
    Some(hundredths.map_or((digit, end), |(more, end)| (digit + more / 10.0, end)))
}

#[cfg(test)]
mod tests;
