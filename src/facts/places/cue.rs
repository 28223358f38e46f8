//! Whether a text speaks of a place where a name of one is written: the name is a word there, and something
//! beside it says that it is a place. Which place it is, is decided in `meaning.rs`.

use std::sync::LazyLock;

use crate::facts::form::labels::Field;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, folded, is_han};
use crate::facts::words::gazetteer::{self, Gazetteer, Place};
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::{List, listed};
use crate::facts::words::segments::Segmenter;
use rustc_hash::FxHashSet;

/// Right behind a place and of one word with it.
static ENDS: List = List::named("ends of places");
/// Right before what is meant as a place.
static LEADS: List = List::named("leads to places");
/// Right behind what is meant as a place.
static FOLLOWS: List = List::named("follows places");
/// Right before what is made or sold.
static MAKES: List = List::named("leads to products");
/// Right behind a place: a product that is named after it.
static PRODUCTS: List = List::named("products of places");
static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(|| {
    Segmenter::with(Gazetteer::get().chinese_names().chain(listed("hiding places").map(folded)))
});

/// The longest name of a place that is looked for behind another, in characters.
const LONGEST: usize = 10;

/// Where the words of a text begin and end.
pub struct Boundaries(FxHashSet<usize>);

impl Boundaries {
    /// Those within some pieces; at the ends of each a word ends for certain: 三千平|江门.
    pub fn of(page: &Normal<'_>, pieces: &[Span]) -> Self {
        let ends = pieces.iter().flat_map(|piece| {
            let words = SEGMENTER.words(page.cut(*piece));
            words.into_iter().flat_map(|(from, to)| [piece.start + from, piece.start + to])
        });
        Self(ends.collect())
    }

    /// Whether what is written there is one word, or several, or a place with what is said behind places and
    /// belongs to its word in the dictionary: 上海市区.
    pub fn is_word(&self, page: &Normal<'_>, span: Span) -> bool {
        self.0.contains(&span.start) && (self.0.contains(&span.end) || self.has_end(page, span))
    }

    /// Whether a word ends there.
    pub fn end_at(&self, end: usize) -> bool {
        self.0.contains(&end)
    }

    fn has_end(&self, page: &Normal<'_>, span: Span) -> bool {
        let rest = page.after(span.end, 3);
        rest.char_indices().map(|(at, c)| at + c.len_utf8()).any(|length| {
            self.0.contains(&(span.end + length)) && rest.get(..length).is_some_and(|end| ENDS.has(end))
        })
    }
}

/// 鞍山海城, 信阳光山: right before a place that lies in it, whatever words the dictionary makes of both.
pub fn holds_next(page: &Normal<'_>, end: usize, places: &[Place]) -> bool {
    let next = Gazetteer::get().find(page.after(end, LONGEST)).next();
    next.is_some_and(|(from, _, next)| from == 0 && gazetteer::lies_in_one(next, places))
}

/// Whether something beside it says that a place is meant.
pub fn has_cue(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    is_labelled(reading, span)
        || is_led_to(page, span)
        || follows(reading, span)
        || follows_property(reading, span)
}

/// Whether a label says that it is a place.
pub fn is_labelled(reading: &Reading<'_>, span: Span) -> bool {
    reading.labels.iter().any(|label| label.field == Field::Region && label.value.holds(span))
}

/// Whether a part of the text begins there.
fn begins(page: &Normal<'_>, span: Span) -> bool {
    page.char_before(span.start).is_none_or(|c| !is_han(c) && !c.is_alphanumeric())
}

/// Whether what is before a name leads to a place, or nothing is.
pub fn is_led_to(page: &Normal<'_>, span: Span) -> bool {
    let before = page.before(span.start, 4);
    begins(page, span) || LEADS.ends(before)
}

/// Whether words that lead to a place, more than one character of them, are right before a name: 求租.
pub fn follows_wish(page: &Normal<'_>, span: Span) -> bool {
    LEADS.end_of(page.before(span.start, 4)).is_some_and(|lead| lead.chars().count() >= 2)
}

fn follows(reading: &Reading<'_>, span: Span) -> bool {
    let after = reading.page.after(span.end, 4);
    FOLLOWS.begins(after)
        || after.starts_with(|c: char| c.is_ascii_digit())
        || precedes_property(reading, span)
}

/// 昆山厂房1000平
pub fn precedes_property(reading: &Reading<'_>, span: Span) -> bool {
    let after = reading.page.after(span.end, 4);
    let property = Span::new(span.end, span.end + after.len());
    let first = reading.words.within(property).first();
    first.is_some_and(|hit| hit.span.start == span.end && is_property(hit))
}

/// 1000平厂房昆山
fn follows_property(reading: &Reading<'_>, span: Span) -> bool {
    let before = reading.page.before(span.start, 5);
    let property = Span::new(span.start - before.len(), span.start);
    reading.words.within(property).last().is_some_and(|hit| hit.span.end == span.start && is_property(hit))
}

fn is_property(hit: &Hit) -> bool {
    [Topic::Factory, Topic::Warehouse, Topic::Office, Topic::Land, Topic::Lab, Topic::Yard]
        .iter()
        .any(|topic| hit.topics.has(*topic))
}

/// 做重庆火锅底料, 镇江香醋: the place belongs to the name of a product.
pub fn is_product(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let (before, after) = (page.before(span.start, 4), page.after(span.end, 4));
    let is_made = MAKES.ends(before);
    // 西湖龙井: the product is named like another place.
    let is_behind_its_place = || {
        let product = PRODUCTS.has(page.cut(span));
        product && Gazetteer::get().find(before).last().is_some_and(|(_, end, _)| end == before.len())
    };
    PRODUCTS.begins(after)
        || is_behind_its_place()
        || is_made && after.starts_with(is_han) && !follows(reading, span)
}
