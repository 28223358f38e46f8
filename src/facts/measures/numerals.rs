//! One number at a place: Arabic digits, Chinese numerals, and both mixed (`3,000`, `一万五千`, `1.5万`, `600多万`,
//! `12m`). What is counted is not asked here.

use crate::facts::text::normal::Normal;
use crate::facts::words::lists::List;

/// A number and the byte after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    pub value: f64,
    /// The upper end of `三四百` and the like.
    pub high: Option<f64>,
    pub end: usize,
    /// 万, 亿, k … that it was multiplied with; 1 if there is none.
    pub scale: f64,
    pub style: Style,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Digits,
    Han,
}

/// Whether a lone `m` after the number may be a million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    Money,
    Plain,
}

/// Behind an amount of yuan: what it is the price of.
static PRICED: List = List::named("behind a price");

/// More digits than these are no amount of anything.
const DIGITS_MAX: usize = 15;
/// More characters than these are no numeral.
const HAN_MAX: usize = 24;

/// The number that begins at `at`; the caller sees to it that none began before.
pub fn read(page: &Normal<'_>, at: usize, context: Context) -> Option<Number> {
    let first = page.char_at(at)?;
    match first {
        '0'..='9' => digits(page, at, context),
        '块' | '亩' => left_out(page, at),
        'a'..='z' | 'A'..='Z' => english::read(page, at),
        _ => han(page, at),
    }
}

/// The byte after the run of digits, commas between digits included.
pub fn digits_end(page: &Normal<'_>, at: usize) -> usize {
    at + page.from(at).bytes().take_while(u8::is_ascii_digit).count()
}

fn digits(page: &Normal<'_>, at: usize, context: Context) -> Option<Number> {
    let (mut value, mut end) = plain_digits(page, at)?;
    let mut scale = 1.0;
    // 1万5千, 1亿2千万: each scale is smaller than the one before.
    if let Some((factor, after)) = whole_scale_at(page, end, context) {
        (scale, value, end) = (factor, value * factor, after);
        let mut last = factor;
        for _ in 0..3 {
            let Some((more, after)) = plain_digits(page, end).filter(|(more, _)| *more < 10_000.0) else {
                break;
            };
            // 1千5百万: both are counted in 万.
            if let Some((sum, larger, after)) = in_larger(page, value, last, more, after) {
                return Some(Number {
                    value: sum,
                    high: None,
                    end: after,
                    scale: larger,
                    style: Style::Digits,
                });
            }
            match whole_scale_at(page, after, Context::Plain) {
                Some((factor, after)) if factor < last && (more < 10.0 || more * factor < last) => {
                    value += more * factor;
                    (last, end) = (factor, after);
                }
                // 1万5 is 15,000; 2万5000 is 25,000.
                None if last >= 1000.0
                    && (1.0..10.0).contains(&more)
                    && after == end + 1
                    && !floor_follows(page, after) =>
                {
                    value += more * last / 10.0;
                    end = after;
                    break;
                }
                None if (last - 1e4).abs() < 0.5
                    && (1000.0..10_000.0).contains(&more)
                    && after == end + 4 =>
                {
                    value += more;
                    end = after;
                    break;
                }
                _ => break,
            }
        }
    }
    value.is_finite().then_some(Number { value, high: None, end, scale, style: Style::Digits })
}

/// `5百万` behind `1千`: the whole, what it is counted in, and the byte after it.
fn in_larger(page: &Normal<'_>, value: f64, last: f64, more: f64, at: usize) -> Option<(f64, f64, usize)> {
    let (factor, end) =
        scale_at(page, at, Context::Plain).filter(|(factor, _)| *factor < last && last < 1e4)?;
    let (larger, end) = scale_at(page, end, Context::Plain).filter(|(larger, _)| *larger >= 1e4)?;
    Some(((value + more * factor) * larger, larger, end))
}

/// Like `scale_at`, with 千万 and 百万 as one scale.
fn whole_scale_at(page: &Normal<'_>, at: usize, context: Context) -> Option<(f64, usize)> {
    let (factor, end) = scale_at(page, at, context)?;
    let larger = if factor < 1e4 {
        scale_at(page, end, Context::Plain).filter(|(larger, _)| *larger >= 1e4)
    } else {
        None
    };
    Some(larger.map_or((factor, end), |(larger, end)| (factor * larger, end)))
}

