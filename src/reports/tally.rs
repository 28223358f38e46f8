//! The tally: adds up the items of a report by their keys, and reckons the figures of each row. Which items
//! there are is said in the definitions, what the items of one key add up to in `sums.rs`, in which order
//! rows come in `lines.rs`.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::definitions::forecast::{BASIS, OPEN_AT, OPEN_STATUSES, TAX_AT, WON};
use super::definitions::{Figure, ForecastFigure, How, Item, Mark, StageFigure};
use super::groups::{Key, place};
use super::numbers::{number, ratio};
use super::sums::Sums;
use crate::inquiries::Status;

/// What is added up so far.
#[derive(Debug, Default)]
pub struct Tally {
    places: FxHashMap<Key, usize>,
    groups: Vec<Sums>,
    /// The key of the last item, and its place: neighbours are often alike.
    last: Option<(Key, usize)>,
    /// Of inquiries of all times and whatever filters.
    background: FxHashMap<Key, Sums>,
}

impl Tally {
    pub fn add(&mut self, key: Key, item: &Item) {
        let place = match self.last {
            Some((last, place)) if last == key => place,
            _ => self.place(key),
        };
        if let Some(sums) = self.groups.get_mut(place) {
            sums.add(item);
        }
    }

    fn place(&mut self, key: Key) -> usize {
        let next = self.groups.len();
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            self.groups.push(Sums::default());
        }
        self.last = Some((key, place));
        place
    }

    /// Adds all that another one has added up.
    pub fn add_all(&mut self, other: &Self) {
        for (key, place) in &other.places {
            let own = self.place(*key);
            if let Some((own, sums)) = self.groups.get_mut(own).zip(other.groups.get(*place)) {
                own.add_all(sums);
            }
        }
        for (key, sums) in &other.background {
            self.background.entry(*key).or_default().add_all(sums);
        }
    }

    /// Makes it as small as it gets, to be kept and added to others.
    pub fn compress(&mut self) {
        self.groups.iter_mut().chain(self.background.values_mut()).for_each(Sums::compress);
        self.groups.shrink_to_fit();
    }

    /// Bytes that it takes, about.
    pub fn memory(&self) -> usize {
        self.groups.iter().chain(self.background.values()).map(Sums::memory).sum()
    }

    pub fn add_background(&mut self, item: &Item) {
        self.background.entry(item.own).or_default().add(item);
    }

    pub fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        self.places.keys().copied()
    }

    /// How many items of a key its first figure counts.
    pub fn peek(&self, key: Key, figure: &Figure) -> i64 {
        let mark = figure.mark(false, figure.stage_of_order());
        mark.zip(self.of(key)).map_or(0, |(mark, sums)| sums.count(mark))
    }

    fn of(&self, key: Key) -> Option<&Sums> {
        self.groups.get(*self.places.get(&key)?)
    }

    /// The sums of all keys.
    pub fn totals(&self) -> Sums {
        let mut totals = Sums::default();
        for sums in &self.groups {
            totals.add_all(sums);
        }
        totals
    }

    /// The sums of a key; noughts if it has no items.
    pub fn take(&mut self, key: Key) -> Sums {
        let place = self.places.remove(&key);
        let sums = place.and_then(|place| self.groups.get_mut(place));
        sums.map(std::mem::take).unwrap_or_default()
    }

    /// How likely each open status leads to a deal, and on how many cases that is based.
    pub fn chances(&self) -> Chances {
        Chances(OPEN_STATUSES.map(|status| {
            let sums = self.background.get(&place(Status::ALL, status));
            let count = |mark| sums.map_or(0, |sums| sums.count(mark));
            Chance { won: count(WON), basis: count(BASIS) }
        }))
    }
}

/// What became of the cases that came as far as a status.
#[derive(Debug, Clone, Copy, Default)]
struct Chance {
    won: i64,
    basis: i64,
}

/// The chances of the open statuses, in their order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chances([Chance; OPEN_STATUSES.len()]);

impl Chances {
    fn of(&self, key: Key) -> Option<Chance> {
        let at = OPEN_STATUSES.iter().position(|status| place(Status::ALL, *status) == key)?;
        self.0.get(at).copied()
    }

    /// Amounts of each status, each times its probability, added up and rounded to two decimals of a unit.
    fn weighted(&self, amounts: [i128; OPEN_STATUSES.len()], unit: i128) -> Value {
        // The denominators are small: over their product the sum is exact.
        let whole =
            self.0.iter().map(|chance| i128::from(chance.basis) + 2).try_fold(1_i128, i128::checked_mul);
        let exact = whole.and_then(|whole| {
            let parts = self.0.iter().zip(amounts).map(|(chance, amount)| {
                let part = whole / (i128::from(chance.basis) + 2);
                amount.checked_mul(i128::from(chance.won) + 1)?.checked_mul(part)
            });
            let sum = parts.sum::<Option<i128>>()?;
            ratio(sum, whole.checked_mul(unit)?, 2)
        });
        number(exact.or_else(|| self.nearly_weighted(amounts, unit)))
    }

