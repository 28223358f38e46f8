//! Parses the phone number in a form field to E.164 (ITU-T E.164), or to none. China's numbering plan is
//! here. Finding numbers inside longer text is not done here.

use phonenumber::Mode;
use unicode_normalization::UnicodeNormalization;

use super::characters::{ascii_digit, is_invisible};

/// The most characters of a field that holds a number; a longer one is free text.
const LONGEST: usize = 200;
/// Groups of digits that may be one number.
const GROUPS_MAX: usize = 15;
/// Labels before a number, such as "电话".
const LABELS: [&str; 18] = [
    "tel",
    "phone",
    "phone number",
    "phone no",
    "telephone",
    "mob",
    "mobile",
    "mobile phone",
    "cell",
    "cellphone",
    "ph",
    "call",
    "m",
    "t",
    "p",
    "whatsapp",
    "hotline",
    "number",
];
/// Words between a number and its extension.
const EXTENSIONS: [&str; 11] =
    ["转分机", "分机号", "转", "分机", "extension", "ext.", "ext", "x", "#", "*", "-"];
/// Area codes of China with four digits: the first three, and what the fourth may be.
const AREAS: &[(&str, &str)] = &[
    ("031", "0123456789"),
    ("033", "5"),
    ("034", "9"),
    ("035", "0123456789"),
    ("037", "0123456789"),
    ("039", "1234568"),
    ("041", "0123456789"),
    ("042", "179"),
    ("043", "123456789"),
    ("045", "123456789"),
    ("046", "4789"),
    ("047", "0123456789"),
    ("048", "23"),
    ("051", "0123456789"),
    ("052", "37"),
    ("053", "0123456789"),
    ("054", "36"),
    ("055", "0123456789"),
    ("056", "123456"),
    ("057", "0123456789"),
    ("058", "0"),
    ("059", "123456789"),
    ("063", "12345"),
    ("066", "0238"),
    ("069", "12"),
    ("070", "1"),
    ("071", "0123456789"),
    ("072", "248"),
    ("073", "0123456789"),
    ("074", "3456"),
    ("075", "0123456789"),
    ("076", "023689"),
    ("077", "0123456789"),
    ("079", "0123456789"),
    ("081", "23678"),
    ("082", "567"),
    ("083", "0123456789"),
    ("085", "123456789"),
    ("087", "0123456789"),
    ("088", "123678"),
    ("089", "12345678"),
    ("090", "12345689"),
    ("091", "12345679"),
    ("093", "0123456789"),
    ("094", "13"),
    ("095", "12345"),
    ("097", "0123456789"),
    ("099", "0123456789"),
];

/// The number in E.164 (`+8613800138000`), or `None` if none was written for certain. Of several the first
/// mobile of China, else the first. The extension is left out: E.164 has none.
///
/// Without `+` or `00` a number is read as China's, and only as what its plan has: mobiles of eleven digits,
/// area code and subscriber, 400 and 800.
pub fn to_e164(written: &str) -> Option<String> {
    let plain = plain(written)?;
    let mut first = None;
    for piece in plain.split(['/', '、', ',', ';', '|', '\n', '或']) {
        let Some(number) = number(piece) else { continue };
        if number.strip_prefix("+86").is_some_and(is_mobile) {
            return Some(number);
        }
        first = first.or(Some(number));
    }
    first
}

/// Whether somebody could be called at what was written, even if it is not a complete number.
pub fn could_be_called(written: &str) -> bool {
    // A number has at most fifteen digits (E.164); stars hide some of them.
    let could_be = |piece: &str| {
        (7..=15).contains(&piece.chars().filter_map(ascii_digit).count()) && !piece.contains(['*', '＊'])
    };
    written.split(['/', '、', ',', '，', ';', '；', '|', '\n', '或']).any(could_be)
}

/// Calling codes of countries with two digits, by their first and what the second may be. Those with one
/// digit are 1 and 7, all others have three (ITU-T E.164, list of assigned codes).
const CODES: [(&str, &str); 7] = [
    ("2", "07"),
    ("3", "0123469"),
    ("4", "013456789"),
    ("5", "12345678"),
    ("6", "0123456"),
    ("8", "1246"),
    ("9", "0123458"),
];