/// `3,000.5` and its end.
fn plain_digits(page: &Normal<'_>, at: usize) -> Option<(f64, usize)> {
    let mut end = digits_end(page, at);
    let mut text = page.text().get(at..end)?.to_owned();
    if text.is_empty() || text.len() > DIGITS_MAX {
        return None;
    }
    while text.len() <= DIGITS_MAX && page.char_at(end) == Some(',') && digits_end(page, end + 1) == end + 4 {
        text.push_str(page.text().get(end + 1..end + 4)?);
        end += 4;
    }
    if page.char_at(end) == Some('.') {
        let after = digits_end(page, end + 1);
        if after > end + 1 && after <= end + 7 {
            text.push_str(page.text().get(end..after)?);
            end = after;
        }
    }
    Some((text.parse().ok()?, end))
}

fn floor_follows(page: &Normal<'_>, at: usize) -> bool {
    page.char_at(at).is_some_and(|c| {
        matches!(c, '楼' | '层' | '期' | '号' | '年' | '月' | '.' | '%' | '-' | '~') || c.is_ascii_digit()
    })
}

/// 多, 余, 来, 几 and 个 between a number and its scale: `600多万`, `两个亿`.
fn skip_vague(page: &Normal<'_>, at: usize) -> usize {
    let mut end = at;
    for _ in 0..3 {
        match page.char_at(end) {
            Some(c @ ('个' | '多' | '余' | '来')) => end += c.len_utf8(),
            _ => break,
        }
    }
    end
}

const WORD_SCALES: &[(&str, f64)] = &[
    ("million", 1e6),
    ("billion", 1e9),
    ("thousand", 1e3),
    ("mln", 1e6),
    ("mio", 1e6),
    ("mil", 1e6),
    ("mn", 1e6),
    ("bn", 1e9),
    ("mm", 1e6),
];

/// The scale that one character is.
pub fn scale_of(c: char) -> Option<f64> {
    match c {
        '百' => Some(1e2),
        '千' => Some(1e3),
        '万' => Some(1e4),
        '亿' => Some(1e8),
        _ => None,
    }
}

/// 万, 亿, k, million … at a place, and the byte after it.
fn scale_at(page: &Normal<'_>, at: usize, context: Context) -> Option<(f64, usize)> {
    let vague = skip_vague(page, at);
    let blank = page.from(vague).bytes().take_while(|b| *b == b' ').count();
    let place = if blank <= 1 { vague + blank } else { vague };
    let c = page.char_at(place)?;
    if let Some(han) = scale_of(c).or((c == '十').then_some(1e1)) {
        let end = place + c.len_utf8();
        // 万达, 千克, 千瓦, 千伏安, 百分 are other words.
        let other = matches!(
            (c, page.char_at(end)),
            ('千', Some('克' | '瓦' | '伏' | '米')) | ('百', Some('分')) | ('万', Some('达' | '科'))
        );
        return (!other).then(|| match (c, page.char_at(end)) {
            ('万', Some('亿')) => (1e12, end + 3),
            _ => (han, end),
        });
    }
    if !c.is_ascii_alphabetic() {
        return None;
    }
    let rest = page.from(place);
    let length = rest.bytes().take(10).take_while(u8::is_ascii_alphabetic).count();
    let word = rest.get(..length)?;
    let lower = word.to_ascii_lowercase();
    // 1w5
    let mut behind = page.from(place + length).chars();
    let has_tail = lower == "w" && behind.next().is_some_and(|c| c.is_ascii_digit());
    let is_glued = page.char_at(place + length).is_some_and(|c| c.is_ascii_digit());
    if is_glued && !(has_tail && behind.next().is_some_and(|c| matches!(c, '平' | '方' | '元' | '块'))) {
        return None;
    }
    if let Some((_, factor)) = WORD_SCALES.iter().find(|(name, _)| *name == lower) {
        return Some((*factor, place + length));
    }
    if place != vague {
        return None;
    }
    let factor = match lower.as_str() {
        "k" => 1e3,
        "w" => 1e4,
        "m" if context == Context::Money => 1e6,
        "b" if context == Context::Money => 1e9,
        _ => return None,
    };
    Some((factor, place + length))
}

