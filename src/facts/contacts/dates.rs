//! Dates and times among the groups of a row: they look like parts of a number, and are to stay readable.
//! What else counts or measures is in `measures.rs`.

use super::rows::{Gap, Group};

/// How many of the groups from the first on are a time: `9:30`, `09:30:00`.
pub fn time_of(groups: &[Group]) -> Option<usize> {
    let [hours, minutes, ..] = groups else { return None };
    let is_time = minutes.gap == Gap::Colon
        && hours.size() <= 2
        && hours.value() <= 24
        && minutes.size() == 2
        && minutes.value() < 60;
    let is_second = |third: &&Group| third.gap == Gap::Colon && third.size() == 2 && third.value() < 60;
    is_time.then(|| 2 + usize::from(groups.get(2).filter(is_second).is_some()))
}

/// How many of the groups from the first on are a date: `2026-12-01`, `2026.12`.
pub fn date_of(groups: &[Group]) -> Option<usize> {
    let [year, month, ..] = groups else { return None };
    let is_sign = matches!(month.gap, Gap::Hyphen | Gap::Point | Gap::Sign);
    if !is_year(year) || !is_sign || !is_small(month, 12) {
        return None;
    }
    let day = groups.get(2).filter(|day| day.gap == month.gap && is_small(day, 31));
    Some(2 + usize::from(day.is_some()))
}

/// 1900 to 2099
pub fn is_year(group: &Group) -> bool {
    group.size() == 4 && !group.is_han && (1900..2100).contains(&group.value())
}

/// `20261201`
pub fn is_compact_date(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok());
    digits.len() == 8
        && part(0, 4).is_some_and(|year| (1950..2100).contains(&year))
        && part(4, 6).is_some_and(|month| (1..=12).contains(&month))
        && part(6, 8).is_some_and(|day| (1..=31).contains(&day))
}

fn is_small(group: &Group, most: u64) -> bool {
    group.size() <= 2 && (1..=most).contains(&group.value())
}
