//! All contacts of a text, one sort after the other, and its letters in plain form.
//! How each sort is found is in the files beside.

use std::ops::Range;

use super::{accounts, addresses, numbers, spelt};
use crate::facts::phones::number;
use crate::facts::text::mask::{Code, Mask};
use crate::facts::text::normal::{Normal, Span};

/// The places in a text, in code points and in order, of whatever looks like a phone number, an e-mail
/// address or an account of a chat. They do not touch each other.
pub fn contacts_written(text: &str) -> Vec<Range<usize>> {
    let page = Normal::of_all(text);
    let mut spans = numbers::find(&page);
    spans.extend(spelt::find(&page));
    spans.extend(addresses::find(&page));
    spans.extend(accounts::find(&page));
    let mut places: Vec<Range<usize>> = spans.into_iter().map(|span| in_source(&page, span)).collect();
    places.extend(spelt::find_signs(text));
    places.extend(read(text));
    merged(places)
}

/// What the reading takes for a phone, an address or a company's code: what facts say of them is hidden too.
fn read(text: &str) -> Vec<Range<usize>> {
    let page = Normal::of(text);
    let mut mask = Mask::of(&page);
    number::find(&page, &mut mask, &[]);
    let codes = [Code::Email, Code::Phone, Code::Uscc];
    codes.into_iter().flat_map(|code| mask.of_code(code)).map(|span| in_source(&page, span)).collect()
}

fn in_source(page: &Normal<'_>, span: Span) -> Range<usize> {
    let (start, end) = page.in_source(span);
    let place = |point: u32| usize::try_from(point).unwrap_or(usize::MAX);
    place(start)..place(end)
}

/// The letters and digits of a text in plain form (half width, small, simplified), each with the code point
/// that it came from; signs, blanks and what nobody sees are left out.
pub fn letters_written(text: &str) -> Vec<(char, usize)> {
    let page = Normal::of_all(text);
    let letters = page.lower().char_indices().filter(|(_, c)| c.is_alphanumeric());
    letters.map(|(at, c)| (c, in_source(&page, Span::new(at, at + c.len_utf8())).start)).collect()
}

/// In order, those that touch as one.
fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.retain(|place| place.start < place.end);
    places.sort_unstable_by_key(|place| place.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match merged.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => merged.push(place),
        }
    }
    merged
}
