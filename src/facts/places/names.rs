//! Where names of places are written in a text, outside of phones, addresses and names of companies.
//! Which place a name means is decided in `meaning.rs`, which of them count in `named.rs`.

use std::cell::LazyCell;

use crate::facts::places::cue::{self, Boundaries};
use crate::facts::places::{counted, misspelt};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::gazetteer::{self, Gazetteer, Kind, Place};
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
    let gaps = gaps(reading, others);
    let boundaries = LazyCell::new(|| Boundaries::of(page, &gaps));
    let mut names: Vec<Name> = Vec::new();
    let mut looked = 0;
    for gap in gaps.iter().copied() {
        for (from, to, places) in Gazetteer::get().find(page.cut(gap)) {
            looked += 1;
            if looked > LOOKS {
                break;
            }
            let span = Span::new(gap.start + from, gap.start + to);
            if names.last().is_some_and(|(last, _)| last.end > span.start) {
                continue;
            }
            if let Some((district, inner)) = district_sharing_end(page, span, places) {
                names.push((Span::new(span.start, district.start), places));
                names.push((district, inner));
                continue;
            }
            let is_word = || {
                page.cut(span).is_ascii()
                    || boundaries.is_word(page, span)
                    || is_sought_property(reading, span)
                    || is_full_name_behind_a_lead(page, span, places) && boundaries.end_at(span.end)
                    || cue::holds_next(page, span.end, places)
                    || names.last().is_some_and(|parent| is_right_behind(parent, (span, places)))
            };
            if !places.is_empty()
                && page.is_whole(span)
                && !is_in_an_id(page, span)
                && !is_road(page, span, places)
                && is_word()
                && !cue::is_product(reading, span)
            {
                names.push((span, places));
                names.extend(misspelt::district_behind(page, span, places));
            }
        }
    }
    names
}

/// 深圳龙华, 余姚慈溪: a place right behind one that it may lie in, or beside.
fn is_right_behind((last, others): &Name, (span, places): Name) -> bool {
    last.end == span.start && (gazetteer::lies_in_one(places, others) || lies_beside_one(places, others))
}

/// 求租金华厂房, 求租下沙仓库: between the verb of a wish and a property; 租金 and 租下 are words, too.
fn is_sought_property(reading: &Reading<'_>, span: Span) -> bool {
    cue::follows_wish(&reading.page, span) && cue::precedes_property(reading, span)
}

/// 求租房山区: a full name behind what leads to a place; 租房 is a word, too.
fn is_full_name_behind_a_lead(page: &Normal<'_>, span: Span, places: &[Place]) -> bool {
    places.iter().any(|place| place.kind == Kind::Full)
        && page.cut(span).chars().count() >= 3
        && cue::is_led_to(page, span)
}

/// Whether one of the places lies in the city of one of the others: 余姚慈溪.
fn lies_beside_one(places: &[Place], others: &[Place]) -> bool {
    let is_county = |place: &&Place| gazetteer::level(place.code) == 2;
    places.iter().filter(is_county).any(|place| {
        others
            .iter()
            .filter(is_county)
            .any(|other| gazetteer::city(other.code) == gazetteer::city(place.code))
    })
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
    let page = &reading.page;
    let mut closed: Vec<Span> = reading
        .mask
        .spans()
        .chain(others.iter().copied())
        .chain(
            reading
                .quantities
                .iter()
                .filter(|quantity| !counted::is_place(reading, quantity))
                .map(|quantity| quantity.span),
        )
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
    gaps.push(Span::new(at, page.text().len()));
    gaps
}

/// suzhou123, `my_suzhou`: somebody's id.
fn is_in_an_id(page: &Normal<'_>, span: Span) -> bool {
    let is_of_id = |c: char| c.is_ascii_digit() || c == '_';
    page.cut(span).is_ascii()
        && (page.char_at(span.end).is_some_and(is_of_id) || page.char_before(span.start) == Some('_'))
}

/// 南京路, 江苏大道: a road, not the place; but 唐山路南 is two places. A text may begin with the place that a
/// 街道 belongs to.
fn is_road(page: &Normal<'_>, span: Span, places: &[Place]) -> bool {
    let after = page.after(span.end, 3);
    let is_subdistrict = after.starts_with("街道");
    let begins_text = page.char_before(span.start).is_none();
    let is_named = ROADS.begins(after) && !NO_ROADS.begins(after);
    is_named && !cue::holds_next(page, span.end, places) && !(is_subdistrict && begins_text)
        || after.starts_with('街') && !is_subdistrict
        || RECORDS.begins(after)
}
