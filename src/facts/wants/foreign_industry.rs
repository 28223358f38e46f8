//! Industries in English words: `for precision machining`, `we make …`.
//! Chinese words of the trade are found in `industry.rs`.

use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Span};
use crate::facts::wants::divisions::named_in;
use crate::facts::words::lists::List;

/// Where the words of a trade end, beside signs.
static ENDS: List = List::named("english trade ends");
/// Right before a blank and a trade.
static LEADS: List = List::named("leads to english trades");
/// The first words of what is no trade: for the, for lease.
static NO_TRADE: List = List::named("no english trade");
/// Ends of words that are often of a trade: machining, electronics.
static ENDS_OF_TRADES: List = List::named("ends of english trades");

/// What leads to anything, not only to trades.
const FOR: &str = " for ";

/// `for precision machining`, `a trading company`: the first, or the first that the table knows.
pub fn latin(reading: &Reading<'_>, names: &[Span]) -> Option<Span> {
    let mut best: Option<(Span, bool)> = None;
    for (start, is_led_to) in beginnings(reading) {
        let Some(span) = trade_at(reading, start) else { continue };
        let known = is_known(reading, span);
        if (is_led_to || known || looks_like_a_trade(reading.page.lower_cut(span)))
            && !names.iter().any(|name| name.touches(span))
            && !reading.mask.touches(span)
            && best.is_none_or(|(_, sure)| known && !sure)
        {
            best = Some((span, known));
        }
    }
    best.map(|(span, _)| span)
}

/// Where a trade may begin, and whether the words before say that it is one.
fn beginnings(reading: &Reading<'_>) -> impl Iterator<Item = (usize, bool)> {
    let page = &reading.page;
    let behind_for = page.places(FOR).take(6).map(|at| (at + FOR.len(), false));
    let led_to = LEADS.words().iter().flat_map(|lead| {
        let ends = page.places(lead).map(|at| at + lead.len());
        ends.filter(|end| page.char_at(*end) == Some(' ')).take(6).map(|end| (end + 1, true))
    });
    behind_for.chain(led_to)
}

/// At most five words, and not such as `the` or `lease` first.
fn trade_at(reading: &Reading<'_>, start: usize) -> Option<Span> {
    let rest = normal::head(reading.page.lower().get(start..)?, 60);
    let words = rest.get(..end_of(reading, rest))?.trim_end();
    let first = words.split(' ').next()?;
    let other = NO_TRADE.has(first) || first.starts_with(|c: char| c.is_ascii_digit() || !c.is_ascii());
    (!words.is_empty() && !other && words.split(' ').count() <= 5)
        .then(|| Span::new(start, start + words.len()))
}

fn end_of(reading: &Reading<'_>, rest: &str) -> usize {
    let sign = rest.find(['.', ',', ';', '\n', '?', '!', ':']);
    let word = reading.page.among(ENDS.words()).filter_map(|end| rest.find(end)).min();
    sign.into_iter().chain(word).min().unwrap_or(rest.len())
}

/// A whole word of the table is in it.
fn is_known(reading: &Reading<'_>, span: Span) -> bool {
    named_in(reading.page.lower_cut(span))
        .any(|(from, to, _)| reading.page.is_whole(Span::new(span.start + from, span.start + to)))
}

fn looks_like_a_trade(words: &str) -> bool {
    words.split(' ').any(|word| ENDS_OF_TRADES.ends(word))
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
