//! Rows of digit groups with the signs that people put between the groups of one number.
//! Whether a row is a phone number is decided in `number.rs`.

use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// In the words before digits: they are a phone.
static PHONES: List = List::named("phone near digits");
/// Right before digits: they are a phone of China.
static PHONES_IN_CHINESE: List = List::named("phone right before digits");
/// Letters right before a number that do not belong to it.
static LETTERS: List = List::named("letters before a number");
/// Between a number and its extension.
static EXTENSIONS: List = List::named("leads to extensions");

/// A run of digits and what is before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub digits: String,
    pub span: Span,
    /// A `+` is right before.
    pub plus: bool,
    /// A blank or a bracket parts it from the group before (not a hyphen or a point).
    pub parted: bool,
    /// A point parts it from the group before.
    pub dotted: bool,
    /// A word such as 电话 is before.
    pub labelled: bool,
    /// 电话, 座机 … is right before.
    pub labelled_in_chinese: bool,
    /// It follows +86 or 0086.
    pub after_86: bool,
}

/// Groups in a row.
pub struct Cluster {
    pub groups: Vec<Group>,
    pub span: Span,
}

/// Groups in one row at most; longer rows go on as another cluster.
const GROUPS_MAX: usize = 40;
/// Digits of a group that are kept; longer ones are no phones.
const DIGITS_MAX: usize = 70;

/// The next row of digits from a byte on.
pub fn next(page: &Normal<'_>, from: usize) -> Option<Cluster> {
    let start = from + page.from(from).find(|c: char| c.is_ascii_digit())?;
    let (mut groups, end) = row(page, start);
    drop_zero_in_brackets(&mut groups);
    if !ends_clear(page, end) {
        groups.pop();
    }
    if !begins_clear(page, start) && !groups.is_empty() {
        groups.remove(0);
    }
    Some(Cluster { groups, span: Span::new(start, end) })
}

/// The groups of a row that begins at a byte, and where it ends.
fn row(page: &Normal<'_>, start: usize) -> (Vec<Group>, usize) {
    let (labelled, labelled_in_chinese) = (is_labelled(page, start), is_labelled_in_chinese(page, start));
    let mut groups: Vec<Group> = Vec::new();
    let mut at = start;
    let (mut parted, mut dotted) = (true, false);
    let mut plus = page.char_before(start) == Some('+') || page.before(start, 2) == "+(";
    loop {
        let length = page.from(at).bytes().take_while(u8::is_ascii_digit).count();
        let end = at + length;
        let digits = page.text().get(at..at + length.min(DIGITS_MAX + 1)).unwrap_or("").to_owned();
        let after_86 = follows_86(groups.last(), plus, &digits);
        // Without its + a number abroad cannot be read again.
        let sign = if plus && page.char_before(at) == Some('+') { 1 } else { 0 };
        let span = Span::new(at - sign, end);
        groups.push(Group { digits, span, plus, parted, dotted, labelled, labelled_in_chinese, after_86 });
        let next = gap(page, end).filter(|_| groups.len() < GROUPS_MAX);
        let Some((next, signs)) = next else { return (groups, end) };
        (at, dotted, plus) = (next, signs == Sign::Point, signs == Sign::Plus);
        parted = signs != Sign::Hyphen && signs != Sign::Point;
    }
}

/// Whether a word such as 电话 is before.
fn is_labelled(page: &Normal<'_>, start: usize) -> bool {
    page.among(PHONES.words()).any(|word| page.lower_before(start, 10).contains(word))
}

/// Whether 电话, 座机 … is right before.
fn is_labelled_in_chinese(page: &Normal<'_>, start: usize) -> bool {
    PHONES_IN_CHINESE.ends(page.before(start, 12).trim_end_matches([' ', ':', '(', '-', '为', '是']))
}

/// Whether a group follows +86 or 0086, or has it.
fn follows_86(last: Option<&Group>, plus: bool, digits: &str) -> bool {
    let follows = |last: &Group| is_86(last) || last.after_86 && last.digits == "0";
    last.is_some_and(follows) || plus && digits.starts_with("86") || digits.starts_with("0086")
}

fn is_86(group: &Group) -> bool {
    group.digits == "86" || group.digits == "0086"
}

