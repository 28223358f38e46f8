//! JSON as scripts write it and as RFC 8259 allows it, though a parser cannot hold it: half of a surrogate
//! pair, which a cut through an emoji leaves, and numbers beyond any range. What cannot be mended is no JSON;
//! decoding is in `decode.rs`.

use std::iter::Peekable;
use std::str::CharIndices;

/// A text with each half surrogate as U+FFFD, and each number that no one can hold as the text of its digits.
/// Tells besides whether a surrogate was replaced. None if there is nothing of either.
pub fn mended(text: &str) -> Option<(String, bool)> {
    let (mut out, mut replaced, mut changed) = (String::with_capacity(text.len()), false, false);
    let mut rest = text;
    let mut quoted = false;
    while let Some(c) = rest.chars().next() {
        let taken = match (quoted, c) {
            (true, '\\') => match surrogate(rest) {
                Some(Half::Pair) => 12,
                Some(Half::Alone) => {
                    out.push_str("\\ufffd");
                    (replaced, changed) = (true, true);
                    rest = rest.get(6..)?;
                    continue;
                }
                // The sign behind it is never the end of the text.
                None => 1 + rest.get(1..)?.chars().next().map_or(0, char::len_utf8),
            },
            (false, '-' | '0'..='9') => {
                let length = number(&mut rest.char_indices().peekable(), rest.len());
                let digits = rest.get(..length)?;
                if digits.parse::<f64>().is_ok_and(f64::is_infinite) {
                    out.push('"');
                    out.push_str(digits);
                    out.push('"');
                    changed = true;
                    rest = rest.get(length..)?;
                    continue;
                }
                length
            }
            (_, '"') => {
                quoted = !quoted;
                1
            }
            _ => c.len_utf8(),
        };
        out.push_str(rest.get(..taken)?);
        rest = rest.get(taken..)?;
    }
    changed.then_some((out, replaced))
}

enum Half {
    Pair,
    Alone,
}

/// Which surrogate an escape at the beginning of a text is; none if it is another one.
fn surrogate(text: &str) -> Option<Half> {
    let unit = |at: usize| {
        let escape = text.get(at..at.saturating_add(6))?;
        u32::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()
    };
    match (unit(0)?, unit(6)) {
        (0xd800..=0xdbff, Some(0xdc00..=0xdfff)) => Some(Half::Pair),
        (0xd800..=0xdfff, _) => Some(Half::Alone),
        _ => None,
    }
}

/// Bytes of the number that begins a text.
fn number(signs: &mut Peekable<CharIndices<'_>>, length: usize) -> usize {
    while signs.next_if(|(_, c)| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')).is_some() {}
    signs.peek().map_or(length, |(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn half_an_emoji_costs_one_sign_and_a_number_its_type() {
        for (sent, kept, replaced) in [
            (r#"{"need":"a\ud83d","phone":"1"}"#, r#"{"need":"a�","phone":"1"}"#, true),
            (r#"{"a":"\udc00\ud83d\ude00\ud83d\ud83d"}"#, r#"{"a":"�😀��"}"#, true),
            (r#"{"big":1e309,"a":-12E+400}"#, r#"{"big":"1e309","a":"-12E+400"}"#, false),
            (r#"{"a":"\\ud83d \"1e309","b":1e309}"#, r#"{"a":"\\ud83d \"1e309","b":"1e309"}"#, false),
        ] {
            let (text, was_replaced) = mended(sent).unwrap();
            assert_eq!(
                (serde_json::from_str::<Value>(&text).unwrap(), was_replaced),
                (serde_json::from_str(kept).unwrap(), replaced),
                "{sent}"
            );
        }
        for whole in
            [r#"{"a":"\ud83d\ude00","b":[1,-2.5e3]}"#, "", "{", "\"\\", "\"\\u", "\"\\ud8", "-", "厂\\"]
        {
            assert_eq!(mended(whole), None, "{whole}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_a_parser_takes_is_left_alone(text in "[\\\\\"ud8c0-9a-f{}:,.eE+-]{0,40}") {
            if serde_json::from_str::<Value>(&text).is_ok() {
                proptest::prop_assert_eq!(mended(&text), None);
            } else {
                let _ = mended(&text);
            }
        }
    }
}
