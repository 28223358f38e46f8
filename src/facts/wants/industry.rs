//! What is made, stored or traded: the words of the text, and the division of GB/T 4754 if the words name
//! one. What follows a verb is read in `industry_verbs.rs`, English in `foreign_industry.rs`.

use crate::facts::form::labels::Field;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::wants::bare_trades::bare;
use crate::facts::wants::divisions::{code_of, named_in};
use crate::facts::wants::foreign_industry;
use crate::facts::wants::industry_verbs::after_verb;
use crate::facts::wants::model::Need;
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Begins the value of a label and is not of the trade; taken off one after the other.
static LEADS_TO_A_USE: List = List::named("leads to a use");
/// Ends the value of a label and is not of the trade; taken off one after the other.
static BEHIND_A_USE: List = List::named("behind a use");
/// As the value of a label these say nothing of a trade.
static NO_TRADE_ALONE: List = List::named("no trade alone");
/// Right behind a known trade, in the order in which they are looked for.
static FOLLOWS_A_TRADE: List = List::named("follows a trade");
/// Begins what follows a trade and is part of the trade: 加工园.
static BELONGS_TO_A_TRADE: List = List::named("belongs to a trade");
/// May begin the words of a trade and is not of it.
static LEADS_TO_A_TRADE: List = List::named("leads to a trade");
/// Within words that are no trade, whatever else is in them.
static NO_PART_OF_A_TRADE: List = List::named("no part of a trade");
/// Trades that too often are something else.
static VAGUE_TRADES: List = List::named("vague trades");
/// Right before a trade that is denied: 不搞印染.
static DENIED: List = List::named("denied trades");
/// Right behind a trade that only describes what it is.
static DESCRIBED_BY_A_TRADE: List = List::named("described by a trade");

/// Writes industry and industry_code. `names`: companies and contacts, whose words do not count.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, names: &[Span], found: &mut Findings) {
    if matches!(
        need.map(|need| need.kind),
        Some(NeedKind::Spam | NeedKind::Supply | NeedKind::AssetInvestment)
    ) {
        return;
    }
    let page = &reading.page;
    let span = labelled(reading)
        .map(|span| (span, 0.95))
        .or_else(|| after_verb(reading, need, names).map(|span| (span, 0.85)))
        .or_else(|| before_use(reading, names).map(|span| (span, 0.8)))
        .or_else(|| foreign_industry::latin(reading, names).map(|span| (span, 0.8)))
        .or_else(|| bare(reading, names).map(|span| (span, 0.75)))
        .or_else(|| known(reading, names).map(|span| (span, 0.6)));
    let Some((span, confidence)) = span else { return };
    let words = page.written(span);
    if words.trim().is_empty() || words.chars().count() > 60 {
        return;
    }
    if let Some(code) = code_of(page.cut(span)) {
        found.put(page, Member::IndustryCode, code, span, confidence * 0.8);
    }
    found.put(page, Member::Industry, words, span, confidence);
}

/// `用途：汽车零部件机加工，需要10吨行车`: the first piece of the value.
fn labelled(reading: &Reading<'_>) -> Option<Span> {
    let page = &reading.page;
    let piece = first_piece(page, reading.labelled(Field::Usage)?);
    let piece = without_ends(page, without_leads(page, piece));
    let words = page.cut(piece);
    let says = !words.is_empty() && words.chars().count() <= 40 && !NO_TRADE_ALONE.has(words);
    says.then_some(piece)
}

/// Up to a comma; of a Chinese value up to a blank.
fn first_piece(page: &Normal<'_>, value: Span) -> Span {
    let words = page.cut(value);
    let chinese = words.chars().next().is_some_and(is_han);
    let end = words
        .char_indices()
        .find(|(_, c)| matches!(c, ',' | '。' | ';' | '(' | '\n' | '+') || chinese && matches!(c, ' ' | '|'))
        .map_or(words.len(), |(at, _)| at);
    page.trim(Span::new(value.start, value.start + end))
}

fn without_leads(page: &Normal<'_>, mut piece: Span) -> Span {
    for lead in LEADS_TO_A_USE.words() {
        if let Some(rest) = page.cut(piece).strip_prefix(lead).filter(|rest| rest.chars().count() >= 2) {
            piece.start = piece.end - rest.len();
        }
    }
    piece
}

fn without_ends(page: &Normal<'_>, mut piece: Span) -> Span {
    for end in BEHIND_A_USE.words() {
        if let Some(rest) = page.cut(piece).strip_suffix(end).filter(|rest| rest.chars().count() >= 2) {
            piece.end = piece.start + rest.len();
        }
    }
    piece
}

