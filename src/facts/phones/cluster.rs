//! Rows of digit groups with the signs that people put between the groups of one number.
//! Whether a row is a phone number is decided in `phones.rs`.

use crate::facts::text::normal::{Normal, Span};

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
    let plus = page.char_before(start) == Some('+') || page.before(start, 2) == "+(";
    let labelled = page
        .among(&["电话", "热线", "手机", "联系", "tel", "call"])
        .any(|word| page.lower_before(start, 10).contains(word));
    let lead = page.before(start, 12).trim_end_matches([' ', ':', '(', '-', '为', '是']);
    let labelled_in_chinese = ["电话", "座机", "固话", "热线", "号码", "手机", "联系方式", "办公室", "总机"]
        .iter()
        .any(|word| lead.ends_with(word));
    let clear = begins_clear(page, start);
    let mut groups: Vec<Group> = Vec::new();
    let mut at = start;
    let (mut parted, mut dotted) = (true, false);
    let mut is_plus = plus;
    let mut end;
    loop {
        let length = page.from(at).bytes().take_while(u8::is_ascii_digit).count();
        end = at + length;
        let digits = page.text().get(at..at + length.min(DIGITS_MAX + 1)).unwrap_or("").to_owned();
        let after_86 = groups.last().is_some_and(|last: &Group| {
            last.digits == "86" || last.digits == "0086" || last.after_86 && last.digits == "0"
        }) || is_plus && digits.starts_with("86")
            || digits.starts_with("0086");
        // Without its + a number abroad cannot be read again.
        let sign = if is_plus && page.char_before(at) == Some('+') { 1 } else { 0 };
        groups.push(Group {
            digits,
            span: Span::new(at - sign, end),
            plus: is_plus,
            parted,
            dotted,
            labelled,
            labelled_in_chinese,
            after_86,
        });
        if groups.len() >= GROUPS_MAX {
            break;
        }
        let Some((next, signs)) = gap(page, end) else { break };
        (at, parted, dotted, is_plus) =
            (next, signs != Sign::Hyphen && signs != Sign::Point, signs == Sign::Point, signs == Sign::Plus);
    }
    // +86 (0)21: the zero in brackets is dropped.
    if groups.first().is_some_and(|first| first.after_86) {
        groups.retain(|group| group.digits != "0" || group.plus);
        let mut after = false;
        for group in &mut groups {
            group.after_86 |= after;
            after = group.digits == "86" || group.digits == "0086";
        }
    }
    let glued = !ends_clear(page, end);
    if glued {
        groups.pop();
    }
    if !clear && !groups.is_empty() {
        groups.remove(0);
    }
    Some(Cluster { groups, span: Span::new(start, end) })
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

/// Letters before a number that do not belong to it.
const LABELS: &[&str] = &[
    "tel", "phone", "mob", "mobile", "cell", "ph", "call", "m", "t", "p", "whatsapp", "contact", "at",
    "ring", "hotline", "is",
];

/// Whether the digits begin a number: no letter, point or star clings to them.
fn begins_clear(page: &Normal<'_>, start: usize) -> bool {
    let before = page.before(start, 12);
    match before.chars().next_back() {
        Some('_' | '*' | '@' | '#' | '%' | '=' | '&') => false,
        Some('.') => !before.trim_end_matches('.').ends_with(|c: char| c.is_ascii_digit()),
        Some(c) if c.is_ascii_alphabetic() => {
            let word: String = before.chars().rev().take_while(char::is_ascii_alphanumeric).collect();
            let word: String = word.chars().rev().collect::<String>().to_ascii_lowercase();
            LABELS.contains(&word.as_str())
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
    let Some(word) = ["转分机", "转", "分机号", "分机", "extension", "ext.", "ext", "x", "#", "*"]
        .iter()
        .find(|word| rest.starts_with(**word))
    else {
        return (None, end);
    };
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
