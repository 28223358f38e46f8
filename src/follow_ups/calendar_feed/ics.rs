//! Writes iCalendar (RFC 5545): content lines, folded and escaped. Pure.
//! What a calendar says is in `model.rs`.

use crate::kernel::clock::Timestamp;

/// Octets of a line, without its end.
const OCTETS_MAX: usize = 75;

/// A calendar that is being written.
#[derive(Debug, Default)]
pub struct Calendar(String);

impl Calendar {
    /// A property, and parameters behind its name, whose value is no text: an address, a number, a word. A
    /// control character in it, such as the end of a line, is left out.
    pub fn property(&mut self, name: &str, value: &str) {
        self.fold(name.chars().chain([':']).chain(value.chars().filter(|c| !c.is_control())));
    }

    /// A property whose value is a text of people.
    pub fn text(&mut self, name: &str, text: &str) {
        let mut escaped = String::with_capacity(text.len());
        let mut signs = text.chars().peekable();
        while let Some(c) = signs.next() {
            match c {
                '\\' | ';' | ',' => escaped.extend(['\\', c]),
                '\r' if signs.peek() == Some(&'\n') => {}
                '\n' | '\r' => escaped.push_str("\\n"),
                '\t' => escaped.push(c),
                c if c.is_control() => {}
                c => escaped.push(c),
            }
        }
        self.fold(name.chars().chain([':']).chain(escaped.chars()));
    }

    /// A property whose value is a moment, in UTC.
    pub fn time(&mut self, name: &str, at: Timestamp) {
        self.property(name, &at.utc().format("%Y%m%dT%H%M%SZ").to_string());
    }

    /// The calendar as it is sent.
    pub fn into_text(self) -> String {
        self.0
    }

    /// Writes a content line in as many lines as it takes. No character is split: programs that read line by
    /// line would find broken ones.
    fn fold(&mut self, line: impl Iterator<Item = char>) {
        let mut room = OCTETS_MAX;
        for c in line {
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = OCTETS_MAX - 1;
            }
            self.0.push(c);
            room = room.saturating_sub(c.len_utf8());
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The content lines of a calendar: folds undone.
    fn unfolded(written: &str) -> Vec<String> {
        let whole = written.replace("\r\n ", "");
        whole.strip_suffix("\r\n").unwrap().split("\r\n").map(str::to_owned).collect()
    }

    fn unescaped(value: &str) -> String {
        let mut text = String::new();
        let mut signs = value.chars();
        while let Some(c) = signs.next() {
            match c {
                '\\' => match signs.next() {
                    Some('n') => text.push('\n'),
                    other => text.extend(other),
                },
                c => text.push(c),
            }
        }
        text
    }

    fn written(text: &str) -> String {
        let mut calendar = Calendar::default();
        calendar.text("DESCRIPTION", text);
        calendar.into_text()
    }

    fn is_well_formed(written: &str) -> bool {
        let lines: Vec<&str> = written.split("\r\n").collect();
        lines.iter().all(|line| line.len() <= OCTETS_MAX && !line.contains(['\r', '\n']))
            && lines.last() == Some(&"")
            && lines.iter().skip(1).rev().skip(1).all(|line| line.starts_with(' '))
    }

    #[test]
    fn a_text_is_escaped() {
        assert_eq!(written("一\\二;三,四\n五:\"六\""), "DESCRIPTION:一\\\\二\\;三\\,四\\n五:\"六\"\r\n");
        assert_eq!(written("a\r\nb\rc\nd"), "DESCRIPTION:a\\nb\\nc\\nd\r\n");
        assert_eq!(written("a\u{0}\u{7}\u{7f}\u{85}\tb"), "DESCRIPTION:a\tb\r\n");
    }

    #[test]
    fn nothing_but_texts_may_be_smuggled_in() {
        let mut calendar = Calendar::default();
        calendar.property("URL", "https://a.example/i/1\r\nATTENDEE:x");
        assert_eq!(calendar.into_text(), "URL:https://a.example/i/1ATTENDEE:x\r\n");
    }

    #[test]
    fn a_moment_is_in_utc_to_the_second() {
        let mut calendar = Calendar::default();
        calendar.time("DTSTART", Timestamp::parse("2026-11-25T14:00:00.999+08:00").unwrap());
        assert_eq!(calendar.into_text(), "DTSTART:20261125T060000Z\r\n");
    }

    #[test]
    fn a_line_is_folded_where_it_must_be_and_no_earlier() {
        let lead = "DESCRIPTION:".len();
        let full = "x".repeat(OCTETS_MAX - lead);
        assert_eq!(written(&full), format!("DESCRIPTION:{full}\r\n"));
        assert_eq!(written(&format!("{full}y")), format!("DESCRIPTION:{full}\r\n y\r\n"));
        // A character of three octets where two are left.
        let nearly = "x".repeat(OCTETS_MAX - lead - 2);
        assert_eq!(written(&format!("{nearly}厂")), format!("DESCRIPTION:{nearly}\r\n 厂\r\n"));
        // A blank at the fold is one of the text.
        assert_eq!(written(&format!("{full} y")), format!("DESCRIPTION:{full}\r\n  y\r\n"));
        let long = written(&"厂".repeat(10_000));
        assert!(is_well_formed(&long));
        assert_eq!(unfolded(&long), [format!("DESCRIPTION:{}", "厂".repeat(10_000))]);
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_no_line_is_too_long(text in "(?s)[\\PC\n\t😀厂,;\\\\]{0,300}") {
            let written = written(&text);
            prop_assert!(is_well_formed(&written), "{written:?}");
            let lines = unfolded(&written);
            prop_assert_eq!(lines.len(), 1);
            let value = lines.first().and_then(|line| line.strip_prefix("DESCRIPTION:")).unwrap();
            prop_assert_eq!(unescaped(value), text);
        }

        #[test]
        fn nothing_breaks_the_form(texts in proptest::collection::vec(any::<String>(), 0..6)) {
            let mut calendar = Calendar::default();
            for text in &texts {
                calendar.text("SUMMARY", text);
                calendar.property("URL", text);
            }
            let written = calendar.into_text();
            let begins = format!("\r\n{written}");
            prop_assert_eq!(begins.matches("\r\nSUMMARY:").count(), texts.len());
            prop_assert!(written.split("\r\n").all(|line| line.len() <= OCTETS_MAX));
            prop_assert!(!written.replace("\r\n", "").contains(['\r', '\n']));
        }
    }
}
