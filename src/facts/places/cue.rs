//! Whether a text speaks of a place where a name of one is written: the name is a word there, and something
//! beside it says that it is a place. Which place it is, is decided in `regions.rs`.

use std::sync::LazyLock;

use crate::facts::form::labels::Field;
use crate::facts::places::gazetteer::Gazetteer;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::{listed, set_of};
use crate::facts::words::segments::Segmenter;
use rustc_hash::FxHashSet;

static SEGMENTER: LazyLock<Segmenter> =
    LazyLock::new(|| Segmenter::with(Gazetteer::get().chinese_names().chain(listed("hiding places"))));
/// What is written right behind a place and belongs to its word in the dictionary: 上海市区.
static ENDS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| set_of("ends of places"));
/// What leads to a place: 在, 到, 找.
static LEADS: LazyLock<Vec<&str>> = LazyLock::new(|| listed("leads to places").collect());
/// What follows a place: 附近, 周边, 那边.
static FOLLOWS: LazyLock<Vec<&str>> = LazyLock::new(|| listed("follows places").collect());
/// What is named after the place that it comes from: 火锅, 香醋.
static PRODUCTS: LazyLock<Vec<&str>> = LazyLock::new(|| listed("products of places").collect());
/// What leads to a product: 做, 卖, 经营.
static MAKES: LazyLock<Vec<&str>> = LazyLock::new(|| listed("leads to products").collect());

/// Where the words of a text begin and end.
pub struct Boundaries(FxHashSet<usize>);

impl Boundaries {
    pub fn of(page: &Normal<'_>) -> Self {
        let words = SEGMENTER.words(page.text());
        Self(words.into_iter().flat_map(|(from, to)| [from, to]).collect())
    }

    /// Whether what is written there is one word, or several, or a place with what is said behind places.
    pub fn is_word(&self, page: &Normal<'_>, span: Span) -> bool {
        self.0.contains(&span.start) && (self.0.contains(&span.end) || self.has_end(page, span))
    }

    fn has_end(&self, page: &Normal<'_>, span: Span) -> bool {
        let rest = page.after(span.end, 3);
        rest.char_indices().map(|(at, c)| at + c.len_utf8()).any(|length| {
            self.0.contains(&(span.end + length)) && rest.get(..length).is_some_and(|end| ENDS.contains(end))
        })
    }
}

/// Whether something beside it says that a place is meant.
pub fn has_cue(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    is_labelled(reading, span) || begins(page, span) || leads(page, span) || follows(reading, span)
}

pub fn is_labelled(reading: &Reading<'_>, span: Span) -> bool {
    reading.labels.iter().any(|label| label.field == Field::Region && label.value.holds(span))
}

/// Whether a part of the text begins there.
fn begins(page: &Normal<'_>, span: Span) -> bool {
    page.char_before(span.start).is_none_or(|c| !is_han(c) && !c.is_alphanumeric())
}

fn leads(page: &Normal<'_>, span: Span) -> bool {
    let before = page.before(span.start, 4);
    LEADS.iter().any(|word| before.ends_with(word))
}

fn follows(reading: &Reading<'_>, span: Span) -> bool {
    let after = reading.page.after(span.end, 4);
    let property = Span::new(span.end, span.end + after.len());
    FOLLOWS.iter().any(|word| after.starts_with(word))
        || after.starts_with(|c: char| c.is_ascii_digit())
        || reading.words.within(property).first().is_some_and(|hit| {
            hit.span.start == span.end
                && [Topic::Factory, Topic::Warehouse, Topic::Office, Topic::Land, Topic::Lab, Topic::Yard]
                    .iter()
                    .any(|topic| hit.topics.has(*topic))
        })
}

/// 做重庆火锅底料, 镇江香醋: the place belongs to the name of a product.
pub fn is_product(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let (before, after) = (page.before(span.start, 4), page.after(span.end, 4));
    let is_made = MAKES.iter().any(|word| before.ends_with(word));
    PRODUCTS.iter().any(|product| after.starts_with(product))
        || is_made && after.starts_with(is_han) && !follows(reading, span)
}

/// 昆山太贵不考虑: a place that is refused.
pub fn is_refused(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let before = page.before(span.start, 5);
    if ["不要", "不去", "不考虑", "除了", "别推荐", "别给我推", "不想去", "不到", "非", "不接受"]
        .iter()
        .any(|word| before.ends_with(word))
    {
        return !before.ends_with("是不是非") && !before.ends_with("要不要");
    }
    // 临平、余杭都不要: the list is refused as a whole.
    let rest = page.after(span.end, 12).split([',', '。', ';', '\n', '!', '?']).next().unwrap_or_default();
    ["不考虑", "不要", "就算了", "太贵", "太远", "不行", "不去", "除外", "免谈", "勿扰", "不合适", "pass"]
        .iter()
        .any(|word| rest.contains(word))
        && !["不要求", "不要超过", "不要太", "不太贵", "不要高", "不行就", "不要贵"]
            .iter()
            .any(|word| rest.contains(word))
}
