//! Known contacts of one inquiry, and where they are in a text, however they are written there: width, case,
//! traditional characters, blanks and signs do not matter.
//! What only looks like a contact is found in `facts/contacts`.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::facts::{could_be_an_account, letters_written};
use crate::kernel::phone::{area_code, national_digits};
use crate::kernel::search;

/// What is known of how to reach the person of an inquiry, as it is stored.
#[derive(Debug, Clone, Default)]
pub struct Known<'k> {
    /// The item: what was typed, perhaps several numbers.
    pub phone: Option<&'k str>,
    pub phone_e164: Option<&'k str>,
    /// Further numbers, in E.164 or as written.
    pub phones: Vec<&'k str>,
    pub email: Option<&'k str>,
    pub wechat: Option<&'k str>,
    pub contact: Option<&'k str>,
}

/// Shorter values are only sought as whole words: `abc` is in many.
const SHORT: usize = 4;
/// Numbers of fewer digits are not sought: prices and areas have as many.
const DIGITS_MIN: usize = 5;
/// Digits of a phone that are sought by themselves: without its area code, or the last of a mobile.
const SUBSCRIBER: usize = 8;
/// No value that could be written is longer.
const LONGEST: usize = 256;
/// Signs between two digits of one number, and between two letters of one value, at most.
const DIGITS_GAP: usize = 6;
const LETTERS_GAP: usize = 3;
/// Behind or instead of a name: no part of it.
const TITLES: [&str; 20] = [
    "先生",
    "女士",
    "小姐",
    "经理",
    "总经理",
    "老师",
    "主任",
    "博士",
    "厂长",
    "老板",
    "总监",
    "主管",
    "会计",
    "工程师",
    "院长",
    "教授",
    "同志",
    "总",
    "工",
    "姐",
];

/// How a value is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    /// Anywhere.
    Anywhere,
    /// As a whole word.
    Whole,
    /// A name: its first character stays. Chinese has no borders between words.
    Name,
}

/// The values that are sought, in plain form.
#[derive(Clone, Default)]
pub struct Needles {
    phones: BTreeSet<String>,
    words: BTreeSet<(String, How)>,
}

impl Needles {
    pub fn of(known: Known<'_>) -> Self {
        let mut needles = Self::default();
        needles.add(known);
        needles
    }

    /// Takes more values.
    pub fn add(&mut self, known: Known<'_>) {
        for phone in known.phone.into_iter().chain(known.phone_e164).chain(known.phones) {
            self.phone(phone);
        }
        if let Some(email) = known.email {
            self.email(email);
        }
        if let Some(wechat) = known.wechat {
            self.account(wechat);
        }
        if let Some(contact) = known.contact {
            self.name(contact);
        }
    }

    /// Each number of a field: all of it, as it is called within its country, and without its area.
    fn phone(&mut self, written: &str) {
        for piece in written.split(['/', '、', ',', '，', ';', '；', '|', '\n', '或']) {
            let digits = search::digits(piece);
            let national = national_digits(piece);
            let zeroed = format!("0{national}");
            let area =
                area_code(&zeroed).map(|area| area - 1).filter(|_| piece.trim_start().starts_with("+86"));
            let area = area.or_else(|| area_code(&national)).unwrap_or(0);
            let subscriber = national.get(area..).filter(|rest| rest.len() >= DIGITS_MIN + 2);
            let last = national.len().checked_sub(SUBSCRIBER).and_then(|from| national.get(from..));
            let parts = [Some(digits.as_str()), Some(national.as_str()), subscriber, last];
            let long = parts.into_iter().flatten().filter(|part| (DIGITS_MIN..LONGEST).contains(&part.len()));
            self.phones.extend(long.map(str::to_owned));
        }
    }

    fn email(&mut self, address: &str) {
        self.word(address, How::Anywhere);
        // Mail to ouyang.zy@… may be a chat's account or an address elsewhere too.
        if let Some((local, _)) = address.split_once('@').filter(|(local, _)| local.chars().count() >= SHORT)
        {
            self.word(local, How::Whole);
        }
    }

    /// The account, and each word of the field that could be one: `微信号 zhou_88（常用）`.
    fn account(&mut self, written: &str) {
        let words = written.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.'));
        let latin = words.flat_map(|word| word.split(|c: char| c.is_alphanumeric() && !is_latin(c)));
        for word in latin.chain([written]).filter(|word| could_be_an_account(word)) {
            self.word(word, How::Anywhere);
        }
    }

