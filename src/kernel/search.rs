//! Cuts text into overlapping pairs of characters, so that any substring of two or more can be found in an index.
//! How the pieces are indexed is platform/db's matter.

use unicode_normalization::UnicodeNormalization;

/// Stands after the last character, so that it too begins a pair.
const END: char = '\u{E100}';
/// Where ASCII signs are moved to, so that an index takes each for a letter (Unicode private use).
const SIGNS: u32 = 0xE000;

/// The form in which text is compared: NFKC, lower case.
pub fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// The texts of one row as one searchable text; a match never reaches over the border of two.
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

fn letter(c: char) -> char {
    if c.is_alphanumeric() || !c.is_ascii() {
        return c;
    }
    char::from_u32(SIGNS + u32::from(c)).unwrap_or(END)
}

/// The pairs of a folded text, in order. Each is one word for an index that splits at spaces.
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

/// What to look for in an index of pairs.
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
    }

    #[test]
    fn case_and_width_do_not_matter() {
        assert_eq!(folded("ＡＢ Titanium"), "ab titanium");
    }
}
