//! What a figure is: its name, what it counts, and how it is reckoned from the items of a report.
//! The figures of each report are in its own file, the reckoning in `../tally.rs`.

use crate::text_enum;

text_enum! {
    /// What a figure is measured in.
    pub enum Unit as "ReportUnit" {
        Count => "count",
        Minutes => "minutes",
        Days => "days",
        /// 10,000 yuan.
        Wan => "wan",
        Sqm => "sqm",
        /// 1 mu = 666.7 m².
        Mu => "mu",
        /// From 0 to 1.
        Share => "share",
        Number => "number",
        Date => "date",
        Id => "id",
        Text => "text",
    }
}

text_enum! {
    /// What a figure counts.
    pub enum Counted as "ReportCounted" {
        Inquiry => "inquiry",
        FollowUp => "follow_up",
        Event => "event",
    }
}

/// A text in Chinese and English.
pub type Bilingual = (&'static str, &'static str);

/// A property of an item that figures count: a bit of [`Item::marks`](super::Item).
pub type Mark = u8;

/// The place of a value in [`Item::lists`](super::Item) or `sums`.
pub type Slot = usize;

/// From the whole numbers that are reckoned with to the unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Seconds to minutes, to a tenth.
    Minutes,
    /// Seconds to days, to a tenth.
    Days,
    /// Moments, as milliseconds before 1970, to the days from then to the moment of the report: what time
    /// alone changes is not in the items.
    DaysSince,
    /// As it is.
    Whole,
    /// Fen to 10,000 yuan.
    Fen,
    /// Thousandths.
    Milli,
    /// Millionths of a millionth, to four decimals.
    Pico,
}

/// How a figure is reckoned from the items of its row.
#[derive(Debug, Clone, Copy)]
pub enum How {
    /// How many items have a mark.
    Count(Mark),
    /// The same; in the totals those of another mark, where several items are of one thing.
    CountOnce(Mark, Mark),
    /// The nearest-rank percentile of the values of the items with a mark; 100: the greatest.
    Percentile {
        over: Mark,
        list: Slot,
        percent: usize,
        scale: Scale,
    },
    Sum {
        sum: Slot,
        scale: Scale,
    },
    /// What share those with `part` have of those with `whole`.
    Share {
        part: Mark,
        whole: Mark,
    },
    /// The same of those with `whole` and without `less`.
    ShareWithout {
        part: Mark,
        whole: Mark,
        less: Mark,
    },
    /// What was chosen beyond what was expected.
    Deviation {
        actual: Mark,
        expected: Slot,
    },
    Stage(StageFigure),
    Forecast(ForecastFigure),
}

/// A figure of a stage of the funnel, whose marks and lists come one for each stage.
#[derive(Debug, Clone, Copy)]
pub enum StageFigure {
    /// How many items have the mark of the stage; in the totals this one.
    Count {
        first: Mark,
        totals: Mark,
    },
    FromPrevious {
        first: Mark,
    },
    FromFirst {
        first: Mark,
    },
    Days {
        first: Mark,
        list: Slot,
    },
}

/// A figure of a forecast.
#[derive(Debug, Clone, Copy)]
pub enum ForecastFigure {
    Probability,
    Basis,
    WeightedOpen,
    WeightedTax,
}

/// A figure of a report.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    pub key: &'static str,
    pub label: Bilingual,
    /// One sentence that a manager understands.
    pub definition: Bilingual,
    pub unit: Unit,
    /// What it counts; none if it cannot be drilled into.
    pub of: Option<Counted>,
    pub how: How,
}

impl Figure {
    pub const fn new(
        key: &'static str,
        unit: Unit,
        how: How,
        label: Bilingual,
        definition: Bilingual,
    ) -> Self {
        let of = match how {
            How::Count(_) | How::CountOnce(..) | How::Percentile { .. } => Some(Counted::Inquiry),
            How::Stage(StageFigure::Count { .. } | StageFigure::Days { .. })
            | How::Forecast(ForecastFigure::Basis) => Some(Counted::Inquiry),
            _ => None,
        };
        Self { key, label, definition, unit, of, how }
    }

    /// Counts the items with a mark, which are inquiries unless said otherwise.
    pub const fn count(key: &'static str, mark: Mark, label: Bilingual, definition: Bilingual) -> Self {
        Self::new(key, Unit::Count, How::Count(mark), label, definition)
    }

    /// A percentile of minutes.
    pub const fn minutes(
        key: &'static str,
        (over, list): (Mark, Slot),
        percent: usize,
        label: Bilingual,
        definition: Bilingual,
    ) -> Self {
        let how = How::Percentile { over, list, percent, scale: Scale::Minutes };
        Self::new(key, Unit::Minutes, how, label, definition)
    }

    /// A percentile of days.
    pub const fn days(
        key: &'static str,
        (over, list, scale): (Mark, Slot, Scale),
        percent: usize,
        label: Bilingual,
        definition: Bilingual,
    ) -> Self {
        let how = How::Percentile { over, list, percent, scale };
        Self::new(key, Unit::Days, how, label, definition)
    }

    /// A sum of fen in 10,000 yuan.
    pub const fn wan(key: &'static str, sum: Slot, label: Bilingual, definition: Bilingual) -> Self {
        Self::new(key, Unit::Wan, How::Sum { sum, scale: Scale::Fen }, label, definition)
    }

    pub const fn share(
        key: &'static str,
        (part, whole): (Mark, Mark),
        label: Bilingual,
        definition: Bilingual,
    ) -> Self {
        Self::new(key, Unit::Share, How::Share { part, whole }, label, definition)
    }

    /// The same figure of other things.
    pub const fn of(self, counted: Counted) -> Self {
        Self { of: Some(counted), ..self }
    }

    /// The stage by whose figure groups are ordered, if there are stages.
    pub fn stage_of_order(&self) -> Option<usize> {
        matches!(self.how, How::Stage(_)).then_some(0)
    }

    /// The mark of the items that it is reckoned over, in a row or in the totals; of a stage if it has one.
    pub fn mark(&self, in_totals: bool, stage: Option<usize>) -> Option<Mark> {
        let at_stage = |first: Mark| {
            let stage = u8::try_from(stage.unwrap_or(0)).unwrap_or(0);
            first.saturating_add(stage)
        };
        Some(match self.how {
            How::Count(mark) => mark,
            How::CountOnce(row, totals) => {
                if in_totals {
                    totals
                } else {
                    row
                }
            }
            How::Percentile { over, .. } => over,
            How::Stage(StageFigure::Count { first, totals }) => match stage {
                Some(_) => at_stage(first),
                None => totals,
            },
            How::Stage(StageFigure::Days { first, .. }) => at_stage(first),
            _ => return None,
        })
    }
}
