//! To rent or to buy, and what else is wanted beside the first thing.
//! The things themselves are found in `need.rs`.

use crate::facts::measures::per::Per;
use crate::facts::measures::units::Unit;
use crate::facts::model::kinds::NeedKind;
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::need::{Object, Wish, kind_of};
use crate::facts::wants::offers;
use crate::facts::words::lexicon::{Hit, Topic};

/// For a time or for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deal {
    Rent,
    Buy,
}

/// To rent or to buy: the nearest word in the part, then in the sentence, then anywhere; then what the price
/// is per.
pub fn deal(reading: &Reading<'_>, span: Span) -> Deal {
    let part = reading.part(span);
    let sentence = reading.clauses.sentence(span);
    let all = Span::new(0, reading.page.text().len());
    for piece in [part, sentence, all] {
        // 现有租赁厂房 …: how they have what they have says nothing.
        let counts = |hit: &&Hit| {
            (hit.topics.has(Topic::Rent) || hit.topics.has(Topic::Buy) && !is_of_land(reading, hit))
                && !reading.before_in_part(hit.span, Topic::Current, &[Topic::Want])
                && !is_denied(reading, hit)
        };
        let nearest = reading
            .words
            .within(piece)
            .iter()
            .filter(counts)
            .take(40)
            .min_by_key(|hit| hit.span.start.abs_diff(span.start));
        if let Some(hit) = nearest {
            let first = reading
                .words
                .within(piece)
                .iter()
                .filter(counts)
                .take(4)
                .find(|other| hit.span.start.abs_diff(other.span.start) <= 12)
                .unwrap_or(hit);
            return if first.topics.has(Topic::Buy) && !first.topics.has(Topic::Rent) {
                Deal::Buy
            } else {
                Deal::Rent
            };
        }
        if reading.words.any(piece, Topic::Offer) {
            return offers::offered_deal(reading);
        }
    }
    if reading
        .quantities
        .iter()
        .any(|quantity| quantity.per == Some(Per::Sqm) && quantity.is_money() && quantity.low >= 1000.0)
        || reading.page.text().contains("总价")
    {
        return Deal::Buy;
    }
    Deal::Rent
}

/// 不是买，是租: what is not wanted.
fn is_denied(reading: &Reading<'_>, hit: &Hit) -> bool {
    let before = reading.page.before(hit.span.start, 3);
    ["不是", "不想", "不打算", "不考虑", "并非", "不"].iter().any(|word| before.ends_with(word))
        && !["是不是", "能不能", "可不可以", "要不"].iter().any(|word| before.ends_with(word))
        // 买不买, 租不租: a question.
        && !before.strip_suffix('不').is_some_and(|asked| asked.ends_with(reading.page.cut(hit.span)))
}

/// 购地, 买设备: the verb has another object.
fn is_of_land(reading: &Reading<'_>, hit: &Hit) -> bool {
    reading.page.char_at(hit.span.end) == Some('地') || reading.page.after(hit.span.end, 2) == "设备"
}

/// Other things wanted with a size of their own: `另外想买地20亩`, `租或买`.
pub fn also(reading: &Reading<'_>, wishes: &[Wish], best: Option<Wish>, kind: NeedKind) -> Vec<NeedKind> {
    let Some(best) = best else { return Vec::new() };
    let mut also: Vec<NeedKind> = Vec::new();
    let size = best.quantity.map_or(0.0, |quantity| quantity.low);
    for wish in wishes.iter().filter(|wish| wish.object != best.object && wish.score > 2) {
        let Some(quantity) = wish.quantity else { continue };
        let own = best.quantity.is_none_or(|first| first.span != quantity.span);
        let large = match wish.object {
            Object::Land => quantity.unit == Unit::Mu,
            _ => quantity.unit == Unit::Sqm && (best.object == Object::Land || quantity.low >= size * 0.3),
        };
        let another = kind_of(wish.object, deal(reading, wish.span));
        // A plant on one's own land is no second wish.
        if own
            && large
            && another != kind
            && !also.contains(&another)
            && !(best.object == Object::Land && reading.page.before(wish.span.start, 8).contains('建'))
        {
            also.push(another);
        }
    }
    let part = reading.page.lower_cut(reading.clauses.sentence(best.span));
    let either = [
        "租或买",
        "租或者买",
        "租赁或购买",
        "租购",
        "可租可买",
        "可买可租",
        "租或购",
        "租买",
        "租赁或购置",
        "rent or buy",
        "lease or buy",
        "lease or purchase",
        "rent or purchase",
        "买或租",
        "购买或租赁",
        "租、买",
        "再买",
        "后买",
        "转买",
        "以租代售",
        "买也行租也行",
        "租也行买也行",
        "租也可以买也可以",
        "买租都",
        "租买都",
        "租售都",
    ]
    .iter()
    .any(|word| part.contains(word));
    if either && best.object != Object::Land {
        for deal in [Deal::Rent, Deal::Buy] {
            let another = kind_of(best.object, deal);
            if another != kind && !also.contains(&another) {
                also.push(another);
            }
        }
    }
    also
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_verb_decides() {
        for (text, word, expected) in [
            ("想买个独栋厂房", "厂房", Deal::Buy),
            ("求租厂房", "厂房", Deal::Rent),
            ("现有租赁厂房到期，想买厂房", "厂房", Deal::Buy),
            ("拟购地建厂，另租厂房", "厂房", Deal::Rent),
            ("厂房单价4500元/㎡", "厂房", Deal::Buy),
        ] {
            let reading = Reading::of(text);
            let at = reading.page.text().rfind(word).unwrap_or_default();
            assert_eq!(deal(&reading, Span::new(at, at + word.len())), expected, "{text}");
        }
    }
}
