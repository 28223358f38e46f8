//! Which of the names in a text are places that count, and whether somebody is from there or refuses them.
//! Where the names are is found in `names.rs`, which place one means in `meaning.rs`.

use crate::facts::model::findings::Findings;
use crate::facts::places::beside::is_beside_the_wish;
use crate::facts::places::origin::is_origin;
use crate::facts::places::{business, cue, meaning, names, refusal};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Span, is_han};
use crate::facts::words::gazetteer::{self, Gazetteer, Kind, Place};
use crate::facts::words::lists::List;

/// At the end of a name: that of a park.
static PARKS: List = List::named("ends of parks");

/// A place named in the text.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    pub code: u32,
    pub span: Span,
    pub kind: Kind,
    /// Where the inquirer is, or comes from.
    pub origin: bool,
    /// Where they do not want to go.
    pub refused: bool,
    /// Counts only where no other place does.
    pub doubtful: bool,
}

/// The places named outside of other pieces, each the one that fits what is before. Writes the first park and
/// the first town among them.
pub fn find(reading: &Reading<'_>, others: &[Span], found: &mut Findings) -> Vec<Named> {
    let page = &reading.page;
    let names = names::find(reading, others);
    // Places that can be only one say which of several another name means.
    let certain: Vec<u32> =
        names.iter().filter_map(|(span, places)| meaning::certain(page.cut(*span), places)).collect();
    let mut named: Vec<Named> = Vec::new();
    // The first of each counts, and the way back to the words as written is long.
    let mut written: Vec<&str> = Vec::new();
    for (at, (span, places)) in names.iter().copied().enumerate() {
        let words = page.cut(span);
        let previous = named.last().copied();
        let code_before = previous.map(|previous| previous.code);
        let next = names.get(at + 1).filter(|(next, _)| next.start == span.end);
        let holder = next.and_then(|(_, next)| meaning::holder(places, next));
        let chosen = holder.or_else(|| meaning::choose(words, places, code_before, &certain));
        let Some(place) = chosen else { continue };
        let name = Name { reading, span, words, place, previous, certain: &certain };
        if !name.counts() {
            continue;
        }
        let origin = name.is_in_place_of_origin() || is_origin(reading, span);
        // 安徽芜湖的吴总: the province before it goes with it.
        if origin
            && name.is_beside()
            && let Some(last) = named.last_mut()
        {
            last.origin |= span.start.saturating_sub(last.span.end) <= 3;
        }
        let refused = !origin && (name.continues_refusal() || refusal::is_refused(reading, span));
        if !refused && let Some(fact) = name.side_fact().filter(|fact| !written.contains(fact)) {
            found.extra(fact, name.as_written());
            written.push(fact);
        }
        let doubtful = is_beside_the_wish(reading, span);
        named.push(Named { code: place.code, span, kind: place.kind, origin, refused, doubtful });
    }
    named
}

/// A name with the place that it means, and what is named around it.
struct Name<'r, 's> {
    reading: &'r Reading<'s>,
    span: Span,
    words: &'r str,
    place: Place,
    /// The place named before it.
    previous: Option<Named>,
    /// The places of the text that can be only one.
    certain: &'r [u32],
}

impl Name<'_, '_> {
    /// Whether the place is meant.
    fn counts(&self) -> bool {
        let is_something_else = business::is_company(&self.reading.page, self.span)
            || refusal::is_left_open(&self.reading.page, self.span)
            || self.lacks_cue()
            || self.is_ordinary_word()
            || self.is_homophone_elsewhere()
            || self.is_town_of_another_city()
            || self.place.kind == Kind::Town && (self.is_town_elsewhere() || self.is_no_town());
        !is_something_else
    }

    /// 苏州 alone is a place; 吴江 needs its city or a word beside it that says so.
    fn lacks_cue(&self) -> bool {
        self.is_bare()
            && !self.is_beside()
            && !self.follows_sibling()
            && !cue::has_cue(self.reading, self.span)
            && !refusal::is_refused(self.reading, self.span)
    }

    /// 余姚慈溪, 佛山南海顺德: one more of a list, in the same city.
    fn follows_sibling(&self) -> bool {
        self.previous.is_some_and(|previous| {
            gazetteer::city(previous.code) == gazetteer::city(self.place.code)
                && self.is_next_in_list(previous)
        })
    }

    /// Whether nothing but a sign of lists parts it from the name before.
    fn is_next_in_list(&self, previous: Named) -> bool {
        let gap = Span::new(previous.span.end, self.span.start);
        matches!(self.reading.page.cut(gap), "" | "、" | "和" | "跟" | "与" | "及" | "或")
    }

    /// 不要昆山、太仓: one more of those that are refused by a word before them.
    fn continues_refusal(&self) -> bool {
        self.previous.is_some_and(|previous| previous.refused && self.is_next_in_list(previous))
    }

    /// Whether it lies in the place named shortly before.
    fn is_beside(&self) -> bool {
        self.previous.is_some_and(|previous| self.lies_within(previous, 6))
    }

    /// The same, and no other word is between: 西安沣东新城 is no 新城区 of 西安.
    fn is_right_beside(&self) -> bool {
        self.is_beside()
            && self.previous.is_some_and(|previous| {
                let gap = self.reading.page.cut(Span::new(previous.span.end, self.span.start));
                !gap.contains(|c| {
                    is_han(c) && !matches!(c, '市' | '省' | '的' | '区' | '县' | '或' | '和' | '及')
                })
            })
    }

