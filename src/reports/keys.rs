//! The keys of items: under which row of a report each is counted, and how a key is written.
//! The words of the groupings are in `groups.rs`, what a key is called in `labels.rs`.

use super::dates::{Dates, begin_of, date_of};
use super::definitions::Item;
use super::groups::{AGES, AREAS, GroupBy, Key, REASONS, TAXES, band, band_name, place};
use super::history::{Case, Symbol, Symbols};
use crate::facts::NeedKind;
use crate::follow_ups::model::Kind;
use crate::inquiries::Status;
use crate::inquiries::status::Reason;

impl GroupBy {
    /// The key of an item of a case.
    pub fn key(self, case: &Case, item: &Item, dates: &Dates) -> Key {
        let symbol = |symbol: Option<Symbol>| symbol.map(i64::from);
        let (origin, wanted) = (&case.start.origin, &case.start.wanted);
        match self {
            Self::None => Some(0),
            Self::Day | Self::Week | Self::Month => Some(begin_of(self, dates.day(item.at)).into()),
            Self::Agent => symbol(item.owner),
            Self::Team => symbol(item.team),
            Self::Form => symbol(origin.form),
            Self::Channel => Some(origin.channel.into()),
            Self::Source => Some(origin.source.into()),
            Self::UtmSource => symbol(origin.utm_source),
            Self::UtmMedium => symbol(origin.utm_medium),
            Self::UtmCampaign => symbol(origin.utm_campaign),
            Self::Region2 => wanted.region.map(|code| i64::from(code / 10_000)),
            Self::Region4 => wanted.region.map(|code| i64::from(code / 100)).filter(is_fine),
            Self::Region6 => wanted.region.map(i64::from).filter(is_fine),
            Self::NeedKind => wanted.need_kind.and_then(|kind| place(NeedKind::ALL, kind)),
            Self::Industry => symbol(wanted.industry),
            Self::AreaBand => wanted.area_milli.and_then(|milli| band(&AREAS, milli.div_euclid(1_000))),
            Self::TaxBand => wanted.tax_fen.and_then(|fen| band(&TAXES, fen.div_euclid(1_000_000))),
            Self::Status => place(Status::ALL, item.status.unwrap_or(case.status)),
            Self::Band | Self::Kind | Self::Reason => item.own,
        }
    }
}

/// Whether a code of a region goes as far as its last two digits.
fn is_fine(code: &i64) -> bool {
    code % 100 != 0
}

/// A key as it is written in an answer; empty for none.
pub fn key_text(symbols: &Symbols, group: GroupBy, key: Key) -> String {
    let Some(key) = key else { return String::new() };
    let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
    match group {
        GroupBy::Day | GroupBy::Week | GroupBy::Month => {
            i32::try_from(key).map_or_else(|_| String::new(), |day| date_of(day).to_string())
        }
        GroupBy::Agent => symbols.users.value(symbol_of(key)).map(ToString::to_string).unwrap_or_default(),
        GroupBy::Team => symbols.teams.value(symbol_of(key)).map(ToString::to_string).unwrap_or_default(),
        GroupBy::Form => symbols.forms.value(symbol_of(key)).map(ToString::to_string).unwrap_or_default(),
        GroupBy::Channel
        | GroupBy::Source
        | GroupBy::UtmSource
        | GroupBy::UtmMedium
        | GroupBy::UtmCampaign
        | GroupBy::Industry => symbols.word_of(symbol_of(key)).to_owned(),
        GroupBy::Region2 => format!("{key:02}"),
        GroupBy::Region4 => format!("{key:04}"),
        GroupBy::Region6 => format!("{key:06}"),
        GroupBy::NeedKind => word(NeedKind::ALL.get(place_of(key)).map(|kind| kind.word())),
        GroupBy::Status => word(Status::ALL.get(place_of(key)).map(|status| status.word())),
        GroupBy::AreaBand => band_name(&AREAS, place_of(key)),
        GroupBy::TaxBand => band_name(&TAXES, place_of(key)),
        GroupBy::Band => band_name(&AGES, place_of(key)),
        GroupBy::Kind => word(Kind::ALL.get(place_of(key)).map(|kind| kind.word())),
        GroupBy::Reason => match reason_of(key) {
            Some((status, reason)) => format!("{}:{}", status.word(), reason.key),
            None => String::new(),
        },
        GroupBy::None => String::new(),
    }
}

/// A key as a place in a list.
pub fn place_of(key: i64) -> usize {
    usize::try_from(key).unwrap_or(usize::MAX)
}

pub fn symbol_of(key: i64) -> Symbol {
    Symbol::try_from(key).unwrap_or(Symbol::MAX)
}

/// The status and the reason of a key.
pub fn reason_of(key: i64) -> Option<(Status, &'static Reason)> {
    let status = *Status::ALL.get(place_of(key.div_euclid(REASONS)))?;
    Some((status, status.reasons().get(place_of(key.rem_euclid(REASONS)))?))
}
