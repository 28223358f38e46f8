//! Whether a text speaks of a place where a name of one is written: the name is a word there, and something
//! beside it says that it is a place. Which place it is, is decided in `regions.rs`.

use std::sync::LazyLock;

use crate::facts::form::labels::Field;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::gazetteer::Gazetteer;
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
/// Right before a place: looks like a refusal and asks.
static ASKS: List = List::named("asks whether");
/// Right before a place that is refused.
static REFUSES: List = List::named("refuses before");
/// Behind a place: looks like a refusal and refuses no place.
static REFUSES_NOTHING: List = List::named("refuses nothing");
/// Between a place and what is said of it.
static OF_A_PLACE: List = List::named("belongs to a place");
/// Behind a place that is refused.
static REFUSED: List = List::named("refuses behind");
/// Behind a place, or its property, that is too dear or too far.
static TOO_MUCH: List = List::named("finds too much");
/// Between a place and its refusal.
static BEFORE_REFUSAL: List = List::named("before a refusal");

static SEGMENTER: LazyLock<Segmenter> =
    LazyLock::new(|| Segmenter::with(Gazetteer::get().chinese_names().chain(listed("hiding places"))));

/// Where the words of a text begin and end.
pub struct Boundaries(FxHashSet<usize>);

impl Boundaries {
    pub fn of(page: &Normal<'_>) -> Self {
        let words = SEGMENTER.words(page.text());
        Self(words.into_iter().flat_map(|(from, to)| [from, to]).collect())
    }

    /// Whether what is written there is one word, or several, or a place with what is said behind places and
    /// belongs to its word in the dictionary: 上海市区.
    pub fn is_word(&self, page: &Normal<'_>, span: Span) -> bool {
        self.0.contains(&span.start) && (self.0.contains(&span.end) || self.has_end(page, span))
    }

    fn has_end(&self, page: &Normal<'_>, span: Span) -> bool {
        let rest = page.after(span.end, 3);
        rest.char_indices().map(|(at, c)| at + c.len_utf8()).any(|length| {
            self.0.contains(&(span.end + length)) && rest.get(..length).is_some_and(|end| ENDS.has(end))
        })
    }
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

fn follows(reading: &Reading<'_>, span: Span) -> bool {
    let after = reading.page.after(span.end, 4);
    let property = Span::new(span.end, span.end + after.len());
    FOLLOWS.begins(after)
        || after.starts_with(|c: char| c.is_ascii_digit())
        || reading
            .words
            .within(property)
            .first()
            .is_some_and(|hit| hit.span.start == span.end && is_property(hit))
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
    PRODUCTS.begins(after) || is_made && after.starts_with(is_han) && !follows(reading, span)
}

/// 昆山太贵不考虑, 不去上海: a place that is refused. What is refused at a place is another thing: 昆山的厂房不要隔层.
pub fn is_refused(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let before = page.before(span.start, 5);
    let is_asked = ASKS.ends(before);
    if !is_asked && REFUSES.ends(before) {
        return true;
    }
    let rest = page.after(span.end, 14).split([',', '。', ';', '\n', '!', '?']).next().unwrap_or_default();
    // 非苏州不去: there and nowhere else.
    if before.ends_with('非') || REFUSES_NOTHING.is_in(rest) {
        return false;
    }
    let until = |list: &List| list.first_in(rest).and_then(|(at, _)| rest.get(..at));
    // 昆山的厂房太贵: what is dear or far there is the place's.
    let without_property = |between: &str| {
        OF_A_PLACE.words().iter().fold(between.to_owned(), |between, word| between.replace(word, ""))
    };
    until(&REFUSED).is_some_and(is_of_places)
        || until(&TOO_MUCH).is_some_and(|between| is_of_places(&without_property(between)))
}

/// Whether nothing but other places, and what is said between them and a refusal, is there: 、余杭都.
fn is_of_places(between: &str) -> bool {
    let mut rest = between;
    loop {
        rest = rest.trim_start_matches([
            ' ', '、', '和', '跟', '或', '都', '也', '就', '的', '了', '还', '是', '市', '区', '县',
        ]);
        if rest.is_empty() {
            return true;
        }
        let passed = BEFORE_REFUSAL.words().iter().find_map(|word| rest.strip_prefix(word));
        let place = || {
            let (_, end, _) = Gazetteer::get().find(rest).next().filter(|(from, ..)| *from == 0)?;
            rest.get(end..)
        };
        match passed.or_else(place) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
}
