//! An inquiry without any way to reach the person, for those who may see what is wanted and not who wants it:
//! texts and documents with `*` in the place of contacts. Pure.
//! What looks like a contact is found in `facts/contacts`; who sees an inquiry so is not decided here.

mod known;
mod shown;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Number, Value};

pub use self::known::Known;
use self::known::Needles;
pub use self::shown::{contact_masked, phone_masked};
use crate::facts::{contacts_written, is_han};
use crate::kernel::phone::is_mobile;
use crate::kernel::search::folded;

/// What is written for each hidden character.
const STAR: char = '*';
/// What was hidden may change what is beside it: a masked text is read again until nothing more is found, so
/// often at most.
const PASSES_MAX: usize = 4;
/// Members that hold the name of a person, in small letters.
const NAMES_OF_PERSONS: [&str; 7] =
    ["contact", "contact_name", "contact name", "contact person", "联系人", "姓名", "称呼"];
/// Digits that could be a phone number.
const DIGITS_MIN: usize = 7;
/// Code points of a Chinese name, and of one of other letters, that other words may follow.
const CHINESE_NAME_MAX: usize = 12;
const LATIN_NAME_MAX: usize = 60;

/// Hides the contacts of one inquiry: what is known of them, and whatever else looks like one.
#[derive(Clone)]
pub struct Mask {
    known: Needles,
}

impl Mask {
    pub fn of(known: Known<'_>) -> Self {
        Self { known: Needles::of(known) }
    }

    /// The mask that hides these as well: what was read in the text besides what was typed.
    pub fn and(mut self, known: Known<'_>) -> Self {
        self.known.add(known);
        self
    }

    /// The mask that hides these names as well.
    pub fn and_names<'k>(self, names: impl IntoIterator<Item = &'k str>) -> Self {
        let name = |mask: Self, name| mask.and(Known { contact: Some(name), ..Known::default() });
        names.into_iter().fold(self, name)
    }

    /// The text with `*` for every character of a contact: as many code points as before, so that spans
    /// into it stay valid. Of a known name the first character is kept.
    pub fn text(&self, text: &str) -> String {
        let mut masked = Cow::Borrowed(text);
        for _ in 0..PASSES_MAX {
            match self.once(&masked) {
                Some(again) => masked = Cow::Owned(again),
                None => break,
            }
        }
        masked.into_owned()
    }

    /// The text that is the value of a field or member, whose name may say that it is a contact: `wechat`,
    /// 姓名.
    pub fn value(&self, name: &str, text: &str) -> String {
        if is_name_of_person(name) {
            return text.chars().enumerate().map(|(at, c)| if at == 0 { c } else { STAR }).collect();
        }
        let lead = format!("{name}: ");
        let masked = self.text(&format!("{lead}{text}"));
        masked.chars().skip(lead.chars().count()).collect()
    }

    /// The text with what is found in it hidden; none if that changes nothing.
    fn once(&self, text: &str) -> Option<String> {
        let mut hidden = contacts_written(text);
        hidden.extend(self.known.places(text));
        if hidden.is_empty() {
            return None;
        }
        let masked = starred(text, hidden);
        (masked != text).then_some(masked)
    }

    /// The same in every text and every name of a member of a document. A number that is a phone's becomes
    /// null.
    pub fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Number(number) if self.is_phone(number) => *value = Value::Null,
            Value::Array(values) => values.iter_mut().for_each(|value| self.json(value)),
            Value::Object(members) => self.members(members),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn members(&self, members: &mut Map<String, Value>) {
        let mut masked = Map::with_capacity(members.len());
        for (name, mut value) in std::mem::take(members) {
            match &mut value {
                Value::String(text) => *text = self.value(&name, text),
                Value::Array(values) => self.values(&name, values),
                other => self.json(other),
            }
            let mut name = self.text(&name);
            while masked.contains_key(&name) {
                name.push(STAR);
            }
            masked.insert(name, value);
        }
        *members = masked;
    }

    fn values(&self, name: &str, values: &mut [Value]) {
        for value in values {
            match value {
                Value::String(text) => *text = self.value(name, text),
                other => self.json(other),
            }
        }
    }

    /// Whether a number is a known phone's, or a mobile that is no round sum.
    fn is_phone(&self, number: &Number) -> bool {
        let written = number.to_string();
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        digits.len() >= DIGITS_MIN
            && (self.known.is_phone(&digits) || is_mobile(&written) && !digits.ends_with("00000"))
    }
}

/// The names of persons that a document holds as such: in members that are called so, and behind such a word
/// in a line, 联系人：周启澜.
pub fn names_of_persons(members: &Map<String, Value>) -> Vec<&str> {
    let mut names = Vec::new();
    for (name, value) in members {
        match value {
            Value::String(text) if is_name_of_person(name) => names.push(text.as_str()),
            Value::String(text) => {
                let labelled = text.lines().filter_map(|line| line.split_once(['：', ':']));
                let labelled = labelled.filter(|(label, _)| is_name_of_person(label));
                names.extend(labelled.map(|(_, behind)| leading_name(behind)));
            }
            Value::Object(inner) => names.extend(names_of_persons(inner)),
            Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    names
}

/// The name that a text begins with: Chinese without a blank, or some words of another script. What is
/// wanted may follow in the same line.
fn leading_name(text: &str) -> &str {
    let text = text.trim_start();
    let has_blanks = text.starts_with(|c: char| c.is_alphabetic() && !is_han(c));
    let goes_on = |c: char| match c {
        '·' | '•' => true,
        ' ' | '-' | '\'' | '.' => has_blanks,
        c => c.is_alphabetic() && is_han(c) != has_blanks,
    };
    let most = if has_blanks { LATIN_NAME_MAX } else { CHINESE_NAME_MAX };
    let end = text.char_indices().take(most).find(|(_, c)| !goes_on(*c)).map(|(at, _)| at);
    let end = end.or_else(|| text.char_indices().nth(most).map(|(at, _)| at));
    end.and_then(|end| text.get(..end)).unwrap_or(text).trim_end()
}

fn is_name_of_person(name: &str) -> bool {
    NAMES_OF_PERSONS.contains(&folded(name).trim())
}

/// The text with stars for the code points in some places.
fn starred(text: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_unstable_by_key(|place| place.start);
    let mut places = places.into_iter().peekable();
    let mut end = 0;
    let stars = text.chars().enumerate().map(|(at, c)| {
        while let Some(place) = places.next_if(|place| place.start <= at) {
            end = end.max(place.end);
        }
        if at < end { STAR } else { c }
    });
    stars.collect()
}
