//! Masks secrets in what is kept of a submission: wherever they are, and parameters of addresses that are
//! named like secrets. Which place of a request holds the secret of a form is said in `proof.rs`; the body is
//! kept to the byte.

use std::borrow::Cow;

use serde_json::Value;

/// The replacement of a secret.
pub const MASK: &str = "***";
/// Bytes that a secret has at least to be looked for in other texts: a shorter one may be a word.
const WORD_MIN: usize = 8;
/// Names of parameters, without case and signs, that hold secrets on any site; and endings of such names.
const NAMES: [&str; 13] = [
    "key",
    "auth",
    "authorization",
    "pass",
    "passwd",
    "pwd",
    "sig",
    "sign",
    "session",
    "sid",
    "jsessionid",
    "phpsessid",
    "credential",
];
const ENDINGS: [&str; 8] =
    ["token", "secret", "apikey", "password", "signature", "sessionid", "accesskey", "privatekey"];

/// The secrets of one submission.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Names of parameters that hold them.
    parameters: Vec<String>,
    /// The secrets themselves, also as an address has them.
    words: Vec<String>,
}

impl Secrets {
    pub fn new(parameters: Vec<String>, words: impl Iterator<Item = String>) -> Self {
        let encoded = |word: String| {
            let encoded: String = url::form_urlencoded::byte_serialize(word.as_bytes()).collect();
            if encoded == word { vec![word] } else { vec![word, encoded] }
        };
        let mut words: Vec<String> = words.filter(|word| word.len() >= WORD_MIN).flat_map(encoded).collect();
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Self { parameters, words }
    }

    /// A text without the secrets, and without the values of parameters that hold them.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let named = |name: &str| self.parameters.iter().any(|known| known.eq_ignore_ascii_case(name));
        self.without_words(parameters(text, named))
    }

    /// An address without secrets of any site: those of this form, parameters that are named like a secret,
    /// and a password.
    pub fn masked_url<'t>(&self, url: &'t str) -> Cow<'t, str> {
        let named = |name: &str| {
            self.parameters.iter().any(|known| known.eq_ignore_ascii_case(name)) || is_like_a_secret(name)
        };
        self.without_words(match without_user(url) {
            Some(bare) => Cow::Owned(parameters(&bare, named).into_owned()),
            None => parameters(url, named),
        })
    }

    /// Masks every text in a value.
    pub fn mask(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(masked) = self.masked(text) {
                    *text = masked;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.mask(member)),
            _ => {}
        }
    }

    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.words.is_empty()
    }

    fn without_words<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        self.words.iter().fold(text, |text, word| {
            if text.contains(word.as_str()) { Cow::Owned(text.replace(word.as_str(), MASK)) } else { text }
        })
    }
}

fn is_like_a_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NAMES.contains(&plain.as_str()) || ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// An address without user and password; none if it has no such.
fn without_user(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (_, behind) = rest.get(..host)?.rsplit_once('@')?;
    Some(format!("{scheme}://{MASK}@{behind}{}", rest.get(host..)?))
}

/// A text in which the values of some parameters are masked: what is between `name=` and the next sign
/// that ends it.
fn parameters(text: &str, is_secret: impl Fn(&str) -> bool) -> Cow<'_, str> {
    if !text.contains('=') {
        return Cow::Borrowed(text);
    }
    let (mut masked, mut done) = (String::new(), 0);
    for (at, _) in text.match_indices(['?', '&', '#', ';']) {
        let Some(rest) = text.get(at.saturating_add(1)..).filter(|_| at >= done) else { continue };
        let end = rest
            .find(|c: char| matches!(c, '&' | '#' | ';' | '?' | '"' | '\'' | '<' | '>') || c.is_whitespace())
            .unwrap_or(rest.len());
        let Some((name, value)) = rest.get(..end).and_then(|pair| pair.split_once('=')) else { continue };
        let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        if value.is_empty() || value == MASK || !is_secret(&decoded) {
            continue;
        }
        let begin = at.saturating_add(name.len()).saturating_add(2);
        masked.push_str(text.get(done..begin).unwrap_or_default());
        masked.push_str(MASK);
        done = begin.saturating_add(value.len());
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets() -> Secrets {
        Secrets::new(vec!["Token".to_owned()], ["geheim + 7".to_owned(), "short".to_owned()].into_iter())
    }

    #[test]
    fn addresses_lose_what_is_named_like_a_secret() {
        for (url, wanted) in [
            ("https://e.example/a?x=1&token=abc#top", "https://e.example/a?x=1&token=***#top"),
            ("https://e.example/?tok%65n=abc", "https://e.example/?tok%65n=***"),
            ("https://e.example/?TOKEN=a&token=b", "https://e.example/?TOKEN=***&token=***"),
            ("https://e.example/#access_token=abc&state=1", "https://e.example/#access_token=***&state=1"),
            ("https://e.example/a;jsessionid=12AB?x=y", "https://e.example/a;jsessionid=***?x=y"),
            (
                "https://e.example/?api-key=a&X_Api_Key=b&sig=c&key=d",
                "https://e.example/?api-key=***&X_Api_Key=***&sig=***&key=***",
            ),
            ("https://user:word@e.example/a@b?x=1", "https://***@e.example/a@b?x=1"),
            (
                "https://e.example/?utm_source=a&keyword=b&tokenised=c&token=",
                "https://e.example/?utm_source=a&keyword=b&tokenised=c&token=",
            ),
            ("/a?keyword=厂房&signup=1", "/a?keyword=厂房&signup=1"),
            ("", ""),
        ] {
            assert_eq!(secrets().masked_url(url), wanted);
        }
    }

    #[test]
    fn texts_lose_the_secrets_of_the_form_only() {
        for (text, wanted) in [
            ("see https://e.example/?token=a&key=b now", "see https://e.example/?token=***&key=b now"),
            ("geheim + 7, geheim+%2B+7, short", "***, ***, short"),
            ("a=1&b=2", "a=1&b=2"),
        ] {
            assert_eq!(secrets().masked(text), wanted);
        }
        let mut document = json!({"a": ["geheim + 7", 7], "b": {"c": "x?token=1"}});
        secrets().mask(&mut document);
        assert_eq!(document, json!({"a": ["***", 7], "b": {"c": "x?token=***"}}));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_masking_twice_is_masking_once(text in "[a-z?&#;= @:/%厂\"]{0,40}") {
            let once = secrets().masked_url(&text).into_owned();
            proptest::prop_assert_eq!(secrets().masked_url(&once).into_owned(), once);
        }
    }
}
