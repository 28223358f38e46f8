//! E-mail addresses: validation, cleaning of typed ones, and the canonical form for comparing.
//! Finding addresses inside longer text is not done here.

use lettre::Address;
use unicode_normalization::UnicodeNormalization;

use super::characters::is_invisible;

/// Longest address that mail servers must take (RFC 5321 §4.5.3.1).
pub const EMAIL_MAX: usize = 254;

/// Whether mail could be sent there: one `@`, a domain, and no characters for header injection.
pub fn is_address(text: &str) -> bool {
    text.len() <= EMAIL_MAX
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && text.parse::<Address>().is_ok()
}

/// The address in a field, half width and without invisible characters; `None` unless it is exactly one.
pub fn as_written(written: &str) -> Option<String> {
    // A Chinese keyboard writes the full stop for the dot, which is one in a domain (RFC 3490 §3.1).
    let plain: String =
        written.nfkc().filter(|c| !is_invisible(*c)).map(|c| if c == '。' { '.' } else { c }).collect();
    Some(plain.trim().to_owned()).filter(|plain| is_address(plain))
}

/// The canonical form: addresses are compared case-insensitively.
pub fn comparable(address: &str) -> String {
    address.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_phone_s_keyboard() {
        for written in [
            "zhou@example.com",
            " zhou＠example．com",
            "zhou@exam\u{200b}ple.com",
            "ｚｈｏｕ@example.com",
            "zhou@example。com",
        ] {
            assert_eq!(as_written(written).as_deref(), Some("zhou@example.com"), "{written}");
        }
        for written in ["", "无", "zhou@example.com 或电话", "zhou@example.com。"] {
            assert_eq!(as_written(written), None, "{written}");
        }
    }

    #[test]
    fn what_is_an_address() {
        assert!(is_address("zhou@example.com"));
        for no in [
            "",
            "no-at-sign",
            "a@",
            "@b.c",
            "a b@example.com",
            "a@example.com\r\nBcc: x@y.z",
            &format!("{}@example.com", "a".repeat(260)),
        ] {
            assert!(!is_address(no), "{no:?}");
        }
    }
}