/// The value of a Chinese digit.
pub fn han_digit(c: char) -> Option<f64> {
    Some(match c {
        '零' | '〇' => 0.0,
        '一' | '壹' => 1.0,
        '二' | '两' | '贰' => 2.0,
        '三' | '叁' => 3.0,
        '四' | '肆' => 4.0,
        '五' | '伍' => 5.0,
        '六' | '陆' => 6.0,
        '七' | '柒' => 7.0,
        '八' | '捌' => 8.0,
        '九' | '玖' => 9.0,
        _ => return None,
    })
}

fn han_unit(c: char) -> Option<f64> {
    Some(match c {
        '十' | '拾' => 1e1,
        '百' | '佰' => 1e2,
        '千' | '仟' => 1e3,
        '万' => 1e4,
        '亿' => 1e8,
        _ => return None,
    })
}

/// The one that is left out before a unit with its half or tenths: 块二, 块半, 亩半.
fn left_out(page: &Normal<'_>, at: usize) -> Option<Number> {
    let unit = page.char_at(at).filter(|c| matches!(c, '块' | '亩'))?;
    let behind = page.from(at + unit.len_utf8());
    let next = behind.chars().next()?;
    let is_part = next == '半' || unit == '块' && han_digit(next).is_some_and(|digit| digit > 0.0);
    let rest = behind.get(next.len_utf8()..).unwrap_or_default();
    let is_price = unit == '亩' || PRICED.begins(rest) || !rest.starts_with(|c: char| c.is_alphanumeric());
    let before = page.char_before(at);
    let is_counted = before.is_some_and(|c| {
        c.is_ascii_digit()
            || begins_han(c)
            || matches!(c, '几' | '多' | '来' | '每' | '这' | '那' | '地' | '整' | '个')
    });
    let one = Number { value: 1.0, high: None, end: at, scale: 1.0, style: Style::Han };
    (is_part && is_price && !is_counted).then_some(one)
}

/// Whether a number can begin with this character.
pub fn begins(page: &Normal<'_>, at: usize, c: char) -> bool {
    c.is_ascii_digit()
        || c.is_ascii_alphabetic() && english::begins(page, at)
        || begins_han(c)
        || matches!(c, '块' | '亩')
}

fn begins_han(c: char) -> bool {
    han_digit(c).is_some() || han_unit(c).is_some() || tens(c).is_some() || c == '半'
}

/// 廿 and 卅, twenty and thirty in one character.
fn tens(c: char) -> Option<f64> {
    match c {
        '廿' => Some(20.0),
        '卅' => Some(30.0),
        '卌' => Some(40.0),
        _ => None,
    }
}

/// 百来, 千把: about so many. 半亩.
fn vague_unit(page: &Normal<'_>, at: usize, first: char) -> Option<Number> {
    let next = at + first.len_utf8();
    let second = page.char_at(next)?;
    if first == '半' {
        let half =
            |value: f64, end: usize| Number { value, high: None, end, scale: value * 2.0, style: Style::Han };
        return match second {
            '亩' | '公' => Some(half(0.5, next)),
            // 半个亿
            '个' => scale_at(page, next, Context::Plain).map(|(scale, end)| half(0.5 * scale, end)),
            _ => None,
        };
    }
    let value = han_unit(first).filter(|unit| (1e2..1e5).contains(unit))?;
    let end = next + second.len_utf8();
    let is_counted = page
        .char_at(end)
        .is_some_and(|c| matches!(c, '平' | '方' | '亩' | '个' | '块' | '坪' | '呎' | '万' | '人' | '号'));
    (matches!(second, '来' | '把') && is_counted).then_some(Number {
        value,
        high: None,
        end,
        scale: value,
        style: Style::Han,
    })
}

/// `一万五千`, `两百多万`, `三十来`, `一点二万`, `三四百`. A numeral of one digit without a unit counts, a row of digits
/// does not.
fn han(page: &Normal<'_>, at: usize) -> Option<Number> {
    let first = page.char_at(at)?;
    if let Some(number) = vague_unit(page, at, first) {
        return Some(number);
    }
    if is_lone_unit(page, at, first) && !leaves_out_one(page, at, first) {
        return None;
    }
    let mut numeral = Numeral::new();
    let mut end = at;
    for (steps, c) in page.from(at).chars().enumerate() {
        if steps > HAN_MAX {
            return None;
        }
        match numeral.read(page, end, c)? {
            Step::Further => end += c.len_utf8(),
            Step::Ends => break,
            Step::Whole(number) => return Some(number),
        }
    }
    (end > at).then(|| numeral.number(end))
}

