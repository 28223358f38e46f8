//! Word boundaries of Chinese text, by a dictionary and the most probable way to cut it (`jieba-rs`).
//! What a word means is decided elsewhere.

use std::sync::LazyLock;

use jieba_rs::Jieba;
use rustc_hash::FxHashSet;

/// Words with how often they were counted (`tables/README.md`).
const DICTIONARY: &str = include_str!("../tables/dictionary.txt");
/// How often words count that only we know, such as names of counties: rarer than any of the dictionary.
const OWN_FREQUENCY: usize = 15;

static WORDS: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| DICTIONARY.lines().filter_map(|line| line.split(' ').next()).collect());

/// Whether the dictionary has the word.
pub fn is_word(word: &str) -> bool {
    WORDS.contains(word)
}

/// Cuts text into words.
pub struct Segmenter(Jieba);

impl Segmenter {
    /// One that knows the dictionary and these words of our own.
    pub fn with(own: impl Iterator<Item = &'static str>) -> Self {
        let mut jieba = Jieba::with_dict(&mut DICTIONARY.as_bytes()).unwrap_or_else(|_| Jieba::empty());
        for word in own.filter(|word| !jieba.has_word(word)).collect::<Vec<_>>() {
            jieba.add_word(word, Some(OWN_FREQUENCY), None);
        }
        Self(jieba)
    }

    /// The words of a text, each with its first byte and the byte after it.
    pub fn words(&self, text: &str) -> Vec<(usize, usize)> {
        self.0.cut(text, false).iter().map(|token| (token.byte_start, token.byte_end)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_where_they_end() {
        let segmenter = Segmenter::with(["惠山"].into_iter());
        let words = |text: &'static str| -> Vec<&str> {
            segmenter.words(text).into_iter().filter_map(|(from, to)| text.get(from..to)).collect()
        };
        assert_eq!(words("求租惠山仓库"), ["求", "租", "惠山", "仓库"]);
        assert_eq!(words("大理石板材"), ["大理石", "板材"]);
        assert!(is_word("仓库") && !is_word("求租"));
        assert_eq!(words("a 公司"), ["a", " ", "公司"]);
    }
}
