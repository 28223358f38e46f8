//! A text in one plain form (half width, one kind of dash, simplified characters), and the way back to the
//! words as they were written. What the words mean is not asked here.

use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use crate::facts::text::characters::Characters;
use crate::kernel::characters::{ascii_digit, is_invisible};

/// A piece of the plain text, in bytes, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    /// From a byte to before another.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Whether both share a byte.
    pub fn touches(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the other lies in this one.
    pub fn holds(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// From the beginning of this one to the end of the other.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Characters that are read at the beginning and at the end of a long text.
const HEAD: usize = 4000;
const TAIL: usize = 2000;

/// A text in plain form, with the place in the source of each of its bytes.
pub struct Normal<'a> {
    source: &'a str,
    text: String,
    /// `text` with small Latin letters, of the same length, if it has capital ones.
    lower: Option<String>,
    characters: Characters,
    /// For each byte of `text`: the code point of the source that it came from.
    origin: Vec<u32>,
}

impl<'a> Normal<'a> {
    /// Of a text longer than `HEAD` + `TAIL` the middle is passed over: who writes so much says who they are
    /// at the beginning or the end.
    pub fn of(source: &'a str) -> Self {
        let is_long = source.len() > HEAD + TAIL;
        let passed = if is_long { HEAD..source.chars().count().saturating_sub(TAIL) } else { 0..0 };
        Self::without(source, passed)
    }

    /// Of all of a text, however long it is: for hiding, which no middle may escape.
    pub fn of_all(source: &'a str) -> Self {
        Self::without(source, 0..0)
    }

    fn without(source: &'a str, passed: Range<usize>) -> Self {
        let mut text = String::with_capacity(source.len().min(4 * (HEAD + TAIL)));
        let mut origin: Vec<u32> = Vec::with_capacity(text.capacity());
        let mut chars = (0u32..).zip(source.chars()).enumerate().peekable();
        let mut previous = ' ';
        while let Some((place, (point, c))) = chars.next() {
            if place >= passed.start && place < passed.end {
                if place == passed.start {
                    text.push('\n');
                    origin.resize(text.len(), point);
                }
                continue;
            }
            match plain(c) {
                // Tong'an, Xi'an: the sign parts syllables, not words.
                Plain::One('\'')
                    if previous.is_ascii_alphabetic()
                        && chars.peek().is_some_and(|(_, (_, next))| matches!(next, 'a' | 'e' | 'o')) => {}
                Plain::One(one) => text.push(one),
                Plain::Nothing => {}
                Plain::Decompose => text.extend(
                    std::iter::once(c).nfkc().take(4).map(|part| if part.is_control() { ' ' } else { part }),
                ),
            }
            origin.resize(text.len(), point);
            previous = c;
        }
        let lower = text.bytes().any(|byte| byte.is_ascii_uppercase()).then(|| text.to_ascii_lowercase());
        let characters = Characters::of(&text);
        Self { source, text, lower, characters, origin }
    }

    /// The plain text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The plain text with small Latin letters; places are those of the plain text.
    pub fn lower(&self) -> &str {
        self.lower.as_deref().unwrap_or(&self.text)
    }

    /// The plain words of a piece with small Latin letters.
    pub fn lower_cut(&self, span: Span) -> &str {
        self.lower().get(span.start..span.end).unwrap_or("")
    }

    /// At most `count` characters before a byte, with small Latin letters.
    pub fn lower_before(&self, at: usize, count: usize) -> &str {
        tail(self.lower().get(..at).unwrap_or(""), count)
    }

    /// At most `count` characters from a byte on, with small Latin letters.
    pub fn lower_after(&self, at: usize, count: usize) -> &str {
        head(self.lower().get(at..).unwrap_or(""), count)
    }

    /// Those of some words, in any letters, that may be in the text; the others cannot. For long lists of
    /// rare words.
    pub fn among<'w>(&self, words: &'w [&'w str]) -> impl Iterator<Item = &'w str> {
        words.iter().copied().filter(|word| self.characters.may_hold(word))
    }

    /// Whether one of these words is in the text.
    pub fn has_any(&self, words: &[&str]) -> bool {
        self.among(words).any(|word| self.text.contains(word))
    }

    /// The first places of a word in small letters.
    pub fn places<'w>(&'w self, word: &'w str) -> impl Iterator<Item = usize> + use<'w> {
        let found = self.characters.may_hold(word).then(|| self.lower().match_indices(word));
        found.into_iter().flatten().map(|(at, _)| at)
    }

    /// The plain words of a piece.
    pub fn cut(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// The rest from a byte on.
    pub fn from(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or("")
    }

    /// At most `count` characters before a byte.
    pub fn before(&self, at: usize, count: usize) -> &str {
        tail(self.text.get(..at).unwrap_or(""), count)
    }

    /// At most `count` characters from a byte on.
    pub fn after(&self, at: usize, count: usize) -> &str {
        head(self.from(at), count)
    }

    /// The character that ends at a byte.
    pub fn char_before(&self, at: usize) -> Option<char> {
        self.text.get(..at).and_then(|text| text.chars().next_back())
    }

    /// The character that begins at a byte.
    pub fn char_at(&self, at: usize) -> Option<char> {
        self.from(at).chars().next()
    }

    /// Whether a piece is no part of a longer Latin word. Chinese has no borders to be seen.
    pub fn is_whole(&self, span: Span) -> bool {
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        let words = self.cut(span);
        let begins = !latin(words.chars().next()) || !latin(self.char_before(span.start));
        let ends = !latin(words.chars().next_back()) || !latin(self.char_at(span.end));
        begins && ends
    }

    /// Whether a piece is all of its line.
    pub fn is_line(&self, span: Span) -> bool {
        self.char_before(span.start).is_none_or(|c| c == '\n')
            && self.char_at(span.end).is_none_or(|c| c == '\n')
    }

    /// Without blanks at either end.
    pub fn trim(&self, span: Span) -> Span {
        let words = self.cut(span);
        let start = span.start + (words.len() - words.trim_start().len());
        Span::new(start, start + words.trim().len())
    }

    /// The place of a piece in the source, in code points, `end` exclusive.
    pub fn in_source(&self, span: Span) -> (u32, u32) {
        let start = self.origin.get(span.start).copied().unwrap_or_default();
        let end =
            span.end.checked_sub(1).and_then(|last| self.origin.get(last)).map_or(start, |point| point + 1);
        (start, end.max(start))
    }

    /// The piece that came from the source's code points from `start` to before `end`; none if nothing of
    /// them is here.
    pub fn at_source(&self, start: u32, end: u32) -> Option<Span> {
        let (from, to) = (
            self.origin.partition_point(|point| *point < start),
            self.origin.partition_point(|point| *point < end),
        );
        (from < to).then(|| Span::new(from, to))
    }

    /// The words of a piece as they are in the source, in NFKC.
    pub fn written(&self, span: Span) -> String {
        let (start, end) = self.in_source(span);
        between(self.source, start, end).nfkc().collect()
    }
}

/// The code points from `start` to before `end`.
pub fn between(text: &str, start: u32, end: u32) -> &str {
    let place = |point: u32| {
        let point = usize::try_from(point).unwrap_or(usize::MAX);
        text.char_indices().nth(point).map_or(text.len(), |(at, _)| at)
    };
    text.get(place(start)..place(end)).unwrap_or("")
}

/// At most `count` characters from the beginning.
pub fn head(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or("")
}

/// At most `count` characters up to the end.
pub fn tail(text: &str, count: usize) -> &str {
    if count == 0 {
        return "";
    }
    let start = text.char_indices().rev().nth(count - 1).map_or(0, |(at, _)| at);
    text.get(start..).unwrap_or("")
}

/// A Chinese character.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '〇' | '\u{20000}'..='\u{3134f}')
}

enum Plain {
    One(char),
    Nothing,
    Decompose,
}

fn plain(c: char) -> Plain {
    match c {
        '\n' => Plain::One('\n'),
        '\0'..='\u{1f}' | '\u{7f}' => Plain::One(' '),
        ' '..='~' | '。' | '、' | '·' | '°' => Plain::One(c),
        '\u{4e00}'..='\u{9fff}' => Plain::One(simplified(c)),
        '’' | '‘' => Plain::One('\''),
        '〜' | '∼' | '～' | '˜' => Plain::One('~'),
        '\u{2010}'..='\u{2015}' | '−' | '﹣' | '－' | '─' | '━' => Plain::One('-'),
        '】' | '］' => Plain::One(':'),
        '【' | '［' | '「' | '」' | '『' | '』' | '《' | '》' | '｜' | '│' | '•' | '●' | '★' => {
            Plain::One('|')
        }
        '∶' | '︰' | '﹕' => Plain::One(':'),
        '\u{2028}' | '\u{2029}' | '\u{85}' => Plain::One('\n'),
        // Circled numbers count points, they are no digits of a number beside them.
        '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}' => Plain::One(' '),
        '\u{20e3}' => Plain::Nothing,
        c if is_invisible(c) => Plain::Nothing,
        c => ascii_digit(c).map_or(Plain::Decompose, Plain::One),
    }
}

/// The simplified form of each character of the block `4e00` to `9fff` (`tables/traditional.csv`).
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut forms: Vec<char> = ('\u{4e00}'..='\u{9fff}').collect();
    for line in include_str!("../tables/traditional.csv").lines().skip(1) {
        let mut pair = line.chars().filter(|c| *c != ',');
        if let (Some(traditional), Some(simplified)) = (pair.next(), pair.next())
            && let Some(form) = forms.get_mut(place(traditional))
        {
            *form = simplified;
        }
    }
    forms
});

