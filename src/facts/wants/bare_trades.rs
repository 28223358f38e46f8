//! Trades that are said alone, as a part of their own: `60亩，包装膜`, `800 sqm in Wuxi, cutting tools`.
//! Trades behind a verb are read in `industry_verbs.rs`, those that a label names in `industry.rs`.

use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Span, is_han};
use crate::facts::wants::divisions::named_in;
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::List;

/// Ends a word for goods or work.
static ENDS: List = List::named("ends of products");
/// Ends a word for goods that could be a given name.
static ENDS_OF_NAMES: List = List::named("ends of names");
/// Begins a part that is no trade: 有货梯.
static NO_BEGINNING: List = List::named("no trade at a beginning");
/// Within a part that is no trade.
static NOT_WITHIN: List = List::named("no trade within");
/// What the firm is that makes it: 鞋机配件厂.
static FIRMS: List = List::named("behind what a firm makes");
/// Ends a part that is an English trade.
static ENGLISH_ENDS: List = List::named("ends of english goods");
/// The place that an English trade is done in: a laser equipment plant.
static ENGLISH_PLANTS: List = List::named("english plants");

/// Parts looked at in one text.
const PARTS_MAX: usize = 60;
/// Characters of a Chinese trade, words of an English one.
const CHARS: std::ops::RangeInclusive<usize> = 2..=12;
const WORDS_MAX: usize = 4;

/// The first part that is a trade and nothing else; one that the table knows before others.
pub fn bare(reading: &Reading<'_>, taken: &[Span]) -> Option<Span> {
    let free = |span: &Span| !is_taken(reading, taken, *span);
    let trades = || reading.clauses.parts().take(PARTS_MAX).filter_map(|part| trade_of(reading, part));
    let known = |span: &Span| named_in(reading.page.lower_cut(*span)).next().is_some();
    trades().filter(free).find(known).or_else(|| trades().find(free))
}

fn trade_of(reading: &Reading<'_>, part: Span) -> Option<Span> {
    let span = reading.page.trim(part);
    let words = reading.page.cut(span);
    if words.starts_with(is_han) || words.ends_with(is_han) {
        chinese(words).map(|length| Span::new(span.start, span.start + length))
    } else {
        english(reading.page.cut(span)).map(|length| Span::new(span.start, span.start + length))
    }
}

/// How much of a Chinese part is a trade; none if it is no trade.
fn chinese(words: &str) -> Option<usize> {
    let firm = FIRMS.end_of(words).unwrap_or_default();
    let trade = words.strip_suffix(firm)?;
    let count = trade.chars().count();
    let is_plain = trade.chars().all(|c| is_han(c) || c.is_ascii_alphanumeric());
    let is_known = is_a_known_end(trade);
    let is_trade = CHARS.contains(&count)
        && is_plain
        && (is_known || ENDS.ends(trade))
        && (is_known || !could_be_a_name(trade, count))
        && !NO_BEGINNING.begins(trade)
        && !NOT_WITHIN.is_in(trade)
        && !Gazetteer::get().is_place(trade);
    is_trade.then_some(trade.len())
}

/// A trade of the table at the end: 苞米深加工.
fn is_a_known_end(trade: &str) -> bool {
    named_in(trade).any(|(_, to, _)| to == trade.len())
}

/// 张芯: a surname and a name.
fn could_be_a_name(words: &str, count: usize) -> bool {
    count <= 3 && names::surname_length(words) > 0 && ENDS_OF_NAMES.ends(words)
}

/// How much of an English part is a trade: a few small words with an end of goods.
fn english(words: &str) -> Option<usize> {
    let trade = ENGLISH_PLANTS.words().iter().find_map(|plant| words.strip_suffix(plant)?.strip_suffix(' '));
    let trade = trade.unwrap_or(words);
    let count = trade.split(' ').count();
    let is_small = |word: &str| {
        let letters = word.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
        letters
            && (word.starts_with(|c: char| c.is_ascii_lowercase())
                || word.chars().all(|c| c.is_ascii_uppercase()))
    };
    let last = trade.rsplit(' ').next()?;
    (count <= WORDS_MAX && trade.split(' ').all(is_small) && ENGLISH_ENDS.ends(last)).then_some(trade.len())
}

/// Whether something else is said there: a place, an amount, a name, a word of the trade of places.
fn is_taken(reading: &Reading<'_>, names: &[Span], span: Span) -> bool {
    names.iter().any(|name| name.touches(span))
        || reading.mask.touches(span)
        || reading.is_label(span)
        || reading.phones.iter().any(|phone| phone.span.touches(span))
        || reading.quantities.iter().any(|quantity| quantity.whole.touches(span))
        || reading.words.within(span).iter().any(|hit| !hit.topics.has(Topic::Nothing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_its_own_is_a_trade() {
        for (text, expected) in [
            ("求租厂房2000平，桐城，包装膜，投资额2个亿", Some("包装膜")),
            ("温州瓯海 鞋机配件厂 租1000平", Some("鞋机配件")),
            ("吉林长春九台，苞米深加工，五十亩地", Some("苞米深加工")),
            ("a 3000 sqm plant in Wuxi, cutting tools, from March", Some("cutting tools")),
            ("办公室400 sqm, gaming studio", Some("gaming")),
            ("厂房2000平，有货梯，独栋", None),
            ("厂房2000平，来个资料", None),
            ("厂房2000平，张芯", None),
            ("厂房2000平，交通方便，价格面议", None),
            ("office 200 sqm, Hongqiao, good parking", None),
        ] {
            let reading = Reading::of(text);
            assert_eq!(bare(&reading, &[]).map(|span| reading.page.cut(span)), expected, "{text}");
        }
    }
}
