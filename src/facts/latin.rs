//! Names in Latin letters: rows of capitalised words, which of them are companies and which people.
//! Chinese names are in `company.rs` and `contact.rs`.

use super::normal::{Normal, Span};

/// A row of capitalised words with single blanks between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub span: Span,
    pub words: usize,
    /// Ends with Ltd, GmbH and the like.
    pub legal: bool,
}

const LEGAL: &[&str] = &[
    "inc", "inc.", "ltd", "ltd.", "limited", "gmbh", "llc", "ag", "corp", "corp.", "corporation", "plc", "s.a.", "sa", "b.v.", "bv", "n.v.", "ab", "oy", "kk", "k.k.", "holdings", "group", "company", "co.", "s.p.a.", "spa", "srl", "s.r.l.", "kg", "sas", "a/s", "aps", "pty", "pte", "sdn", "bhd", "se", "partners", "industries", "technologies", "llp", "lp", "sarl", "oyj",
];

/// Words that begin sentences and labels, not names.
const OTHERS: &[&str] = &[
    "we", "i", "i'm", "our", "looking", "need", "needs", "interested", "contact", "call", "tel", "phone", "mobile", "email", "mail", "dear", "hello", "hi", "best", "regards", "kind", "thanks", "thank", "please", "budget", "sector", "total", "annual", "grade", "class", "project", "reply", "whatsapp", "wechat", "what", "which", "the", "a", "an", "for", "this", "my", "name", "is", "from", "rmb", "cny", "usd", "eur", "bts", "eia", "max", "min",
    "seeking", "lead", "agents", "available", "industry", "factory", "warehouse", "office", "land", "area", "region", "location", "vat", "cit", "move", "handover", "expected", "requirement", "requirements", "also", "and", "or", "if", "in", "at", "to", "on", "by", "with", "do", "you", "it", "not", "no", "yes", "re", "subject", "note", "q1", "q2", "q3", "q4", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "january",
    "february", "march", "april", "june", "july", "august", "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "qq", "vx", "reits", "reit", "pcb", "gmp", "cnc", "led", "smt", "r&d", "kva", "mr", "attn", "sincerely", "cheers", "yours", "message", "lease", "rent", "buy", "hong", "can", "could", "would", "is", "are", "there", "any", "pls", "plc", "ok", "company", "preferred", "must", "ideally", "currently", "investment", "tax", "site", "plant", "space", "power", "ref", "order", "id",
    "target", "building", "new", "urgent", "required", "wanted", "timeline", "start", "signed", "sent", "via", "asap", "fyi", "btw", "ps", "m", "t", "e", "f", "w", "ceo", "cfo", "coo", "cto", "vp", "gm", "hr", "director", "manager", "head", "engineer", "officer", "purchasing", "procurement", "operations", "facility", "facilities", "china", "asia", "apac", "delta", "yangtze", "fire", "loading", "clear", "height", "ceiling", "crane", "floor",
];

/// Rows looked at in one text.
const MAX: usize = 200;

/// The rows of capitalised words; words such as `Contact` and `We` part them.
pub fn rows(page: &Normal<'_>, stop: impl Fn(Span) -> bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Option<Row> = None;
    for word in words(page) {
        if rows.len() >= MAX {
            break;
        }
        let text = page.cut(word);
        let lower = text.to_ascii_lowercase();
        let legal = LEGAL.contains(&lower.as_str());
        let joins = open.is_some_and(|row| gap_joins(page, row.span.end, word.start, &lower));
        let capital = text.starts_with(|c: char| c.is_ascii_uppercase());
        let linking = matches!(lower.as_str(), "&" | "of" | "and" | "de" | "van" | "von") && joins;
        let other = OTHERS.contains(&lower.trim_end_matches(['.', ':']));
        match open {
            Some(row) if joins && legal && (capital || lower != "company" && lower != "group" && lower != "se" && lower != "spa" && lower != "partners" && lower != "industries") => {
                open = Some(Row { span: row.span.to(word), words: row.words + 1, legal: true });
            }
            // A brand may hold a common word: Foo Land Systems. Only the first word is held to be none.
            Some(row) if joins && capital && !row.legal && !stop(word) && (!other || row.words >= 1 && is_brand_part(&lower)) => {
                open = Some(Row { span: row.span.to(word), words: row.words + 1, legal: row.legal });
            }
            Some(row) if linking && next_is_capital(page, word.end) && !row.legal && lower != "and" => {
                open = Some(Row { span: row.span.to(word), words: row.words, legal: false });
            }
            _ => {
                rows.extend(open.take());
                if capital && !other && !stop(word) {
                    open = Some(Row { span: word, words: 1, legal: false });
                }
            }
        }
    }
    rows.extend(open);
    for row in &mut rows {
        let trimmed = if row.legal { page.cut(row.span).trim_end_matches([',']) } else { page.cut(row.span).trim_end_matches(['.', ',', '&']) };
        row.span.end = row.span.start + trimmed.len();
    }
    rows
}