/// 千万 alone is a number only after a word such as 过.
fn is_lone_unit(page: &Normal<'_>, at: usize, first: char) -> bool {
    let is_unit = han_digit(first).is_none() && tens(first).is_none() && !matches!(first, '十' | '拾');
    is_unit && !page.char_before(at).is_some_and(|c| matches!(c, '过' | '上' | '近' | '超' | '破' | '达'))
}

/// 万五, 千二, 百八: the 一 before the unit is left out. Only before what is counted, or behind a price's word.
fn leaves_out_one(page: &Normal<'_>, at: usize, first: char) -> bool {
    let before = page.char_before(at);
    let mut behind = page.from(at + first.len_utf8()).chars();
    let has_digit = behind.next().and_then(han_digit).is_some_and(|digit| digit > 1.0);
    let is_counted =
        behind.next().is_some_and(|c| matches!(c, '平' | '方' | '亩' | '块' | '元' | '蚊' | '以' | '左'))
            || before.is_some_and(|c| matches!(c, '租' | '价' | '算' | '金' | '付'));
    let is_free = before.is_none_or(|c| !matches!(c, '几' | '数' | '好') && !c.is_ascii_digit());
    matches!(first, '百' | '千' | '万') && has_digit && is_counted && is_free
}

/// What a character makes of a numeral.
enum Step {
    /// It is a part of it.
    Further,
    /// It is behind it.
    Ends,
    /// The rest of it is read, too.
    Whole(Number),
}

/// A Chinese numeral, as far as it was read.
struct Numeral {
    /// What is counted in 万 and 亿 so far.
    total: f64,
    /// What is below the last of these.
    section: f64,
    /// A digit whose unit is still to come.
    digit: Option<f64>,
    last_unit: f64,
    largest: f64,
    has_unit: bool,
    after_zero: bool,
    /// 三四百: how much higher the upper end is, and whether its unit is still to come.
    gap: Option<f64>,
    gap_is_open: bool,
}

impl Numeral {
    const fn new() -> Self {
        Self {
            total: 0.0,
            section: 0.0,
            digit: None,
            last_unit: 1.0,
            largest: 1.0,
            has_unit: false,
            after_zero: false,
            gap: None,
            gap_is_open: false,
        }
    }

    /// None if it is no numeral after all.
    fn read(&mut self, page: &Normal<'_>, at: usize, c: char) -> Option<Step> {
        if let Some(value) = han_digit(c) {
            if self.counts_what_follows(page, at, c) {
                return Some(Step::Ends);
            }
            self.add_digit(value)?;
        } else if let Some(value) = tens(c).filter(|_| self.digit.is_none()) {
            self.section += value;
            (self.last_unit, self.has_unit, self.after_zero) = (10.0, true, false);
        } else if let Some(unit) = han_unit(c) {
            self.add_unit(unit);
        } else {
            return match c {
                '点' if !self.has_unit => match self.digit {
                    Some(whole) => han_decimal(page, at + c.len_utf8(), whole).map(Step::Whole),
                    None => Some(Step::Ends),
                },
                '多' | '余' | '来' | '个' if self.has_unit || self.digit.is_some() => {
                    self.times_what_follows(page, at)
                }
                '几' if self.has_unit => self.and_some(page, at),
                _ => Some(Step::Ends),
            };
        }
        Some(Step::Further)
    }

    /// 两千五百万一年: 一 counts the year. In 八十一平 and 一百零一平 it is a part of the number.
    fn counts_what_follows(&self, page: &Normal<'_>, at: usize, c: char) -> bool {
        let next = page.char_at(at + c.len_utf8());
        c == '一'
            && self.has_unit
            && self.digit.is_none()
            && !self.after_zero
            && self.last_unit != 10.0
            && next.is_some_and(|next| matches!(next, '年' | '月' | '天' | '亩' | '平' | '个'))
    }

