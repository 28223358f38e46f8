//! Contacts with names in Latin letters: with Mr or Dr, beside a phone or an address of mail, after `call`.
//! Rows of capitalised words are read in `latin.rs`, which candidate is taken is decided in `contact.rs`.

use crate::facts::people::around::{is_before_account, is_last, title_after, to_nearest};
use crate::facts::people::foreign_companies;
use crate::facts::people::latin::Row;
use crate::facts::people::model::{Company, Contact};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// Forms of address before a name.
static ADDRESSES: List = List::named("foreign forms of address");
/// Right before a name, with a blank between.
static INTRODUCES: List = List::named("introduces a foreign name");
/// Words of places and companies, which are of no person's name.
static NO_NAMES: List = List::named("latin words in no person's name");
/// What ends a letter, in the line above the name.
static CLOSES_ABOVE: List = List::named("closes a letter above a name");
/// What ends a letter, in the line of the name.
static CLOSES_BEFORE: List = List::named("closes a letter before a name");
/// Right before a Chinese sentence's name in Latin letters.
static CHINESE_LEADS: List = List::named("leads to a foreign name in chinese");
/// Given names that alone end a letter.
static GIVEN_NAMES: List = List::named("given names");
/// Labels for a way to reach somebody: nothing is between the name and what they name.
static LABELS: List = List::named("labels behind a foreign name");

/// Names in Latin letters: with Mr or Dr, beside a phone or an address, after `call` and `I'm`, under
/// `Regards`.
pub fn latin_name(reading: &Reading<'_>, companies: &[Company], rows: &[Row]) -> Option<Contact> {
    let addressed = reading
        .page
        .among(ADDRESSES.words())
        .flat_map(|address| reading.page.text().match_indices(address).take(5))
        .filter_map(|(at, address)| behind_address(reading, at, address));
    addressed.chain(of_rows(reading, companies, rows)).fold(None, Contact::surer)
}

/// Mr. Gu, Dr Ann Smith: the name with its address, which begins at a byte.
fn behind_address(reading: &Reading<'_>, at: usize, address: &str) -> Option<Contact> {
    let page = &reading.page;
    let after = page.from(at + address.len());
    let rest = after.trim_start_matches(['.', ' ']);
    let skip = after.len() - rest.len();
    let name = length_of_name(rest);
    let is_clear = page.char_before(at).is_none_or(|c| !c.is_ascii_alphanumeric())
        && page.before(at, 6).trim_end() != "Dear";
    if skip == 0 || name == 0 || !is_clear {
        return None;
    }
    let mut span = Span::new(at, at + address.len() + skip + name);
    if let Some(masked) = reading.mask.spans().find(|masked| masked.touches(span)) {
        span = page.trim(Span::new(span.start, masked.start.max(span.start)));
    }
    Some(Contact { span, confidence: 0.9, title: title_after(page, span.end) })
}

/// How long the one or two capitalised words at the beginning are.
fn length_of_name(rest: &str) -> usize {
    let mut length = 0;
    for word in rest.split(' ').take(2) {
        let letters = word.chars().take_while(|c| c.is_alphabetic() && !is_han(*c) || *c == '-');
        let own: usize = letters.map(char::len_utf8).sum();
        if own == 0 || !word.starts_with(char::is_uppercase) {
            break;
        }
        length += own + usize::from(length > 0);
        if own < word.len() {
            break;
        }
    }
    length
}

/// The rows of capitalised words that are names.
fn of_rows(reading: &Reading<'_>, companies: &[Company], rows: &[Row]) -> impl Iterator<Item = Contact> {
    let mut previous: Option<Row> = None;
    rows.iter().filter(|row| !reading.mask.touches(row.span)).filter_map(move |row| {
        let before = previous.replace(*row);
        if !could_name_somebody(reading, companies, row) || is_company_of(&reading.page, before, row) {
            return None;
        }
        let score = score(reading, companies, row);
        (score >= 0.2).then(|| Contact::untitled(row.span, f64::min(0.6 + score, 0.91)))
    })
}

/// Whether a row is as short as a name and no company, no position.
fn could_name_somebody(reading: &Reading<'_>, companies: &[Company], row: &Row) -> bool {
    !row.legal
        && row.words <= 3
        && row.span.end - row.span.start >= 2
        && !companies.iter().any(|company| company.span.touches(row.span))
        && !foreign_companies::is_latin_title(reading.page.cut(row.span))
}

/// Ann Smith, Foo Systems, +49 …: the second of two rows is the company.
fn is_company_of(page: &Normal<'_>, before: Option<Row>, row: &Row) -> bool {
    let gap = before.and_then(|before| page.text().get(before.span.end..row.span.start));
    let is_legal = before.is_some_and(|before| before.legal);
    row.words > 1 && !is_legal && gap.is_some_and(|gap| gap.starts_with(',') && gap.len() <= 3)
}

