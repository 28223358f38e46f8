//! The words under a time axis: which of them are written, so that none touches the next.
//! The grid and the amounts beside it are in `axes.rs`.

use super::number::real;
use super::text::{cut, width};

/// More days than this are named by the first of their months.
const MANY_DAYS: usize = 62;

/// Of days; of weeks and months; of months under days.
const STRIDES: &[usize] = &[1, 2, 3, 5, 7, 10, 14, 21, 28];
const MONTH_STRIDES: &[u32] = &[1, 2, 3, 6, 12];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Of the row.
    pub index: usize,
    pub text: String,
    /// Under the text, where it differs from the one before.
    pub year: Option<String>,
}

/// The year, the month and the rest of `2026-11-23`.
fn day_parts(label: &str) -> Option<(&str, u32, &str)> {
    let (year, rest) = label.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let is_day = year.len() == 4 && month.len() == 2 && day.len() == 2;
    is_day.then_some(())?;
    Some((year, month.parse().ok()?, rest))
}

/// The ticks of rows that lie `slot` apart.
pub fn ticks(labels: &[&str], slot: f64, size: f64) -> Vec<Tick> {
    let by_day = labels.iter().all(|label| day_parts(label).is_some());
    let text = |label: &str| match day_parts(label) {
        Some((_, _, rest)) if by_day => rest.to_owned(),
        _ => cut(label, size, size * 6.0),
    };
    let room = labels.iter().map(|label| width(&text(label), size)).fold(0.0, f64::max) + size;
    let chosen = if by_day && labels.len() > MANY_DAYS { months(labels, slot, room) } else { None };
    let chosen = chosen.unwrap_or_else(|| strides(labels.len(), slot, room));
    let mut year_before = None;
    let mut ticks = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        if !chosen.contains(&index) {
            continue;
        }
        let year = day_parts(label).filter(|_| by_day).map(|(year, ..)| year);
        let new = year.filter(|year| year_before != Some(*year)).map(str::to_owned);
        year_before = year;
        ticks.push(Tick { index, text: text(label), year: new });
    }
    ticks
}

/// Every so-manieth row, from the first.
fn strides(count: usize, slot: f64, room: f64) -> Vec<usize> {
    let fits = |stride: &usize| real(*stride) * slot >= room;
    let mut stride = STRIDES.iter().copied().find(fits).unwrap_or(28);
    while !fits(&stride) {
        stride = stride.saturating_mul(2);
    }
    (0..count).step_by(stride).collect()
}

/// The first days of months; none if there are too few of them.
fn months(labels: &[&str], slot: f64, room: f64) -> Option<Vec<usize>> {
    let firsts: Vec<(usize, u32)> = labels
        .iter()
        .enumerate()
        .filter_map(|(index, label)| day_parts(label).map(|(_, month, rest)| (index, month, rest)))
        .filter(|(_, _, rest)| rest.ends_with("-01"))
        .map(|(index, month, _)| (index, month))
        .collect();
    let of_stride = |stride: &u32| -> Vec<usize> {
        let on_stride = |(_, month): &&(usize, u32)| month.saturating_sub(1).is_multiple_of(*stride);
        firsts.iter().filter(on_stride).map(|(index, _)| *index).collect()
    };
    let apart = |chosen: &Vec<usize>| {
        let next = chosen.iter().skip(1);
        chosen.iter().zip(next).all(|(one, two)| real(two.saturating_sub(*one)) * slot >= room)
    };
    MONTH_STRIDES.iter().map(of_stride).find(apart).filter(|chosen| chosen.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Days, NaiveDate};

    fn days(count: u64) -> Vec<String> {
        let first = NaiveDate::from_ymd_opt(2024, 11, 23).unwrap();
        (0..count).map(|n| (first + Days::new(n)).to_string()).collect()
    }

    #[test]
    fn labels_of_any_number_of_days_stay_apart() {
        for count in 1..=1100 {
            let labels = days(count);
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            for plot in [240.0, 620.0, 1480.0] {
                let slot = plot / real(labels.len());
                let ticks = ticks(&labels, slot, 11.0);
                assert!(!ticks.is_empty());
                for two in ticks.windows(2) {
                    let apart = real(two[1].index - two[0].index) * slot;
                    assert!(apart > (width(&two[0].text, 11.0) + width(&two[1].text, 11.0)) / 2.0 + 4.0);
                }
            }
        }
    }

    #[test]
    fn the_year_is_named_where_it_changes() {
        let labels = days(60);
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let ticks = ticks(&labels, 10.0, 11.0);
        let years: Vec<&str> = ticks.iter().filter_map(|tick| tick.year.as_deref()).collect();
        assert_eq!(years, ["2024", "2025"]);
        assert_eq!(ticks[0].text, "11-23");
    }

    #[test]
    fn weeks_and_months_are_named_whole() {
        let ticks = ticks(&["2026-W52", "2026-W53", "2027-W01"], 100.0, 11.0);
        assert_eq!(ticks[2].text, "2027-W01");
        assert!(ticks.iter().all(|tick| tick.year.is_none()));
    }
}
