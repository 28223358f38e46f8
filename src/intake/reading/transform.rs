//! Transforms: what a profile does to a value that a selector found, step by step.
//! A step that fails leaves the words as they were.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::selector::text_of;
use crate::kernel::error::{Fault, FaultKind, Faults, NOT_ONE_OF, WRONG_TYPE};

/// Bytes that a compiled expression may take.
const REGEX_MAX: usize = 1 << 20;

static BAD_REGEX: FaultKind = FaultKind::new("bad_regex", "不是有效的正则表达式。", "This is no valid regular expression, or too large a one.");
const KNOWN: &str = "nfkc, trim, lower, digits, unix_s, unix_ms, {split}, {join}, {lookup}, {regex, group}, {date}, {prefix}, {suffix}";

/// One step.
#[derive(Debug, Clone)]
pub enum Transform {
    Nfkc,
    Trim,
    Lower,
    /// The ASCII digits alone.
    Digits,
    Split(String),
    Join(String),
    /// Ids become texts; unknown ones stay.
    Lookup(HashMap<String, String>),
    /// What a group of the expression matched, in linear time.
    Regex(Box<Regex>, usize),
    /// A date or a time in this format, as RFC 3339 writes it.
    Date(String),
    UnixSeconds,
    UnixMillis,
    Prefix(String),
    Suffix(String),
}

impl Transform {
    pub fn parse_all(list: &Value, pointer: &str, faults: &mut Faults) -> Vec<Self> {
        match list {
            Value::Null => Vec::new(),
            Value::Array(steps) => steps.iter().enumerate().filter_map(|(n, step)| Self::parse(step, &format!("{pointer}/{n}"), faults)).collect(),
            _ => {
                faults.add(Fault::with(pointer, &WRONG_TYPE, "array"));
                Vec::new()
            }
        }
    }

    fn parse(step: &Value, pointer: &str, faults: &mut Faults) -> Option<Self> {
        let parsed = match step {
            Value::String(word) => match word.as_str() {
                "nfkc" => Ok(Self::Nfkc),
                "trim" => Ok(Self::Trim),
                "lower" => Ok(Self::Lower),
                "digits" => Ok(Self::Digits),
                "unix_s" => Ok(Self::UnixSeconds),
                "unix_ms" => Ok(Self::UnixMillis),
                _ => Err(Fault::with(pointer, &NOT_ONE_OF, KNOWN)),
            },
            Value::Object(members) => {
                let group = members.get("group").map_or(Some(0), |group| group.as_u64().and_then(|group| usize::try_from(group).ok()));
                let mut rest = members.iter().filter(|(name, _)| *name != "group" || !members.contains_key("regex"));
                match (rest.next(), rest.next()) {
                    (Some((name, value)), None) => Self::parse_named(name, value, group, pointer),
                    _ => Err(Fault::with(pointer, &NOT_ONE_OF, KNOWN)),
                }
            }
            _ => Err(Fault::with(pointer, &WRONG_TYPE, "string or object")),
        };
        faults.keep(parsed)
    }

    fn parse_named(name: &str, value: &Value, group: Option<usize>, pointer: &str) -> Result<Self, Fault> {
        let at = format!("{pointer}/{name}");
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| Fault::with(at.clone(), &WRONG_TYPE, "string"));
        match name {
            "split" => text().map(Self::Split),
            "join" => text().map(Self::Join),
            "prefix" => text().map(Self::Prefix),
            "suffix" => text().map(Self::Suffix),
            "date" => text().map(Self::Date),
            "regex" => {
                let regex = RegexBuilder::new(&text()?).size_limit(REGEX_MAX).build().map_err(|_| Fault::new(at.clone(), &BAD_REGEX))?;
                let group = group.filter(|group| *group < regex.captures_len());
                group.map(|group| Self::Regex(Box::new(regex), group)).ok_or_else(|| Fault::new(format!("{pointer}/group"), &BAD_REGEX))
            }
            "lookup" => {
                let members = value.as_object().ok_or_else(|| Fault::with(at.clone(), &WRONG_TYPE, "object"))?;
                Ok(Self::Lookup(members.iter().map(|(id, text)| (id.clone(), text_of(text))).collect()))
            }
            _ => Err(Fault::with(pointer, &NOT_ONE_OF, KNOWN)),
        }
    }

    /// The words after this step, or none if it fails on one of them.
    pub fn apply(&self, words: &[String]) -> Option<Vec<String>> {
        match self {
            Self::Split(sign) => Some(words.iter().flat_map(|word| split(word, sign)).collect()),
            Self::Join(sign) => Some(vec![words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(sign)]),
            one_by_one => words.iter().map(|word| one_by_one.change(word)).collect(),
        }
    }

    fn change(&self, word: &str) -> Option<String> {
        match self {
            Self::Nfkc => Some(word.nfkc().collect()),
            Self::Trim => Some(word.trim().to_owned()),
            Self::Lower => Some(word.to_lowercase()),
            Self::Digits => Some(word.nfkc().filter(char::is_ascii_digit).collect()),
            Self::Lookup(texts) => Some(texts.get(word.trim()).cloned().unwrap_or_else(|| word.to_owned())),
            Self::Regex(regex, group) => Some(regex.captures(word)?.get(*group)?.as_str().to_owned()),
            Self::Date(format) => date(word.trim(), format),
            Self::UnixSeconds => moment(word.trim().parse::<i64>().ok()?.checked_mul(1000)?),
            Self::UnixMillis => moment(word.trim().parse().ok()?),
            Self::Prefix(prefix) => Some(format!("{prefix}{word}")),
            Self::Suffix(suffix) => Some(format!("{word}{suffix}")),
            Self::Split(_) | Self::Join(_) => None,
        }
    }
}

