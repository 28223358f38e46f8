//! The style of the sources: length, opening lines, names, words, and what may not be written outside tests.
//! Who may import whom is in ../architecture.rs.

use std::path::Path;

use super::sources::*;
use super::verdict;

/// Names that say nothing of what a file is about.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "manager", "service"];
/// Words that say too little. Identifiers are split at their underscores.
const VAGUE_WORDS: &[&str] = &["told", "stand", "stands", "he", "him", "his"];
const PLAIN_EXTENSIONS: &[&str] = &["rs", "html", "js"];
const LINES_MAX: usize = 500;
/// Files that are longer still. This list shrinks.
const LONG_LEFT: &[&str] = &[];
const COLUMNS_MAX: usize = 110;
/// A file shorter than this may open with one line.
const TINY: usize = 40;

#[test]
fn files_are_short_and_say_what_they_are_about() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LINES_MAX && !LONG_LEFT.contains(&source.path.as_str()) {
            faults.push(format!(
                "{} has {lines} lines, more than {LINES_MAX}: split it by what it is about",
                source.path
            ));
        }
        for (n, line) in
            source.text.lines().enumerate().filter(|(_, line)| line.chars().count() > COLUMNS_MAX)
        {
            faults.push(format!("{}:{} has {} columns", source.path, n + 1, line.chars().count()));
        }
        let opening = source.text.lines().take_while(|line| line.starts_with("//! ")).count();
        if opening < if lines < TINY { 1 } else { 2 } {
            faults.push(format!(
                "{} opens without two lines of //!: what lives here, and what does not",
                source.path
            ));
        }
        let name = Path::new(&source.path).file_stem().and_then(|stem| stem.to_str()).unwrap();
        if source.path.split('/').chain([name]).any(|part| EMPTY_NAMES.contains(&part)) {
            faults.push(format!(
                "{} has a name that says nothing: name it after what it is about",
                source.path
            ));
        }
    }
    verdict("every file can be read in one go", faults);
}

#[test]
fn sources_use_the_standard_terms() {
    let mut paths = Vec::new();
    collect(&root().join("src"), PLAIN_EXTENSIONS, &mut paths);
    let mut faults = Vec::new();
    for path in &paths {
        let text = read(path);
        let vague = text.lines().enumerate().filter(|(_, line)| is_vague(line));
        faults.extend(vague.map(|(at, line)| format!("{path}:{} {}", at + 1, line.trim())));
    }
    verdict(
        "say it with the field's standard term (answer, report, return, notify, is in); people are they",
        faults,
    );
    assert!(is_vague("let told = 1;") && is_vague("/// He may.") && is_vague("fn what_is_told()"));
    assert!(!is_vague("standard understand shell the this"));
}

fn is_vague(line: &str) -> bool {
    // What inquirers write is data.
    let line = line.replace("stand-alone", "");
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    words.map(str::to_ascii_lowercase).any(|word| VAGUE_WORDS.contains(&word.as_str()))
}

#[test]
fn nothing_is_allowed_without_a_reason_or_unwrapped() {
    let mut faults = Vec::new();
    for source in sources() {
        faults.extend(
            source
                .lines_with("[allow(")
                .map(|line| format!("{}:{line} #[expect(…, reason = …)] instead of #[allow]", source.path)),
        );
        let product = source.outside_tests();
        for name in [".unwrap()", ".expect(", ".unwrap_err()", "panic!(", "unreachable!(", "todo!("] {
            faults.extend(product.lines_with(name).map(|line| format!("{}:{line} {name}", source.path)));
        }
    }
    verdict(
        "outside tests nothing may panic: return an Error (Error::internal for what cannot be), or use \
        unwrap_or…",
        faults,
    );
}
