//! A report as a table of a page: which columns and rows, each figure with its link.
//! How a figure is written is in `cells.rs`, the markup in `templates/dashboard_table.html`.

use askama::Template;

use super::address::{Address, Place};
use super::cells::{Cell, is_figure};
use super::words::{BEFORE, NOBODY, TOTALS};
use crate::kernel::language::Language;
use crate::platform::http::page::Layout;
use crate::reports::report::{Column, Report, Row};

/// A table.
#[derive(Debug, Template)]
#[template(path = "dashboard_table.html")]
pub struct Table {
    pub caption: String,
    /// What the rows are.
    pub corner: String,
    pub heads: Vec<Head>,
    pub lines: Vec<Line>,
    pub totals: Line,
    /// Words for the rows that are left out.
    pub more: Option<String>,
}

#[derive(Debug)]
pub struct Head {
    pub label: String,
    pub definition: String,
}

#[derive(Debug)]
pub struct Line {
    pub label: String,
    pub cells: Vec<Cell>,
}

/// What of a report a table has.
#[derive(Debug, Clone, Copy)]
pub struct Extent<'a> {
    /// The keys of the figures; all if none are named.
    pub figures: &'a [&'a str],
    /// Bytes of all rows; what is beyond is left out.
    pub bytes: usize,
    /// Whether the figures of the period before are beside, if there are such.
    pub compares: bool,
}

/// A column of a table: of the report, or the same of the period before.
#[derive(Clone, Copy)]
struct Field<'a> {
    column: &'a Column,
    address: &'a Address,
    is_before: bool,
}

impl Table {
    pub fn of(report: &Report, extent: Extent<'_>, layout: &Layout<'_>) -> Self {
        let language = layout.language;
        let now = Address::of(layout, report);
        let before = Address::before(layout, report).filter(|_| extent.compares);
        let fields = fields(report, extent.figures, &now, before.as_ref());
        let previous = report.previous.as_ref();
        let mut lines = Vec::new();
        let mut room = extent.bytes;
        for (at, row) in report.rows.iter().enumerate() {
            let of_before = previous.and_then(|previous| previous.rows.get(at));
            let cells = fields.iter().map(|field| field.cell(report, row, of_before, language)).collect();
            let line = Line { label: label(row, language), cells };
            match room.checked_sub(line.size()) {
                Some(left) => room = left,
                None if lines.is_empty() => room = 0,
                None => break,
            }
            lines.push(line);
        }
        let of_before = previous.map(|previous| &previous.totals);
        let cells = fields.iter().map(|field| field.totals(&report.totals, of_before, language)).collect();
        let left_out = report.more.saturating_add(report.rows.len().saturating_sub(lines.len()));
        Self {
            caption: report.title.clone(),
            corner: report.row_label(),
            heads: fields.iter().map(|field| field.head(language)).collect(),
            lines,
            totals: Line { label: language.pick(TOTALS.0, TOTALS.1).to_owned(), cells },
            more: (left_out > 0).then(|| more(left_out, language)),
        }
    }
}

fn fields<'a>(
    report: &'a Report,
    keys: &[&str],
    now: &'a Address,
    before: Option<&'a Address>,
) -> Vec<Field<'a>> {
    let is_wanted = |column: &&Column| is_figure(column) && (keys.is_empty() || keys.contains(&column.key));
    let mut fields = Vec::new();
    for column in report.columns.iter().filter(is_wanted) {
        fields.push(Field { column, address: now, is_before: false });
        fields.extend(before.map(|address| Field { column, address, is_before: true }));
    }
    fields
}

impl Field<'_> {
    fn head(&self, language: Language) -> Head {
        let Column { label, definition, .. } = self.column;
        let label = if self.is_before {
            format!("{label}{}", language.pick(BEFORE.0, BEFORE.1))
        } else {
            label.clone()
        };
        Head { label, definition: definition.clone() }
    }

    fn cell(&self, report: &Report, now: &Row, before: Option<&Row>, language: Language) -> Cell {
        if !self.is_before {
            return Cell::of(self.column, now, self.address, Place::of(report, now), language);
        }
        match before {
            Some(row) => {
                Cell::of(self.column, row, self.address, Place::of(report, row), language).unless_nought()
            }
            None => Cell::of(self.column, &Row::new(), self.address, Place::Totals, language),
        }
    }

    fn totals(&self, now: &Row, before: Option<&Row>, language: Language) -> Cell {
        let empty = Row::new();
        let row = if self.is_before { before.unwrap_or(&empty) } else { now };
        Cell::of(self.column, row, self.address, Place::Totals, language)
    }
}

impl Line {
    fn size(&self) -> usize {
        let cells: usize = self.cells.iter().map(Cell::size).sum();
        cells.saturating_add(self.label.len()).saturating_add(40)
    }
}

/// What a row is called; one whose name is empty, too.
fn label(row: &Row, language: Language) -> String {
    let label = row.get("label").and_then(|label| label.as_str()).unwrap_or_default();
    if label.trim().is_empty() { language.pick(NOBODY.0, NOBODY.1).to_owned() } else { label.to_owned() }
}

fn more(count: usize, language: Language) -> String {
    match language {
        Language::Zh => format!("另有 {count} 行，合计中已计入。"),
        Language::En => format!("{count} more rows are left out; the totals count them."),
    }
}