/// The calling code of the country that the digits of an E.164 number begin with.
pub fn calling_code(digits: &str) -> &str {
    let (first, second) = (digits.get(..1).unwrap_or_default(), digits.get(1..2).unwrap_or_default());
    let is_of_two = |(tens, units): &(&str, &str)| *tens == first && units.contains(second);
    let length = match first {
        "1" | "7" => 1,
        _ if CODES.iter().any(is_of_two) => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}

/// The digits of a written number without the code of its country behind `+`.
pub fn national_digits(written: &str) -> String {
    let digits = super::search::digits(written);
    let is_international = written.trim_start().starts_with(['+', '＋']);
    let code = if is_international { calling_code(&digits).len() } else { 0 };
    digits.get(code..).unwrap_or_default().to_owned()
}

/// A mobile number of China without its country code: eleven digits from 13 to 19. 140 to 144 are given to
/// machines only, in longer numbers; with eleven digits they are North America's.
pub fn is_mobile(digits: &str) -> bool {
    let mut head = digits.bytes();
    let (first, second, third) = (head.next(), head.next(), head.next());
    digits.len() == 11
        && first == Some(b'1')
        && matches!((second, third), (Some(b'3' | b'5'..=b'9'), _) | (Some(b'4'), Some(b'5'..=b'9')))
}

/// The length of China's area code (with its zero) at the beginning of digits: 010, 02x, or one of four
/// digits.
pub fn area_code(digits: &str) -> Option<usize> {
    if digits.starts_with("010") || digits.starts_with("02") && !digits.starts_with("026") && digits.len() > 2
    {
        return Some(3);
    }
    let (tens, unit) = (digits.get(..3)?, digits.get(3..4)?);
    AREAS.iter().any(|(known, units)| *known == tens && units.contains(unit)).then_some(4)
}

/// Whether an area code (of this length) and what follows it are a landline: eight digits, or seven behind
/// four.
pub fn is_landline(digits: &str, area: usize) -> bool {
    let Some(subscriber) = digits.get(area..) else { return false };
    (subscriber.len() == 8 || subscriber.len() == 7 && area == 4)
        && subscriber.starts_with(|c: char| ('2'..='9').contains(&c))
}

/// Small signs, no invisible characters, digits of any script as ASCII. `None` for what is too long to be a
/// number.
fn plain(written: &str) -> Option<String> {
    let mut plain = String::with_capacity(written.len());
    for (count, c) in written.chars().enumerate() {
        match c {
            _ if count >= LONGEST => return None,
            c if is_invisible(c) => {}
            // Circled numbers count points, they are no digits of the number beside them.
            '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}' => plain.push(' '),
            '\u{2010}'..='\u{2015}' | '−' | '﹣' | '－' | '─' | '━' => plain.push('-'),
            '·' | '•' => plain.push('.'),
            '\n' => plain.push('\n'),
            c if c.is_whitespace() => plain.push(' '),
            c => match ascii_digit(c) {
                Some(digit) => plain.push(digit),
                None => plain.extend(std::iter::once(c).nfkc().flat_map(char::to_lowercase)),
            },
        }
    }
    Some(plain)
}

/// A run of digits, and the sign before it if it is no blank or bracket.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    digits: String,
    sign: Option<char>,
}

/// The number that a piece of a field is, with a label before and a note behind.
fn number(piece: &str) -> Option<String> {
    let spoken = spoken(piece);
    let piece = spoken.as_deref().unwrap_or(piece).trim();
    let start = piece.find(|c: char| c == '+' || c.is_ascii_digit())?;
    let (lead, rest) = piece.split_at(start);
    if !is_label(lead) {
        return None;
    }
    let (is_international, rest) = match rest.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (groups, tail) = groups(rest)?;
    if !is_note(tail) {
        return None;
    }
    let count = groups.len();
    (1..=count).rev().take(2).find_map(|used| {
        let (own, more) = groups.split_at(used);
        let whole: String = own.iter().map(|group| group.digits.as_str()).collect();
        if !more.first().is_none_or(|more| follows(more, &whole, own)) {
            return None;
        }
        if is_international { international(&whole) } else { national(own, &whole) }
    })
}

/// Digits read out in Chinese (一三八…), if a piece holds nothing else.
fn spoken(piece: &str) -> Option<String> {
    let digit = |c: char| {
        "零一二三四五六七八九"
            .chars()
            .position(|numeral| numeral == c)
            .and_then(|value| char::from_digit(u32::try_from(value).ok()?, 10))
    };
    let digit = |c: char| match c {
        '〇' | '洞' => Some('0'),
        '幺' => Some('1'),
        '两' => Some('2'),
        c if c.is_ascii_digit() || matches!(c, ' ' | '-' | '.') => Some(c),
        c => digit(c),
    };
    let is_han = |c: char| !c.is_ascii();
    if piece.chars().any(is_han) { piece.chars().map(digit).collect() } else { None }
}

/// Whether the text before a number is only a label of it.
fn is_label(lead: &str) -> bool {
    let words = lead.trim_matches(|c: char| !c.is_alphanumeric());
    let clings = lead.ends_with(['_', '@', '%', '=', '&', '*', '.']);
    let names =
        words.chars().all(|c| !c.is_alphanumeric() || !c.is_ascii() && !('\u{c0}'..='\u{24f}').contains(&c));
    !clings && !words.contains("传真") && (names || LABELS.contains(&words))
}

