//! Rows of digits, in whatever characters they are written, with the signs between them. More is a digit here
//! than in `phones/cluster.rs`: numerals that are read out, and letters that look like digits.
//! Which of them could be a phone number is asked in `numbers.rs`.

use crate::facts::phones::spoken;
use crate::facts::text::normal::{Normal, Span, is_han};

/// Characters between two groups of one row at most.
const GAP_MAX: usize = 4;

/// What is between a group and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// It is the first of its row.
    First,
    /// Nothing: the digits are of another script.
    Nothing,
    Blank,
    Hyphen,
    /// `~` or 至
    Range,
    Point,
    Comma,
    Colon,
    /// Any other sign, a line's end, or more of them.
    Sign,
}

impl Gap {
    /// Whether both are written as one number.
    pub fn is_tight(self) -> bool {
        matches!(self, Self::Nothing | Self::Blank | Self::Hyphen | Self::Point)
    }
}

/// A run of digits of one script.
#[derive(Debug, Clone)]
pub struct Group {
    pub digits: String,
    pub span: Span,
    pub gap: Gap,
    /// Numerals, not digits.
    pub is_han: bool,
    /// A letter or `_` is right before it.
    pub is_behind_letters: bool,
    /// A `+` is right before it.
    pub is_behind_plus: bool,
}

impl Group {
    pub fn size(&self) -> usize {
        self.digits.len()
    }

    pub fn value(&self) -> u64 {
        self.digits.parse().unwrap_or(u64::MAX)
    }
}

/// The rows of a page, in order.
pub fn rows(page: &Normal<'_>) -> Vec<Vec<Group>> {
    let mut rows: Vec<Vec<Group>> = Vec::new();
    let mut at = 0;
    let mut end_of_last = None;
    while let Some(group) = next(page, at) {
        at = group.span.end.max(at + 1);
        let gap = end_of_last.and_then(|end| gap(page, Span::new(end, group.span.start)));
        end_of_last = Some(group.span.end);
        match (gap, rows.last_mut()) {
            (Some(gap), Some(row)) => row.push(Group { gap, ..group }),
            _ => rows.push(vec![group]),
        }
    }
    rows
}

/// The first group from a byte on.
fn next(page: &Normal<'_>, from: usize) -> Option<Group> {
    let rest = page.from(from);
    let mut before = page.char_before(from);
    let mut skipped_to = from;
    for (offset, c) in rest.char_indices() {
        let at = from + offset;
        if at < skipped_to {
            before = Some(c);
            continue;
        }
        if c.is_ascii_alphanumeric() && !before.is_some_and(|c| c.is_ascii_alphanumeric()) {
            match token(page, at) {
                Token::Digits(group) => return Some(group),
                Token::Letters(end) => skipped_to = end,
            }
        } else if c.is_ascii_digit() {
            return Some(plain(page, at));
        } else if let Some(digit) = spoken::digit(c) {
            return Some(numerals(page, at, digit));
        }
        before = Some(c);
    }
    None
}

enum Token {
    Digits(Group),
    /// Letters up to this byte, then digits or none.
    Letters(usize),
}

/// What a run of Latin letters and digits begins with.
fn token(page: &Normal<'_>, start: usize) -> Token {
    let rest = page.from(start);
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let run = rest.get(..length).unwrap_or_default();
    if let Some(digits) = lookalikes(run) {
        return Token::Digits(Group { digits, ..group(page, Span::new(start, start + length)) });
    }
    let letters = run.bytes().take_while(u8::is_ascii_alphabetic).count();
    if letters == 0 { Token::Digits(plain(page, start)) } else { Token::Letters(start + letters) }
}

/// `l38oooo1234`: the digits of a run in which letters are written for some. At the end an `l` is a litre.
fn lookalikes(run: &str) -> Option<String> {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let is_noughts = run.len() > 1 && run.bytes().all(|b| matches!(b, b'o' | b'O'));
    let is_litre = run.ends_with('l') && run.bytes().filter(u8::is_ascii_alphabetic).count() == 1;
    if digits == run.len() || digits == 0 && !is_noughts || is_litre {
        return None;
    }
    run.chars()
        .map(|c| match c {
            'o' | 'O' => Some('0'),
            'l' | 'I' | 'i' => Some('1'),
            c => c.is_ascii_digit().then_some(c),
        })
        .collect()
}

fn plain(page: &Normal<'_>, start: usize) -> Group {
    let rest = page.from(start);
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let digits = rest.get(..length).unwrap_or_default().to_owned();
    Group { digits, ..group(page, Span::new(start, start + length)) }
}

/// 一三八四个零…: with a count before 个.
fn numerals(page: &Normal<'_>, start: usize, first: char) -> Group {
    let mut digits = String::from(first);
    let mut chars = page.from(start).char_indices().peekable();
    let mut times = 0;
    chars.next();
    while let Some((offset, c)) = chars.next() {
        let next = chars.peek().and_then(|(_, next)| spoken::digit(*next));
        let count = digits.chars().next_back().and_then(|c| c.to_digit(10)).filter(|_| c == '个');
        if let Some(count) = count.filter(|count| (2..=8).contains(count) && next.is_some()) {
            digits.pop();
            times = count;
            continue;
        }
        let Some(digit) = spoken::digit(c).filter(|_| !c.is_ascii()) else {
            return Group { digits, is_han: true, ..group(page, Span::new(start, start + offset)) };
        };
        digits.extend((0..times.max(1)).map(|_| digit));
        times = 0;
    }
    Group { digits, is_han: true, ..group(page, Span::new(start, page.text().len())) }
}

fn group(page: &Normal<'_>, span: Span) -> Group {
    let before = page.char_before(span.start);
    Group {
        digits: String::new(),
        span,
        gap: Gap::First,
        is_han: false,
        is_behind_letters: before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_'),
        is_behind_plus: before == Some('+') || page.before(span.start, 2) == "+(",
    }
}

/// What is between two groups; none if they are of two rows.
fn gap(page: &Normal<'_>, between: Span) -> Option<Gap> {
    let signs = page.cut(between);
    if signs.chars().count() > GAP_MAX {
        return None;
    }
    let all = |among: &str| signs.chars().all(|c| among.contains(c));
    Some(match signs {
        "" => Gap::Nothing,
        "," => Gap::Comma,
        ":" => Gap::Colon,
        "~" | "至" | "到" | " ~ " | "--" => Gap::Range,
        _ if all(" ()+") => Gap::Blank,
        _ if all(" ()-+") => Gap::Hyphen,
        _ if all(" .·") => Gap::Point,
        _ if signs.chars().any(|c| c.is_alphanumeric() || is_han(c)) => return None,
        _ => Gap::Sign,
    })
}
