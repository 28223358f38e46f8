//! Advertisements: somebody sells a service and asks for no place.
//! Places that are offered are no advertisements; they are found in `offers.rs`.

use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::List;

/// Says that they sell something: enough, whatever else is said.
static SELLS_OPENLY: List = List::named("sells openly");
/// Offers a service: enough alone.
static SERVICES_OFFERED: List = List::named("services offered");
/// Offers something: with a service for buildings enough.
static OFFERS: List = List::named("offers");
/// Praises a service: an offer if no size is said.
static PRAISES: List = List::named("praises a service");
/// Services and goods for buildings.
static SERVICES_FOR_BUILDINGS: List = List::named("services for buildings");
/// Asks for a place: no advertisement, whatever is offered.
static ASKS_FOR_A_PLACE: List = List::named("asks for a place");
/// Offers something to who needs it.
static TO_WHO_NEEDS_IT: List = List::named("to who needs it");
/// Praises or presses.
static ADVERTISES: List = List::named("advertises");

/// Somebody sells a service.
pub fn advertisement(reading: &Reading<'_>, has_area: bool, wishes: bool) -> Option<Span> {
    let openly = SELLS_OPENLY.first_on(&reading.page);
    let openly = openly.map(|(at, word)| Span::new(at, at + word.len()));
    openly.or_else(|| service_for_buildings(reading, has_area)).or_else(|| service(reading, has_area, wishes))
}

/// What is offered is a service for buildings or goods for them, and no place is asked for:
/// 承接钢结构厂房翻新.
fn service_for_buildings(reading: &Reading<'_>, has_area: bool) -> Option<Span> {
    let page = &reading.page;
    let offer = || OFFERS.first_on(page).or_else(|| PRAISES.first_on(page).filter(|_| !has_area));
    let offer = || offer().filter(|_| SERVICES_FOR_BUILDINGS.is_on(page));
    let (at, word) = SERVICES_OFFERED.first_on(page).or_else(offer)?;
    (!asks_for_a_place(page.lower())).then(|| Span::new(at, at + word.len()))
}

/// 需要仓库, and not 需要的话联系.
fn asks_for_a_place(text: &str) -> bool {
    let to_others = TO_WHO_NEEDS_IT.words().iter().filter(|word| text.contains(**word));
    let rest = to_others.fold(text.to_owned(), |rest, word| rest.replace(word, ""));
    ASKS_FOR_A_PLACE.is_in(&rest)
}

/// Words of services, and of praise; no place of a size, no place to rent or to buy.
fn service(reading: &Reading<'_>, has_area: bool, wishes: bool) -> Option<Span> {
    let first = reading.words.first(Topic::Spam)?;
    if has_area || wishes && asks_for_a_deal(reading) {
        return None;
    }
    let count = reading.words.count(Topic::Spam);
    let praise = ADVERTISES.count_on(&reading.page);
    (count >= 2 && praise >= 1 || count >= 3 || count >= 1 && praise >= 2).then_some(first)
}

fn asks_for_a_deal(reading: &Reading<'_>) -> bool {
    reading.words.count(Topic::Rent) > 0 || reading.words.count(Topic::Buy) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_sells_a_service() {
        assert!(advertisement(&Reading::of("专业网站优化，百度首页推广，加微信"), false, false).is_some());
    }
}
