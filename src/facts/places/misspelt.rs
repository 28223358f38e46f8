//! Districts with one character mistaken for another, right behind their city: 宁波鄞洲区 is 鄞州区.
//! Names that are written as they are in the table are found in `names.rs`.

use crate::facts::text::normal::{Normal, Span, head, is_han};
use crate::facts::words::gazetteer::{self, Gazetteer, Place};
use crate::facts::words::lists::List;

/// Two characters: the first is often written where the second is meant.
static CONFUSED: List = List::named("confused characters of places");

/// The longest name of a district, in characters.
const LONGEST: usize = 4;

/// The district behind a city, if it is the city's only by another character and is none as it is written.
pub fn district_behind(page: &Normal<'_>, city: Span, cities: &[Place]) -> Option<(Span, &'static [Place])> {
    let start = city.end + page.char_at(city.end).filter(|c| *c == '市').map_or(0, char::len_utf8);
    let written = page.after(start, LONGEST);
    let written = written.get(..written.find(|c| !is_han(c)).unwrap_or(written.len()))?;
    let (mistaken, meant) = CONFUSED.words().iter().find_map(|pair| {
        let mut pair = pair.chars();
        let (mistaken, meant) = (pair.next()?, pair.next()?);
        head(written, 2).contains(mistaken).then_some((mistaken, meant))
    })?;
    if Gazetteer::get()
        .find(written)
        .next()
        .is_some_and(|(from, _, places)| from == 0 && has_child(cities, places))
    {
        return None;
    }
    let corrected = written.replacen(mistaken, meant.encode_utf8(&mut [0; 4]), 1);
    let (from, to, places) = Gazetteer::get().find(&corrected).next()?;
    // All of the characters have three bytes: the name as it is written is as long.
    (from == 0 && has_child(cities, places)).then(|| (Span::new(start, start + to), places))
}

/// Whether one of the places is a district of one of the cities.
fn has_child(cities: &[Place], places: &[Place]) -> bool {
    let is_in = |place: &Place, city: &Place| {
        gazetteer::level(city.code) < 2
            && gazetteer::level(place.code) == 2
            && gazetteer::lies_in(place.code, city.code)
    };
    places.iter().any(|place| cities.iter().any(|city| is_in(place, city)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_character_is_mistaken() {
        for (text, city, code) in [
            ("宁波鄞洲区厂房", "宁波", Some(330_212)),
            ("杭州肖山厂房", "杭州", Some(330_109)),
            ("苏州市吴忠区", "苏州", Some(320_506)),
            ("广州黄浦区", "广州", Some(440_112)),
            ("上海黄浦区", "上海", None),
            ("宁夏吴忠", "宁夏", None),
            ("杭州洲际酒店", "杭州", None),
            ("宁波鄞州区", "宁波", None),
        ] {
            let page = Normal::of(text);
            let (_, end, cities) = Gazetteer::get().find(city).next().unwrap_or_default();
            let found = district_behind(&page, Span::new(0, end), cities);
            let found = found.and_then(|(_, places)| places.first().map(|place| place.code));
            assert_eq!(found, code, "{text}");
        }
    }
}
