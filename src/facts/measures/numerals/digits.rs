//! Numbers in Arabic digits, with Chinese or Latin scales: `3,000`, `1.5万`, `1万5千`, `600多万`, `12m`.
//! Scales are read in `scales.rs`.

use crate::facts::measures::numerals::number::{Context, Number, Style};
use crate::facts::measures::numerals::scales::{past_blank, scale_at, whole_scale_at};
use crate::facts::text::normal::Normal;

const DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
/// More digits than these are no amount of anything.
const DIGITS_MAX: usize = 15;

/// The byte after the run of digits.
pub fn digits_end(page: &Normal<'_>, at: usize) -> usize {
    at + page.from(at).bytes().take_while(u8::is_ascii_digit).count()
}

pub fn read(page: &Normal<'_>, at: usize, context: Context) -> Option<Number> {
    let (mut value, mut end) = plain_digits(page, at)?;
    if is_an_exponent(page, end) {
        return None;
    }
    let mut scale = 1.0;
    // 1万5千, 1亿2千万: each scale is smaller than the one before.
    let is_spaced = page.char_at(end) == Some(' ');
    let past = |at: usize| if is_spaced { past_blank(page, at, &DIGITS) } else { at };
    if let Some((factor, after)) = whole_scale_at(page, end, context) {
        (scale, value, end) = (factor, value * factor, after);
        let mut last = factor;
        for _ in 0..3 {
            let Some((more, after)) = plain_digits(page, past(end)).filter(|(more, _)| *more < 10_000.0)
            else {
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
                    && after == past(end) + 1
                    && !floor_follows(page, after) =>
                {
                    value += more * last / 10.0;
                    end = after;
                    break;
                }
                None if (last - 1e4).abs() < 0.5
                    && (1000.0..10_000.0).contains(&more)
                    && after == past(end) + 4 =>
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

/// 1.5e3: nobody writes an amount so.
fn is_an_exponent(page: &Normal<'_>, at: usize) -> bool {
    matches!(page.char_at(at), Some('e' | 'E')) && page.char_at(at + 1).is_some_and(|c| c.is_ascii_digit())
}
