//! Contacts with names in Latin letters: with Mr or Dr, beside a phone or an address of mail, after `call`
//! and `I'm`, under `Regards`. Rows of capitalised words are read in `latin.rs`, Chinese names in
//! `contact.rs`.

use crate::facts::people::company::Company;
use crate::facts::people::contact::{Contact, title_after};
use crate::facts::people::foreign_companies;
use crate::facts::people::latin::Row;
use crate::facts::reading::Reading;
use crate::facts::text::mask::Code;
use crate::facts::text::normal::{Normal, Span, is_han};

/// Names in Latin letters: with Mr or Dr, beside a phone or an address, after `call` and `I'm`, under
/// `Regards`.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn latin_name(reading: &Reading<'_>, companies: &[Company], rows: &[Row]) -> Option<Contact> {
    let page = &reading.page;
    let mut best: Option<Contact> = None;
    for address in page.among(&["Mr", "Ms", "Mrs", "Miss", "Dr", "Prof"]) {
        for (at, _) in page.text().match_indices(address).take(5) {
            let after = page.from(at + address.len());
            let skip = after.len() - after.trim_start_matches(['.', ' ']).len();
            let name: usize = after.get(skip..).map_or(0, |rest| {
                let mut length = 0;
                for word in rest.split(' ').take(2) {
                    let own: usize = word
                        .chars()
                        .take_while(|c| c.is_alphabetic() && !is_han(*c) || *c == '-')
                        .map(char::len_utf8)
                        .sum();
                    if own == 0 || !word.starts_with(char::is_uppercase) {
                        break;
                    }
                    length += own + usize::from(length > 0);
                    if own < word.len() {
                        break;
                    }
                }
                length
            });
            let clear = page.char_before(at).is_none_or(|c| !c.is_ascii_alphanumeric())
                && page.before(at, 6).trim_end() != "Dear";
            if skip > 0 && name > 0 && clear {
                let mut span = Span::new(at, at + address.len() + skip + name);
                if let Some(masked) = reading.mask.spans().find(|masked| masked.touches(span)) {
                    span = page.trim(Span::new(span.start, masked.start.max(span.start)));
                }
                best = better(best, Contact { span, confidence: 0.9, title: title_after(page, span.end) });
            }
        }
    }
    let mut previous: Option<Span> = None;
    for row in rows.iter().filter(|row| !reading.mask.touches(row.span)) {
        // Ann Smith, Foo Systems, +49 …: the second of two rows is the company.
        let second = previous.is_some_and(|before| {
            page.text()
                .get(before.end..row.span.start)
                .is_some_and(|gap| gap.starts_with(',') && gap.len() <= 3)
        });
        previous = Some(row.span);
        if row.legal || row.words > 3 || row.span.end - row.span.start < 2 || second && row.words > 1 {
            continue;
        }
        if companies.iter().any(|company| company.span.touches(row.span))
            || foreign_companies::is_latin_title(page.cut(row.span))
        {
            continue;
        }
        let before = page.lower_before(row.span.start, 16);
        let led = [
            "call ",
            "i'm ",
            "i am ",
            "this is ",
            "my name is ",
            "ask for ",
            "contact ",
            "regards ",
            "regards,\n",
            "regards\n",
            "best,\n",
            "thanks,\n",
            "sincerely,\n",
            "reach ",
            "speak to ",
            "attn ",
            "lead: ",
            "regards, ",
            "thanks, ",
            "best, ",
            "-- ",
            "我是",
            "我叫",
            "联系",
        ]
        .iter()
        .any(|lead| before.ends_with(lead))
            // Grace 微信grace_ck
            || row.words == 1 && is_before_account(page, row.span);
        let near = reading
            .phones
            .iter()
            .map(|phone| gap_latin(page, row.span, phone.span))
            .chain(reading.mask.of_code(Code::Email).map(|email| gap_latin(page, row.span, email)))
            .min()
            .unwrap_or(usize::MAX);
        // `Sam Okoro, Ledgerlark Ltd, +44 …`
        let before_company = companies.iter().any(|company| {
            company.span.start > row.span.end
                && page
                    .text()
                    .get(row.span.end..company.span.start)
                    .is_some_and(|gap| gap.len() <= 40 && gap.starts_with([',', '\n', ' ', '(']))
        });
        let signature = row.words >= 2
            && page
                .text()
                .get(row.span.end..)
                .is_some_and(|rest| rest.starts_with([',', '\n']) || rest.starts_with(" ("));
        let line = page.char_before(row.span.start).is_some_and(|c| c == '\n')
            && page.char_at(row.span.end).is_none_or(|c| c == '\n');
        let score = if line { 0.2 } else { 0.0 }
            + if led { 0.3 } else { 0.0 }
            + if near == 0 {
                0.22
            } else if near <= 60 && signature {
                0.2
            } else {
                0.0
            }
            + if before_company && row.words >= 2 { 0.2 } else { 0.0 };
        if score >= 0.2 {
            best = better(
                best,
                Contact { span: row.span, confidence: f64::min(0.6 + score, 0.91), title: None },
            );
        }
    }
    best
}

/// Whether the word for an account or a phone follows.
fn is_before_account(page: &Normal<'_>, name: Span) -> bool {
    let after = page.lower_after(name.end, 8).trim_start_matches([' ', ',', ':', '(']);
    ["微信", "wechat", "vx", "电话", "手机", "tel"].iter().any(|word| after.starts_with(word))
}

fn better(best: Option<Contact>, next: Contact) -> Option<Contact> {
    if best.is_none_or(|best| next.confidence > best.confidence) { Some(next) } else { best }
}

/// The characters between a Latin name and what follows it; nothing for what is before it.
fn gap_latin(page: &Normal<'_>, name: Span, other: Span) -> usize {
    let between = if name.end <= other.start {
        page.text().get(name.end..other.start)
    } else {
        page.text().get(other.end..name.start)
    };
    let Some(between) = between.filter(|between| between.len() <= 80 && !between.contains(". ")) else {
        return usize::MAX;
    };
    let after = name.end <= other.start;
    let count = between.chars().filter(|c| !matches!(c, ' ' | ':' | ',' | '(' | ')' | '\n')).count();
    let labels = ["tel", "mobile", "phone", "m", "t", "whatsapp", "email", "wechat"];
    let label = between.trim_matches([' ', ':', ',', '(', ')', '.', '\n']).to_ascii_lowercase();
    if labels.contains(&label.as_str()) {
        return 0;
    }
    if after { count } else { count.saturating_add(if between.contains(['(', ' ']) { 0 } else { 9 }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::people::latin;

    #[test]
    fn names_beside_a_phone_or_an_address() {
        for (text, expected) in [
            ("Leo 13800001234", Some("Leo")),
            ("Call Mei Lin at 0086-13800001234", Some("Mei Lin")),
            ("Dr. Fang fang@example.com", Some("Dr. Fang")),
            ("We need space in May", None),
        ] {
            let reading = Reading::of(text);
            let rows = latin::rows(&reading.page, |_| false);
            let name = latin_name(&reading, &[], &rows).map(|contact| reading.page.written(contact.span));
            assert_eq!(name.as_deref(), expected, "{text}");
        }
    }
}
