//! Limits of text, and its cleaning.
//! What a text means is not decided here.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::error::{CONTROL_CHARACTER, Fault, TOO_LONG};

/// Code points in company and contact.
pub const NAME_MAX: usize = 200;
/// Code points in a phone number as written.
pub const PHONE_MAX: usize = 100;
/// Code points in any other text.
pub const TEXT_MAX: usize = 10_000;

/// A control character that a text on one line may not hold.
pub fn is_control(c: char) -> bool {
    c.is_control()
}

/// A control character that a text on several lines may not hold.
pub fn is_control_but_layout(c: char) -> bool {
    c.is_control() && c != '\t' && c != '\n'
}

/// A text on one line within its limit, or the fault.
pub fn one_line(pointer: &str, text: &str, max: usize) -> Result<(), Fault> {
    check(pointer, text, max, is_control)
}

/// A text on several lines within its limit, or the fault.
pub fn lines(pointer: &str, text: &str, max: usize) -> Result<(), Fault> {
    check(pointer, text, max, is_control_but_layout)
}

fn check(pointer: &str, text: &str, max: usize, forbidden: fn(char) -> bool) -> Result<(), Fault> {
    if text.chars().any(forbidden) {
        return Err(Fault::new(pointer, &CONTROL_CHARACTER));
    }
    // A text of no more bytes than `max` has no more code points either.
    if text.len() > max && text.chars().count() > max {
        return Err(Fault::with(pointer, &TOO_LONG, max));
    }
    Ok(())
}

/// As a public form keeps a text: NFC, line ends as LF, no control characters but tab and LF, trimmed.
/// `None` if nothing is left.
pub fn cleaned_lines(text: &str) -> Option<String> {
    cleaned(text, is_control_but_layout)
}

/// The same for a text on one line: a line end becomes a space.
pub fn cleaned_line(text: &str) -> Option<String> {
    cleaned(&text.replace(['\n', '\t'], " "), is_control)
}

/// The CR of CR LF is one of the forbidden characters.
fn cleaned(text: &str, forbidden: fn(char) -> bool) -> Option<String> {
    let is_clean = is_nfc_quick(text.chars()) == IsNormalized::Yes && !text.chars().any(forbidden);
    let text: Cow<'_, str> =
        if is_clean { Cow::Borrowed(text) } else { text.nfc().filter(|c| !forbidden(*c)).collect() };
    some(text.trim())
}

/// The first `max` code points.
pub fn cut(text: String, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => text.get(..end).unwrap_or_default().trim_end().to_owned(),
        None => text,
    }
}

/// The least letters and digits of an account name; real ones have five or more.
const ACCOUNT_MIN: usize = 3;
/// Words that people write if they have no account.
const NO_ACCOUNT: [&str; 6] = ["none", "null", "nil", "nope", "wechat", "weixin"];

/// Whether a text could be a chat account: `无`, `-` and `同手机` are not.
pub fn could_be_an_account(text: &str) -> bool {
    let signs: String =
        text.nfkc().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    signs.len() >= ACCOUNT_MIN
        && !NO_ACCOUNT.contains(&signs.as_str())
        && !signs.starts_with("sameas")
        && !signs.starts_with("samenumber")
}

/// Whether a text could be an e-mail address, perhaps after correction: something on both sides of an `@`,
/// which may be full-width.
pub fn could_be_mailed(text: &str) -> bool {
    let plain: String = text.nfkc().collect();
    plain.trim().split_once('@').is_some_and(|(before, after)| !before.is_empty() && after.len() >= 3)
}

/// The text, unless it is blank.
pub fn some(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_code_points() {
        assert!(one_line("/company", &"厂".repeat(200), NAME_MAX).is_ok());
        assert_eq!(one_line("/company", &"厂".repeat(201), NAME_MAX).unwrap_err().kind.code, "too_long");
        assert_eq!(one_line("/company", "a\tb", NAME_MAX).unwrap_err().kind.code, "control_character");
        assert!(lines("/need", "a\tb\nc", TEXT_MAX).is_ok());
        assert!(lines("/need", "a\r\nb", TEXT_MAX).is_err());
        assert!(lines("/need", "a\u{0}b", TEXT_MAX).is_err());
    }

    #[test]
    fn no_answer_is_no_way_to_reach_somebody() {
        for account in ["zhou", "zhou_88", "lihua-8899", "987654321", "wxid_abc123", "ｗｅｉｘｉｎ８"]
        {
            assert!(could_be_an_account(account), "{account}");
        }
        for address in ["zhou@example.com", "zhou@163．com", "张三 zhou＠qq.com"] {
            assert!(could_be_mailed(address), "{address}");
        }
        for nothing in [
            "",
            "无",
            "没有",
            "暂无",
            "-",
            "n/a",
            "None",
            "WeChat",
            "same as phone",
            "nope",
            "同手机",
            "微信",
            "@",
        ] {
            assert!(!could_be_an_account(nothing), "{nothing}");
            assert!(!could_be_mailed(nothing), "{nothing}");
        }
        for half in ["qq.com", "@qq.com", "zhou@", "zhou@a"] {
            assert!(!could_be_mailed(half), "{half}");
        }
    }

    #[test]
    fn a_form_s_text_is_cleaned_not_refused() {
        assert_eq!(cleaned_lines(" a\r\nb\u{0} ").as_deref(), Some("a\nb"));
        assert_eq!(cleaned_line(" a\r\nb\u{7} ").as_deref(), Some("a b"));
        assert_eq!(cleaned_line(" \u{0} \n"), None);
        assert_eq!(cut("厂房出租".to_owned(), 2), "厂房");
    }
}
