//! Currencies and the words for them, before or after an amount.
//! Other units are in `units.rs`.

use std::sync::LazyLock;

use crate::facts::text::normal::Normal;
use crate::facts::words::dictionary::Dictionary;

/// The currencies that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Currency {
    Cny,
    Usd,
    Eur,
    Gbp,
    Hkd,
    Jpy,
    Sgd,
    Twd,
    Krw,
    Aud,
    Chf,
}

impl Currency {
    /// ISO 4217.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cny => "CNY",
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Hkd => "HKD",
            Self::Jpy => "JPY",
            Self::Sgd => "SGD",
            Self::Twd => "TWD",
            Self::Krw => "KRW",
            Self::Aud => "AUD",
            Self::Chf => "CHF",
        }
    }
}

/// Currency words, longest first among those with the same beginning; they come before or after the amount.
const CURRENCIES: &[(&str, Currency)] = &[
    ("人民币", Currency::Cny),
    ("rmb", Currency::Cny),
    ("cny", Currency::Cny),
    ("yuan", Currency::Cny),
    ("¥", Currency::Cny),
    ("us dollars", Currency::Usd),
    ("us dollar", Currency::Usd),
    ("usd", Currency::Usd),
    ("us$", Currency::Usd),
    ("hk$", Currency::Hkd),
    ("s$", Currency::Sgd),
    ("a$", Currency::Aud),
    ("$", Currency::Usd),
    ("美元", Currency::Usd),
    ("美金", Currency::Usd),
    ("美刀", Currency::Usd),
    ("刀", Currency::Usd),
    ("dollars", Currency::Usd),
    ("euros", Currency::Eur),
    ("euro", Currency::Eur),
    ("eur", Currency::Eur),
    ("€", Currency::Eur),
    ("欧元", Currency::Eur),
    ("£", Currency::Gbp),
    ("gbp", Currency::Gbp),
    ("英镑", Currency::Gbp),
    ("hkd", Currency::Hkd),
    ("港币", Currency::Hkd),
    ("港元", Currency::Hkd),
    ("港纸", Currency::Hkd),
    ("jpy", Currency::Jpy),
    ("日元", Currency::Jpy),
    ("日币", Currency::Jpy),
    ("sgd", Currency::Sgd),
    ("新加坡元", Currency::Sgd),
    ("新币", Currency::Sgd),
    ("twd", Currency::Twd),
    ("新台币", Currency::Twd),
    ("台币", Currency::Twd),
    ("krw", Currency::Krw),
    ("韩元", Currency::Krw),
    ("韩币", Currency::Krw),
    ("aud", Currency::Aud),
    ("澳元", Currency::Aud),
    ("chf", Currency::Chf),
    ("瑞士法郎", Currency::Chf),
    ("瑞郎", Currency::Chf),
];

static CURRENCY: LazyLock<Dictionary<Currency>> =
    LazyLock::new(|| Dictionary::of_beginnings(CURRENCIES.iter().copied()));

/// A currency word at a place and the byte after it.
pub fn currency_at(page: &Normal<'_>, at: usize) -> Option<(Currency, usize)> {
    let first = page.char_at(at)?;
    // Most characters begin no such word.
    if matches!(first, '0'..='9' | ' ') {
        return None;
    }
    let rest = page.lower_after(at, 12);
    let ends = |word: &str| {
        let next = rest.get(word.len()..).and_then(|rest| rest.chars().next());
        !word.ends_with(|c: char| c.is_ascii_alphabetic()) || !next.is_some_and(|c| c.is_ascii_alphabetic())
    };
    let (word, currency) = CURRENCY.at_beginning(rest, ends)?;
    Some((currency, at + word.len()))
}

/// The currency word that ends at a place (blanks between are passed), and where it begins.
pub fn currency_before(page: &Normal<'_>, at: usize) -> Option<(Currency, usize)> {
    let before = page.lower_before(at, 14);
    let trimmed = before.trim_end();
    if before.len() - trimmed.len() > 1 {
        return None;
    }
    let last = trimmed.chars().next_back()?;
    if !(last.is_ascii_alphabetic() || matches!(last, '$' | '¥' | '€' | '£' | '币' | '元' | '金')) {
        return None;
    }
    let (word, currency) = CURRENCIES
        .iter()
        .filter(|(word, _)| *word != "刀" && trimmed.ends_with(word))
        .max_by_key(|(word, _)| word.len())?;
    let start = at - (before.len() - trimmed.len()) - word.len();
    let clear = !word.starts_with(|c: char| c.is_ascii_alphabetic())
        || !page.char_before(start).is_some_and(|c| c.is_ascii_alphabetic());
    clear.then_some((*currency, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_may_come_before() {
        let page = Normal::of("USD 60");
        assert_eq!(currency_before(&page, 4), Some((Currency::Usd, 0)));
        let page = Normal::of("about ¥60");
        assert_eq!(
            currency_before(&page, page.text().len() - 2).map(|(currency, _)| currency),
            Some(Currency::Cny)
        );
    }
}
