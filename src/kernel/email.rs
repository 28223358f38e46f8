//! An e-mail address: whether a text is one, and the form in which two are compared.

use lettre::Address;

/// Longest address that mail servers must take (RFC 5321 §4.5.3.1).
pub const EMAIL_MAX: usize = 254;

/// Whether mail could be sent there: one `@`, a domain, nothing a header could be broken with.
pub fn is_address(text: &str) -> bool {
    text.len() <= EMAIL_MAX && !text.chars().any(|c| c.is_control() || c.is_whitespace()) && text.parse::<Address>().is_ok()
}

/// Addresses are compared case-blind.
pub fn comparable(address: &str) -> String {
    address.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address() {
        assert!(is_address("zhou@example.com"));
        for no in ["", "no-at-sign", "a@", "@b.c", "a b@example.com", "a@example.com\r\nBcc: x@y.z", &format!("{}@example.com", "a".repeat(260))] {
            assert!(!is_address(no), "{no:?}");
        }
    }
}
