//! Names in Latin letters: rows of capitalised words, which of them are companies and which people.
//! Chinese names are in `company.rs` and `contact.rs`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::lists::set_of;

/// A row of capitalised words with single blanks between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub span: Span,
    pub words: usize,
    /// Ends with Ltd, GmbH and the like.
    pub legal: bool,
}

/// Forms of companies.
static LEGAL: LazyLock<FxHashSet<&str>> = LazyLock::new(|| set_of("latin legal forms"));
/// Words that begin sentences and labels, not names.
static OTHERS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| set_of("latin no names"));

/// Rows looked at in one text.
const MAX: usize = 200;

/// The rows of capitalised words; words such as `Contact` and `We` part them.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn rows(page: &Normal<'_>, stop: impl Fn(Span) -> bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Option<Row> = None;
    for word in words(page) {
        if rows.len() >= MAX {
            break;
        }
        let text = page.cut(word);
        let lower = page.lower_cut(word);
        let legal = LEGAL.contains(lower);
        let joins = open.is_some_and(|row| gap_joins(page, row.span.end, word.start, lower));
        // Foo Biotech (Shanghai) Co., Ltd.
        let bracketed = open.is_some_and(|row| page.text().get(row.span.end..word.start) == Some(" ("))
            && page.char_at(word.end) == Some(')')
            && LEGAL
                .iter()
                .any(|legal| page.lower_after(word.end, 8).trim_start_matches([')', ' ']).starts_with(legal));
        let capital = text.starts_with(|c: char| c.is_ascii_uppercase());
        let linking = matches!(lower, "&" | "of" | "and" | "de" | "van" | "von") && joins;
        let other = OTHERS.contains(lower.trim_end_matches(['.', ':']));
        match open {
            Some(row)
                if joins
                    && legal
                    && (capital
                        || lower != "company"
                            && lower != "group"
                            && lower != "se"
                            && lower != "spa"
                            && lower != "partners"
                            && lower != "industries") =>
            {
                open = Some(Row { span: row.span.to(word), words: row.words + 1, legal: true });
            }
            // A brand may hold a common word: Foo Land Systems. Only the first word is held to be none.
            Some(row)
                if joins
                    && capital
                    && !row.legal
                    && !stop(word)
                    && (!other || row.words >= 1 && is_brand_part(lower)) =>
            {
                open = Some(Row { span: row.span.to(word), words: row.words + 1, legal: row.legal });
            }
            Some(row) if bracketed => {
                open = Some(Row {
                    span: Span::new(row.span.start, word.end + 1),
                    words: row.words + 1,
                    legal: false,
                });
            }
            Some(row) if linking && next_is_capital(page, word.end) && !row.legal && lower != "and" => {
                open = Some(Row { span: row.span.to(word), words: row.words, legal: false });
            }
            _ => {
                rows.extend(open.take());
                if capital && !other && !legal && !stop(word) {
                    open = Some(Row { span: word, words: 1, legal: false });
                }
            }
        }
    }
    rows.extend(open);
    for row in &mut rows {
        // The point of `Co., Ltd.` is its own, that of `Pvt Ltd.` may end the sentence.
        let rest = page.from(row.span.end);
        let sentence = rest.is_empty()
            || rest.starts_with('\n')
            || rest.starts_with(' ') && rest.trim_start().starts_with(|c: char| c.is_ascii_uppercase());
        let last = page.cut(row.span).rsplit(' ').next().unwrap_or("");
        let own = page.lower_cut(row.span).contains("co.") || !sentence || last.matches('.').count() > 1;
        let trimmed = if row.legal && own {
            page.cut(row.span).trim_end_matches([','])
        } else {
            page.cut(row.span).trim_end_matches(['.', ',', '&'])
        };
        row.span.end = row.span.start + trimmed.len();
    }
    rows
}

fn is_brand_part(lower: &str) -> bool {
    matches!(
        lower,
        "industry"
            | "logistics"
            | "storage"
            | "production"
            | "manufacturing"
            | "assembly"
            | "workshop"
            | "north"
            | "south"
            | "east"
            | "west"
            | "first"
            | "second"
            | "open"
            | "google"
            | "single"
            | "double"
            | "foreign"
            | "domestic"
            | "english"
            | "german"
            | "american"
            | "european"
            | "price"
            | "ground"
            | "one"
            | "client"
            | "target"
            | "lead"
            | "sun"
            | "land"
            | "power"
            | "building"
            | "engineer"
            | "china"
            | "asia"
            | "led"
            | "fire"
            | "crane"
            | "new"
            | "space"
            | "delta"
            | "facility"
            | "plant"
            | "factory"
            | "warehouse"
            | "pcb"
            | "cnc"
            | "investment"
            | "grade"
            | "class"
    )
}

