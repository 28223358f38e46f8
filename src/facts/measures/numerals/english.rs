//! Numbers in English words: `three thousand`, `twenty-five`, `half a`.
//! Digits with English scales (`12 million`) are read in `numerals.rs`.

use crate::facts::measures::numerals::number::{Number, Style};
use crate::facts::text::normal::Normal;

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(&str, f64); 4] = [("hundred", 1e2), ("thousand", 1e3), ("million", 1e6), ("billion", 1e9)];
/// More words than these are no number.
const WORDS_MAX: usize = 12;

enum Word {
    Value(f64),
    Scale(f64),
    And,
}

/// Whether a word of a number begins here.
pub fn begins(page: &Normal<'_>, at: usize) -> bool {
    !page.char_before(at).is_some_and(|c| c.is_ascii_alphanumeric())
        && (matches!(word_of(word_at(page, at)), Some(Word::Value(_))) || half(page, at).is_some())
}

/// The number that begins here; the words of one number are apart by a blank or a hyphen.
pub fn read(page: &Normal<'_>, at: usize) -> Option<Number> {
    if let Some(end) = half(page, at) {
        return Some(Number { value: 0.5, high: None, end, scale: 1.0, style: Style::Digits });
    }
    let (mut total, mut section, mut largest) = (0.0, 0.0, 1.0_f64);
    let (mut place, mut end) = (at, at);
    for _ in 0..WORDS_MAX {
        let word = word_at(page, place);
        match word_of(word) {
            Some(Word::Value(value)) => section += value,
            Some(Word::Scale(scale)) if section > 0.0 => {
                if scale < 1e3 {
                    section *= scale;
                } else {
                    total += section * scale;
                    section = 0.0;
                }
                largest = largest.max(scale);
            }
            Some(Word::And) if end > at => {}
            _ => break,
        }
        place += word.len();
        if !matches!(word_of(word), Some(Word::And)) {
            end = place;
        }
        match page.char_at(place) {
            Some(' ' | '-') => place += 1,
            _ => break,
        }
    }
    let value = total + section;
    (end > at && value > 0.0).then_some(Number {
        value,
        high: None,
        end,
        scale: largest,
        style: Style::Digits,
    })
}

/// The byte behind `half a`.
fn half(page: &Normal<'_>, at: usize) -> Option<usize> {
    let words = page.lower_after(at, 8);
    let half = ["half an ", "half a "].into_iter().find(|half| words.starts_with(half))?;
    Some(at + half.len() - 1)
}

fn word_at<'p>(page: &'p Normal<'_>, at: usize) -> &'p str {
    let rest = page.lower_after(at, 12);
    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    rest.get(..length).unwrap_or_default()
}

fn word_of(word: &str) -> Option<Word> {
    let place = |words: &[&str]| words.iter().position(|known| *known == word);
    let number = |place: usize| u32::try_from(place).ok().map(f64::from);
    if word == "and" {
        return Some(Word::And);
    }
    if let Some((_, scale)) = SCALES.iter().find(|(known, _)| *known == word) {
        return Some(Word::Scale(*scale));
    }
    let value = place(&ONES).or_else(|| place(&TENS).map(|place| 20 + 10 * place))?;
    number(value).map(Word::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        for (text, value) in [
            ("three thousand sqm", Some(3000.0)),
            ("twenty-five years", Some(25.0)),
            ("two thousand five hundred", Some(2500.0)),
            ("one hundred and twenty people", Some(120.0)),
            ("two million RMB", Some(2e6)),
            ("half a hectare", Some(0.5)),
            ("tenant", None),
            ("someone", None),
            ("and one", None),
            ("hundred", None),
        ] {
            let page = Normal::of(text);
            let number = begins(&page, 0).then(|| read(&page, 0)).flatten();
            assert_eq!(number.map(|number| number.value), value, "{text}");
        }
    }
}
