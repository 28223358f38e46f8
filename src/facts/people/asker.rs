//! Who asks: the company and the contact of a text, found together.
//! How each of them is found is decided in `company.rs` and `contact.rs`.

use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::Member;
use crate::facts::people::latin::{self, Row};
use crate::facts::people::model::{Company, Contact};
use crate::facts::people::{company, contact, full_companies};
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::words::gazetteer::Gazetteer;

/// Writes company and contact; answers all places of names, whose words say nothing else.
pub fn put(reading: &Reading<'_>, found: &mut Findings) -> Vec<Span> {
    let rows = rows_of_names(reading);
    let mut full = full_companies::find(reading, &rows);
    full.retain(|company| !reading.names_nobody(company.span));
    let contact = contact::find(reading, &full, &rows);
    let company = company::find(reading, &full, &rows, contact.map(|contact| contact.span));
    let contact = match (contact, company) {
        (Some(one), Some(other)) if is_the_company(&one, &other) => contact::find(reading, &[other], &rows),
        _ => contact,
    };
    let mut names: Vec<Span> = full.iter().map(|company| company.span).collect();
    names.extend(company.map(|company| company.span));
    names.extend(contact.map(|contact| contact.span));
    put_company(reading, company, found);
    put_contact(reading, contact, found);
    names
}

/// The rows of capitalised words that may be names: no places, no labels.
fn rows_of_names(reading: &Reading<'_>) -> Vec<Row> {
    let page = &reading.page;
    let places = Gazetteer::get();
    let is_place = |span| {
        let words = page.cut(span);
        words.len() >= 4
            && places.find(words).any(|(from, to, _)| {
                from == 0 && to == words.trim_end_matches('.').len() && page.is_whole(span)
            })
    };
    let mut rows = latin::rows(page, is_place);
    rows.retain(|row| !reading.names_nobody(row.span));
    rows
}

/// A company's row of words is nobody's name.
fn is_the_company(contact: &Contact, company: &Company) -> bool {
    contact.span.touches(company.span) && contact.confidence <= company.confidence
}

fn put_company(reading: &Reading<'_>, company: Option<Company>, found: &mut Findings) {
    let page = &reading.page;
    if let Some(company) = company {
        found.put(page, Member::Company, page.written(company.span), company.span, company.confidence);
    }
}

fn put_contact(reading: &Reading<'_>, contact: Option<Contact>, found: &mut Findings) {
    let page = &reading.page;
    if let Some(contact) = contact {
        found.put(page, Member::Contact, page.written(contact.span), contact.span, contact.confidence);
        if let Some(title) = contact.title {
            found.extra("title", page.written(title));
        }
    }
}