fn split(word: &str, sign: &str) -> Vec<String> {
    if sign.is_empty() {
        return vec![word.to_owned()];
    }
    word.split(sign).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn date(word: &str, format: &str) -> Option<String> {
    // A date alone would do for a format with a time in it as well.
    let time = NaiveDateTime::parse_from_str(word, format).map(|time| time.format("%Y-%m-%dT%H:%M:%S").to_string());
    let day = || NaiveDate::parse_from_str(word, format).map(|day| day.format("%Y-%m-%d").to_string());
    time.or_else(|_| day()).ok()
}

fn moment(millis: i64) -> Option<String> {
    Some(DateTime::from_timestamp_millis(millis)?.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn through(steps: Value, word: &str) -> Option<String> {
        let mut faults = Faults::default();
        let steps = Transform::parse_all(&steps, "/t", &mut faults);
        faults.none_or(&crate::kernel::error::INVALID).unwrap();
        steps.iter().try_fold(vec![word.to_owned()], |words, step| step.apply(&words)).map(|words| words.join("、"))
    }

    #[test]
    fn each_step_does_what_its_name_says() {
        for (steps, word, wanted) in [
            (json!(["nfkc", "trim", "lower"]), " ＡＢ ", "ab"),
            (json!(["digits"]), "+86 138-0000 ０００１", "8613800000001"),
            (json!([{"split": ","}, {"lookup": {"1": "研发", "3": "生产"}}, {"join": "/"}]), "1, 3,9", "研发/生产/9"),
            (json!([{"regex": "(\\d+)", "group": 1}, {"suffix": "万"}]), "约 300 每年", "300万"),
            (json!([{"prefix": "税"}]), "300", "税300"),
            (json!([{"date": "%Y/%m/%d"}]), "2026/11/23", "2026-11-23"),
            (json!([{"date": "%d.%m.%Y %H:%M"}]), "23.11.2026 08:30", "2026-11-23T08:30:00"),
            (json!(["unix_s"]), "1763625600", "2025-11-20T08:00:00.000Z"),
            (json!(["unix_ms"]), "1763625600000", "2025-11-20T08:00:00.000Z"),
        ] {
            assert_eq!(through(steps.clone(), word).as_deref(), Some(wanted), "{steps}");
        }
        for (steps, word) in
            [(json!([{"date": "%Y/%m/%d"}]), "下周吧"), (json!(["unix_s"]), "9999999999999999999"), (json!([{"regex": "x(y)?", "group": 1}]), "x")]
        {
            assert_eq!(through(steps, word), None);
        }
    }

    #[test]
    fn unknown_steps_are_faults() {
        let mut faults = Faults::default();
        let steps = json!(["explode", {"regex": "("}, {"regex": "a", "group": 1}, {"split": 1}, {"a": 1, "b": 2}, 5, {"lookup": []}]);
        assert!(Transform::parse_all(&steps, "/t", &mut faults).is_empty());
        assert_eq!(faults.none_or(&crate::kernel::error::INVALID).unwrap_err().field_faults().len(), 7);
    }
}
