//! Industries in English words: `for precision machining`, `we make …`.
//! Chinese words of the trade are found in `industry.rs`.

use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Span};
use crate::facts::wants::divisions::named_in;
use crate::facts::words::lexicon;

/// `for precision machining`, `a trading company`.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn latin(reading: &Reading<'_>, names: &[Span]) -> Option<Span> {
    let page = &reading.page;
    let lower = page.lower();
    let ends = [
        ".",
        ",",
        ";",
        "\n",
        "?",
        "!",
        " in ",
        " near ",
        " with ",
        " (",
        " and need",
        " around ",
        " at ",
        " budget",
        " from ",
        " within ",
        " to ",
        ":",
        " - ",
        " of ",
        " we ",
        " our ",
    ];
    let mut best: Option<(Span, bool)> = None;
    for lead in [
        " for ",
        "we make ",
        "we manufacture ",
        "we produce ",
        "manufacturer of ",
        "manufacturing of ",
        "producing ",
        "production of ",
        "specialised in ",
        "specialized in ",
        "specializing in ",
        "specialising in ",
        "used for ",
        "to produce ",
        "to make ",
        "to manufacture ",
        "assembly of ",
        "storage of ",
        "to store ",
        "storing ",
        "engaged in ",
        "business: ",
        "we do ",
        "we are in ",
    ] {
        for at in page.places(lead).take(6) {
            let start = at + lead.len();
            let rest = lower.get(start..).map(|rest| normal::head(rest, 60)).unwrap_or("");
            let end = page.among(&ends).filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
            let words = rest.get(..end).unwrap_or("").trim_end();
            let first = words.split(' ').next().unwrap_or("");
            let plain = matches!(
                first,
                "the"
                    | "your"
                    | "our"
                    | "lease"
                    | "rent"
                    | "sale"
                    | "you"
                    | "registering"
                    | "about"
                    | "us"
                    | "it"
                    | "a"
                    | "an"
                    | "more"
                    | "me"
                    | "this"
                    | "further"
                    | "up"
                    | "at"
                    | "approx"
                    | "around"
                    | "setting"
                    | "those"
                    | "details"
                    | "long"
                    | "storage"
                    | "production"
                    | "viewing"
                    | "office"
                    | "warehouse"
                    | "long-term"
            ) || first.starts_with(|c: char| c.is_ascii_digit() || !c.is_ascii());
            if words.is_empty() || plain || words.split(' ').count() > 5 {
                continue;
            }
            let span = Span::new(start, start + words.len());
            let known = named_in(words)
                .any(|(from, to, _)| lexicon::is_whole(page, Span::new(start + from, start + to)));
            let trusted = lead != " for "
                || known
                || words.contains(|c: char| c.is_ascii_alphabetic())
                    && words.split(' ').any(|word| {
                        word.ends_with("ing")
                            || word.ends_with("ion")
                            || word.ends_with("ics")
                            || word.ends_with("ly")
                    });
            if trusted
                && !names.iter().any(|name| name.touches(span))
                && !reading.mask.touches(span)
                && best.is_none_or(|(_, sure)| known && !sure)
            {
                best = Some((span, known));
            }
        }
    }
    best.map(|(span, _)| span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trades_in_english() {
        for (text, expected) in [
            ("A unit in Suzhou for precision machining.", Some("precision machining")),
            ("We make furniture, need 500 sqm", Some("furniture")),
            ("A unit for lease", None),
        ] {
            let reading = Reading::of(text);
            assert_eq!(latin(&reading, &[]).map(|span| reading.page.cut(span)), expected, "{text}");
        }
    }
}