    /// The same in millionths of each product, where an exact sum would be too large.
    fn nearly_weighted(&self, amounts: [i128; OPEN_STATUSES.len()], unit: i128) -> Option<f64> {
        let parts = self.0.iter().zip(amounts).map(|(chance, amount)| {
            let part = amount.checked_mul(i128::from(chance.won) + 1)?.checked_mul(1_000_000)?;
            part.checked_div_euclid(i128::from(chance.basis) + 2)
        });
        ratio(parts.sum::<Option<i128>>()?, unit.checked_mul(1_000_000)?, 2)
    }
}

/// A row: its sums, and where it is in its report.
pub struct Reckoned<'a> {
    pub sums: &'a mut Sums,
    /// None: the totals.
    pub key: Option<Key>,
    /// Of the funnel.
    pub stage: Option<usize>,
    pub chances: &'a Chances,
    /// The moment of the report, in milliseconds since 1970.
    pub as_of: i64,
    pub is_by_status: bool,
    /// All items of the report are in it.
    pub is_total: bool,
}

impl Reckoned<'_> {
    pub fn figure(&mut self, figure: &Figure) -> Value {
        let sums = &mut *self.sums;
        match figure.how {
            How::Count(mark) => sums.count(mark).into(),
            How::CountOnce(row, totals) => sums.count(if self.is_total { totals } else { row }).into(),
            How::Percentile { list, percent, scale, .. } => {
                let value = sums.percentile(list, percent);
                value.map_or(Value::Null, |value| scale.figure(scale.as_of(value, self.as_of).into()))
            }
            How::Sum { sum, scale } => scale.figure(sums.sum(sum)),
            How::Share { part, whole } => sums.share(part, sums.count(whole)),
            How::ShareWithout { part, whole, less } => {
                sums.share(part, sums.count(whole).saturating_sub(sums.count(less)))
            }
            How::Deviation { actual, expected } => {
                let whole = 1_000_000_000_000;
                let actual = i128::from(sums.count(actual)).saturating_mul(whole);
                number(ratio(actual.saturating_sub(sums.sum(expected)), whole, 4))
            }
            How::Stage(figure) => self.stage_figure(figure),
            How::Forecast(figure) => self.forecast_figure(figure),
        }
    }

    fn stage_figure(&mut self, figure: StageFigure) -> Value {
        let at = |first: Mark, stage: usize| first.saturating_add(Mark::try_from(stage).unwrap_or(0));
        let last = super::history::STAGES.len().saturating_sub(1);
        let sums = &mut *self.sums;
        match (figure, self.stage) {
            (StageFigure::Count { totals, .. }, None) => sums.count(totals).into(),
            (StageFigure::Count { first, .. }, Some(stage)) => sums.count(at(first, stage)).into(),
            (StageFigure::FromFirst { first }, stage) => {
                sums.share(at(first, stage.unwrap_or(last)), sums.count(first))
            }
            (StageFigure::FromPrevious { first }, Some(stage)) => match stage.checked_sub(1) {
                Some(before) => sums.share(at(first, stage), sums.count(at(first, before))),
                None => Value::Null,
            },
            (StageFigure::Days { list, .. }, Some(stage)) => {
                let value = sums.percentile(list.saturating_add(stage), 50);
                value.map_or(Value::Null, |value| super::definitions::Scale::Days.figure(value.into()))
            }
            (StageFigure::FromPrevious { .. } | StageFigure::Days { .. }, None) => Value::Null,
        }
    }

    fn forecast_figure(&self, figure: ForecastFigure) -> Value {
        let chance = self.key.filter(|_| self.is_by_status).and_then(|key| self.chances.of(key));
        let later = |slot: usize| self.sums.sum(TAX_AT.saturating_add(slot));
        match figure {
            ForecastFigure::Probability => chance.map_or(Value::Null, |chance| {
                number(ratio(i128::from(chance.won) + 1, i128::from(chance.basis) + 2, 4))
            }),
            ForecastFigure::Basis => chance.map_or(Value::Null, |chance| chance.basis.into()),
            ForecastFigure::WeightedOpen => {
                let open = [0, 1, 2, 3, 4].map(|at| i128::from(self.sums.count(OPEN_AT.saturating_add(at))));
                self.chances.weighted(open, 1)
            }
            ForecastFigure::WeightedTax => {
                let others = [later(0), later(1), later(2), later(3)];
                let first = self.sums.sum(0).saturating_sub(others.iter().sum());
                let [one, two, three, four] = others;
                self.chances.weighted([first, one, two, three, four], 1_000_000)
            }
        }
    }
}