    /// The name, and each Chinese name of the field without a title: `欧阳致远（厂长）`.
    fn name(&mut self, written: &str) {
        self.word(written, How::Name);
        for piece in written.split(|c: char| !c.is_alphabetic() || is_latin(c)) {
            let title = TITLES.iter().find(|title| piece.ends_with(**title));
            let name = title.and_then(|title| piece.strip_suffix(title)).unwrap_or(piece);
            self.word(name, How::Name);
        }
    }

    fn word(&mut self, value: &str, how: How) {
        let plain: String = letters_written(value).into_iter().map(|(c, _)| c).collect();
        let count = plain.chars().count();
        let is_number = plain.chars().all(|c| c.is_ascii_digit());
        let how = match how {
            How::Anywhere if is_number || count < SHORT => How::Whole,
            other => other,
        };
        let least = if how == How::Name {
            2
        } else if is_number {
            DIGITS_MIN
        } else {
            3
        };
        if (least..LONGEST).contains(&count) {
            self.words.insert((plain, how));
        }
    }

    /// Whether digits are those of a known phone.
    pub fn is_phone(&self, digits: &str) -> bool {
        self.phones.contains(digits)
    }

    /// The places in a text, in code points, in which a known value is.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        if self.phones.is_empty() && self.words.is_empty() {
            return Vec::new();
        }
        let letters = letters_written(text);
        let words = Stream::of(letters.iter().copied(), LETTERS_GAP);
        let digits = Stream::of(letters.iter().copied().filter(|(c, _)| c.is_ascii_digit()), DIGITS_GAP);
        let mut found = Vec::new();
        for phone in &self.phones {
            found.extend(digits.places(phone, How::Anywhere));
        }
        for (word, how) in &self.words {
            found.extend(words.places(word, *how));
        }
        found
    }
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{c0}'..='\u{24f}').contains(&c)
}

/// Some characters of a text with their places in it.
struct Stream {
    text: String,
    /// For each byte of `text` the number of its character.
    numbers: Vec<usize>,
    /// The code point of each character.
    points: Vec<usize>,
    /// How many gaps that are too wide are before each character.
    gaps: Vec<usize>,
}

impl Stream {
    fn of(letters: impl Iterator<Item = (char, usize)>, widest: usize) -> Self {
        let mut stream =
            Self { text: String::new(), numbers: Vec::new(), points: Vec::new(), gaps: Vec::new() };
        let mut gaps = 0;
        for (number, (c, point)) in letters.enumerate() {
            let last = stream.points.last().copied().unwrap_or(point);
            gaps += usize::from(point.saturating_sub(last) > widest + 1);
            stream.text.push(c);
            stream.numbers.resize(stream.text.len(), number);
            stream.points.push(point);
            stream.gaps.push(gaps);
        }
        stream
    }

    /// Where a value is, as far as it is to be hidden.
    fn places(&self, value: &str, how: How) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(|rest| rest.find(value)).map(|at| from + at) {
            let place = self.place(at, at + value.len(), how);
            let first = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            from = at + if place.is_some() { value.len() } else { first };
            found.extend(place);
        }
        found
    }

    fn place(&self, start: usize, end: usize, how: How) -> Option<Range<usize>> {
        let first = *self.numbers.get(start)?;
        let last = *self.numbers.get(end.checked_sub(1)?)?;
        let is_one = self.gaps.get(first) == self.gaps.get(last);
        let is_bordered = how == How::Anywhere || self.begins(start, first) && self.ends(end, last);
        let shown = if how == How::Name { first + 1 } else { first };
        let range = *self.points.get(shown)?..self.points.get(last)? + 1;
        (is_one && is_bordered && range.start < range.end).then_some(range)
    }

    /// Whether no Latin letter or digit clings to the first one of a value.
    fn begins(&self, start: usize, first: usize) -> bool {
        let clings = first.checked_sub(1).is_some_and(|before| self.clings(before, first));
        let (before, own) = self.text.split_at_checked(start).unwrap_or_default();
        !clings || !is_one_word(before.chars().next_back(), own.chars().next())
    }

    fn ends(&self, end: usize, last: usize) -> bool {
        let (own, behind) = self.text.split_at_checked(end).unwrap_or_default();
        !self.clings(last, last + 1) || !is_one_word(own.chars().next_back(), behind.chars().next())
    }

    /// Whether nothing is between a character and the next one.
    fn clings(&self, one: usize, next: usize) -> bool {
        let points = self.points.get(one).zip(self.points.get(next));
        points.is_some_and(|(one, next)| next.saturating_sub(*one) <= 1)
    }
}

/// Whether two characters side by side are of one Latin word or one number.
fn is_one_word(one: Option<char>, other: Option<char>) -> bool {
    one.zip(other).is_some_and(|(one, other)| {
        is_latin(one) && is_latin(other) && one.is_ascii_digit() == other.is_ascii_digit()
    })
}
