//! Contacts called half in Chinese and half in Latin letters: 阿May, 梁Sir, Tony哥.
//! Names in one script are found in the other files of the contacts.

use crate::facts::people::around::{gap, is_before_account, is_last, is_on_our_side, to_nearest};
use crate::facts::people::model::{Company, Contact};
use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// Behind a Chinese surname: 梁Sir.
static BEHIND_SURNAME: List = List::named("latin address behind a surname");
/// Behind a name in Latin letters: Tony哥.
static BEHIND_LATIN: List = List::named("address behind a latin name");
/// Words in Latin letters that no person is called.
static NOBODY: List = List::named("latin words before an address");

/// Words in Latin letters looked at in one text.
const MAX: usize = 80;
/// The most letters of a name.
const LONGEST: usize = 12;

/// The surest of such names.
pub fn find(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let page = &reading.page;
    latin_words(page)
        .take(MAX)
        .filter_map(|word| around(page, word))
        .filter(|name| !is_on_our_side(page, *name) && !reading.names_nobody(*name))
        .filter(|name| !reading.mask.touches(*name))
        .filter(|name| !companies.iter().any(|company| company.span.touches(*name)))
        .map(|name| Contact::untitled(name, 0.86 + nearness(reading, name)))
        .fold(None, Contact::surer)
}

/// How long the mixed name at the beginning is: 阿Ken, 梁Sir, Tony哥.
pub fn length_at(words: &str) -> Option<usize> {
    let first = words.chars().next()?;
    let latin = if is_han(first) { first.len_utf8() } else { 0 };
    let letters = letters_at(words.get(latin..)?);
    let name = around(&Normal::of(words), Span::new(latin, latin + letters)).filter(|_| letters > 0)?;
    (name.start == 0).then_some(name.end)
}

/// How near to a phone, or to the end.
fn nearness(reading: &Reading<'_>, name: Span) -> f64 {
    match to_nearest(reading, |way| gap(&reading.page, name, way)) {
        0..=10 => 0.08,
        _ if is_before_account(&reading.page, name) => 0.08,
        _ if is_last(&reading.page, name) => 0.06,
        _ => 0.0,
    }
}

/// The words of Latin letters.
fn latin_words<'p>(page: &'p Normal<'_>) -> impl Iterator<Item = Span> + 'p {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + page.from(at).find(|c: char| c.is_ascii_alphabetic())?;
        at = start + letters_at(page.from(start));
        Some(Span::new(start, at))
    })
}

fn letters_at(words: &str) -> usize {
    words.bytes().take_while(u8::is_ascii_alphabetic).count()
}

/// The mixed name that the word in Latin letters is of.
fn around(page: &Normal<'_>, word: Span) -> Option<Span> {
    let latin = page.cut(word);
    let before = page.before(word.start, 1);
    let ends = !page.char_at(word.end).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    if BEHIND_SURNAME.has(latin) && ends && before.chars().all(names::is_surname) && !before.is_empty() {
        return Some(Span::new(word.start - before.len(), word.end));
    }
    let is_name = (2..=LONGEST).contains(&latin.len())
        && latin.starts_with(|c: char| c.is_ascii_uppercase())
        && latin.chars().skip(1).all(|c| c.is_ascii_lowercase())
        && !NOBODY.has(&latin.to_ascii_lowercase());
    if before == "阿" && ends && is_name {
        return Some(Span::new(word.start - before.len(), word.end));
    }
    let is_border = !page.char_before(word.start).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let rest = page.from(word.end);
    let address = BEHIND_LATIN.beginning_of(rest).filter(|_| is_name && is_border)?;
    names::address_fits(rest, address).then(|| Span::new(word.start, word.end + address.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_half_in_latin_letters() {
        for (text, expected) in [
            ("仓库500平 昆山 阿Fay 微信fay_0102", Some("阿Fay")),
            ("有事搵阿Joe，13800001234", Some("阿Joe")),
            ("contact 阿Sue, wx: sue_01", Some("阿Sue")),
            ("联络：欧Sir 13800001234", Some("欧Sir")),
            ("厂房两千方，Leo哥13800001234", Some("Leo哥")),
            ("Mandy姐 13800001234", Some("Mandy姐")),
            ("Kevin总 要3000平", Some("Kevin总")),
            ("Tesla总部附近的仓库", None),
            ("阿里Cloud机房", None),
            ("请Leo哥回电", None),
            ("Yes Sir, 仓库500平", None),
            ("要做CNC老师傅带队的车间", None),
            ("Shein总价太低", None),
        ] {
            let reading = Reading::of(text);
            let name = find(&reading, &[]).map(|contact| reading.page.written(contact.span));
            assert_eq!(name.as_deref(), expected, "{text}");
        }
        assert_eq!(length_at("阿Joe 13800001234"), Some("阿Joe".len()));
        assert_eq!((length_at("阿里"), length_at("Joe"), length_at("梁")), (None, None, None));
    }
}
