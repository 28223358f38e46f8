//! Transforms: what a profile does to a value that a selector found, step by step.
//! A step that fails, or would make too much, leaves the words as they were.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::values::text_of;
use super::work::{WORDS_MAX, Words, Work};
use crate::kernel::error::{Fault, FaultKind, Faults, NOT_ONE_OF, TOO_LONG, TOO_MANY_ITEMS, WRONG_TYPE};
use crate::kernel::language::Bilingual;

/// Steps of one selector.
pub const STEPS_MAX: usize = 20;
/// Characters in a constant: a prefix, a suffix, an expression, a text of a table.
pub const CONSTANT_MAX: usize = 1_000;
/// Characters in a sign between words, and in the format of a date.
const SIGN_MAX: usize = 100;
/// Texts in the table of one `lookup`.
const TABLE_MAX: usize = 1_000;
/// Bytes that a compiled expression, and the cache of its automaton, may take: the smallest of these that is
/// enough. The longest time for one byte of a text grows with it.
const EXPRESSION_SIZES: [usize; 3] = [32 << 10, 128 << 10, 512 << 10];

static BAD_REGEX: FaultKind = FaultKind::new(
    "bad_regex",
    "不是有效的正则表达式，或过于复杂。",
    "This is not a valid regular expression, or it is too large.",
);
const KNOWN: &str = "nfkc, trim, lower, digits, unix_s, unix_ms, {split}, {join}, {lookup}, {regex, group}, \
    {date}, {prefix}, {suffix}";

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
    Regex(Box<Expression>, usize),
    /// A date or a time in this format, as RFC 3339 writes it.
    Date(String),
    UnixSeconds,
    UnixMillis,
    Prefix(String),
    Suffix(String),
}

/// A compiled expression, and how many bytes it may take.
#[derive(Debug, Clone)]
pub struct Expression {
    regex: Regex,
    size: usize,
}

impl Expression {
    fn parse(text: &str) -> Option<Self> {
        EXPRESSION_SIZES.into_iter().find_map(|size| {
            let regex = RegexBuilder::new(text).size_limit(size).dfa_size_limit(size).build().ok()?;
            Some(Self { regex, size })
        })
    }
}

impl Transform {
    /// Bytes that are compiled for it.
    pub fn compiled_bytes(&self) -> usize {
        if let Self::Regex(expression, _) = self { expression.size } else { 0 }
    }

    pub fn parse_all(list: &Value, pointer: &str, faults: &mut Faults) -> Vec<Self> {
        match list {
            Value::Null => Vec::new(),
            Value::Array(steps) if steps.len() > STEPS_MAX => {
                faults.add(Fault::with(pointer, &TOO_MANY_ITEMS, STEPS_MAX));
                Vec::new()
            }
            Value::Array(steps) => steps
                .iter()
                .enumerate()
                .filter_map(|(n, step)| Self::parse(step, &format!("{pointer}/{n}"), faults))
                .collect(),
            _ => {
                faults.add(Fault::with(pointer, &WRONG_TYPE, Bilingual::types(["array"])));
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
                _ => Err(Fault::with(pointer, &NOT_ONE_OF, Bilingual::words(KNOWN))),
            },
            Value::Object(members) => {
                let group = members
                    .get("group")
                    .map_or(Some(0), |group| group.as_u64().and_then(|group| usize::try_from(group).ok()));
                let mut rest =
                    members.iter().filter(|(name, _)| *name != "group" || !members.contains_key("regex"));
                match (rest.next(), rest.next()) {
                    (Some((name, value)), None) => Self::parse_named(name, value, group, pointer),
                    _ => Err(Fault::with(pointer, &NOT_ONE_OF, Bilingual::words(KNOWN))),
                }
            }
            _ => Err(Fault::with(pointer, &WRONG_TYPE, Bilingual::types(["string", "object"]))),
        };
        faults.keep(parsed)
    }

