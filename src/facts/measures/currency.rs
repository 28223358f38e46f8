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
    const ALL: [Self; 11] = [
        Self::Cny,
        Self::Usd,
        Self::Eur,
        Self::Gbp,
        Self::Hkd,
        Self::Jpy,
        Self::Sgd,
        Self::Twd,
        Self::Krw,
        Self::Aud,
        Self::Chf,
    ];

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

    fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|currency| currency.code() == code)
    }
}

/// The words of `tables/currencies.csv`, each with its currency; they are before or behind the amount.
fn words() -> impl Iterator<Item = (&'static str, Currency)> {
    let rows = include_str!("../tables/currencies.csv").lines().skip(1).filter_map(|row| row.split_once(','));
    rows.filter_map(|(code, words)| Some((Currency::of_code(code)?, words)))
        .flat_map(|(currency, words)| words.split('|').map(move |word| (word, currency)))
}

static BEGINNINGS: LazyLock<Dictionary<Currency>> = LazyLock::new(|| Dictionary::of_beginnings(words()));
/// 刀 behind an amount are dollars, before one it is a knife.
static ENDS: LazyLock<Dictionary<Currency>> =
    LazyLock::new(|| Dictionary::of_ends(words().filter(|(word, _)| *word != "刀")));

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
    let (word, currency) = BEGINNINGS.at_beginning(rest, ends)?;
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
    let (word, currency) = ENDS.at_end(trimmed, |_| true)?;
    let start = at - (before.len() - trimmed.len()) - word.len();
    let clear = !word.starts_with(|c: char| c.is_ascii_alphabetic())
        || !page.char_before(start).is_some_and(|c| c.is_ascii_alphabetic());
    clear.then_some((currency, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_currency_has_words() {
        for currency in Currency::ALL {
            assert!(words().any(|(_, known)| known == currency), "{currency:?}");
        }
        let rows = include_str!("../tables/currencies.csv").lines().skip(1);
        assert_eq!(rows.count(), Currency::ALL.len());
    }

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
