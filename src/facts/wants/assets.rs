//! Whole properties as an investment.
//! A place that is bought for one's own use is a plain wish: see `wishes.rs`.

use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::model::Object;
use crate::facts::wants::sums::is_sum;
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Said of whole properties as an investment: with a purchase enough, two are enough alone.
static STRONG_ASSETS: List = List::named("strong assets");
/// Somebody invests.
static INVESTS: List = List::named("invests");
/// Who invests for others or for a return.
static INVESTORS: List = List::named("investors");
/// What whole properties yield, or how they are let.
static RETURNS: List = List::named("returns");
/// What nobody pays for a place of their own to work in, in yuan.
const MUCH: f64 = 1e8;
/// Verbs of renting that want a place: no investment.
static RENTS_PLAINLY: List = List::named("rents plainly");

/// Whole properties as an investment.
pub fn asset(reading: &Reading<'_>, has_area: bool) -> Option<Span> {
    for_others(reading).or_else(|| in_words(reading, has_area))
}

/// A fund, an insurer: what yields or costs much is no place of their own.
fn for_others(reading: &Reading<'_>) -> Option<Span> {
    let (at, word) = INVESTORS.first_on(&reading.page)?;
    let names_a_place =
        reading.words.all().iter().any(|hit| Object::of(hit).is_some() || hit.topics.has(Topic::Asset));
    let invests = RETURNS.is_on(&reading.page) || costs_much(reading);
    (invests && names_a_place && !is_rented(reading)).then(|| Span::new(at, at + word.len()))
}

fn in_words(reading: &Reading<'_>, has_area: bool) -> Option<Span> {
    let first = reading.words.first(Topic::Asset)?;
    let count = reading.words.count(Topic::Asset);
    let strong = STRONG_ASSETS.count_on(&reading.page);
    let (buys, rents) = (is_bought(reading), is_rented(reading));
    if buys && costs_much(reading) && RETURNS.is_on(&reading.page) {
        return Some(first);
    }
    (count >= 2 && buys && !(rents && has_area)
        || strong >= 1 && buys && !rents
        || strong >= 2
        || count >= 3 && !rents)
        .then_some(first)
}

fn costs_much(reading: &Reading<'_>) -> bool {
    reading.quantities.iter().any(|quantity| is_sum(quantity) && quantity.high >= MUCH)
}

fn is_bought(reading: &Reading<'_>) -> bool {
    reading.words.count(Topic::Buy) > 0 || INVESTS.is_on(&reading.page)
}

fn is_rented(reading: &Reading<'_>) -> bool {
    let rents = |hit: &Hit| hit.topics.has(Topic::Rent) && RENTS_PLAINLY.has(reading.page.cut(hit.span));
    reading.words.all().iter().any(rents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fund_buys_whole_parks() {
        for (text, expected) in [
            ("基金寻求收购成熟产业园，拟发REITs", true),
            ("险资找物流仓储资产，体量3-5亿，要求租约稳定", true),
            ("基金收仓库，带租约的优先", true),
            ("基金公司找写字楼300平办公", false),
            ("Refundable? We make irrigation pipes, need a factory in Wuxi", false),
            ("我们是做基金销售的，租办公室100平", false),
        ] {
            assert_eq!(asset(&Reading::of(text), false).is_some(), expected, "{text}");
        }
    }
}
