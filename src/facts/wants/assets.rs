//! Whole properties as an investment.
//! A place that is bought for one's own use is a plain wish: see `wishes.rs`.

use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Said of whole properties as an investment: with a purchase enough, two are enough alone.
static STRONG_ASSETS: List = List::named("strong assets");
/// Somebody invests.
static INVESTS: List = List::named("invests");
/// Verbs of renting that want a place: no investment.
static RENTS_PLAINLY: List = List::named("rents plainly");

/// Whole properties as an investment.
pub fn asset(reading: &Reading<'_>, has_area: bool) -> Option<Span> {
    let first = reading.words.first(Topic::Asset)?;
    let count = reading.words.count(Topic::Asset);
    let strong = STRONG_ASSETS.count_in(reading.page.lower());
    let (buys, rents) = (is_bought(reading), is_rented(reading));
    (count >= 2 && buys && !(rents && has_area)
        || strong >= 1 && buys && !rents
        || strong >= 2
        || count >= 3 && !rents)
        .then_some(first)
}

fn is_bought(reading: &Reading<'_>) -> bool {
    reading.words.count(Topic::Buy) > 0 || INVESTS.is_in(reading.page.lower())
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
        assert!(asset(&Reading::of("基金寻求收购成熟产业园，拟发REITs"), false).is_some());
    }
}