/// The groups of digits from the beginning on, and what follows them.
fn groups(text: &str) -> Option<(Vec<Group>, &str)> {
    let mut groups: Vec<Group> = Vec::new();
    let mut rest = text;
    let mut sign = None;
    loop {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = rest.split_at(length);
        // +44 (0)20: the zero in brackets is for calls within the country.
        let trunk = digits == "0" && !groups.is_empty() && after.starts_with(')');
        if !trunk {
            groups.push(Group { digits: digits.to_owned(), sign });
        }
        let between = after.bytes().take_while(|b| matches!(b, b' ' | b'-' | b'.' | b'(' | b')')).count();
        let (signs, next) = after.split_at(between);
        if groups.len() > GROUPS_MAX {
            return None;
        }
        // 13800138000（9点以后）: what a bracket holds behind a whole number is a note.
        let is_whole =
            signs.contains('(') && groups.iter().map(|group| group.digits.len()).sum::<usize>() >= 10;
        if !next.starts_with(|c: char| c.is_ascii_digit()) || signs.is_empty() || signs.len() > 4 || is_whole
        {
            return Some((groups, after));
        }
        sign = signs.chars().find(|c| matches!(c, '-' | '.'));
        rest = next;
    }
}

/// Whether the text after the digits is an extension, a note or nothing. A letter or star directly after them
/// may replace a digit, and `1.38e10` has lost some.
fn is_note(tail: &str) -> bool {
    let rest = tail.trim_start_matches([' ', ')', '.', ',', ':', '(']);
    let after = EXTENSIONS.iter().find_map(|word| {
        let after = rest.strip_prefix(word)?.trim_start_matches([' ', ':', '.', '号']);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        (1..=6).contains(&digits).then(|| after.get(digits..)).flatten()
    });
    let note = after.unwrap_or(rest);
    if tail.trim_start().starts_with('(') && note.contains(char::is_alphabetic) {
        return true;
    }
    let begins_apart = note.len() < tail.len() && after.is_none();
    match note.trim_start_matches([' ', ')', '(', '[', '<', '-', ':', '.', ',']).chars().next() {
        None => true,
        // 13800138000（9点以后）
        Some(c) if !c.is_ascii() => true,
        Some(c) => {
            (begins_apart || !c.is_ascii_alphabetic())
                && !matches!(c, '*' | '_' | '@' | '%')
                && !note.contains(|c: char| c.is_ascii_digit())
        }
    }
}

/// Whether a last group is no part of the number before it: an extension, or the `.0` of a spreadsheet.
fn follows(group: &Group, whole: &str, own: &[Group]) -> bool {
    match group.sign {
        Some('.') => own.len() == 1 && whole.len() >= 10 && matches!(group.digits.as_str(), "0" | "00"),
        Some('-') => (1..=6).contains(&group.digits.len()) && whole.len() >= 10,
        _ => false,
    }
}

/// The digits behind `+`.
fn international(digits: &str) -> Option<String> {
    if let Some(rest) = digits.strip_prefix("86") {
        let zeroed = if rest.starts_with('0') { rest.to_owned() } else { format!("0{rest}") };
        let is_known = is_mobile(rest)
            || is_hotline(rest)
            || area_code(&zeroed).is_some_and(|area| is_landline(&zeroed, area)) && is_valid(&zeroed);
        return is_known.then(|| format!("+86{}", rest.trim_start_matches('0')));
    }
    if !(7..=15).contains(&digits.len()) {
        return None;
    }
    let number = phonenumber::parse(None, format!("+{digits}")).ok()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(Mode::E164).to_string())
}

/// A number without `+`: behind `00` or `86` that of a country, else one of China.
fn national(groups: &[Group], digits: &str) -> Option<String> {
    if let Some(rest) = digits.strip_prefix("00") {
        return international(rest);
    }
    let first = groups.first()?.digits.as_str();
    if digits.strip_prefix("86").is_some_and(|rest| is_mobile(rest) || first == "86") {
        return international(digits);
    }
    // 1 415 555 2671: North America's country code set apart.
    if is_mobile(digits) && !(first == "1" && groups.len() < 5) {
        return Some(format!("+86{digits}"));
    }
    // In Germany and elsewhere mobiles begin with 015 to 017.
    let is_trunk = digits.strip_prefix('0').is_some_and(is_mobile)
        && ["013", "018", "019"].iter().any(|start| digits.starts_with(start));
    if is_trunk {
        return Some(format!("+86{}", digits.trim_start_matches('0')));
    }
    if is_hotline(digits) {
        return Some(format!("+86{digits}"));
    }
    let area = area_code(digits)?;
    // Eleven digits in one piece may be a mobile of half the world; in doubt there is no number.
    let is_apart = first.len() == area || groups.len() == 1 && digits.len() == area + 8;
    (is_apart && is_landline(digits, area) && is_valid(digits))
        .then(|| format!("+86{}", digits.trim_start_matches('0')))
}

/// 400 and 800 with ten digits.
fn is_hotline(digits: &str) -> bool {
    digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"))
}

/// Whether the plan of China has this landline, given with its zero.
fn is_valid(zeroed: &str) -> bool {
    phonenumber::parse(None, format!("+86{}", zeroed.trim_start_matches('0')))
        .is_ok_and(|number| phonenumber::is_valid(&number))
}

#[cfg(test)]
mod tests;
