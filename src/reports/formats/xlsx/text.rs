//! Texts as Excel takes them: in cells, as names of sheets, and how wide they are.
//! The sheets are filled in `figures.rs` and `about.rs`.

use rust_xlsxwriter::ExcelDateTime;

/// Excel's limit for a cell, in UTF-16 units.
const MAX_CELL: usize = 32_767;
/// Excel's limit for the name of a sheet, in UTF-16 units.
const MAX_NAME: usize = 31;

/// A text for a cell: without characters that XML has not, and cut to Excel's limit.
pub fn cell(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    cut(text.chars().filter(|&character| is_xml(character)), MAX_CELL)
}

/// A name for the first sheet: the title, or the report's name if the title gives none or is the other's.
pub fn sheet_name(title: &str, report: &str, other: &str) -> String {
    let name = |text: &str| {
        let is_plain = |character: &char| is_xml(*character) && !character.is_control();
        let plain = text.chars().filter(is_plain).map(|character| match character {
            '[' | ']' | ':' | '*' | '?' | '/' | '\\' => ' ',
            character => character,
        });
        cut(plain, MAX_NAME).trim_matches(|edge: char| edge == '\'' || edge.is_whitespace()).to_owned()
    };
    // Excel keeps "History" for itself.
    let is_free = |name: &String| {
        !["", "history", other.to_lowercase().as_str()].contains(&name.to_lowercase().as_str())
    };
    [name(title), name(report)].into_iter().find(is_free).unwrap_or_else(|| "Report".to_owned())
}

/// A date such as `2026-11-23`.
pub fn date(text: &str) -> Option<ExcelDateTime> {
    let _: chrono::NaiveDate = text.parse().ok()?;
    ExcelDateTime::parse_from_str(text).ok()
}

/// How wide a text is, in digits; Chinese characters take two.
pub fn width(text: &str) -> usize {
    let line = |line: &str| line.chars().map(|character| if character < '\u{1100}' { 1 } else { 2 }).sum();
    text.lines().map(line).max().unwrap_or_default()
}

/// Whether XML 1.0 has the character. (Rust's have no surrogates.)
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n') || !matches!(character, '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}')
}

/// At most `max` UTF-16 units; what is cut ends with `…`.
fn cut(characters: impl Iterator<Item = char>, max: usize) -> String {
    let mut text = String::new();
    let mut units = 0;
    // The end of what stays if the text turns out to be too long.
    let mut end = 0;
    for character in characters {
        units += character.len_utf16();
        if units > max {
            text.truncate(end);
            text.push('…');
            break;
        }
        text.push(character);
        if units < max {
            end = text.len();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_only_what_xml_has_and_excel_takes() {
        assert_eq!(cell("a\0\u{b}\u{1f}b\u{fffe}\u{ffff}c\td\r\ne\rf\u{202e}ש"), "abc\td\ne\nf\u{202e}ש");
        assert_eq!(cell("_x0041_"), "_x0041_");
        assert_eq!(cell(&"a".repeat(MAX_CELL)), "a".repeat(MAX_CELL));
        assert_eq!(cell(&"a".repeat(40_000)), format!("{}…", "a".repeat(MAX_CELL - 1)));
        let faces = cell(&"😀".repeat(20_000));
        assert_eq!((faces.encode_utf16().count(), faces.chars().last()), (MAX_CELL, Some('…')));
    }

    #[test]
    fn names_of_sheets() {
        assert_eq!(sheet_name("总览", "overview", "说明"), "总览");
        assert_eq!(sheet_name("a[1]:*?/\\b", "overview", "About"), "a 1      b");
        assert_eq!(sheet_name("'x'", "overview", "About"), "x");
        assert_eq!(sheet_name("about", "overview", "About"), "overview");
        assert_eq!(sheet_name(" \0:", "History", "About"), "Report");
        let long = sheet_name(&"长".repeat(40), "overview", "说明");
        assert_eq!(long, format!("{}…", "长".repeat(30)));
    }

    #[test]
    fn dates_and_widths() {
        assert!(date("2026-11-23").is_some());
        for text in ["2026-W48", "2026-11", "1-3", "2026-02-30", "1800-01-01", "启澜", ""] {
            assert!(date(text).is_none(), "{text}");
        }
        assert_eq!((width("abc"), width("启澜ab"), width("a\nabcd"), width("")), (3, 6, 4, 0));
    }
}