fn place(c: char) -> usize {
    usize::try_from(u32::from(c).wrapping_sub(0x4e00)).unwrap_or(usize::MAX)
}

fn simplified(c: char) -> char {
    SIMPLIFIED.get(place(c)).copied().unwrap_or(c)
}

/// A word of a table as it is in plain texts, where 磐石 is 盘石. The few that change are kept as long as the
/// program runs, as the tables are.
pub fn folded(word: &'static str) -> &'static str {
    if word.chars().all(|c| matches!(plain(c), Plain::One(same) if same == c)) {
        return word;
    }
    Normal::of(word).text.leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_the_words_as_written() {
        let normal = Normal::of("面积：２５００～３０００㎡ 地區");
        assert_eq!(normal.text(), "面积:2500~3000m2 地区");
        let at = normal.text().find("3000m2").unwrap_or_default();
        let span = Span::new(at, at + 6);
        assert_eq!(normal.in_source(span), (8, 13));
        assert_eq!(between("面积：２５００～３０００㎡ 地區", 8, 13), "３０００㎡");
        assert_eq!(normal.written(span), "3000m2");
        assert_eq!((normal.at_source(8, 13), normal.at_source(99, 100)), (Some(span), None));
    }

    #[test]
    fn words_of_tables_are_folded_as_texts_are() {
        for word in ["磐石市", "乾安县", "於潜镇", "中国（上海）自由贸易试验区", "昆山", "Suzhou"]
        {
            assert_eq!(folded(word), Normal::of(word).text(), "{word}");
        }
    }

    #[test]
    fn ends_of_texts_are_no_trouble() {
        let normal = Normal::of("é🏭");
        assert_eq!(normal.in_source(Span::new(0, normal.text().len())), (0, 2));
        assert_eq!(normal.in_source(Span::new(99, 100)), (0, 0));
        assert_eq!(
            (head("甲乙丙", 2), tail("甲乙丙", 2), tail("甲", 9), tail("甲", 0)),
            ("甲乙", "乙丙", "甲", "")
        );
        assert_eq!(Normal::of("").before(0, 3), "");
    }

    #[test]
    fn of_long_texts_the_ends_are_read() {
        let text = format!("甲{}乙", "一".repeat(2 * (HEAD + TAIL)));
        let normal = Normal::of(&text);
        assert_eq!(normal.text().chars().count(), HEAD + TAIL + 1);
        assert!(normal.text().starts_with('甲') && normal.text().ends_with('乙'));
        let end = normal.text().len();
        let last = u32::try_from(2 * (HEAD + TAIL)).unwrap_or_default() + 2;
        assert_eq!(normal.in_source(Span::new(end - 3, end)), (last - 1, last));
    }

    #[test]
    fn joiners_and_circled_numbers_vanish() {
        assert_eq!(Normal::of("①1️⃣\u{200b}3").text(), " 13");
        assert_eq!(Normal::of("١٣٨\u{2067}०९\u{61c}").text(), "13809");
    }
}
