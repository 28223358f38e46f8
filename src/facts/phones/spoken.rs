//! Phone numbers read out digit by digit in Chinese: `一三八零零零零一二三四`, `幺三八 四个零 …`.
//! Amounts in Chinese numerals are in `numerals.rs`.

use crate::facts::phones::model::{Kind, Phone};
use crate::facts::text::normal::{Normal, Span};
use crate::kernel::phone::is_mobile;

/// The digit that a numeral is read for, `0` to `9`.
pub fn digit(c: char) -> Option<char> {
    Some(match c {
        '零' | '〇' | '洞' => '0',
        '一' | '幺' | '壹' | '妖' => '1',
        '二' | '两' | '贰' => '2',
        '三' | '叁' => '3',
        '四' | '肆' => '4',
        '五' | '伍' => '5',
        '六' | '陆' => '6',
        '七' | '拐' | '柒' => '7',
        '八' | '捌' => '8',
        '九' | '勾' | '玖' => '9',
        '0'..='9' => c,
        _ => return None,
    })
}

/// What people write where they would draw breath.
fn is_pause(c: char) -> bool {
    matches!(c, ' ' | '-' | '、' | ',' | '。' | '.' | '·')
}

/// Mobiles and landlines among the runs of numerals.
pub fn find(page: &Normal<'_>) -> Vec<Phone> {
    let mut found = Vec::new();
    let mut run = Run::default();
    let mut chars = page.text().char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match digit(c) {
            Some(value) => run.push(at, c, value),
            None if c == '个' && run.repeats(next) => {}
            None if is_pause(c)
                && !run.digits.is_empty()
                && next.is_some_and(|next| is_pause(next) || digit(next).is_some()) =>
            {
                run.pause()
            }
            None => {
                found.extend(
                    run.close()
                        .filter(|_| !matches!(c, '十' | '百' | '千' | '万' | '亿' | '平' | '亩' | '元')),
                );
                run = Run::default();
            }
        }
        if found.len() >= 20 {
            return found;
        }
    }
    found.extend(run.close());
    found
}

#[derive(Default)]
struct Run {
    digits: String,
    start: usize,
    end: usize,
    han: usize,
    /// 四个零: how often the next digit counts.
    times: usize,
    too_long: bool,
    pauses: usize,
}

impl Run {
    fn push(&mut self, at: usize, c: char, value: char) {
        if self.digits.is_empty() {
            self.start = at;
        }
        self.end = at + c.len_utf8();
        self.han += usize::from(!c.is_ascii());
        if self.digits.len() > 40 {
            self.too_long = true;
            return;
        }
        for _ in 0..self.times.max(1) {
            self.digits.push(value);
        }
        self.times = 0;
    }

    fn pause(&mut self) {
        self.pauses += 1;
    }

    /// Takes the last digit for a count if a digit follows 个.
    fn repeats(&mut self, next: Option<char>) -> bool {
        let count = self
            .digits
            .chars()
            .next_back()
            .and_then(|c| c.to_digit(10))
            .and_then(|count| usize::try_from(count).ok());
        let fits = self.digits.len() > 1 && next.and_then(digit).is_some();
        match count.filter(|count| fits && (2..=8).contains(count)) {
            Some(count) => {
                self.digits.pop();
                self.times = count;
                true
            }
            None => false,
        }
    }

    fn close(&self) -> Option<Phone> {
        if self.too_long || self.han < 7 || self.pauses > 11 {
            return None;
        }
        let phone = |e164: String, kind| {
            Some(Phone { e164, span: Span::new(self.start, self.end), kind, extension: None })
        };
        if is_mobile(&self.digits) {
            return phone(format!("+86{}", self.digits), Kind::Mobile);
        }
        let landline = matches!(self.digits.len(), 11 | 12)
            && (self.digits.starts_with("02") || self.digits.starts_with("010"))
            && self.digits.len() == 11
            || self.digits.len() == 12
                && self.digits.starts_with('0')
                && !self.digits.starts_with("00")
                && !self.digits.starts_with("01")
                && !self.digits.starts_with("02");
        if landline { phone(format!("+86{}", self.digits.get(1..).unwrap_or("")), Kind::Fixed) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_out() {
        for (text, expected) in [
            ("电话一三八零零零零五六七八", Some("+8613800005678")),
            ("幺三八 洞洞洞洞 五六七八", Some("+8613800005678")),
            ("一三八四个零五六七八", Some("+8613800005678")),
            ("零二一五零零零零零零九", Some("+862150000009")),
            ("一千三百八十", None),
            ("一三八零零零", None),
        ] {
            let page = Normal::of(text);
            assert_eq!(find(&page).first().map(|phone| phone.e164.as_str()), expected, "{text}");
        }
    }
}