/// +86 (0)21: the zero in brackets is dropped.
fn drop_zero_in_brackets(groups: &mut Vec<Group>) {
    if !groups.first().is_some_and(|first| first.after_86) {
        return;
    }
    groups.retain(|group| group.digits != "0" || group.plus);
    let mut after = false;
    for group in groups {
        group.after_86 |= after;
        after = is_86(group);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Blank,
    Hyphen,
    Point,
    Plus,
}

/// The signs between two groups: where the next one begins.
fn gap(page: &Normal<'_>, at: usize) -> Option<(usize, Sign)> {
    let mut place = at;
    let mut sign = None;
    for c in page.from(at).chars().take(4) {
        let this = match c {
            ' ' | '(' | ')' => Sign::Blank,
            '-' => Sign::Hyphen,
            '.' | '·' => Sign::Point,
            '+' => Sign::Plus,
            c if c.is_ascii_digit() => return sign.map(|sign| (place, sign)),
            _ => return None,
        };
        sign = match (sign, this) {
            (None, this) | (Some(Sign::Blank), this) => Some(this),
            (Some(Sign::Hyphen), Sign::Blank) => Some(Sign::Hyphen),
            (Some(known), Sign::Blank) => Some(known),
            (Some(_), Sign::Plus) => Some(Sign::Plus),
            _ => return None,
        };
        place += c.len_utf8();
    }
    None
}

/// Whether the digits begin a number: no letter, point or star clings to them.
fn begins_clear(page: &Normal<'_>, start: usize) -> bool {
    let before = page.before(start, 12);
    match before.chars().next_back() {
        // 电话=139…, but no value of a web address.
        Some('=') => before.trim_end_matches(['=', ' ']).ends_with(is_han),
        Some('_' | '*' | '@' | '#' | '%' | '&') => false,
        Some('.') => !before.trim_end_matches('.').ends_with(|c: char| c.is_ascii_digit()),
        Some(c) if c.is_ascii_alphabetic() => {
            let word: String = before.chars().rev().take_while(char::is_ascii_alphanumeric).collect();
            let word: String = word.chars().rev().collect::<String>().to_ascii_lowercase();
            LETTERS.has(&word)
        }
        Some('-') => !before.trim_end_matches('-').ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        _ => true,
    }
}

/// Whether the digits end a number.
fn ends_clear(page: &Normal<'_>, end: usize) -> bool {
    let rest = page.after(end, 4);
    let mut chars = rest.chars();
    match chars.next() {
        // 0512-63950000*801 is an extension, 138****1234 hides something.
        Some('*') => {
            page.before(end, 10).bytes().filter(u8::is_ascii_digit).count() >= 7
                && chars.next().is_some_and(|c| c.is_ascii_digit())
        }
        Some('_' | '@' | '%') => false,
        // 13800001234Lin is a number and a name; x808 is an extension.
        Some(c) if c.is_ascii_alphabetic() => {
            let next = chars.next();
            c.is_ascii_uppercase() && next.is_some_and(|c| c.is_ascii_lowercase())
                || rest.starts_with("ext")
                || matches!(c, 'x' | 'X') && next.is_some_and(|c| c.is_ascii_digit())
        }
        _ => true,
    }
}

/// The extension after a number: `转808`, `分机808`, `ext. 12`, `x12`, `#12`, `*12`, and the byte after it.
pub fn extension(page: &Normal<'_>, end: usize) -> (Option<String>, usize) {
    let window = page.lower_after(end, 16);
    let rest = window.trim_start_matches([' ', ',', '(']);
    let Some(word) = EXTENSIONS.beginning_of(rest) else { return (None, end) };
    let after = rest.get(word.len()..).unwrap_or("").trim_start_matches([' ', ':', '.', '号']);
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let passed = window.len() - after.len() + digits.len();
    if (1..=6).contains(&digits.len()) { (Some(digits), end + passed) } else { (None, end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_a_row() {
        let page = Normal::of("电话0512-6000 0009，13800001234");
        let sizes = |cluster: Option<Cluster>| {
            cluster.map(|cluster| cluster.groups.iter().map(|group| group.digits.len()).collect::<Vec<_>>())
        };
        let first = next(&page, 0);
        let end = first.as_ref().map_or(0, |cluster| cluster.span.end);
        assert_eq!(sizes(first), Some(vec![4, 4, 4]));
        assert_eq!(sizes(next(&page, end)), Some(vec![11]));
        assert_eq!(sizes(next(&Normal::of("138****1234"), 0)), Some(vec![]));
    }
}
