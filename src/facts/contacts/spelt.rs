//! Numbers whose digits are written as words or signs, one by one: `one three eight …`, `yao san ba …`,
//! `①③⑧…`. Chinese numerals are digits of a row, in `rows.rs`.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::facts::text::normal::{Normal, Span};

/// Words that could be a number.
const LEAST: usize = 7;
const WORDS: [&str; 27] = [
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple",
    "ling", "yao", "yi", "er", "liang", "san", "si", "wu", "liu", "qi", "ba", "jiu", "dong", "guai",
];

/// The places of at least seven such words in a row.
pub fn find(page: &Normal<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    let mut row = Span::new(0, 0);
    let mut count = 0;
    for word in words(page) {
        let is_digit = WORDS.contains(&page.lower_cut(word));
        let goes_on = count > 0 && is_gap(page.cut(Span::new(row.end, word.start)));
        if count >= LEAST && !(is_digit && goes_on) {
            found.push(row);
        }
        (row, count) = match (is_digit, goes_on) {
            (true, true) => (row.to(word), count + 1),
            (true, false) => (word, 1),
            (false, _) => (word, 0),
        };
    }
    if count >= LEAST {
        found.push(row);
    }
    found
}

fn words<'p>(page: &'p Normal<'_>) -> impl Iterator<Item = Span> + use<'p> {
    let mut rest = page.text().char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, _) = rest.find(|(_, c)| c.is_ascii_alphabetic())?;
        let mut end = start + 1;
        while let Some((at, c)) = rest.next_if(|(_, c)| c.is_ascii_alphabetic()) {
            end = at + c.len_utf8();
        }
        Some(Span::new(start, end))
    })
}

fn is_gap(between: &str) -> bool {
    between.len() <= 3 && between.bytes().all(|b| matches!(b, b' ' | b'-' | b',' | b'.' | b'/'))
}

/// The places, in code points, of at least seven digits in a row that are in circles or raised: one alone
/// counts a point or is a power.
pub fn find_signs(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut row: Option<(Range<usize>, usize)> = None;
    let signs = text.chars().enumerate().filter(|(_, c)| is_sign(*c));
    for (at, _) in signs {
        match &mut row {
            Some((place, count)) if at <= place.end + 1 => {
                place.end = at + 1;
                *count += 1;
            }
            _ => {
                found.extend(row.replace((at..at + 1, 1)).filter(|(_, count)| *count >= LEAST));
            }
        }
    }
    found.extend(row.filter(|(_, count)| *count >= LEAST));
    found.into_iter().map(|(place, _)| place).collect()
}

/// A digit in a circle or in brackets, raised or lowered.
fn is_sign(c: char) -> bool {
    let is_black = matches!(c, '\u{2776}'..='\u{2793}' | '\u{24ea}'..='\u{24ff}' | '\u{3220}'..='\u{3229}');
    let is_other =
        matches!(c, '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{2070}'..='\u{2089}' | '\u{2460}'..='\u{249b}');
    is_black || is_other && std::iter::once(c).nfkc().any(|part| part.is_ascii_digit())
}
