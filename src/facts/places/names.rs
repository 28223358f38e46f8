//! Where names of places are written in a text, outside of phones, addresses and names of companies.
//! Which place a name means is decided in `meaning.rs`, which of them count in `named.rs`.

use std::cell::LazyCell;

use crate::facts::places::cue::{self, Boundaries};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::gazetteer::{self, Gazetteer, Place};
use crate::facts::words::lexicon;
use crate::facts::words::lists::List;

/// Names looked at in one text.
const LOOKS: usize = 300;

/// Right behind a place: a road that is named after it.
static ROADS: List = List::named("ends of roads");
/// Right behind a place: begins like a road and is none.
static NO_ROADS: List = List::named("no ends of roads");
/// Right behind a place: where somebody is registered.
static RECORDS: List = List::named("records of a place");

/// A name and the places that it may mean.
pub type Name = (Span, &'static [Place]);

/// The names outside of other pieces.
pub fn find(reading: &Reading<'_>, others: &[Span]) -> Vec<Name> {
    let page = &reading.page;
    let boundaries = LazyCell::new(|| Boundaries::of(page));
    let mut names: Vec<Name> = Vec::new();
    let mut looked = 0;
    for gap in gaps(reading, others) {
        for (from, to, places) in Gazetteer::get().find(page.cut(gap)) {
            looked += 1;
            if looked > LOOKS {
                break;
            }
            let span = Span::new(gap.start + from, gap.start + to);
            if let Some((district, inner)) = district_sharing_end(page, span, places) {
                names.push((Span::new(span.start, district.start), places));
                names.push((district, inner));
                continue;
            }
            let is_word = || {
                page.cut(span).is_ascii()
                    || boundaries.is_word(page, span)
                    || names.last().is_some_and(|parent| is_right_behind(parent, (span, places)))
            };
            if !places.is_empty()
                && lexicon::is_whole(page, span)
                && !is_road(page, span)
                && is_word()
                && !cue::is_product(reading, span)
            {
                names.push((span, places));
            }
        }
    }
    names
}

/// 深圳龙华: a place right behind one that it may lie in.
fn is_right_behind((last, parents): &Name, (span, places): Name) -> bool {
    last.end == span.start && lies_in_one(places, parents)
}

/// Whether one of the places lies in one of the others: 深圳龙华.
fn lies_in_one(places: &[Place], parents: &[Place]) -> bool {
    let lies_in = |place: &Place| {
        parents.iter().any(|parent| parent.code != place.code && gazetteer::lies_in(place.code, parent.code))
    };
    places.iter().any(lies_in)
}

/// 青岛市南区: the character that ends the city begins its district: 市南区, 市中区, 市北区.
fn district_sharing_end(page: &Normal<'_>, span: Span, places: &[Place]) -> Option<(Span, &'static [Place])> {
    let start = span
        .end
        .checked_sub('市'.len_utf8())
        .filter(|start| *start > span.start && page.char_at(*start) == Some('市'))?;
    let words = page.after(start, 3);
    words.ends_with('区').then_some(())?;
    let (_, to, inner) = Gazetteer::get().find_whole(words)?;
    let fits = inner.iter().any(|district| {
        places.iter().any(|city| district.code != city.code && gazetteer::lies_in(district.code, city.code))
    });
    fits.then(|| (Span::new(start, start + to), inner))
}

/// The pieces between what must not be searched: phones, addresses, companies, quantities.
fn gaps(reading: &Reading<'_>, others: &[Span]) -> Vec<Span> {
    let mut closed: Vec<Span> = reading
        .mask
        .spans()
        .chain(others.iter().copied())
        .chain(reading.quantities.iter().map(|quantity| quantity.span))
        .collect();
    closed.sort();
    let mut gaps = Vec::new();
    let mut at = 0;
    for span in closed {
        if span.start > at {
            gaps.push(Span::new(at, span.start));
        }
        at = at.max(span.end);
    }
    gaps.push(Span::new(at, reading.page.text().len()));
    gaps
}

/// 南京路, 江苏大道: a road, not the place. A text may begin with the place that a 街道 belongs to.
fn is_road(page: &Normal<'_>, span: Span) -> bool {
    let after = page.after(span.end, 3);
    let is_subdistrict = after.starts_with("街道");
    ROADS.begins(after)
        && !NO_ROADS.begins(after)
        && !(is_subdistrict && page.char_before(span.start).is_none())
        || after.starts_with('街') && !is_subdistrict
        || RECORDS.begins(after)
}
