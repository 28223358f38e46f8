//! The parameters that say in which form a report is wanted.
//! The forms are in their own files.

use super::chart::{DEFAULT_WIDTH, Theme, WIDTHS};
use super::csv::{Charset, CsvOptions, Delimiter, Header};
use crate::platform::http::query::QueryReader;
use crate::word_enum;

word_enum! {
    /// In which form a report is answered.
    pub enum Format as "ReportFormat" {
        Json => "json",
        Csv => "csv",
        Xlsx => "xlsx",
        Svg => "svg",
    }
}

/// Characters of a figure's key.
const KEY_MAX: usize = 50;

impl Format {
    pub fn read(from: &mut QueryReader) -> Self {
        let about = "`json` (unless given), `csv`, `xlsx` (a workbook) or `svg` (a picture).";
        from.about(about).word("format", &Self::all_words(), Self::from_word).unwrap_or(Self::Json)
    }
}

impl CsvOptions {
    pub fn read(from: &mut QueryReader) -> Self {
        let about = "Of CSV: `utf-8` (unless given) or `gbk` (GB18030).";
        let charset = from.about(about).word("charset", &Charset::all_words(), Charset::from_word);
        let about = "Of CSV in UTF-8: whether it begins with a byte order mark; true unless given.";
        let bom = from.about(about).boolean("bom");
        let about = "Of CSV: what separates the cells; `comma` unless given.";
        let delimiter = from.about(about).word("delimiter", &Delimiter::all_words(), Delimiter::from_word);
        let about = "Of CSV: whether the first line has keys (unless given) or labels in a language.";
        let header = from.about(about).word("header", &Header::all_words(), Header::from_word);
        Self {
            charset: charset.unwrap_or_default(),
            bom: bom.unwrap_or(true),
            delimiter: delimiter.unwrap_or_default(),
            header: header.unwrap_or_default(),
        }
    }
}

/// What is asked of a picture.
#[derive(Debug, Clone)]
pub struct ChartQuery {
    /// A figure's key.
    pub figure: Option<String>,
    pub theme: Theme,
    pub width: u32,
}

impl ChartQuery {
    pub fn read(from: &mut QueryReader) -> Self {
        let about = "Of a picture: the key of the figure that is drawn; the report's first unless given.";
        let figure = from.about(about).short_text("chart", KEY_MAX);
        let about = "Of a picture: `auto` (unless given: as the reader's system), `light` or `dark`.";
        let theme = from.about(about).word("theme", &Theme::all_words(), Theme::from_word);
        let about = "Of a picture: its width in pixels, 720 unless given.";
        let width = from.about(about).between("width", (*WIDTHS.start(), *WIDTHS.end()));
        Self { figure, theme: theme.unwrap_or_default(), width: width.unwrap_or(DEFAULT_WIDTH) }
    }
}
