//! The word lists of `tables/words.csv`, by their names.
//! What a list is for is said where it is used.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

static LISTS: LazyLock<FxHashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let rows = include_str!("../tables/words.csv").lines().skip(1).filter_map(|line| line.split_once(','));
    rows.map(|(list, words)| (list, words.split('|').collect())).collect()
});

/// The words of a list, in their order; none if there is no such list.
pub fn listed(name: &str) -> impl Iterator<Item = &'static str> {
    LISTS.get(name).into_iter().flatten().copied()
}

/// The words of a list as a set.
pub fn set_of(name: &str) -> FxHashSet<&'static str> {
    listed(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_words_and_no_blanks_around_them() {
        let text = include_str!("../tables/words.csv");
        assert_eq!(text.lines().next(), Some("list,words"));
        for line in text.lines().skip(1) {
            let (name, words) = line.split_once(',').unwrap_or_default();
            assert!(!name.is_empty() && !words.contains(','), "{name}");
            let mut seen = FxHashSet::default();
            for word in words.split('|') {
                assert!(
                    !word.trim().is_empty() && seen.insert(word),
                    "{name}: {word:?} is empty or there twice"
                );
            }
        }
        assert_eq!(listed("no such list").count(), 0);
    }
}
