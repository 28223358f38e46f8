//! Lists of words looked up by the character that they begin or end with.
//! What the words mean is known where the lists are used.

use rustc_hash::FxHashMap;

/// Words by one of their characters, the longest first.
pub struct Dictionary<T: Copy> {
    by_char: FxHashMap<char, Vec<(&'static str, T)>>,
}

impl<T: Copy> Dictionary<T> {
    /// For words that are looked for at the beginning of a text.
    pub fn of_beginnings(words: impl Iterator<Item = (&'static str, T)>) -> Self {
        Self::of(words, |word| word.chars().next())
    }

    /// For words that are looked for at the end of a text.
    pub fn of_ends(words: impl Iterator<Item = (&'static str, T)>) -> Self {
        Self::of(words, |word| word.chars().next_back())
    }

    fn of(words: impl Iterator<Item = (&'static str, T)>, key: impl Fn(&str) -> Option<char>) -> Self {
        let mut by_char: FxHashMap<char, Vec<(&'static str, T)>> = FxHashMap::default();
        for (word, value) in words {
            if let Some(c) = key(word) {
                by_char.entry(c).or_default().push((word, value));
            }
        }
        for words in by_char.values_mut() {
            words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
        Self { by_char }
    }

    /// The longest word at the beginning that `fits`.
    pub fn at_beginning(&self, text: &str, fits: impl Fn(&str) -> bool) -> Option<(&'static str, T)> {
        let words = self.by_char.get(&text.chars().next()?)?;
        words.iter().find(|(word, _)| text.starts_with(word) && fits(word)).copied()
    }

    /// The longest word at the end that `fits`.
    pub fn at_end(&self, text: &str, fits: impl Fn(&str) -> bool) -> Option<(&'static str, T)> {
        let words = self.by_char.get(&text.chars().next_back()?)?;
        words.iter().find(|(word, _)| text.ends_with(word) && fits(word)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_is_found() {
        let words = || [("甲", 1), ("甲乙", 2), ("丙乙", 3)].into_iter();
        let beginnings = Dictionary::of_beginnings(words());
        assert_eq!(beginnings.at_beginning("甲乙丙", |_| true), Some(("甲乙", 2)));
        assert_eq!(beginnings.at_beginning("甲乙丙", |word| word.chars().count() == 1), Some(("甲", 1)));
        let ends = Dictionary::of_ends(words());
        assert_eq!(ends.at_end("丙乙", |_| true), Some(("丙乙", 3)));
        assert_eq!(ends.at_end("", |_| true), None);
    }
}
