//! The sheet of the figures: labels, rows, totals.
//! What the columns mean is written in `about.rs`.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};
use serde_json::Value;

use super::text;
use crate::kernel::language::Language;
use crate::reports::definitions::Unit;
use crate::reports::formats::table::{self, Field};
use crate::reports::report::Report;

/// Bounds of the columns' widths, in digits.
const NARROWEST: usize = 8;
const WIDEST: usize = 60;

/// How a column's cells look.
struct Look {
    text: Format,
    value: Format,
}

impl Look {
    fn new(unit: Unit, plain: &Format) -> Self {
        let value = match number_format(unit) {
            Some(format) => plain.clone().set_num_format(format),
            None => plain.clone(),
        };
        // As a text, so that it stays one when somebody edits the cell.
        Self { text: plain.clone().set_num_format("@"), value }
    }
}

fn number_format(unit: Unit) -> Option<&'static str> {
    match unit {
        Unit::Count => Some("#,##0"),
        Unit::Minutes | Unit::Days => Some("#,##0.0"),
        // Exact to the fen.
        Unit::Wan => Some("#,##0.00####"),
        Unit::Sqm | Unit::Mu => Some("#,##0.00"),
        Unit::Share => Some("0.0%"),
        Unit::Date => Some("yyyy-mm-dd"),
        Unit::Number | Unit::Id | Unit::Text => None,
    }
}

pub fn write(sheet: &mut Worksheet, report: &Report, language: Language) -> Result<(), XlsxError> {
    let fields = table::fields(report);
    let bold = Format::new().set_bold();
    let looks = |plain: &Format| -> Vec<Look> {
        fields.iter().map(|field| Look::new(field.column.unit, plain)).collect()
    };
    let (of_rows, of_totals) = (looks(&Format::new()), looks(&bold));

    sheet.set_freeze_panes(1, 0)?;
    let headings = fields.iter().map(|field| field.heading(&field.column.label, language));
    for (column, heading) in (0..).zip(headings) {
        let heading = text::cell(&heading);
        sheet.write_string_with_format(0, column, heading, &bold)?;
    }
    for (row, line) in (1..).zip(table::lines(report)) {
        let looks = if line.is_totals { &of_totals } else { &of_rows };
        for (column, (field, look)) in (0..).zip(fields.iter().zip(looks)) {
            if let Some(value) = field.value(&line) {
                write_cell(sheet, (row, column), field.column.unit, value, look)?;
            }
        }
    }
    for (column, field) in (0..).zip(&fields) {
        sheet.set_column_width(column, width(report, field, language))?;
    }
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    unit: Unit,
    value: &Value,
    look: &Look,
) -> Result<(), XlsxError> {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(number) => sheet.write_number_with_format(row, column, number, &look.value)?,
            None => sheet.write_string_with_format(row, column, number.to_string(), &look.text)?,
        },
        Value::String(text) => match text::date(text).filter(|_| unit == Unit::Date) {
            Some(date) => sheet.write_datetime_with_format(row, column, date, &look.value)?,
            None => sheet.write_string_with_format(row, column, text::cell(text), &look.text)?,
        },
        other => sheet.write_string_with_format(row, column, text::cell(&other.to_string()), &look.text)?,
    };
    Ok(())
}

/// Wide enough for what the column holds, within bounds.
fn width(report: &Report, field: &Field, language: Language) -> f64 {
    let cells = table::lines(report).filter_map(|line| field.value(&line)).map(|value| match value {
        Value::String(text) => text::width(text),
        number => {
            let digits = number.to_string().len();
            // With its commas.
            digits + digits / 3
        }
    });
    // Bold is a little wider.
    let heading = text::width(&field.heading(&field.column.label, language)) + 1;
    let width = cells.fold(heading, usize::max).clamp(NARROWEST, WIDEST) + 1;
    u32::try_from(width).map_or(9.0, f64::from)
}