fn next_is_capital(page: &Normal<'_>, at: usize) -> bool {
    page.from(at).trim_start().starts_with(|c: char| c.is_ascii_uppercase())
}

/// `Foo Bar`, `Foo Co., Ltd.`, `Foo, Inc.`
fn gap_joins(page: &Normal<'_>, end: usize, start: usize, next: &str) -> bool {
    let gap = page.text().get(end..start).unwrap_or("");
    gap == " "
        || gap.is_empty()
        || matches!(gap, "," | ", ") && matches!(next, "ltd" | "ltd." | "inc" | "inc." | "llc" | "limited")
}

/// Runs of Latin letters, digits and signs within names, with a point after short ones.
fn words<'a>(page: &'a Normal<'_>) -> impl Iterator<Item = Span> + 'a {
    let text = page.text();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            let is_word = |c: char| {
                c.is_ascii_alphanumeric()
                    || matches!(c, '&' | '\'' | '-')
                    || matches!(c, '\u{c0}'..='\u{24f}')
            };
            if !(first.is_ascii_alphabetic() || first == '&' || matches!(first, '\u{c0}'..='\u{24f}')) {
                // Digits at the beginning belong to a number, pass all of it.
                let skip: usize = if first.is_ascii_digit() {
                    rest.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum()
                } else {
                    first.len_utf8()
                };
                at += skip;
                continue;
            }
            let mut length: usize = rest.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
            if length == 1 && rest.starts_with("A/S") {
                length = 3;
            }
            if let Some(form) = pointed_form(rest) {
                let span = Span::new(at, at + form);
                at += form;
                return Some(span);
            }
            let lower = page.lower_cut(Span::new(at, at + length));
            if rest.get(length..).is_some_and(|after| after.starts_with('.')) {
                let dotted =
                    matches!(lower, "co" | "inc" | "ltd" | "corp" | "mr" | "ms" | "mrs" | "dr" | "prof")
                        || length == 1;
                length += usize::from(dotted);
            }
            let span = Span::new(at, at + length);
            at += length;
            return Some(span);
        }
    })
}

/// Forms with points or blanks in them (s.r.o., Sp. z o.o., & Co. KG) are one word: the length of the longest
/// at the beginning.
fn pointed_form(rest: &str) -> Option<usize> {
    let fits = |form: &&&str| {
        rest.get(..form.len()).is_some_and(|head| head.eq_ignore_ascii_case(form))
            && !rest
                .get(form.len()..)
                .is_some_and(|after| after.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    if !rest.starts_with([
        '&', 's', 'S', 'a', 'A', 'b', 'B', 'n', 'N', 'd', 'D', 'k', 'K', 'l', 'L', 'p', 'P', 'g', 'G', 'e',
        'o', 'O',
    ]) {
        return None;
    }
    POINTED.iter().filter(fits).map(|form| form.len()).max()
}

static POINTED: LazyLock<Vec<&str>> = LazyLock::new(|| {
    set_of("latin legal forms")
        .into_iter()
        .filter(|form| form.contains(' ') || form.matches('.').count() > 1)
        .collect()
});

/// A row without the forms of address at its beginning: how long these are.
pub fn has_address(words: &str) -> bool {
    ["Mr", "Ms", "Mrs", "Miss", "Dr", "Prof", "Sir", "Madam"]
        .iter()
        .any(|address| words.strip_prefix(address).is_some_and(|rest| rest.starts_with(['.', ' '])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_names() {
        let page = Normal::of(
            "Contact: Ann Smith, Foo Tooling Inc., or call Bo at Bar Systems Co., Ltd. We are Kalt GmbH & \
            need 3PL space",
        );
        let found: Vec<_> =
            rows(&page, |_| false).iter().map(|row| (page.cut(row.span).to_owned(), row.legal)).collect();
        assert_eq!(
            found,
            [
                ("Ann Smith", false),
                ("Foo Tooling Inc.", true),
                ("Bo", false),
                ("Bar Systems Co., Ltd.", true),
                ("Kalt GmbH", true)
            ]
            .map(|(name, legal)| (name.to_owned(), legal))
        );
    }
}
