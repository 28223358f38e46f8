//! Names in Latin letters: rows of capitalised words, which of them are companies and which people.
//! What is a company or a contact is decided in the files of these.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::lists::{List, set_of};

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

/// Forms of companies that are common words unless they begin with a capital letter.
static COMMON_FORMS: List = List::named("latin legal forms like common words");
/// Small words within a name.
static LINKS: List = List::named("small words in latin names");
/// Words that begin no name and may be the second of a brand.
static BRAND_PARTS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| set_of("latin parts of brands"));
/// What a comma may be before, within a name.
static BEHIND_COMMA: List = List::named("latin legal forms behind a comma");
/// Short words with a point of their own.
static WITH_POINT: List = List::named("latin words with a point");
/// Forms of address before a name.
static ADDRESSES: List = List::named("latin forms of address");

/// Rows looked at in one text.
const MAX: usize = 200;

/// A word with what it may be in a name.
struct Word<'a> {
    span: Span,
    /// In small letters.
    lower: &'a str,
    /// Begins with a capital letter.
    capital: bool,
    /// A form of companies.
    legal: bool,
    /// Begins sentences and labels, not names.
    other: bool,
}

impl<'a> Word<'a> {
    fn of(page: &'a Normal<'_>, span: Span) -> Self {
        let lower = page.lower_cut(span);
        Self {
            span,
            lower,
            capital: page.cut(span).starts_with(|c: char| c.is_ascii_uppercase()),
            legal: LEGAL.contains(lower),
            other: OTHERS.contains(lower.trim_end_matches(['.', ':'])),
        }
    }
}

/// The rows of capitalised words; words such as `Contact` and `We` part them.
pub fn rows(page: &Normal<'_>, stop: impl Fn(Span) -> bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Option<Row> = None;
    for span in words(page) {
        if rows.len() >= MAX {
            break;
        }
        let word = Word::of(page, span);
        let longer = open.and_then(|row| longer(page, row, &word, &stop));
        if longer.is_none() {
            rows.extend(open);
        }
        let begins = || word.capital && !word.other && !word.legal && !stop(span);
        open = longer.or_else(|| begins().then_some(Row { span, words: 1, legal: false }));
    }
    rows.extend(open);
    for row in &mut rows {
        row.span.end = row.span.start + without_points(page, *row).len();
    }
    rows
}

/// The row with the word, if it goes on with it.
fn longer(page: &Normal<'_>, row: Row, word: &Word<'_>, stop: &impl Fn(Span) -> bool) -> Option<Row> {
    let joins = gap_joins(page, row.span.end, word.span.start, word.lower);
    let with = |words: usize, legal: bool| Some(Row { span: row.span.to(word.span), words, legal });
    if joins && is_form(word) {
        return with(row.words + 1, true);
    }
    if joins && !row.legal && is_of_name(&row, word, page.cut(word.span)) && !stop(word.span) {
        return with(row.words + 1, false);
    }
    if is_in_brackets(page, &row, word) {
        let span = Span::new(row.span.start, word.span.end + 1);
        return Some(Row { span, words: row.words + 1, legal: false });
    }
    if joins && !row.legal && LINKS.has(word.lower) && is_capital_soon(page, word.span.end) {
        return with(row.words, false);
    }
    None
}

/// Whether the word is a form of companies; common words are one only with a capital letter.
fn is_form(word: &Word<'_>) -> bool {
    word.legal && (word.capital || !COMMON_FORMS.has(word.lower))
}

/// A brand may hold a common word: Foo Land Systems. Only the first word is held to be none.
fn is_of_name(row: &Row, word: &Word<'_>, cut: &str) -> bool {
    (word.capital || is_elided(cut)) && (!word.other || row.words >= 1 && BRAND_PARTS.contains(word.lower))
}

/// Foo d'Orient, Bar dell'Arte: a small word without its last letter is before the capital letter.
fn is_elided(word: &str) -> bool {
    let (small, name) = word.split_once('\'').unwrap_or(("", ""));
    matches!(small, "d" | "l" | "dell" | "de" | "del") && name.starts_with(|c: char| c.is_uppercase())
}

/// Foo Biotech (Shanghai) Co., Ltd.
fn is_in_brackets(page: &Normal<'_>, row: &Row, word: &Word<'_>) -> bool {
    page.text().get(row.span.end..word.span.start) == Some(" (")
        && page.char_at(word.span.end) == Some(')')
        && LEGAL
            .iter()
            .any(|legal| page.lower_after(word.span.end, 8).trim_start_matches([')', ' ']).starts_with(legal))
}

/// The point of `Co., Ltd.` is its own, that of `Pvt Ltd.` may end the sentence.
fn without_points<'a>(page: &'a Normal<'_>, row: Row) -> &'a str {
    let words = page.cut(row.span);
    let last = words.rsplit(' ').next().unwrap_or("");
    let behind = page.from(row.span.end).trim_start_matches(' ');
    let is_own = page.lower_cut(row.span).contains("co.")
        || behind.is_empty()
        || behind.starts_with('\n')
        || !is_end_of_sentence(page.from(row.span.end))
        || last.matches('.').count() > 1;
    if row.legal && is_own { words.trim_end_matches([',']) } else { words.trim_end_matches(['.', ',', '&']) }
}

/// Whether a sentence would end before these words.
fn is_end_of_sentence(rest: &str) -> bool {
    rest.is_empty()
        || rest.starts_with('\n')
        || rest.starts_with(' ') && rest.trim_start().starts_with(|c: char| c.is_ascii_uppercase())
}

/// A capital letter follows, maybe behind a second small word: Foo de la Bar.
fn is_capital_soon(page: &Normal<'_>, at: usize) -> bool {
    let second = page.from(at).trim_start().split(' ').next().unwrap_or("");
    let behind = || at + page.from(at).find(second).map_or(0, |start| start + second.len());
    next_is_capital(page, at) || LINKS.has(second) && next_is_capital(page, behind())
}

fn next_is_capital(page: &Normal<'_>, at: usize) -> bool {
    page.from(at).trim_start().starts_with(|c: char| c.is_ascii_uppercase())
}

/// `Foo Bar`, `Foo Co., Ltd.`, `Foo, Inc.`
fn gap_joins(page: &Normal<'_>, end: usize, start: usize, next: &str) -> bool {
    let gap = page.text().get(end..start).unwrap_or("");
    gap == " " || gap.is_empty() || matches!(gap, "," | ", ") && BEHIND_COMMA.has(next)
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
                let dotted = WITH_POINT.has(lower) || length == 1;
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
    let mut behind = ADDRESSES.words().iter().filter_map(|address| words.strip_prefix(address));
    behind.any(|rest| rest.starts_with(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_names() {
        let page = Normal::of(
            "Contact: Ann Smith, Foo Tooling Inc., or call Bo at Bar Systems Co., Ltd. We are Kalt GmbH & \
            need 3PL space. Fleurs d'Hiver SARL or Foo de la Bar Ltd",
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
                ("Kalt GmbH", true),
                ("Fleurs d'Hiver SARL", true),
                ("Foo de la Bar Ltd", true)
            ]
            .map(|(name, legal)| (name.to_owned(), legal))
        );
    }
}
