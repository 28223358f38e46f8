//! A phone and a name as they are shown in place of themselves: enough to tell two inquiries apart, too
//! little to reach somebody. Texts are masked in `masking.rs`.

use crate::kernel::characters::is_invisible;
use crate::kernel::phone::{area_code, calling_code, is_landline, is_mobile};
use crate::kernel::search;

const STARS: &str = "****";
/// Digits that are shown at either end.
const END: usize = 3;
/// Of fewer digits none is shown.
const FEW: usize = 5;

/// `138****8000` of a mobile of China, `0512****789` of a landline, `+49****567` of a number abroad; of
/// others at most half of the digits. Of a landline and a number abroad the country or area is shown and at
/// most half of the rest. `****` if there are no digits. `e164`: the number in E.164, if it has one.
pub fn phone_masked(phone: &str, e164: Option<&str>) -> String {
    let digits = search::digits(e164.unwrap_or(phone));
    let is_international = e164.is_some() || phone.trim_start().starts_with(['+', '＋']);
    let is_mobile_with_86 = digits.len() == 13 && digits.strip_prefix("86").is_some_and(is_mobile);
    let code = if is_mobile_with_86 {
        "86"
    } else if is_international {
        calling_code(&digits)
    } else {
        ""
    };
    let rest = digits.strip_prefix(code).unwrap_or_default();
    if matches!(code, "" | "86") {
        in_china(rest, !code.is_empty())
    } else {
        parted(&format!("+{code}"), rest)
    }
}

/// A number of China; behind its code the zero of the area is left out.
fn in_china(digits: &str, is_behind_code: bool) -> String {
    if is_mobile(digits)
        && let Some((first, last)) = digits.get(..END).zip(digits.get(digits.len() - 4..))
    {
        return format!("{first}{STARS}{last}");
    }
    let zeroed =
        if is_behind_code && !digits.starts_with('0') { format!("0{digits}") } else { digits.to_owned() };
    if let Some(area) = area_code(&zeroed).filter(|area| is_landline(&zeroed, *area))
        && let Some((area, rest)) = zeroed.split_at_checked(area)
    {
        return parted(area, rest);
    }
    if digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800")) {
        let (hotline, rest) = digits.split_at_checked(END).unwrap_or_default();
        return parted(hotline, rest);
    }
    if digits.len() < FEW {
        return STARS.to_owned();
    }
    let (head, rest) = digits.split_at_checked((digits.len() / 4).min(END)).unwrap_or_default();
    ended(head, rest, (digits.len() / 2).saturating_sub(head.len()))
}

/// The first part, stars, and at most half of the rest.
fn parted(first: &str, rest: &str) -> String {
    ended(first, rest, rest.len() / 2)
}

/// The first part, stars, and at most so many digits of the end.
fn ended(first: &str, rest: &str, most: usize) -> String {
    let hidden = rest.len().saturating_sub(most.min(END));
    format!("{first}{STARS}{}", rest.get(hidden..).unwrap_or_default())
}

/// `欧**` of 欧阳致远: the first character and two stars; empty if the name is blank.
pub fn contact_masked(name: &str) -> String {
    let first = name.chars().find(|c| !c.is_whitespace() && !is_invisible(*c));
    first.map(|first| format!("{first}**")).unwrap_or_default()
}
