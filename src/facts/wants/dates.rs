//! When somebody wants to move in or begin to produce: 3月1日前入驻, 2026年一季度投产.
//! Years of a lease are read in `tenure.rs`.

use crate::facts::model::findings::Findings;
use crate::facts::text::normal::Normal;
use crate::facts::words::lists::List;

/// Behind a date: somebody moves in then, or the present lease ends.
static MOVE_IN: List = List::named("behind dates of moving in");
/// Behind a date: production begins then.
static PRODUCTION: List = List::named("behind dates of production");
/// Before a blank and a date of moving in, in English.
static LEADS: List = List::named("before dates of moving in");

/// Writes the dates.
pub fn put(page: &Normal<'_>, found: &mut Findings) {
    for (list, name) in [(&MOVE_IN, "move_in"), (&PRODUCTION, "production_start")] {
        for word in list.words() {
            if let Some(date) = page.places(word).next().and_then(|at| date_before(page, at)) {
                found.extra(name, date);
            }
        }
    }
    for lead in LEADS.words() {
        let mut ends = page.places(lead).map(|at| at + lead.len());
        let end = ends.find(|end| page.char_at(*end) == Some(' '));
        if let Some(date) = end.and_then(|end| date_behind(page, end + 1)) {
            found.extra("move_in", date);
        }
    }
}

/// The date right before a byte: a month, a year, a quarter, a week.
fn date_before(page: &Normal<'_>, at: usize) -> Option<String> {
    let before = page.before(at, 16);
    let start = before.find(begins_date).unwrap_or(before.len());
    let part = before.rsplit([',', '。', ';', ' ', '\n', '约']).next().unwrap_or("");
    let words = if part.len() < before.len() - start { part } else { before.get(start..).unwrap_or("") };
    let words = words.trim_start_matches(|c: char| !begins_date(c));
    (words.contains(['月', '年', '季', '周']) && words.chars().count() >= 2)
        .then(|| words.trim_end_matches(['底', '能', '可', '要', '就']).to_owned())
}

/// 2026, 明年, 下半年, 三月
fn begins_date(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(
            c,
            '明' | '今' | '下' | '年' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十'
        )
}

/// The words from a byte on: `Q2 2026`.
fn date_behind(page: &Normal<'_>, start: usize) -> Option<String> {
    let words: String =
        page.after(start, 16).chars().take_while(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned())
}