/// `食品配送用`, `快递分拨用`, `建食品加工园`, `跨境电商的贸易公司`.
fn before_use(reading: &Reading<'_>, names: &[Span]) -> Option<Span> {
    // 用 counts at the end of a piece only.
    let used = ["用,", "用。", "用;", "用 "].into_iter().chain(FOLLOWS_A_TRADE.words().iter().copied());
    used.flat_map(|word| {
        let own = BELONGS_TO_A_TRADE.beginning_of(word).map_or(0, str::len);
        reading.page.places(word).take(5).map(move |at| at + own)
    })
    .find_map(|end| trade_before(reading, end, names))
}

/// The words with a known trade in them that end at a byte.
fn trade_before(reading: &Reading<'_>, end: usize, names: &[Span]) -> Option<Span> {
    let before = reading.page.before(end, 12);
    let start = before
        .char_indices()
        .rev()
        .find(|(_, c)| !(is_han(*c) || c.is_ascii_alphanumeric()))
        .map_or(0, |(at, c)| at + c.len_utf8());
    let words = before.get(start..)?.trim_start_matches(['做', '建', '放', '给', '供', '作']);
    let words = words.strip_prefix(LEADS_TO_A_TRADE.beginning_of(words).unwrap_or("")).unwrap_or(words);
    let span = Span::new(end - words.len(), end);
    let is_a_trade =
        named_in(words).next().is_some() && words.chars().count() <= 8 && !NO_PART_OF_A_TRADE.is_in(words);
    (is_a_trade && !is_of_a_name(reading, span, names)).then_some(span)
}

/// A word of the table anywhere in a text, outside of names.
fn known(reading: &Reading<'_>, names: &[Span]) -> Option<Span> {
    let mut named = named_in(reading.page.text()).take(60).map(|(from, to, _)| Span::new(from, to));
    named.find(|span| {
        let words = reading.page.cut(*span);
        !VAGUE_TRADES.has(words)
            && reading.page.is_whole(*span)
            && !is_said_of_the_place(reading, *span)
            && !is_of_a_name(reading, *span, names)
            && !Gazetteer::get().is_place(words)
            && !comes_with_the_place(reading, *span)
            && !DENIED.ends(reading.page.before(span.start, 3))
            && !DESCRIBED_BY_A_TRADE.begins(reading.page.from(span.end))
    })
}

/// A word that speaks of the inquiry begins with it or reaches into it: 仓储, 物流园.
fn is_said_of_the_place(reading: &Reading<'_>, span: Span) -> bool {
    let speaks = |hit: &&Hit| !hit.topics.has(Topic::Nothing);
    let mut within = reading.words.within(span).iter().filter(speaks);
    let mut before = reading.words.all().iter().take(400).filter(speaks);
    within.any(|hit| hit.span.start == span.start)
        || before.any(|hit| hit.span.start < span.start && hit.span.end > span.start)
}

fn is_of_a_name(reading: &Reading<'_>, span: Span, names: &[Span]) -> bool {
    names.iter().any(|name| name.touches(span)) || reading.mask.touches(span)
}

/// 带食堂: what the place shall have.
fn comes_with_the_place(reading: &Reading<'_>, span: Span) -> bool {
    let before = reading.page.char_before(span.start);
    matches!(before, Some('带' | '配' | '含' | '有' | '另' | '备' | '送'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::wants::need;

    fn industry(text: &str) -> Option<String> {
        let reading = Reading::of(text);
        let need = need::find(&reading, &[]);
        let mut found = Findings::default();
        put(&reading, need.as_ref(), &[], &mut found);
        found.into_facts(text, "1").words(Member::Industry).map(str::to_owned)
    }

    #[test]
    fn the_words_of_the_trade() {
        for (text, expected) in [
            ("用途：模具加工（含电火花）", Some("模具加工")),
            ("租2000平厂房做注塑的要能过环评", Some("注塑")),
            ("主营锂电池结构件。", Some("锂电池结构件")),
            ("找仓库 放服装的 要带月台", Some("服装")),
            ("仓库2万方，快递分拨用，租期5年", Some("快递分拨")),
            ("space in Suzhou for precision machining.", Some("precision machining")),
            ("求租厂房2000平", None),
        ] {
            assert_eq!(industry(text).as_deref(), expected, "{text}");
        }
    }
}
