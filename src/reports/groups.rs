//! What reports group by: the words, and the bands.
//! The key of an item under each is in `keys.rs`, what a key is called in `labels.rs`.

use crate::inquiries::Status;
use crate::text_enum;

text_enum! {
    /// What the rows of a report are.
    pub enum GroupBy as "ReportGrouping" {
        Day => "day",
        Week => "week",
        Month => "month",
        Agent => "agent",
        Team => "team",
        Form => "form",
        Channel => "channel",
        Source => "source",
        UtmSource => "utm_source",
        UtmMedium => "utm_medium",
        UtmCampaign => "utm_campaign",
        Region2 => "region_2",
        Region4 => "region_4",
        Region6 => "region_6",
        NeedKind => "need_kind",
        Industry => "industry",
        Status => "status",
        AreaBand => "area_band",
        TaxBand => "tax_band",
        /// Of the age.
        Band => "band",
        /// Of a follow-up.
        Kind => "kind",
        /// Why it was closed.
        Reason => "reason",
        None => "none",
    }
}

/// The key of a row as a number: a date, a symbol, a code, a place in an order. None: unknown, or nobody.
pub type Key = Option<i64>;

/// Square metres at which the bands of areas begin.
pub const AREAS: [i64; 6] = [0, 500, 1_000, 2_000, 5_000, 10_000];
/// 10,000 yuan a year at which the bands of taxes begin.
pub const TAXES: [i64; 6] = [0, 50, 100, 300, 500, 1_000];
/// Days at which the bands of ages begin.
pub const AGES: [i64; 8] = [0, 1, 4, 8, 15, 31, 61, 91];

/// Reasons that a status may have: the key of a reason is the status's place times this, and its own.
pub const REASONS: i64 = 256;

/// The place of a value among bands, by where they begin.
pub fn band(begins: &[i64], value: i64) -> Key {
    let begun = begins.partition_point(|begin| *begin <= value);
    begun.checked_sub(1).and_then(|place| i64::try_from(place).ok())
}

/// What a band is called: `1-3`, `0`, `91+`.
pub fn band_name(begins: &[i64], place: usize) -> String {
    let begin = begins.get(place).copied().unwrap_or_default();
    match begins.get(place.saturating_add(1)).map(|next| next.saturating_sub(1)) {
        None => format!("{begin}+"),
        Some(end) if end == begin => begin.to_string(),
        Some(end) => format!("{begin}-{end}"),
    }
}

impl GroupBy {
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month)
    }

    /// The key's column.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Day | Self::None => "date",
            other => other.word(),
        }
    }

    /// The keys that have a natural order, if they do.
    pub fn natural(self) -> Option<usize> {
        match self {
            Self::Status => Some(Status::ALL.len()),
            Self::AreaBand => Some(AREAS.len()),
            Self::TaxBand => Some(TAXES.len()),
            Self::Band => Some(AGES.len()),
            _ => None,
        }
    }
}

/// The place of a word among all.
pub fn place<T: PartialEq + Copy>(all: &[T], one: T) -> Key {
    all.iter().position(|known| *known == one).and_then(|place| i64::try_from(place).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_have_no_gaps() {
        let names =
            |begins: &[i64]| (0..begins.len()).map(|place| band_name(begins, place)).collect::<Vec<_>>();
        assert_eq!(names(&AGES), ["0", "1-3", "4-7", "8-14", "15-30", "31-60", "61-90", "91+"]);
        assert_eq!(names(&AREAS), ["0-499", "500-999", "1000-1999", "2000-4999", "5000-9999", "10000+"]);
        assert_eq!(
            [0, 3, 4, 91, 1_000].map(|days| band(&AGES, days)),
            [0, 1, 2, 7, 7].map(Some),
            "each lies in one"
        );
        assert_eq!(band(&AREAS, -1), None);
    }
}
