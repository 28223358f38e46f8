//! Figures as they are read on a page: written with their unit, and led from to what they count.
//! Only whole counts are written as bare digits; that many things are behind them.

use serde_json::Value;

use super::address::{Address, Place};
use crate::kernel::language::Language;
use crate::reports::definitions::Unit;
use crate::reports::formats::chart::Amounts;
use crate::reports::report::{Column, Row};

/// A figure as it is written, and where what is behind it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub href: Option<String>,
}

/// Written where there is no value.
const NOTHING: &str = "–";

impl Cell {
    /// The figure of a column in a row.
    pub fn of(column: &Column, row: &Row, address: &Address, place: Place<'_>, language: Language) -> Self {
        let value = row.get(column.key).and_then(Value::as_f64).filter(|value| value.is_finite());
        let Some(value) = value else { return Self { text: NOTHING.to_owned(), href: None } };
        let text = Amounts::new(column.unit, language).full(value);
        let href = column.of.and_then(|_| address.drill(column.key, place));
        Self { text, href }
    }

    /// The same without a link where nothing is counted: a row of noughts may be none of that report's.
    pub fn unless_nought(self) -> Self {
        if self.text == "0" { Self { href: None, ..self } } else { self }
    }

    /// Bytes that it takes on a page, or so.
    pub fn size(&self) -> usize {
        // Each & is written with five characters.
        let href = self.href.as_ref().map_or(0, |href| href.len().saturating_add(60));
        self.text.len().saturating_add(href).saturating_add(12)
    }
}

/// Whether a column has amounts; the others name the row.
pub fn is_figure(column: &Column) -> bool {
    !matches!(column.unit, Unit::Date | Unit::Id | Unit::Text)
}

/// How much more or less it is than before, in percent; none if nothing was there.
pub fn change(now: Option<f64>, before: Option<f64>) -> Option<String> {
    let (now, before) = (now?, before.filter(|before| *before > 0.0)?);
    let percent = ((now - before) / before * 100.0).round();
    Some(match percent {
        p if p > 999.0 => "> +999%".to_owned(),
        p if p > 0.0 => format!("+{p:.0}%"),
        p if p < 0.0 => format!("−{:.0}%", p.abs()),
        _ => "±0%".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_in_percent_of_what_was() {
        let written = |now, before| change(Some(now), Some(before));
        assert_eq!(written(12.0, 10.0).as_deref(), Some("+20%"));
        assert_eq!(written(0.0, 10.0).as_deref(), Some("−100%"));
        assert_eq!(written(10.0, 10.0).as_deref(), Some("±0%"));
        assert_eq!(written(1_000.0, 1.0).as_deref(), Some("> +999%"));
        assert_eq!((written(1.0, 0.0), change(None, Some(1.0)), change(Some(1.0), None)), (None, None, None));
    }
}
