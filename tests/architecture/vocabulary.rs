//! The rooms that understand text: which of them may import which, and that their words are tables and no code.
//! What they read is tested in `tests/facts`.

use std::collections::BTreeSet;

use super::sources::*;
use super::verdict;

/// The rooms of `facts`, from the ground up; each may import those before it.
const ROOMS: [&str; 10] =
    ["text", "model", "words", "measures", "form", "phones", "reading", "people", "places", "wants"];
/// Chinese words that are in code all the same: where a room may not know the tables, and where a word is the
/// rule itself.
const WORDS_IN_CODE_MAX: usize = 40;

/// The text outside of tests, with what is written in quotes.
fn written(source: &Source) -> &str {
    let is_test = source.path.ends_with("/tests.rs");
    if is_test { "" } else { source.text.split("#[cfg(test)]").next().unwrap_or_default() }
}

fn facts() -> impl Iterator<Item = Source> {
    sources().iter().filter(|source| source.path.starts_with("src/facts/")).map(Source::outside_tests)
}

#[test]
fn rooms_of_facts_import_those_below() {
    let place = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut faults = Vec::new();
    for source in facts() {
        let modules = source.modules();
        let Some(own) = modules.get(1).and_then(|room| place(room)) else { continue };
        for (at, rest) in source.code.match_indices("facts::").map(|(at, found)| (at, at + found.len())) {
            let name: String = source.code[rest..].chars().take_while(|c| is_ident(*c)).collect();
            if place(&name).is_some_and(|other| other > own) {
                faults.push(format!("{}:{} imports {name}", source.path, source.line_at(at)));
            }
        }
    }
    verdict("what both rooms need goes into the lower one", faults);
}

#[test]
fn words_are_tables() {
    let is_han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}');
    let mut found = Vec::new();
    for source in facts() {
        for (number, line) in
            written(&source).lines().enumerate().filter(|(_, line)| !line.trim().starts_with("//"))
        {
            let words = line.split('"').skip(1).step_by(2);
            let words = words.filter(|word| word.chars().filter(|c| is_han(*c)).count() > 1);
            found.extend(words.map(|word| format!("{}:{} {word}", source.path, number + 1)));
        }
    }
    assert!(
        found.len() <= WORDS_IN_CODE_MAX,
        "words that rules look for are lists of src/facts/tables/words/:\n{}",
        found.join("\n")
    );
}

/// The names in quotes behind these words of the code.
fn named_behind<'a>(code: &'a str, words: &'a str) -> impl Iterator<Item = &'a str> {
    code.split(words).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_list_of_words_is_there_and_is_used() {
    let mut paths = Vec::new();
    collect(&root().join("src/facts/tables/words"), &["csv"], &mut paths);
    let tables: Vec<String> = paths.iter().map(|path| read(path)).collect();
    let rows = tables.iter().flat_map(|table| table.lines().skip(1));
    let listed: BTreeSet<&str> = rows.filter_map(|row| row.split(',').next()).collect();
    let code = facts().map(|source| written(&source).to_owned()).collect::<Vec<_>>().join("\n");
    let asked = ["List::named(\"", "listed(\"", "set_of(\""];
    let asked: BTreeSet<&str> = asked.iter().flat_map(|words| named_behind(&code, words)).collect();
    let missing: Vec<String> =
        asked.difference(&listed).map(|name| format!("no table has {name:?}")).collect();
    let unused =
        listed.iter().filter(|name| !code.contains(&format!("\"{name}\"")) && !is_put_together(name));
    let unused: Vec<String> = unused.map(|name| format!("nothing uses {name:?}")).collect();
    verdict("lists of words and rules know each other", missing.into_iter().chain(unused).collect());
}

/// Names that code puts together of a kind and a field: `label tax`.
fn is_put_together(name: &str) -> bool {
    ["label ", "in a label ", "in a field name "].iter().any(|kind| name.starts_with(kind))
}
