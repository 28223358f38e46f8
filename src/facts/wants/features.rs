//! Side facts that are said in words alone: docks, clean rooms, classes of fire safety, floors, leases.
//! Side facts with a number are read in `extra.rs` and the files that it names.

use crate::facts::model::findings::Findings;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::wants::model::{Need, Object};
use crate::facts::words::lists::List;

/// Each fact that is true where one of its words is said.
static FLAGS: [(&str, List); 7] = [
    ("eia", List::named("says eia")),
    ("urgent", List::named("says urgent")),
    ("dock", List::named("says dock")),
    ("detached", List::named("says detached")),
    ("dual_feed", List::named("says dual feed")),
    ("cleanroom", List::named("says clean room")),
    ("bonded", List::named("says bonded")),
];
/// In the wish for an office: a laboratory is meant.
static LAB: List = List::named("says laboratory");
/// In the wish for land: an open yard is meant.
static YARD: List = List::named("says yard");
/// In the wish for land: it is to be leased.
static LEASE: List = List::named("says lease of land");
/// Classes of fire safety, the narrow ones first.
static FIRE: List = List::named("fire classes");
/// Right before a floor that is not wanted: 不能是二楼.
static UNWANTED: List = List::named("no floor");
/// Floors that are asked for.
static FLOORS: List = List::named("floors");
/// In a text that asks for no floor.
static NO_FLOORS: List = List::named("no floors");
/// How an answer begins that says yes to its label.
static YES: List = List::named("yes");

/// Writes what is said in words.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, found: &mut Findings) {
    for (name, words) in &FLAGS {
        if is_said(reading, words) {
            found.extra(name, true);
        }
    }
    of_object(reading, need.and_then(|need| need.object), found);
    if let Some(class) = fire_class(&reading.page) {
        found.extra("fire_class", class);
    }
    if let Some(floor) = floor(&reading.page) {
        found.extra("floor", floor);
    }
}

/// What is said of the wanted object.
fn of_object(reading: &Reading<'_>, object: Option<Object>, found: &mut Findings) {
    if object == Some(Object::Office) && is_said(reading, &LAB) {
        found.extra("lab", true);
    }
    if object == Some(Object::Land) && is_said(reading, &YARD) {
        found.extra("yard", true);
    }
    if object == Some(Object::Land) && is_said(reading, &LEASE) {
        found.extra("tenure", "lease");
    }
}

/// Whether a word of the list is said of the person.
fn is_said(reading: &Reading<'_>, list: &List) -> bool {
    let page = &reading.page;
    page.among(list.words())
        .any(|word| page.places(word).any(|at| says(reading, Span::new(at, at + word.len()))))
}

/// Whether a word says something of the person: it does in a label only if the answer is yes.
fn says(reading: &Reading<'_>, word: Span) -> bool {
    if !reading.is_label(word) {
        return true;
    }
    let label = reading.labels.iter().find(|label| label.name.touches(word));
    label.is_some_and(|label| YES.begins(reading.page.lower_cut(label.value)))
}

/// 丙二类, C2 of `class c2`.
fn fire_class(page: &Normal<'_>) -> Option<String> {
    let (at, class) =
        page.among(FIRE.words()).find_map(|class| page.lower().find(class).map(|at| (at, class)))?;
    let words = page.text().get(at..at + class.len()).unwrap_or(class);
    let words = words.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == ' ');
    Some(words.trim_start_matches("Class ").to_owned())
}

/// 一楼; 双层 has no floor of its own.
fn floor(page: &Normal<'_>) -> Option<&'static str> {
    let text = page.lower();
    let is_wanted = |floor: &&str| {
        let before = text.find(*floor).and_then(|at| text.get(..at));
        before.is_some_and(|before| !UNWANTED.ends(before))
    };
    page.among(FLOORS.words()).find(is_wanted).filter(|_| !NO_FLOORS.is_in(text))
}
