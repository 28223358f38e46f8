//! Whether a name of a place is a part of a company's name that says no 公司: 永泰药材行, 新昌轴承厂.
//! Names of companies that are found as such are passed over in `names.rs`.

use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// Ends the name of a small company for certain.
static COMPANIES: List = List::named("ends of small companies");
/// Ends the name of a company, or says what is wanted.
static WORKS: List = List::named("ends of works");
/// Right behind those: another word.
static NO_WORKS: List = List::named("no ends of works");
/// Ends the name of a company, in English.
static IN_ENGLISH: List = List::named("ends of companies in English");

/// The longest name behind the place.
const LONGEST: usize = 8;

/// 永泰药材行: certainly a company's name.
pub fn is_company(page: &Normal<'_>, span: Span) -> bool {
    name_behind(page, span).is_some_and(|name| COMPANIES.ends(name) && !name.contains('的'))
}

/// 新昌轴承厂: a company's name, or a plant that is sought there.
pub fn may_be_company(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let name = name_behind(page, span);
    page.char_before(span.start).is_none_or(|c| !is_han(c) && !c.is_alphanumeric())
        && name.is_some_and(|name| {
            WORKS
                .end_of(name)
                .and_then(|end| name.strip_suffix(end))
                .is_some_and(|own| own.chars().count() >= 2)
        })
}

/// The characters behind a place up to the first end of a company's name, that included.
fn name_behind<'p>(page: &'p Normal<'_>, span: Span) -> Option<&'p str> {
    let rest = page.after(span.end, LONGEST + 1);
    let rest = rest.get(..rest.find(|c| !is_han(c)).unwrap_or(rest.len()))?;
    let ends = COMPANIES.words().iter().chain(WORKS.words());
    let first =
        ends.filter_map(|end| Some((rest.find(end)? + end.len(), *end))).min_by_key(|(end, _)| *end)?;
    let behind = rest.get(first.0..)?;
    (!NO_WORKS.begins(behind)).then(|| rest.get(..first.0)).flatten()
}

/// Meridian Optics Ltd (香港): where the company before the bracket is.
pub fn is_behind_a_company_in_english(page: &Normal<'_>, span: Span) -> bool {
    let before = page.lower_before(span.start, 16);
    before.strip_suffix(['(', ',', '-']).or_else(|| before.strip_suffix(", ")).is_some_and(|before| {
        let before = before.trim_end().trim_end_matches('.');
        IN_ENGLISH
            .end_of(before)
            .and_then(|end| before.strip_suffix(end))
            .is_some_and(|own| own.ends_with([' ', ',', '.']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_and_wishes() {
        for (text, place, company, perhaps) in [
            ("永泰药材行，亳州仓库", "永泰", true, false),
            ("宁海百货商行", "宁海", true, false),
            ("新昌轴承厂，嵊州找地", "新昌", false, true),
            ("德清的注塑厂", "德清", false, true),
            ("昆山厂房2000平", "昆山", false, false),
            ("昆山电子厂房2000平", "昆山", false, false),
            ("求租昆山注塑厂", "昆山", false, false),
            ("太仓仓库", "太仓", false, false),
        ] {
            let reading = Reading::of(text);
            let at = reading.page.text().find(place).unwrap_or_default();
            let span = Span::new(at, at + place.len());
            assert_eq!(is_company(&reading.page, span), company, "{text}");
            assert_eq!(may_be_company(&reading, span), perhaps, "{text}");
        }
        let page = Normal::of("Meridian Optics Ltd（香港）, a unit (Kunshan)");
        let place = |name: &str| {
            let at = page.text().find(name).unwrap_or_default();
            is_behind_a_company_in_english(&page, Span::new(at, at + name.len()))
        };
        assert!(place("香港") && !place("Kunshan"));
    }
}
