//! Conditions as parameters of a query string. Their JSON is read in `filter.rs`, what a parameter is in
//! platform/http.

use super::fields::{FIELDS, Field, Kind, Parameter, Texts, Word, Written};
use super::filter::{Condition, Filter};
use crate::platform::http::parameter::Shape;
use crate::platform::http::query::QueryReader;

/// Code points in a search.
const Q_MAX: usize = 200;

const Q_ABOUT: &str = "Part of the six items, the message, e-mail, WeChat or the phone number's digits; \
     every character literal, but blanks at the ends and invisible characters do not count. Digits, blanks, \
     -, + and brackets with five digits or more also find their digits in phone numbers.";

/// Code points in a keyword.
pub const KEYWORD_MAX: usize = 100;
const KEYWORD_ABOUT: &str = "Any of these words is part of what the person said.";
const KEYWORD_WANTED: (&str, &str) = ("最多 100 个字符的词", "words of at most 100 characters each");

/// Takes all conditions.
pub fn read_filter(from: &mut QueryReader) -> Filter {
    read_those(from, |_| true)
}

/// Takes the conditions of these names only.
pub fn read_conditions(from: &mut QueryReader, names: &[&str]) -> Filter {
    read_those(from, |field| names.contains(&field.name))
}

fn read_those(from: &mut QueryReader, is_asked: impl Fn(&Field) -> bool) -> Filter {
    FIELDS.iter().filter(|field| is_asked(field)).fold(Filter::default(), |filter, field| {
        let name = field.name;
        match &field.kind {
            Kind::Word(word) => filter.and(Condition::any_of(name, read_words(from, name, word))),
            Kind::Number(number) => number.parameters.iter().fold(filter, |filter, parameter| {
                let Parameter { name: written, bound, about } = parameter;
                let value = from.about(about).number(written);
                filter.and(value.and_then(|value| Condition::number(name, *bound, value)))
            }),
            Kind::Time(time) => time.parameters.iter().fold(filter, |filter, parameter| {
                let Parameter { name: written, bound, about } = parameter;
                let at = from.about(about).moment(written);
                filter.and(at.and_then(|at| Condition::time(name, *bound, at)))
            }),
            Kind::Search(Texts::One) => {
                let text = from.about(Q_ABOUT).short_text(name, Q_MAX);
                filter.and(text.and_then(|text| Condition::contains(name, &[text])))
            }
            Kind::Search(Texts::Any) => {
                let is_fit = |text: &str| text.chars().count() <= KEYWORD_MAX && !text.trim().is_empty();
                let texts = from.about(KEYWORD_ABOUT).list(
                    name,
                    KEYWORD_WANTED,
                    &Shape::Text(Some(KEYWORD_MAX)),
                    |text| is_fit(text).then(|| text.to_owned()),
                );
                filter.and(Condition::contains(name, &texts))
            }
        }
    })
}

fn read_words(from: &mut QueryReader, name: &str, word: &Word) -> Vec<String> {
    from.about(word.about);
    let kept = |is_valid: bool, text: &str| is_valid.then(|| text.to_owned());
    match &word.written {
        Written::OneOf(all) => {
            let all = all();
            from.words(name, &all, |text| kept(all.split(", ").any(|known| known == text), text))
        }
        Written::Pattern(pattern, is_valid, wanted) => {
            from.list(name, *wanted, &Shape::Pattern(pattern()), |text| kept(is_valid(text), text))
        }
        Written::Text(max, wanted) => from
            .list(name, *wanted, &Shape::Text(Some(*max)), |text| kept(text.chars().count() <= *max, text)),
    }
}
