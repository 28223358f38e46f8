//! Numbers in Chinese numerals: 一万五千, 两百多万, 三四百, 万五, 半个亿.
//! Scales are read in `scales.rs`.

use crate::facts::measures::numerals::number::{Context, Number, Style};
use crate::facts::measures::numerals::scales::{scale_at, skip_vague};
use crate::facts::text::normal::Normal;
use crate::facts::words::lists::List;

/// Behind an amount of yuan: what it is the price of.
static PRICED: List = List::named("behind a price");

/// More characters than these are no numeral.
const HAN_MAX: usize = 24;

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

/// 廿 and 卅, twenty and thirty in one character.
fn tens(c: char) -> Option<f64> {
    match c {
        '廿' => Some(20.0),
        '卅' => Some(30.0),
        '卌' => Some(40.0),
        _ => None,
    }
}

pub fn begins(c: char) -> bool {
    han_digit(c).is_some() || han_unit(c).is_some() || tens(c).is_some() || c == '半'
}

/// The one that is left out before a unit with its half or tenths: 块二, 块半, 亩半.
pub fn left_out(page: &Normal<'_>, at: usize) -> Option<Number> {
    let unit = page.char_at(at).filter(|c| matches!(c, '块' | '亩'))?;
    let behind = page.from(at + unit.len_utf8());
    let next = behind.chars().next()?;
    let is_part = next == '半' || unit == '块' && han_digit(next).is_some_and(|digit| digit > 0.0);
    let rest = behind.get(next.len_utf8()..).unwrap_or_default();
    let is_price = unit == '亩' || PRICED.begins(rest) || !rest.starts_with(|c: char| c.is_alphanumeric());
    let before = page.char_before(at);
    let is_counted = before.is_some_and(|c| {
        c.is_ascii_digit()
            || begins(c)
            || matches!(c, '几' | '多' | '来' | '每' | '这' | '那' | '地' | '整' | '个')
    });
    let one = Number { value: 1.0, high: None, end: at, scale: 1.0, style: Style::Han };
    (is_part && is_price && !is_counted).then_some(one)
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
pub fn read(page: &Normal<'_>, at: usize) -> Option<Number> {
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