    /// Whether it lies in another place whose name ends at most so many bytes before.
    fn lies_within(&self, previous: Named, gap: usize) -> bool {
        gazetteer::lies_in(self.place.code, previous.code)
            && self.span.start.saturating_sub(previous.span.end) <= gap
    }

    /// Whether it is a county or district without its 县 or 区.
    fn is_bare(&self) -> bool {
        self.place.kind == Kind::Short && gazetteer::level(self.place.code) == 2
    }

    /// 和平, 老城区: another word, unless something else named says which place it is.
    fn is_ordinary_word(&self) -> bool {
        let may_be =
            self.is_bare() && gazetteer::is_ordinary(self.words) || gazetteer::is_generic(self.words);
        may_be
            && !self.is_right_beside()
            && !cue::is_labelled(self.reading, self.span)
            && !self.certain.iter().any(|code| {
                *code != self.place.code && gazetteer::lies_in(self.place.code, gazetteer::city(*code))
            })
    }

    /// Pinyin has many homophones: a county in Latin letters must lie in what else is named.
    fn is_homophone_elsewhere(&self) -> bool {
        if self.place.kind != Kind::Latin
            || gazetteer::level(self.place.code) != 2
            || gazetteer::usual(self.words).is_some()
            || self.words.contains(' ')
        {
            return false;
        }
        let province = gazetteer::province(self.place.code);
        let mut others = self.certain.iter().filter(|code| **code != self.place.code).peekable();
        others.peek().is_some() && !others.any(|code| gazetteer::province(*code) == province)
    }

    /// 太仓 城厢镇: with 镇 it is no district, and a town called like one lies elsewhere.
    fn is_town_of_another_city(&self) -> bool {
        let is_town = || self.reading.page.char_at(self.span.end).is_some_and(|c| matches!(c, '镇' | '乡'));
        let city = gazetteer::city(self.place.code);
        self.is_bare()
            && is_town()
            && self.certain.iter().any(|code| *code != self.place.code)
            && !self.certain.iter().any(|code| {
                *code != self.place.code
                    && (gazetteer::city(*code) == city || gazetteer::lies_in(city, *code))
            })
    }

    /// 香港葵涌: a town of the same name elsewhere.
    fn is_town_elsewhere(&self) -> bool {
        self.previous.is_some_and(|previous| {
            previous.span.end == self.span.start && !gazetteer::lies_in(self.place.code, previous.code)
        })
    }

    /// A town's name is short and shared with much else: alone it must be said to be a place.
    fn is_no_town(&self) -> bool {
        !self.has_parent_or_child()
            && !self.is_called_a_town()
            && !cue::is_led_to(&self.reading.page, self.span)
            && self.reading.page.char_at(self.span.end).is_some_and(is_han)
    }

    /// Whether a certain place of the text holds it or lies in it.
    fn has_parent_or_child(&self) -> bool {
        let code = self.place.code;
        self.certain.iter().any(|other| gazetteer::lies_in(code, *other) || gazetteer::lies_in(*other, code))
    }

    /// Whether it has its 镇, is behind a label of places, or is too long for another word.
    fn is_called_a_town(&self) -> bool {
        self.reading.page.char_at(self.span.end).is_some_and(|c| matches!(c, '镇' | '街' | '乡'))
            || self.words.ends_with(['镇', '街', '道', '乡'])
            || cue::is_labelled(self.reading, self.span)
            || self.words.chars().count() >= 3
    }

    /// 常熟市沙家浜: what lies in a place of origin, right behind it, is its address.
    fn is_in_place_of_origin(&self) -> bool {
        self.previous.is_some_and(|previous| previous.origin && self.lies_within(previous, 3))
    }

    /// The side fact that it is: a park, another thing to be near to, a town.
    fn side_fact(&self) -> Option<&'static str> {
        match self.place.kind {
            Kind::Zone if PARKS.ends(&self.words.to_ascii_lowercase()) => Some("park"),
            Kind::Zone => Some("landmark"),
            Kind::Town => (!is_origin(self.reading, self.span)).then_some("subdistrict"),
            _ => None,
        }
    }

    /// Its name as it is written, of a town without its district.
    fn as_written(&self) -> String {
        if self.place.kind == Kind::Town { self.town() } else { self.reading.page.written(self.span) }
    }

    /// 龙岗坪地 is in the table too: the district's name is no part of the town's.
    fn town(&self) -> String {
        let written = self.reading.page.written(self.span);
        let district = Gazetteer::get().name(self.place.code);
        district
            .and_then(|name| name.get(..name.len().saturating_sub(3)))
            .and_then(|district| written.strip_prefix(district))
            .filter(|rest| rest.chars().count() >= 2)
            .map_or(written.clone(), str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Member;
    use serde_json::{Value, json};

    #[test]
    fn the_first_park_and_the_first_town_are_written() {
        for (text, expected) in [
            ("苏州工业园区或昆山开发区厂房", json!({"park": "苏州工业园区"})),
            ("昆山花桥或张浦，厂房", json!({"subdistrict": "花桥"})),
            ("想找昆山厂房", Value::Null),
            ("不要昆山开发区，太仓高新区厂房", json!({"park": "太仓高新区"})),
        ] {
            let mut found = Findings::default();
            find(&Reading::of(text), &[], &mut found);
            let facts = found.into_facts(text, "1");
            let extra = facts.get(Member::Extra).cloned().map(Value::from).unwrap_or_default();
            assert_eq!(extra, expected, "{text}");
        }
    }
}
