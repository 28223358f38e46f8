//! Reports as CSV (RFC 4180), for spreadsheets and programs.
//! Which columns and rows there are is in `table.rs`; the parameters are checked by the API.

use encoding_rs::{EncoderResult, GB18030};
use serde_json::Value;

use crate::kernel::language::Language;
use crate::reports::formats::table;
use crate::reports::report::Report;
use crate::word_enum;

word_enum! {
    #[derive(Default)]
    pub enum Charset as "CsvCharset" {
        #[default]
        Utf8 => "utf-8",
        /// GB18030, of which GBK is a part. What cannot be written becomes `?`.
        Gbk => "gbk",
    }
}

word_enum! {
    #[derive(Default)]
    pub enum Delimiter as "CsvDelimiter" {
        #[default]
        Comma => "comma",
        Semicolon => "semicolon",
        Tab => "tab",
    }
}

word_enum! {
    /// What the first row has: the columns' keys, or their labels in a language.
    #[derive(Default)]
    pub enum Header as "CsvHeader" {
        #[default]
        Key => "key",
        Zh => "zh",
        En => "en",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    pub charset: Charset,
    /// A byte order mark in front, by which spreadsheets recognise UTF-8. Other charsets have none.
    pub bom: bool,
    pub delimiter: Delimiter,
    pub header: Header,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            charset: Charset::default(),
            bom: true,
            delimiter: Delimiter::default(),
            header: Header::default(),
        }
    }
}

impl Charset {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Utf8 => "text/csv; charset=utf-8",
            Self::Gbk => "text/csv; charset=gb18030",
        }
    }
}