/// How much around a row says that it is the contact's name; 0.2 is enough.
fn score(reading: &Reading<'_>, companies: &[Company], row: &Row) -> f64 {
    let page = &reading.page;
    let name = row.span;
    // Grace 微信grace_ck
    let is_led = is_introduced(page, name) || row.words == 1 && is_before_account(page, name);
    let near = match to_nearest(reading, |way| gap_latin(page, name, way)) {
        0 => 0.22,
        1..=60 if row.words >= 2 && is_signature(page, name) => 0.2,
        _ => 0.0,
    };
    let is_of_company =
        row.words >= 2 && companies.iter().any(|company| is_before_company(page, name, company.span));
    (if is_line(page, name) { 0.2 } else { 0.0 })
        + if closes_letter(page, row) || closes_as_given_name(page, row) { 0.22 } else { 0.0 }
        + if is_led { 0.3 } else { 0.0 }
        + near
        + if is_of_company { 0.2 } else { 0.0 }
}

/// `call Leo`, `my name is Ann`, `Best regards, Ann`, 我叫Leo.
fn is_introduced(page: &Normal<'_>, name: Span) -> bool {
    let before = page.lower_before(name.start, 16);
    let ends = |list: &List, between: &str| before.strip_suffix(between).is_some_and(|rest| list.ends(rest));
    ends(&INTRODUCES, " ")
        || ends(&CLOSES_ABOVE, ",\n")
        || ends(&CLOSES_BEFORE, ", ")
        || before.ends_with("regards\n")
        || CHINESE_LEADS.ends(before)
}

/// `Sam Okoro, Ledgerlark Ltd, +44 …`
fn is_before_company(page: &Normal<'_>, name: Span, company: Span) -> bool {
    let gap = page.text().get(name.end..company.start);
    company.start > name.end
        && gap.is_some_and(|gap| gap.len() <= 40 && gap.starts_with([',', '\n', ' ', '(']))
}

/// Whether the name is followed as in a signature.
fn is_signature(page: &Normal<'_>, name: Span) -> bool {
    let rest = page.from(name.end);
    rest.starts_with([',', '\n']) || rest.starts_with(" (")
}

/// Whether two words or three alone end the text behind a sentence or a company: `… a year. Moira Blake`.
fn closes_letter(page: &Normal<'_>, row: &Row) -> bool {
    let words = page.cut(row.span);
    let before = page.before(row.span.start, 3).trim_end_matches([' ', '-', '—', ',']);
    (2..=3).contains(&row.words)
        && is_last(page, row.span)
        && before.ends_with(['.', '。', '!', '\n'])
        && words.split(' ').all(|word| !NO_NAMES.has(&word.to_ascii_lowercase()))
        && words.split(' ').all(|word| word.chars().skip(1).any(|c| c.is_ascii_lowercase()))
}

/// `… ASAP. Mia`, `WeChat: foo_bar / Iris`: a given name alone ends the text behind a sign.
fn closes_as_given_name(page: &Normal<'_>, row: &Row) -> bool {
    let before = page.before(row.span.start, 3);
    let sign = before.trim_end_matches([' ', '-', '—']);
    row.words == 1
        && is_last(page, row.span)
        && sign.len() < before.len()
        && sign.ends_with(['.', '。', '!', '?', '/', '|'])
        && GIVEN_NAMES.has(page.cut(row.span))
}

/// Whether the name is a line of its own.
fn is_line(page: &Normal<'_>, name: Span) -> bool {
    page.char_before(name.start).is_some_and(|c| c == '\n')
        && page.char_at(name.end).is_none_or(|c| c == '\n')
}

/// The characters between a Latin name and what follows it; nothing for what is before it.
fn gap_latin(page: &Normal<'_>, name: Span, other: Span) -> usize {
    let between = if name.end <= other.start {
        page.text().get(name.end..other.start)
    } else {
        page.text().get(other.end..name.start)
    };
    let Some(between) = between.filter(|between| between.len() <= 80 && !between.contains(". ")) else {
        return usize::MAX;
    };
    let after = name.end <= other.start;
    let count = between.chars().filter(|c| !matches!(c, ' ' | ':' | ',' | '(' | ')' | '\n')).count();
    let label = between.trim_matches([' ', ':', ',', '(', ')', '.', '\n']).to_ascii_lowercase();
    if LABELS.has(&label) {
        return 0;
    }
    if after { count } else { count.saturating_add(if between.contains(['(', ' ']) { 0 } else { 9 }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::people::latin;

    #[test]
    fn names_beside_a_phone_or_an_address() {
        for (text, expected) in [
            ("Leo 13800001234", Some("Leo")),
            ("Call Mei Lin at 0086-13800001234", Some("Mei Lin")),
            ("Dr. Fang fang@example.com", Some("Dr. Fang")),
            ("仓库500平 上海 ASAP. Anna", Some("Anna")),
            ("WeChat: foo_bar / Grace", Some("Grace")),
            ("Need space in Suzhou. Flexible", None),
            ("wechat: foo_bar / WhatsApp", None),
            ("We need space in May", None),
            ("We need 3000 sqm in Suzhou this year. Moira Blake", Some("Moira Blake")),
            ("We need 3000 sqm. Taihu Lake Park", None),
        ] {
            let reading = Reading::of(text);
            let rows = latin::rows(&reading.page, |_| false);
            let name = latin_name(&reading, &[], &rows).map(|contact| reading.page.written(contact.span));
            assert_eq!(name.as_deref(), expected, "{text}");
        }
    }
}