    fn parse_named(name: &str, value: &Value, group: Option<usize>, pointer: &str) -> Result<Self, Fault> {
        let at = format!("{pointer}/{name}");
        let text = |max: usize| {
            let text = value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| Fault::with(at.clone(), &WRONG_TYPE, Bilingual::types(["string"])))?;
            if text.chars().count() > max { Err(Fault::with(at.clone(), &TOO_LONG, max)) } else { Ok(text) }
        };
        match name {
            "split" => text(SIGN_MAX).map(Self::Split),
            "join" => text(SIGN_MAX).map(Self::Join),
            "prefix" => text(CONSTANT_MAX).map(Self::Prefix),
            "suffix" => text(CONSTANT_MAX).map(Self::Suffix),
            "date" => text(SIGN_MAX).map(Self::Date),
            "regex" => {
                let expression = Expression::parse(&text(CONSTANT_MAX)?)
                    .ok_or_else(|| Fault::new(at.clone(), &BAD_REGEX))?;
                let group = group.filter(|group| *group < expression.regex.captures_len());
                group
                    .map(|group| Self::Regex(Box::new(expression), group))
                    .ok_or_else(|| Fault::new(format!("{pointer}/group"), &BAD_REGEX))
            }
            "lookup" => {
                let members = value
                    .as_object()
                    .ok_or_else(|| Fault::with(at.clone(), &WRONG_TYPE, Bilingual::types(["object"])))?;
                if members.len() > TABLE_MAX {
                    return Err(Fault::with(at, &TOO_MANY_ITEMS, TABLE_MAX));
                }
                let table: HashMap<String, String> =
                    members.iter().map(|(id, text)| (id.clone(), text_of(text))).collect();
                match table
                    .iter()
                    .find(|(id, text)| [id, text].iter().any(|word| word.chars().count() > CONSTANT_MAX))
                {
                    Some(_) => Err(Fault::with(at, &TOO_LONG, CONSTANT_MAX)),
                    None => Ok(Self::Lookup(table)),
                }
            }
            _ => Err(Fault::with(pointer, &NOT_ONE_OF, Bilingual::words(KNOWN))),
        }
    }

    /// The words after this step; none if it fails on one of them, makes more than a value may hold, or costs
    /// more than is left.
    pub fn apply(&self, words: &[String], work: &Work) -> Option<Vec<String>> {
        let bytes = words.iter().fold(words.len(), |sum, word| sum.saturating_add(word.len()));
        let affordable = match self {
            Self::Regex(expression, _) => work.spend_expression(bytes, expression.size),
            _ => work.spend(bytes),
        };
        if !affordable {
            return None;
        }
        let mut changed = Words::default();
        match self {
            Self::Split(sign) => words.iter().try_for_each(|word| split(word, sign, &mut changed))?,
            Self::Join(sign) => {
                let filled: Vec<&str> =
                    words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
                changed.push_joined(&filled, sign)?;
            }
            one_by_one => words.iter().try_for_each(|word| one_by_one.change(word, &mut changed))?,
        }
        Some(changed.into_vec())
    }

    fn change(&self, word: &str, changed: &mut Words) -> Option<()> {
        match self {
            // One character may become eighteen.
            Self::Nfkc => changed.push_chars(word.nfkc()),
            Self::Trim => changed.push(word.trim().to_owned()),
            Self::Lower => changed.push(word.to_lowercase()),
            Self::Digits => changed.push_chars(word.nfkc().filter(char::is_ascii_digit)),
            Self::Lookup(texts) => {
                changed.push(texts.get(word.trim()).cloned().unwrap_or_else(|| word.to_owned()))
            }
            Self::Regex(expression, group) => {
                changed.push(expression.regex.captures(word)?.get(*group)?.as_str().to_owned())
            }
            Self::Date(format) => changed.push(date(word.trim(), format)?),
            Self::UnixSeconds => changed.push(moment(word.trim().parse::<i64>().ok()?.checked_mul(1000)?)?),
            Self::UnixMillis => changed.push(moment(word.trim().parse().ok()?)?),
            Self::Prefix(prefix) => changed.push_joined(&[prefix, word], ""),
            Self::Suffix(suffix) => changed.push_joined(&[word, suffix], ""),
            Self::Split(_) | Self::Join(_) => None,
        }
    }
}

