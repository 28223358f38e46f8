//! What is around the name of a person: the title behind it, how far a phone or an address is.
//! Whether the name is the contact's is decided in the files of the contacts.

use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::mask::Code;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// Right before people on our side: 建议安排张顾问, 请贵司李经理回电.
static ON_OUR_SIDE: List = List::named("before people of ours");
/// Words for an account or a phone, behind a name.
static ACCOUNTS: List = List::named("accounts behind a name");

/// The characters between two pieces.
pub fn gap(page: &Normal<'_>, a: Span, b: Span) -> usize {
    let (from, to) = if a.end <= b.start { (a.end, b.start) } else { (b.end, a.start) };
    if to.saturating_sub(from) > 120 {
        return usize::MAX;
    }
    page.text().get(from..to).map_or(usize::MAX, |between| {
        between.chars().filter(|c| !matches!(c, ' ' | ':' | ',' | '(' | ')')).count()
    })
}

/// How far the nearest phone or address of mail is, by this measure.
pub fn to_nearest(reading: &Reading<'_>, distance: impl Fn(Span) -> usize) -> usize {
    let phones = reading.phones.iter().map(|phone| phone.span);
    phones.chain(reading.mask.of_code(Code::Email)).map(distance).min().unwrap_or(usize::MAX)
}

/// A title right after a name: `（采购总监）`, ` 副总经理`.
pub fn title_after(page: &Normal<'_>, at: usize) -> Option<Span> {
    let after = page.after(at, 16);
    let inner = after.trim_start_matches([' ', '(', ',', '-', '/', '|', '\n']);
    let start = at + after.len() - inner.len();
    let title = names::title_at(inner)?;
    (inner.len() < after.len() && title.chars().count() > 2
        || inner.len() < after.len()
            && inner.get(title.len()..).is_some_and(|rest| !rest.starts_with(is_han)))
    .then(|| Span::new(start, start + title.len()))
}

/// Whether the words before say that a person is on our side.
pub fn is_on_our_side(page: &Normal<'_>, name: Span) -> bool {
    ON_OUR_SIDE.ends(page.before(name.start, 5))
}

/// Whether nothing but signs follows.
pub fn is_last(page: &Normal<'_>, name: Span) -> bool {
    page.from(name.end).chars().all(|c| !c.is_alphanumeric())
}

/// Whether no word touches a name, nor a number with its unit.
pub fn is_apart(page: &Normal<'_>, name: Span) -> bool {
    let parts = [' ', ',', '。', ';', '\n', '!', '?', '|', '/', '(', '-', '~', '、', '.', ':', '—'];
    page.char_before(name.start).is_none_or(|c| parts.contains(&c))
        && !page.char_at(name.end).is_some_and(char::is_alphanumeric)
}

/// Whether the word for an account or a phone follows.
pub fn is_before_account(page: &Normal<'_>, name: Span) -> bool {
    ACCOUNTS.begins(page.lower_after(name.end, 8).trim_start_matches([' ', ',', ':', '(', '/', '|']))
}
