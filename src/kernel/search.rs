//! Bigram search: cuts text into overlapping pairs of characters, so that an index finds any substring of two
//! or more. The index itself is in platform/db.

use unicode_normalization::UnicodeNormalization;

use super::characters::{ascii_digit, is_invisible};

/// Appended after the last character, so that it begins a pair too.
const END: char = '\u{E100}';
/// ASCII punctuation is mapped to this range (Unicode private use), so that an index treats it as letters.
const SIGNS: u32 = 0xE000;

/// The canonical form for comparing text: NFKC, lower case, without invisible characters.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
        // What follows may join with the last of them: a letter with its accent.
        let last = if plain == rest.len() {
            0
        } else {
            rest.get(..plain).and_then(|plain| plain.chars().next_back()).map_or(0, char::len_utf8)
        };
        let (as_it_is, other) = rest.split_at(plain - last);
        folded.extend(as_it_is.chars().map(|c| c.to_ascii_lowercase()));
        let end = other.char_indices().skip(1).find(|(_, c)| is_plain(*c)).map_or(other.len(), |(at, _)| at);
        let (other, after) = other.split_at(end);
        folded.extend(other.chars().filter(|c| !is_invisible(*c)).nfkc().flat_map(char::to_lowercase));
        rest = after;
    }
    folded
}

/// A fast path for common characters that NFKC leaves unchanged and that do not combine.
fn is_plain(c: char) -> bool {
    c.is_ascii() || matches!(c, '\u{4E00}'..='\u{9FFF}')
}

/// The texts of one row as one searchable text; a match never spans two of them.
pub fn joined<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut all = String::new();
    for text in texts.into_iter().flatten() {
        if !all.is_empty() {
            all.push('\n');
        }
        all.push_str(&folded(text));
    }
    all
}

/// Whether two names are equal but for width, case, blanks and invisible characters.
pub fn is_same_name(a: &str, b: &str) -> bool {
    let plain = |name: &str| folded(name).chars().filter(|c| !c.is_whitespace()).collect::<String>();
    plain(a) == plain(b)
}

/// The decimal digits of a text, whatever script they are written in.
pub fn digits(text: &str) -> String {
    text.chars().filter_map(ascii_digit).collect()
}

/// The least digits of a search for a phone number.
const DIGITS_MIN: usize = 5;

/// Further needles of a folded search text that may be part of a phone number: its digits without separators,
/// and the E.164 prefix in place of `00` or the `0` of an area code.
pub fn phone_needles(folded: &str) -> Vec<String> {
    let is_sign = |c: char| c.is_whitespace() || matches!(c, '-' | '+' | '(' | ')');
    if !folded.chars().all(|c| is_sign(c) || ascii_digit(c).is_some()) {
        return Vec::new();
    }
    let digits = digits(folded);
    if digits.len() < DIGITS_MIN {
        return Vec::new();
    }
    let international = match digits.strip_prefix("00") {
        Some(rest) => Some(format!("+{rest}")),
        None => digits.strip_prefix('0').map(|rest| format!("+86{rest}")),
    };
    let mut needles = vec![digits];
    needles.extend(international);
    needles.retain(|needle| needle != folded);
    needles
}

fn letter(c: char) -> char {
    if (char::from_u32(SIGNS)..=Some(END)).contains(&Some(c)) {
        // A private-use character in the input would collide with mapped punctuation.
        return char::REPLACEMENT_CHARACTER;
    }
    if c.is_alphanumeric() || !c.is_ascii() {
        return c;
    }
    char::from_u32(SIGNS + u32::from(c)).unwrap_or(END)
}

/// The bigrams of a folded text, in order. Each is one token for an index that splits at spaces.
pub fn pairs(folded: &str) -> Vec<String> {
    let mut before: Option<char> = None;
    let mut pairs = Vec::with_capacity(folded.len() / 2);
    for c in folded.chars().map(letter).chain(std::iter::once(END)) {
        if let Some(first) = before {
            let mut pair = String::with_capacity(8);
            pair.push(first);
            pair.push(c);
            pairs.push(pair);
        }
        before = Some(c);
    }
    pairs
}

/// A query for an index of bigrams.
#[derive(Debug, PartialEq, Eq)]
pub enum Needle {
    /// These pairs, one after the other.
    Pairs(Vec<String>),
    /// A pair that begins with this character.
    Single(char),
}

/// The needle for a folded search text; `None` if it is empty.
pub fn needle(folded: &str) -> Option<Needle> {
    let mut letters = folded.chars().map(letter);
    let first = letters.next()?;
    if letters.next().is_none() {
        return Some(Needle::Single(first));
    }
    let mut pairs = pairs(folded);
    pairs.pop();
    Some(Needle::Pairs(pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_begins_a_pair() {
        assert_eq!(pairs("厂房"), ["厂房".to_owned(), format!("房{END}")]);
        assert_eq!(needle("厂房"), Some(Needle::Pairs(vec!["厂房".to_owned()])));
        assert_eq!(needle("房"), Some(Needle::Single('房')));
        assert_eq!(needle(""), None);
    }

    #[test]
    fn signs_are_letters_of_their_own() {
        let found = pairs("前%后");
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|pair| pair.chars().all(|c| c.is_alphanumeric() || !c.is_ascii())));
        assert_ne!(pairs("前%后"), pairs("前_后"));
        assert_ne!(pairs("前%后"), pairs("前\u{E025}后"), "a private sign that somebody wrote");
    }

    proptest::proptest! {
        #[test]
        fn what_is_left_out_of_the_tables_is_folded_alike(
            text in "[a-zA-Zé厂房０ａ，Å\u{300}-\u{304}\u{3099}かハｶﾞ각ᄀ-나-ᅣ㎡ﷺß İΣ]{0,24}", any in ".{0,12}") {
            for text in [text, any] {
                let plainly: String = text.chars().filter(|c| !is_invisible(*c)).nfkc().flat_map(
                    char::to_lowercase).collect();
                proptest::prop_assert_eq!(folded(&text), plainly);
            }
        }
    }

    #[test]
    fn case_and_width_do_not_matter() {
        assert_eq!(folded("ＡＢ Titanium"), "ab titanium");
    }

    #[test]
    fn what_nobody_sees_does_not_count() {
        assert_eq!(folded("\u{feff}139\u{200b}5512\u{ad}9760\u{202c} 启\u{2060}澜"), "13955129760 启澜");
        assert!(
            is_same_name("启澜 精密\u{200b}机械", "启澜精密机械\u{feff}")
                && is_same_name("ＡＢ co", "abCo")
                && !is_same_name("启澜", "启")
        );
    }

    #[test]
    fn digits_are_looked_for_in_phone_numbers() {
        for (words, needles) in [
            ("139 5512 9760", vec!["13955129760"]),
            ("139-5512-9760", vec!["13955129760"]),
            ("(139) 55-12", vec!["1395512"]),
            ("+86 139 5512 9760", vec!["8613955129760"]),
            ("0086 139 55", vec!["008613955", "+8613955"]),
            ("0512-6395", vec!["05126395", "+865126395"]),
            ("05126395", vec!["+865126395"]),
            ("١٣٩٥٥", vec!["13955"]),
            ("13955129760", vec![]),
            ("13 95", vec![]),
            ("139 5512 9760 周", vec![]),
            ("139.5512", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(phone_needles(&folded(words)), needles, "{words}");
        }
    }
}