fn split(word: &str, sign: &str, parts: &mut Words) -> Option<()> {
    if sign.is_empty() {
        return parts.push(word.to_owned());
    }
    word.split(sign)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .take(WORDS_MAX + 1)
        .try_for_each(|part| parts.push(part.to_owned()))
}

fn date(word: &str, format: &str) -> Option<String> {
    // A date alone would do for a format with a time in it as well.
    let time =
        NaiveDateTime::parse_from_str(word, format).map(|time| time.format("%Y-%m-%dT%H:%M:%S").to_string());
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
        let work = Work::default();
        steps
            .iter()
            .try_fold(vec![word.to_owned()], |words, step| step.apply(&words, &work))
            .map(|words| words.join("、"))
    }

    #[test]
    fn each_step_does_what_its_name_says() {
        for (steps, word, wanted) in [
            (json!(["nfkc", "trim", "lower"]), " ＡＢ ", "ab"),
            (json!(["digits"]), "+86 138-0000 ０００１", "8613800000001"),
            (
                json!([{"split": ","}, {"lookup": {"1": "研发", "3": "生产"}}, {"join": "/"}]),
                "1, 3,9",
                "研发/生产/9",
            ),
            (json!([{"regex": "(\\d+)", "group": 1}, {"suffix": "万"}]), "约 300 每年", "300万"),
            (json!([{"prefix": "税"}]), "300", "税300"),
            (json!([{"date": "%Y/%m/%d"}]), "2026/11/23", "2026-11-23"),
            (json!([{"date": "%d.%m.%Y %H:%M"}]), "23.11.2026 08:30", "2026-11-23T08:30:00"),
            (json!(["unix_s"]), "1763625600", "2025-11-20T08:00:00.000Z"),
            (json!(["unix_ms"]), "1763625600000", "2025-11-20T08:00:00.000Z"),
        ] {
            assert_eq!(through(steps.clone(), word).as_deref(), Some(wanted), "{steps}");
        }
        for (steps, word) in [
            (json!([{"date": "%Y/%m/%d"}]), "下周吧"),
            (json!(["unix_s"]), "9999999999999999999"),
            (json!([{"regex": "x(y)?", "group": 1}]), "x"),
        ] {
            assert_eq!(through(steps, word), None);
        }
    }

    #[test]
    fn no_step_makes_more_than_a_value_may_hold() {
        use super::super::work::VALUE_MAX;
        let (word, list, sign) = ("厂".repeat(VALUE_MAX / 3), "a,".repeat(1_000), "厂".repeat(SIGN_MAX));
        for (steps, word) in [
            (json!([{"prefix": "xx"}]), &word),
            (json!([{"suffix": "xx"}]), &word),
            (json!([{"split": ","}, {"suffix": sign}]), &list),
            (json!([{"split": ","}, {"prefix": sign}]), &list),
            (json!([{"split": ","}, {"join": sign}]), &list),
            (json!([{"split": ","}, {"lookup": {"a": sign}}]), &list),
        ] {
            assert_eq!(through(steps.clone(), word), None, "{steps}");
        }
        assert_eq!(
            through(json!(["nfkc"]), &"ﷺ".repeat(VALUE_MAX / 3)),
            None,
            "one character becomes eighteen"
        );
        assert_eq!(through(json!([{"split": ","}]), &"a,".repeat(2_000)), None, "too many words");
        assert!(through(json!([{"split": ","}]), &"a,".repeat(1_000)).is_some());
        // Taking a text apart, lengthening each part and putting it together again ends at the same bound.
        let longer = json!([{"split": "a"}, {"suffix": "xaxaxax"}, {"join": "a"}]);
        let mut word = "x".to_owned();
        for _ in 0..40 {
            match through(longer.clone(), &word) {
                Some(longer) => word = longer,
                None => break,
            }
        }
        assert!(word.len() <= VALUE_MAX && word.len() > VALUE_MAX / 64, "{}", word.len());
    }

    #[test]
    fn constants_and_steps_are_bounded_when_they_are_written() {
        let long = "x".repeat(CONSTANT_MAX + 1);
        let table: serde_json::Map<String, Value> =
            (0..=TABLE_MAX).map(|n| (n.to_string(), json!("x"))).collect();
        for (step, code) in [
            (json!({"prefix": long}), "too_long"),
            (json!({"suffix": long}), "too_long"),
            (json!({"join": "、".repeat(SIGN_MAX + 1)}), "too_long"),
            (json!({"split": "、".repeat(SIGN_MAX + 1)}), "too_long"),
            (json!({"date": "%Y".repeat(SIGN_MAX)}), "too_long"),
            (json!({"regex": long}), "too_long"),
            (json!({"lookup": {"a": long}}), "too_long"),
            (json!({"lookup": {long.as_str(): "a"}}), "too_long"),
            (json!({"lookup": table}), "too_many_items"),
            (json!({"regex": "(a{200}){200}"}), "bad_regex"),
            (json!({"regex": "\\w{300}"}), "bad_regex"),
            (json!({"regex": "[a-z]*a[a-z]{9000}"}), "bad_regex"),
        ] {
            let mut faults = Faults::default();
            Transform::parse_all(&json!(["trim", step]), "/t", &mut faults);
            let error = faults.none_or(&crate::kernel::error::INVALID).unwrap_err();
            assert_eq!((error.field_faults().len(), error.field_faults()[0].kind.code), (1, code));
            assert!(error.field_faults()[0].pointer.starts_with("/t/1/"));
        }
        let mut faults = Faults::default();
        assert!(Transform::parse_all(&json!(vec!["trim"; STEPS_MAX + 1]), "/t", &mut faults).is_empty());
        assert_eq!(
            faults.none_or(&crate::kernel::error::INVALID).unwrap_err().field_faults()[0].kind.code,
            "too_many_items"
        );
    }

    #[test]
    fn a_large_expression_looks_at_less_text_than_a_small_one() {
        let step =
            |text: &str| Transform::parse(&json!({"regex": text}), "/t", &mut Faults::default()).unwrap();
        let texts =
            ["(\\d+)", "\\d{11}", "(?i)phone[:：]?\\s*(.*)", "[一-龥]+", "\\w{2,10}", "(a|b)*a(a|b){300}$"];
        assert_eq!(
            texts.map(|text| step(text).compiled_bytes() >> 10),
            [32, 128, 32, 32, 512, 128],
            "{texts:?}"
        );
        let longest = |text: &str| {
            let (step, work, word) = (step(text), Work::default(), ["1".repeat(1_000)]);
            (0..1_000).take_while(|_| step.apply(&word, &work).is_some() || !work.is_exceeded()).count()
        };
        let [small, middle, large] = ["(\\d+)", "(a|b)*a(a|b){300}$", "\\w{2,10}"].map(longest);
        assert!(
            small > 100 && (20..40).contains(&middle) && (2..10).contains(&large),
            "{small} {middle} {large}"
        );
    }

    #[test]
    fn unknown_steps_are_faults() {
        let mut faults = Faults::default();
        let steps = json!(["explode", {"regex": "("}, {"regex": "a", "group": 1}, {"split": 1},
            {"a": 1, "b": 2}, 5, {"lookup": []}]);
        assert!(Transform::parse_all(&steps, "/t", &mut faults).is_empty());
        assert_eq!(faults.none_or(&crate::kernel::error::INVALID).unwrap_err().field_faults().len(), 7);
    }
}