    /// 三四百: two neighbours are a range; anything else in a row are digits read out, and no amount.
    fn add_digit(&mut self, value: f64) -> Option<()> {
        if let Some(previous) = self.digit {
            let is_range = value - previous == 1.0 || (previous, value) == (3.0, 5.0);
            if !is_range || self.gap.is_some() || previous == 0.0 {
                return None;
            }
            (self.gap, self.gap_is_open) = (Some(value - previous), true);
        }
        if value == 0.0 && self.has_unit {
            self.after_zero = true;
        } else {
            self.digit = Some(value);
        }
        Some(())
    }

    fn add_unit(&mut self, unit: f64) {
        if self.gap_is_open || unit >= 1e4 {
            self.gap = self.gap.map(|gap| gap * unit);
            self.gap_is_open = false;
        }
        let is_first = self.section == 0.0 && self.total == 0.0;
        let count = self.digit.take().unwrap_or(if is_first { 1.0 } else { 0.0 });
        if unit >= 1e4 {
            let sum = if self.section + count == 0.0 && self.total > 0.0 {
                std::mem::take(&mut self.total)
            } else {
                self.section + count
            };
            self.total += sum * unit;
            self.section = 0.0;
            self.largest = self.largest.max(unit);
        } else {
            self.section += if count == 0.0 && self.section > 0.0 { 0.0 } else { count * unit };
        }
        (self.last_unit, self.has_unit, self.after_zero) = (unit, true, false);
    }

    /// 三百来万, 两个亿: the word is between a number and its scale, or at its end.
    fn times_what_follows(&self, page: &Normal<'_>, at: usize) -> Option<Step> {
        let next = skip_vague(page, at);
        if !matches!(page.char_at(next), Some('万' | '亿' | '千' | '百')) {
            return Some(Step::Ends);
        }
        let (factor, end) = scale_at(page, next, Context::Plain)?;
        let value = (self.total + self.section + self.digit.unwrap_or_default()) * factor;
        let low = self.gap.map(|gap| value - gap * factor);
        let high = low.map(|_| value);
        let value = low.unwrap_or(value);
        Some(Step::Whole(Number { value, high, end, scale: factor, style: Style::Han }))
    }

    /// 十几亩, 二十几万: up to the next ten. Of years and the like nobody knows how many.
    fn and_some(&self, page: &Normal<'_>, at: usize) -> Option<Step> {
        let next = at + '几'.len_utf8();
        let is_tens = self.last_unit == 10.0 && self.digit.is_none() && self.gap.is_none();
        let is_counted = page
            .char_at(next)
            .is_some_and(|c| matches!(c, '亩' | '平' | '方' | '万' | '个' | '块' | '米' | '人' | '吨'));
        let low = Some(self.total + self.section).filter(|_| is_tens && is_counted)?;
        let (scale, end) = scale_at(page, next, Context::Plain).unwrap_or((1.0, next));
        let high = Some((low + 10.0) * scale);
        Some(Step::Whole(Number { value: low * scale, high, end, scale, style: Style::Han }))
    }

    /// 三千五 is 3,500, 一百零五 is 105.
    fn number(&self, end: usize) -> Number {
        let has_short_tail = self.has_unit && !self.after_zero && self.last_unit >= 100.0;
        let tail = if has_short_tail { self.last_unit / 10.0 } else { 1.0 };
        let value = self.total + self.section + self.digit.unwrap_or_default() * tail;
        let (value, high) = match self.gap {
            Some(gap) if self.gap_is_open => (value - gap * tail, Some(value)),
            Some(gap) => (value - gap, Some(value)),
            None => (value, None),
        };
        let scale = self.largest.max(if self.has_unit { self.last_unit } else { 1.0 });
        Number { value, high, end, scale, style: Style::Han }
    }
}

/// What follows the point of `一点二万`.
fn han_decimal(page: &Normal<'_>, at: usize, whole: f64) -> Option<Number> {
    let (mut value, mut place, mut end) = (whole, 0.1, at);
    for c in page.from(at).chars().take(6) {
        let Some(digit) = han_digit(c) else { break };
        value += digit * place;
        place /= 10.0;
        end += c.len_utf8();
    }
    if end == at {
        return None;
    }
    let (factor, end) = scale_at(page, end, Context::Plain).unwrap_or((1.0, end));
    Some(Number { value: value * factor, high: None, end, scale: factor, style: Style::Han })
}

mod english;
#[cfg(test)]
mod tests;
