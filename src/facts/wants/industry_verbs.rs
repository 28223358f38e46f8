//! The trade that follows a verb of doing: `做注塑的`, `主营锂电池结构件`.
//! Other ways to say it are read in `industry.rs`, which asks here.

use std::sync::LazyLock;

use crate::facts::reading::Reading;
use crate::facts::text::normal::{Span, is_han};
use crate::facts::wants::divisions::named_in;
use crate::facts::wants::model::{Need, Object};
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::lists::{List, listed};

/// Verbs that the industry follows.
static VERB: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("industry verbs").map(|word| (word, ()))));
/// What may follow a verb without being an industry.
static NO_INDUSTRY: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("no industry").map(|word| (word, ()))));
/// What the words of an industry end before.
static ENDS: List = List::named("industry ends");
/// Verbs that count only where a warehouse is wanted.
static VERBS_OF_STORING: List = List::named("verbs of storing");
/// Verbs that may be the end of a trade themselves: 食品加工.
static VERBS_BEHIND_A_TRADE: List = List::named("verbs behind a trade");
/// Verbs that need a known trade behind them.
static VERBS_OF_BUILDING: List = List::named("verbs of building");
/// Right before 做: what follows is no trade.
static NOT_OF_A_TRADE: List = List::named("not of a trade");

/// What the verbs begin with.
const FIRST: [char; 25] = [
    '储', '卖', '摆', '装', '组', '只', '批', '转', '主', '从', '生', '制', '加', '经', '专', '是', '做',
    '用', '搞', '建', '投', '放', '存', '堆', '囤',
];
/// Before 生产, 加工 …: a verb follows, no trade ends.
const BEFORE_A_VERB: [char; 15] =
    ['要', '司', '我', '们', '于', '事', '为', '是', '厂', '家', '专', '来', '业', '用', '想'];
/// Places of verbs looked at in one text.
const MAX: usize = 60;

/// `做注塑的`, `主营锂电池结构件`, `放服装的`: the trade that most speaks for, the first of equals.
pub fn after_verb(reading: &Reading<'_>, need: Option<&Need>, names: &[Span]) -> Option<Span> {
    let stores = need.and_then(|need| need.object) == Some(Object::Warehouse);
    let mut best: Option<(Span, i32)> = None;
    let chars = reading.page.text().char_indices().filter(|(_, c)| FIRST.contains(c));
    for (at, _) in chars.take(MAX) {
        let Some((verb, span)) = verb_and_trade(reading, at, stores) else { continue };
        if names.iter().any(|name| name.touches(Span::new(at, span.end)))
            || is_no_trade(reading, verb, at, span)
        {
            continue;
        }
        let score = score(reading, verb, at, span);
        if score >= 2 && best.is_none_or(|(_, most)| score > most) {
            best = Some((span, score));
        }
    }
    best.map(|(span, _)| span)
}

/// The verb that begins at a byte, and the words behind it.
fn verb_and_trade(reading: &Reading<'_>, at: usize, stores: bool) -> Option<(&'static str, Span)> {
    let rest = reading.page.after(at, 24);
    let (verb, ()) = VERB.at_beginning(rest, |_| true)?;
    if VERBS_OF_STORING.has(verb) && !stores {
        return None;
    }
    let after = rest.get(verb.len()..)?;
    let trade = after.trim_start_matches([':', ' ', '一', '些', '的']);
    Some((verb, phrase(reading, at + rest.len() - trade.len())?))
}

/// Too short, begins like something else, or the verb does not say what they do.
fn is_no_trade(reading: &Reading<'_>, verb: &str, at: usize, span: Span) -> bool {
    let words = reading.page.cut(span);
    let before = reading.page.before(at, 2);
    words.chars().count() < 2
        || NO_INDUSTRY.at_beginning(words, |_| true).is_some()
        || is_end_of_a_trade(verb, before)
        || before.ends_with(['叫', '看'])
        || (verb == "做" || before.ends_with(['不', '别', '非'])) && NOT_OF_A_TRADE.ends(before)
}

/// 食品加工园: the words before 加工 and 生产 belong to the trade.
fn is_end_of_a_trade(verb: &str, before: &str) -> bool {
    let before = before.chars().next_back();
    VERBS_BEHIND_A_TRADE.has(verb) && before.is_some_and(|c| is_han(c) && !BEFORE_A_VERB.contains(&c))
}

/// How much speaks for a trade: a known one most; 能做喷涂, 可做P2 are demands.
fn score(reading: &Reading<'_>, verb: &str, at: usize, span: Span) -> i32 {
    let before = reading.page.char_before(at);
    let of_the_verb = match (verb, before) {
        ("做", Some('可' | '以')) => 0,
        ("做", Some('能')) => 1,
        _ if VERBS_OF_BUILDING.has(verb) => 0,
        _ => 3,
    };
    let is_known = named_in(reading.page.cut(span)).next().is_some();
    of_the_verb + if is_known { 4 } else { 0 }
}

/// The words from a place on up to where the trade ends.
fn phrase(reading: &Reading<'_>, start: usize) -> Option<Span> {
    let rest = reading.page.after(start, 20);
    let stop = rest
        .char_indices()
        .find(|(at, c)| {
            !(is_han(*c) || c.is_ascii_alphanumeric() || matches!(c, '+' | '-') || *c == '、' && *at > 0)
        })
        .map_or(rest.len(), |(at, _)| at);
    let words = rest.get(..stop)?;
    let words = words.get(..end_of(reading, words))?.trim_end_matches(['、', '-', '+', '和', '及', '与']);
    let digits = words.find(|c: char| c.is_ascii_digit()).filter(|at| *at > 3).unwrap_or(words.len());
    let words = words.get(..digits)?;
    (!words.is_empty()).then(|| Span::new(start, start + words.len()))
}

/// Where a word begins, behind the first character, that the trade ends before.
fn end_of(reading: &Reading<'_>, words: &str) -> usize {
    let from = 3.min(words.len());
    let later = words.get(from..).unwrap_or("");
    let ends = reading.page.among(ENDS.words()).filter_map(|end| Some(later.find(end)? + from));
    ends.filter(|at| *at >= 4).min().unwrap_or(words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_follows_its_verb() {
        for (text, expected) in [
            ("租2000平厂房做注塑的要能过环评", Some("注塑")),
            ("主营锂电池结构件。", Some("锂电池结构件")),
            ("厂房可做喷漆房", None),
            ("放服装的", None),
        ] {
            let reading = Reading::of(text);
            let trade = after_verb(&reading, None, &[]);
            assert_eq!(trade.map(|span| reading.page.cut(span)), expected, "{text}");
        }
    }
}