fn is_brand_part(lower: &str) -> bool {
    matches!(lower, "industry" | "land" | "power" | "building" | "engineer" | "china" | "asia" | "led" | "fire" | "crane" | "new" | "space" | "delta" | "facility" | "plant" | "factory" | "warehouse" | "pcb" | "cnc" | "investment" | "grade" | "class")
}

fn next_is_capital(page: &Normal<'_>, at: usize) -> bool {
    page.from(at).trim_start().starts_with(|c: char| c.is_ascii_uppercase())
}

/// `Foo Bar`, `Foo Co., Ltd.`, `Foo, Inc.`
fn gap_joins(page: &Normal<'_>, end: usize, start: usize, next: &str) -> bool {
    let gap = page.text().get(end..start).unwrap_or("");
    gap == " " || gap.is_empty() || matches!(gap, "," | ", ") && matches!(next, "ltd" | "ltd." | "inc" | "inc." | "llc" | "limited") || gap == "(" || gap == " (" && false
}

/// Runs of Latin letters, digits and signs within names, with a point after short ones.
fn words<'a>(page: &'a Normal<'_>) -> impl Iterator<Item = Span> + 'a {
    let text = page.text();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '&' | '\'' | '-') || matches!(c, '\u{c0}'..='\u{24f}');
            if !(first.is_ascii_alphabetic() || first == '&' || matches!(first, '\u{c0}'..='\u{24f}')) {
                // Digits at the beginning belong to a number, pass all of it.
                let skip: usize = if first.is_ascii_digit() { rest.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum() } else { first.len_utf8() };
                at += skip;
                continue;
            }
            let mut length: usize = rest.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
            let lower = rest.get(..length).unwrap_or("").to_ascii_lowercase();
            if rest.get(length..).is_some_and(|after| after.starts_with('.')) {
                let dotted = matches!(lower.as_str(), "co" | "inc" | "ltd" | "corp" | "mr" | "ms" | "mrs" | "dr" | "prof") || length == 1;
                length += usize::from(dotted);
            }
            let span = Span::new(at, at + length);
            at += length;
            return Some(span);
        }
    })
}

/// A row without the forms of address at its beginning: how long these are.
pub fn has_address(words: &str) -> bool {
    ["Mr", "Ms", "Mrs", "Miss", "Dr", "Prof", "Sir", "Madam"].iter().any(|address| {
        words.strip_prefix(address).is_some_and(|rest| rest.starts_with(['.', ' ']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_names() {
        let page = Normal::of("Contact: Ann Smith, Foo Tooling Inc., or call Bo at Bar Systems Co., Ltd. We are Kalt GmbH & need 3PL space");
        let found: Vec<_> = rows(&page, |_| false).iter().map(|row| (page.cut(row.span).to_owned(), row.legal)).collect();
        assert_eq!(
            found,
            [("Ann Smith", false), ("Foo Tooling Inc.", true), ("Bo", false), ("Bar Systems Co., Ltd.", true), ("Kalt GmbH", true)].map(|(name, legal)| (name.to_owned(), legal))
        );
    }
}
