//! Companies with names in Latin letters that are beside the contact: `Ann Smith, Foo Wind Components, …`,
//! `from Foo Systems`. Names with their legal form are found in `full_companies.rs`.

use crate::facts::people::latin::Row;
use crate::facts::people::model::Company;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::lists::List;

/// Right before a company of the writer's.
static BEFORE: List = List::named("leads to a foreign company");
/// What a company does, right behind its name.
static ACTS: List = List::named("acts of a foreign company");
/// Between the contact and the company.
static BETWEEN: List = List::named("between a foreign contact and the company");
/// What somebody is in a company, in English.
static POSITIONS: List = List::named("foreign positions");

/// `Ann Smith, Foo Wind Components, ann@example.com`, `from Foo Systems`.
pub fn latin_beside(reading: &Reading<'_>, rows: &[Row], contact: Option<Span>) -> Option<Company> {
    let page = &reading.page;
    let is_free = |row: &&Row| {
        !reading.mask.touches(row.span) && contact.is_none_or(|contact| !contact.touches(row.span))
    };
    if let Some(contact) = contact
        && let Some(row) = rows.iter().filter(is_free).find(|row| row.span.start >= contact.end)
        && is_company_of(page, contact, row)
    {
        return Some(Company { span: row.span, confidence: 0.75 });
    }
    let led = rows.iter().filter(is_free).find(|row| is_spoken_of(page, row));
    led.map(|row| Company { span: row.span, confidence: 0.7 })
}

/// Whether the row right behind the contact is the contact's company.
fn is_company_of(page: &Normal<'_>, contact: Span, row: &Row) -> bool {
    let gap = page.text().get(contact.end..row.span.start).unwrap_or("");
    let name = page.cut(row.span);
    (is_behind_comma(gap) || is_next_line(gap) || BETWEEN.has(gap.trim()) || gap.trim() == "|")
        && name.len() > 3
        && !is_latin_title(name)
}

/// A comma, with the contact's position between or nothing.
fn is_behind_comma(gap: &str) -> bool {
    let mut words = gap.split([',', '(', ')']).map(str::trim);
    gap.starts_with(',') && gap.len() <= 60 && words.all(|word| word.is_empty() || is_latin_title(word))
}

fn is_next_line(gap: &str) -> bool {
    gap.contains('\n') && gap.trim_matches([' ', '\n']).is_empty()
}

/// `we are Foo Systems`, `Foo Systems is looking for`: `this is` leads to people as well.
fn is_spoken_of(page: &Normal<'_>, row: &Row) -> bool {
    let before = page.lower_before(row.span.start, 24).strip_suffix(' ').unwrap_or("");
    let after = page.lower_after(row.span.end, 24).strip_prefix(' ').unwrap_or("");
    let is_led = BEFORE.ends(before) || page.lower_before(row.span.start, 4) == "we (";
    let is_led_or_named = is_led || before.ends_with("this is");
    let acts = ACTS.begins(after);
    row.words >= 2 && (is_led || acts) || is_led_or_named && acts
}

/// Whether the words name a position: Plant Manager, VP Operations.
pub fn is_latin_title(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).any(|word| POSITIONS.has(word))
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
        assert!(is_latin_title("Purchasing Lead") && !is_latin_title("Tom Leadwell"));
    }
}
