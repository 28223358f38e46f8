//! The workbook of a report: its two sheets and its properties.
//! The sheets are filled in `figures.rs` and `about.rs`.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::{about, figures, text};
use crate::kernel::language::Language;
use crate::reports::report::Report;

pub const CONTENT_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A workbook without formulas, links or macros. The same report gives the same bytes.
pub fn xlsx(report: &Report, language: Language) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // Without a time of creation it would be the present time; without an author there is none. Time begins
    // in 1900 there.
    let created = ExcelDateTime::parse_from_str(&report.as_of.to_string());
    let created = created.or_else(|_| ExcelDateTime::from_ymd(1900, 1, 1))?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let about = language.pick("说明", "About");
    let sheet = workbook.add_worksheet();
    sheet.set_name(text::sheet_name(&report.title, report.report, about))?;
    figures::write(sheet, report, language)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name(about)?;
    about::write(sheet, report, language)?;
    workbook.save_to_buffer()
}
