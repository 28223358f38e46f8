//! Word boundaries of Chinese text, by a dictionary and the most probable way to cut it (`jieba-rs`).
//! What a word means is decided elsewhere.

use jieba_rs::Jieba;

/// Words with how often they were counted (`tables/README.md`).
const DICTIONARY: &str = include_str!("../tables/dictionary.txt");
/// How often words count that only we know, such as names of counties: rarer than any of the dictionary.
const OWN_FREQUENCY: usize = 15;

/// The words of the dictionary, in the order of their bytes.
#[cfg(test)]
pub fn dictionary() -> impl Iterator<Item = &'static str> {
    DICTIONARY.lines().filter_map(|line| line.split(' ').next())
}

/// Whether the dictionary has the word. Its lines are in the order of their bytes, so that no second table of
/// them is in memory.
pub fn is_word(word: &str) -> bool {
    let (mut from, mut to) = (0, DICTIONARY.len());
    while from < to {
        let middle = from.midpoint(to);
        let line = line_at(middle);
        match DICTIONARY.get(line.0..line.1).and_then(|line| line.split(' ').next()) {
            Some(known) if known == word => return true,
            Some(known) if known < word => from = line.1 + 1,
            _ => to = line.0,
        }
    }
    false
}

/// The first byte of the line that a byte is in, and the byte behind the line.
fn line_at(byte: usize) -> (usize, usize) {
    let bytes = DICTIONARY.as_bytes();
    let before = bytes.get(..byte).and_then(|bytes| bytes.iter().rposition(|byte| *byte == b'\n'));
    let behind = bytes.get(byte..).and_then(|bytes| bytes.iter().position(|byte| *byte == b'\n'));
    (before.map_or(0, |at| at + 1), behind.map_or(bytes.len(), |length| byte + length))
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
        assert_eq!(words("a 公司"), ["a", " ", "公司"]);
    }

    #[test]
    fn every_line_of_the_dictionary_is_found() {
        let words: Vec<&str> = dictionary().collect();
        assert!(words.is_sorted(), "the lines are searched by halves");
        assert!(words.iter().all(|word| is_word(word)));
        assert!(!is_word("求租") && !is_word("") && !is_word("仓库 ") && !is_word("龥龥"));
    }
}
