//! Whether a text speaks of a place where a name of one is written: the name is a word there, and something
//! beside it says that it is a place. Which place it is, is decided in `regions.rs`.

use std::sync::LazyLock;

use crate::facts::form::labels::Field;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::listed;
use crate::facts::words::segments::Segmenter;
use rustc_hash::FxHashSet;

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
            self.0.contains(&(span.end + length))
                && rest.get(..length).is_some_and(|end| listed("ends of places").any(|word| word == end))
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
    begins(page, span) || listed("leads to places").any(|word| before.ends_with(word))
}

fn follows(reading: &Reading<'_>, span: Span) -> bool {
    let after = reading.page.after(span.end, 4);
    let property = Span::new(span.end, span.end + after.len());
    listed("follows places").any(|word| after.starts_with(word))
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
    let is_made = listed("leads to products").any(|word| before.ends_with(word));
    listed("products of places").any(|product| after.starts_with(product))
        || is_made && after.starts_with(is_han) && !follows(reading, span)
}

/// 昆山太贵不考虑, 不去上海: a place that is refused. What is refused at a place is another thing: 昆山的厂房不要隔层.
pub fn is_refused(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let before = page.before(span.start, 5);
    let is_asked = listed("asks whether").any(|word| before.ends_with(word));
    if !is_asked && listed("refuses before").any(|word| before.ends_with(word)) {
        return true;
    }
    let rest = page.after(span.end, 14).split([',', '。', ';', '\n', '!', '?']).next().unwrap_or_default();
    // 非苏州不去: there and nowhere else.
    if before.ends_with('非') || listed("refuses nothing").any(|word| rest.contains(word)) {
        return false;
    }
    let until = |list| listed(list).filter_map(|word| rest.find(word)).min().and_then(|at| rest.get(..at));
    // 昆山的厂房太贵: what is dear or far there is the place's.
    let without_property = |between: &str| {
        listed("belongs to a place").fold(between.to_owned(), |between, word| between.replace(word, ""))
    };
    until("refuses behind").is_some_and(is_of_places)
        || until("finds too much").is_some_and(|between| is_of_places(&without_property(between)))
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
        let passed = listed("before a refusal").find_map(|word| rest.strip_prefix(word));
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
