//! What is around the name of a person: the title behind it, how far a phone or an address is.
//! Whether the name is the contact's is decided in the files of the contacts.

use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::mask::Code;
use crate::facts::text::normal::{Normal, Span, is_han};

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
