//! The lists of words of `tables/words/`, by their names, and how a text is asked for them.
//! What follows from a word is said where its list is used.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::text::normal::{Normal, Span, folded};

const TABLES: [&str; 9] = [
    include_str!("../tables/words/contacts.csv"),
    include_str!("../tables/words/forms.csv"),
    include_str!("../tables/words/measures.csv"),
    include_str!("../tables/words/people.csv"),
    include_str!("../tables/words/phones.csv"),
    include_str!("../tables/words/places.csv"),
    include_str!("../tables/words/sides.csv"),
    include_str!("../tables/words/topics.csv"),
    include_str!("../tables/words/wants.csv"),
];

/// The rows of the tables: the name of a list, what it means, its words.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLES.iter().flat_map(|table| table.lines().skip(1)).filter_map(|line| {
        let (name, rest) = line.split_once(',')?;
        let (meaning, words) = rest.split_once(',')?;
        Some((name, meaning, words))
    })
}

/// The words in the plain form that texts are searched in.
static LISTS: LazyLock<FxHashMap<&str, Vec<&str>>> =
    LazyLock::new(|| rows().map(|(name, _, words)| (name, words.split('|').map(folded).collect())).collect());

/// The words of a list, in their order; none if there is no such list.
pub fn listed(name: &str) -> impl Iterator<Item = &'static str> + use<> {
    LISTS.get(name).into_iter().flatten().copied()
}

/// The words of a list as a set.
pub fn set_of(name: &str) -> FxHashSet<&'static str> {
    listed(name).collect()
}

/// A list of words, looked up once: `static LEADS: List = List::named("leads to places");`
pub struct List {
    name: &'static str,
    words: OnceLock<&'static [&'static str]>,
}

impl List {
    /// The list of that name in the tables.
    pub const fn named(name: &'static str) -> Self {
        Self { name, words: OnceLock::new() }
    }

    /// Its words, in the order of the table.
    pub fn words(&self) -> &'static [&'static str] {
        self.words.get_or_init(|| LISTS.get(self.name).map_or(&[], Vec::as_slice))
    }

    /// Whether `word` is one of them.
    pub fn has(&self, word: &str) -> bool {
        self.words().contains(&word)
    }

    /// Whether the text begins with one of them.
    pub fn begins(&self, text: &str) -> bool {
        self.words().iter().any(|word| text.starts_with(word))
    }

    /// Whether the text ends with one of them.
    pub fn ends(&self, text: &str) -> bool {
        self.words().iter().any(|word| text.ends_with(word))
    }

    /// Whether one of them is in the text.
    pub fn is_in(&self, text: &str) -> bool {
        self.words().iter().any(|word| text.contains(word))
    }

    /// Whether one of them is anywhere in a page.
    pub fn is_on(&self, page: &Normal<'_>) -> bool {
        self.on(page).next().is_some()
    }

    /// How many of them are anywhere in a page.
    pub fn count_on(&self, page: &Normal<'_>) -> usize {
        self.on(page).count()
    }

    /// The first place in a page where one of them is, with the word; the longest of those at one place.
    pub fn first_on(&self, page: &Normal<'_>) -> Option<(usize, &'static str)> {
        self.on(page).min_by_key(|(at, word)| (*at, std::cmp::Reverse(word.len())))
    }

    /// Those of them that are in a page, in small letters, each with its first place. Latin words count only
    /// whole or in the plural. Most words are passed by their characters.
    fn on<'p>(&self, page: &'p Normal<'_>) -> impl Iterator<Item = (usize, &'static str)> + use<'p> {
        page.among(self.words()).filter_map(move |word| {
            let mut places = page.lower().match_indices(word).map(|(at, _)| Span::new(at, at + word.len()));
            let is_plural = |span: &Span| {
                page.char_at(span.end) == Some('s') && page.is_whole(Span::new(span.start, span.end + 1))
            };
            places.find(|span| page.is_whole(*span) || is_plural(span)).map(|span| (span.start, word))
        })
    }

    /// The longest of them that the text begins with.
    pub fn beginning_of(&self, text: &str) -> Option<&'static str> {
        self.words().iter().filter(|word| text.starts_with(**word)).max_by_key(|word| word.len()).copied()
    }

    /// The longest of them that the text ends with.
    pub fn end_of(&self, text: &str) -> Option<&'static str> {
        self.words().iter().filter(|word| text.ends_with(**word)).max_by_key(|word| word.len()).copied()
    }

    /// The first place in the text where one of them is, with the word; the longest of those at one place.
    pub fn first_in(&self, text: &str) -> Option<(usize, &'static str)> {
        let found = self.words().iter().filter_map(|word| Some((text.find(word)?, *word)));
        found.min_by_key(|(at, word)| (*at, std::cmp::Reverse(word.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_words_and_no_blanks_around_them() {
        for table in TABLES {
            assert_eq!(table.lines().next(), Some("list,meaning,words"));
        }
        let mut names = FxHashSet::default();
        for (name, meaning, words) in rows() {
            assert!(!name.is_empty() && !meaning.is_empty() && !words.contains(','), "{name}");
            assert!(names.insert(name), "{name} is there twice");
            let mut seen = FxHashSet::default();
            for word in words.split('|') {
                assert!(!word.is_empty() && seen.insert(word), "{name}: {word:?} is empty or there twice");
            }
        }
        assert_eq!(rows().count(), TABLES.iter().map(|table| table.lines().count() - 1).sum::<usize>());
        assert_eq!(listed("no such list").count(), 0);
    }

    #[test]
    fn a_text_is_asked_for_the_words_of_a_list() {
        static LEADS: List = List::named("leads to places");
        assert!(LEADS.has("在") && !LEADS.has("在在"));
        assert!(LEADS.ends("我在") && LEADS.begins("在我") && LEADS.is_in("我在家"));
        assert!(!LEADS.is_in("") && List::named("no such list").words().is_empty());
        assert_eq!(LEADS.first_in("甲在乙在"), Some((3, "在")));
        static INVESTORS: List = List::named("investors");
        for (text, is_on) in
            [("a fund", true), ("two Funds", true), ("refundable", false), ("fundamentals", false)]
        {
            assert_eq!(INVESTORS.is_on(&Normal::of(text)), is_on, "{text}");
        }
        assert_eq!((LEADS.beginning_of("在乙"), LEADS.end_of("乙在")), (Some("在"), Some("在")));
    }
}
