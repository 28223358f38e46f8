//! The divisions of GB/T 4754-2017 and the words that name them; the table is `tables/industries.csv`.
//! Which words of an inquiry are its industry is decided in `industry.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

struct Divisions {
    search: Option<AhoCorasick>,
    codes: Vec<&'static str>,
}

static DIVISIONS: LazyLock<Divisions> = LazyLock::new(|| {
    let mut by_word: BTreeMap<&str, &str> = BTreeMap::new();
    for line in include_str!("../tables/industries.csv").lines().skip(1) {
        let Some((code, rest)) = line.split_once(',') else { continue };
        let Some((_, words)) = rest.rsplit_once(',') else { continue };
        for word in words.trim_matches('"').split('|').filter(|word| word.chars().count() >= 2) {
            by_word.entry(word).or_insert(code);
        }
    }
    let search = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(by_word.keys())
        .ok();
    Divisions { search, codes: by_word.into_values().collect() }
});

/// The division, if all words of the table in it name the same.
pub fn code_of(words: &str) -> Option<&'static str> {
    let mut codes = named_in(words).map(|(_, _, code)| code);
    let first = codes.next()?;
    codes.all(|code| code == first).then_some(first)
}

/// The words of the table in a text: first byte, byte after, code of the division.
pub fn named_in(words: &str) -> impl Iterator<Item = (usize, usize, &'static str)> {
    DIVISIONS.search.iter().flat_map(move |search| search.find_iter(words)).filter_map(|hit| {
        DIVISIONS.codes.get(hit.pattern().as_usize()).map(|code| (hit.start(), hit.end(), *code))
    })
}

/// The name of a division, in Chinese as the standard has it.
pub fn industry_name(code: &str) -> Option<&'static str> {
    static NAMES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
        let rows = include_str!("../tables/industries.csv").lines().skip(1);
        rows.filter_map(|row| {
            let (code, rest) = row.split_once(',')?;
            Some((code, rest.split(',').next()?))
        })
        .collect()
    });
    NAMES.get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_one_division() {
        assert_eq!(code_of("注塑"), Some("C29"));
        assert_eq!(code_of("甲乙丙"), None);
        assert!(DIVISIONS.search.is_some());
        assert_eq!((industry_name("A01"), industry_name("A99")), (Some("农业"), None));
    }
}
