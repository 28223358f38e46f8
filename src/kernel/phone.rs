//! A phone number as written to E.164 (ITU-T E.164), Chinese numbers first.
//! Finding numbers inside longer text is not done here.

use phonenumber::Mode;
use phonenumber::country::Id::CN;
use unicode_normalization::UnicodeNormalization;

/// The number in E.164 (`+8613800138000`), or `None` if it cannot be one.
pub fn to_e164(written: &str) -> Option<String> {
    let plain: String = written.nfkc().filter(|c| !c.is_whitespace()).collect();
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    let is_bare = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | '–' | '—'));
    // After a plus stands the code of a country: eleven digits are none of China's then.
    let is_ours = is_bare && (!plain.contains('+') || digits.len() == 13);
    if let Some(mobile) = chinese_mobile(&digits).filter(|_| is_ours) {
        return Some(format!("+86{mobile}"));
    }
    if digits.len() < 7 || digits.len() > 24 {
        return None;
    }
    let international = match plain.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => plain,
    };
    let number = phonenumber::parse(Some(CN), international).ok()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(Mode::E164).to_string())
}

/// The eleven digits of a mobile number of China, which most inquiries have: no metadata is needed for it.
fn chinese_mobile(digits: &str) -> Option<&str> {
    let national = match digits.len() {
        11 => digits,
        13 => digits.strip_prefix("86")?,
        15 => digits.strip_prefix("0086")?,
        _ => return None,
    };
    let mut head = national.bytes();
    (head.next() == Some(b'1') && matches!(head.next(), Some(b'3'..=b'9'))).then_some(national)
}

/// Whether a person could be called with what was written, even if it is no full number.
pub fn could_be_called(written: &str) -> bool {
    written.nfkc().filter(char::is_ascii_digit).count() >= 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_ways_to_write_a_number() {
        for (written, e164) in [
            ("138 0013 8000", "+8613800138000"),
            ("+86-138-0013-8000", "+8613800138000"),
            ("0086 13800138000", "+8613800138000"),
            ("１３８００１３８０００", "+8613800138000"),
            ("0512-63950000", "+8651263950000"),
            ("(0512) 6395 0000", "+8651263950000"),
            ("+1 650 253 0000", "+16502530000"),
        ] {
            assert_eq!(to_e164(written).as_deref(), Some(e164), "{written}");
        }
        for written in ["", "12345", "晚上打", "00000000000", "微信同号"] {
            assert_eq!(to_e164(written), None, "{written}");
        }
    }
}