impl Delimiter {
    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

impl Header {
    /// The language of the labels; none if the keys are wanted.
    fn language(self) -> Option<Language> {
        match self {
            Self::Key => None,
            Self::Zh => Some(Language::Zh),
            Self::En => Some(Language::En),
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The header, the rows, and then the totals. `label` gives the label of a column in a language: the report
/// has it in the caller's language only.
pub fn csv(
    report: &Report,
    options: &CsvOptions,
    label: impl Fn(&str, Language) -> String,
) -> Result<Vec<u8>, csv::Error> {
    let with_mark = options.bom && options.charset == Charset::Utf8;
    let start = if with_mark { BYTE_ORDER_MARK.to_vec() } else { Vec::new() };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(options.delimiter.byte())
        .terminator(csv::Terminator::CRLF)
        .from_writer(start);
    let fields = table::fields(report);
    writer.write_record(fields.iter().map(|field| match options.header.language() {
        None => field.key().into_owned(),
        Some(language) => plain_cell(&field.heading(&label(field.column.key, language), language)),
    }))?;
    for line in table::lines(report) {
        writer.write_record(fields.iter().map(|field| match field.value(&line) {
            Some(Value::String(text)) => plain_cell(text),
            Some(value) => value.to_string(),
            None => String::new(),
        }))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(match options.charset {
        Charset::Utf8 => bytes,
        Charset::Gbk => gb18030(&String::from_utf8_lossy(&bytes)),
    })
}

/// Prevents CSV injection: a text that no spreadsheet takes for a formula, nor rounds as a long number.
fn plain_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\'']);
    let is_number =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() > 11 || text.starts_with('0'));
    if is_formula || is_number { format!("'{text}") } else { text.to_owned() }
}

fn gb18030(text: &str) -> Vec<u8> {
    let mut encoder = GB18030.new_encoder();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let needed = encoder.max_buffer_length_from_utf8_without_replacement(rest.len());
        bytes.reserve(needed.unwrap_or(rest.len()));
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            EncoderResult::InputEmpty => return bytes,
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(_) => bytes.push(b'?'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::formats::tests::sample;

    fn label(key: &str, language: Language) -> String {
        match key {
            "reached" => language.pick("达到", "=Reached").to_owned(),
            _ => format!("{key}-{}", language.pick("zh", "en")),
        }
    }

    fn text(report: &Report, options: &CsvOptions) -> String {
        String::from_utf8(csv(report, options, label).unwrap()).unwrap()
    }

    #[test]
    fn no_text_becomes_a_formula_or_a_number() {
        for text in [
            "=1+1",
            "+8613800138000",
            "-1",
            "@SUM(A1)",
            "＝1",
            "＋1",
            "－1",
            "＠1",
            "\tx",
            "\rx",
            "\nx",
            "'x",
            "013800138000",
            "138001380001",
            "0",
        ] {
            assert_eq!(plain_cell(text), format!("'{text}"));
        }
        for text in ["2026-11-23", "启澜精密", "13800138000", "1-2", "", "１２３４５６７８９０１２"]
        {
            assert_eq!(plain_cell(text), text);
        }
    }

    #[test]
    fn header_rows_and_totals_with_an_empty_key() {
        let report = sample::overview();
        assert_eq!(
            text(&report, &CsvOptions::default()),
            "\u{feff}date,label,received,tax_wan,valid_share,p50_minutes,area_sqm\r\n\
             2026-11-23,2026-11-23,12,1234.500001,0.3333,1234.5,800.25\r\n\
             2026-11-24,\"'=HYPERLINK(\"\"http://x\"\")\",0,0,,,-1.5\r\n\
             ,,12,1234.500001,0.3333,1234.5,800.25\r\n"
        );
        let without_rows = Report { rows: Vec::new(), ..report };
        assert_eq!(text(&without_rows, &CsvOptions::default()).lines().count(), 2);
    }

    #[test]
    fn figures_of_the_period_before_and_labels_of_both_languages() {
        let report = sample::funnel();
        let options = CsvOptions { bom: false, delimiter: Delimiter::Semicolon, ..CsvOptions::default() };
        assert_eq!(
            text(&report, &options),
            "agent;label;stage;reached;reached_previous;from_first;from_first_previous\r\n\
             usr_1;\"陈思远;新\";new;12;9;1;1\r\n\
             ;未分配;new;1;;0.0833;\r\n\
             ;;;13;9;;\r\n"
        );
        let first_line = |header| {
            let text = text(&report, &CsvOptions { header, ..options });
            text.split_once("\r\n").unwrap().0.to_owned()
        };
        assert!(first_line(Header::Zh).contains("stage-zh;达到;达到（上期）;from_first-zh"));
        assert!(first_line(Header::En).contains(";'=Reached;'=Reached (previous);from_first-en"));
    }

    #[test]
    fn a_text_with_the_delimiter_or_a_quote_is_quoted() {
        let mut report = sample::overview();
        report.rows.truncate(1);
        for (delimiter, name, written) in [
            (Delimiter::Comma, "a,b;c", "\"a,b;c\""),
            (Delimiter::Semicolon, "a,b;c", "\"a,b;c\""),
            (Delimiter::Semicolon, "a,b", "a,b"),
            (Delimiter::Tab, "a\tb", "\"a\tb\""),
            (Delimiter::Tab, "a\"b\r\nc", "\"a\"\"b\r\nc\""),
        ] {
            report.rows[0].insert("label".to_owned(), name.into());
            let text = text(&report, &CsvOptions { delimiter, ..CsvOptions::default() });
            assert!(text.contains(written), "{text}");
        }
    }

    #[test]
    fn gb18030_has_no_mark_and_writes_what_it_can() {
        let mut report = sample::overview();
        report.rows.truncate(1);
        report.rows[0].insert("label".to_owned(), "启澜😀é\u{e5e5}㎡".into());
        let options = CsvOptions { charset: Charset::Gbk, ..CsvOptions::default() };
        let bytes = csv(&report, &options, label).unwrap();
        let (text, _, had_errors) = GB18030.decode(&bytes);
        assert!(text.starts_with("date,label"), "no mark: {text}");
        assert!(!had_errors && text.contains("2026-11-23,启澜😀é?㎡,12"), "{text}");
        assert!(gb18030(&"\u{e5e5}啊".repeat(3000)).starts_with(b"?\xb0\xa1?\xb0\xa1"));
    }
}
