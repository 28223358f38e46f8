//! Companies with names in Latin letters that are beside the contact: `Ann Smith, Foo Wind Components, …`,
//! `from Foo Systems`. Names with their legal form are found in `company.rs`.

use crate::facts::people::company::Company;
use crate::facts::people::latin::Row;
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;

/// `Ann Smith, Foo Wind Components, ann@example.com`, `from Foo Systems`.
pub fn latin_beside(reading: &Reading<'_>, rows: &[Row], contact: Option<Span>) -> Option<Company> {
    let page = &reading.page;
    let free = |row: &&Row| {
        !reading.mask.touches(row.span) && contact.is_none_or(|contact| !contact.touches(row.span))
    };
    if let Some(contact) = contact {
        let next = rows.iter().filter(free).find(|row| row.span.start >= contact.end);
        if let Some(row) = next {
            let gap = page.text().get(contact.end..row.span.start).unwrap_or("");
            let title = gap.len() <= 60
                && gap
                    .split([',', '(', ')'])
                    .map(str::trim)
                    .all(|word| word.is_empty() || is_latin_title(word));
            let from = matches!(gap.trim(), "from" | "of" | "at" | "with" | "@" | "-" | "|");
            if (gap.starts_with(',') && title
                || gap.trim_matches([' ', '\n']).is_empty() && gap.contains('\n')
                || from)
                && page.cut(row.span).len() > 3
                && !is_latin_title(page.cut(row.span))
            {
                return Some(Company { span: row.span, confidence: 0.75 });
            }
        }
    }
    let led = rows.iter().filter(free).find(|row| {
        let before = page.lower_before(row.span.start, 24);
        let after = page.lower_after(row.span.end, 24);
        let lead = [
            "on behalf of ",
            "representing ",
            "we are ",
            "i work for ",
            "i'm with ",
            "here at ",
            "i am with ",
            "i'm from ",
            "this is ",
        ]
        .iter()
        .any(|lead| before.ends_with(lead));
        let acts = [
            " is looking",
            " is seeking",
            " plans to",
            " wants to",
            " intends to",
            " needs ",
            " is planning",
            " would like",
            " seeks ",
            " is expanding",
        ]
        .iter()
        .any(|act| after.starts_with(act));
        row.words >= 2 && lead && !before.ends_with("this is ") || row.words >= 2 && acts || lead && acts
    });
    led.map(|row| Company { span: row.span, confidence: 0.7 })
}

/// Whether the words name a position: Plant Manager, VP Operations.
pub fn is_latin_title(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    [
        "manager",
        "director",
        "head",
        "vp",
        "president",
        "engineer",
        "officer",
        "lead",
        "ceo",
        "cfo",
        "coo",
        "cto",
        "gm",
        "buyer",
        "purchas",
        "procurement",
        "founder",
        "partner",
        "assistant",
        "secretary",
        "controller",
        "chief",
    ]
    .iter()
    .any(|title| lower.contains(title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::people::latin;

    #[test]
    fn the_company_beside_the_contact() {
        let reading = Reading::of("Lead: Ann Smith, Plant Manager, Foo Wind Components, ann@example.com");
        let rows = latin::rows(&reading.page, |_| false);
        let at = reading.page.text().find("Ann Smith").unwrap_or_default();
        let company = latin_beside(&reading, &rows, Some(Span::new(at, at + "Ann Smith".len())));
        assert_eq!(
            company.map(|company| reading.page.written(company.span)).as_deref(),
            Some("Foo Wind Components")
        );
        assert!(is_latin_title("Plant Manager") && !is_latin_title("Foo Wind"));
    }
}
