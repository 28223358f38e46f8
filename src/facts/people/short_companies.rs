//! Companies with a short name: beside the contact or the phone (`甲乙软件 刘女士`), or at the beginning of a
//! sentence (`甲乙家居因退租需要…`). Which company writes is decided in `company.rs`.

use crate::facts::people::brands::{begins_generic, brand_of, has_trade, is_short_name, without_leads};
use crate::facts::people::model::Company;
use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::List;

/// Lines and parts of sentences looked at in one text.
const MAX: usize = 301;
/// The least bytes of a name before what it does: three Chinese characters.
const SHORTEST: usize = 9;

/// Between a company and its contact or phone: labels, which are passed.
static LABELS: List = List::named("labels between a company and a contact");
/// Before a company that somebody says to be of.
static CLAIMS: List = List::named("claims to be a company");
/// At the beginning of a sentence, before the name of the writer's company.
static OPENS: List = List::named("opens before a company");
/// What a company does, right behind its name at the beginning of a sentence.
static ACTS: List = List::named("acts of a company");

/// Right before the name of the company that somebody says.
static CALLED: List = List::named("calls the company by its name");
/// Goods that begin what somebody does and no name.
static NO_BRANDS: List = List::named("goods and no brands");

/// The words right before a piece, and what is between.
struct Token {
    span: Span,
    /// A comma alone is between.
    comma: bool,
    /// A blank, a line or a sign that parts is between.
    separate: bool,
    /// Another line begins between.
    line: bool,
}

/// A short name right before the contact or the phone: `甲乙软件 刘女士`, `甲乙重工 工程部 高工 138…`.
pub fn beside(reading: &Reading<'_>, contact: Option<Span>) -> Option<Company> {
    let by_contact =
        contact.and_then(|anchor| before(reading, anchor, contact, true).or_else(|| behind(reading, anchor)));
    by_contact.or_else(|| before(reading, reading.phones.first()?.span, contact, false))
}

/// The name before an anchor, which is the contact or the phone: departments and titles are passed.
fn before(reading: &Reading<'_>, anchor: Span, contact: Option<Span>, is_contact: bool) -> Option<Company> {
    let mut end = anchor.start;
    for step in 0..4 {
        let token = token_before(&reading.page, end)?;
        let is_contact_itself = || step > 0 && contact.is_some_and(|contact| contact.touches(token.span));
        if !is_passed(reading.page.cut(token.span)) && !is_contact_itself() {
            return company_of(reading, &token, is_contact);
        }
        end = token.span.start;
    }
    None
}

/// The word before a place.
fn token_before(page: &Normal<'_>, end: usize) -> Option<Token> {
    let before = page.before(end, 40);
    let trimmed = before.trim_end_matches([' ', '-', ':', '|', '\n', '·', '/', '(', '~']);
    let gap = before.get(trimmed.len()..).unwrap_or("");
    let comma = trimmed.ends_with([',', '、']) && gap.is_empty();
    let trimmed = if comma { trimmed.trim_end_matches([',', '、', ' ']) } else { trimmed };
    let is_in_name = |c: char| is_han(c) || c.is_ascii_alphanumeric() || c == '&';
    let token = trimmed.rsplit(|c| !is_in_name(c)).next().filter(|token| !token.is_empty())?;
    let own = if CLAIMS.begins(token) { without_leads(token) } else { token };
    let end = end - before.len() + trimmed.len();
    Some(Token {
        span: Span::new(end - own.len(), end),
        comma,
        separate: gap.contains([' ', '\n', '-', '|', '·', '/']),
        line: gap.contains('\n'),
    })
}

/// Whether a word may be between the company and its contact: a label, a department, a title.
fn is_passed(token: &str) -> bool {
    LABELS.has(token) || names::is_department(token) || names::is_title(token)
}

/// The company that the word before the contact or the phone is.
fn company_of(reading: &Reading<'_>, token: &Token, is_contact: bool) -> Option<Company> {
    let words = reading.page.cut(token.span);
    let trade = has_trade(words, 2);
    let glued = !token.separate && !token.comma;
    let is_long_sentence = trade && glued && words.chars().count() > 8;
    let is_named = trade && (!glued || is_contact) || is_contact && is_alone(&reading.page, token);
    (is_named && !is_long_sentence && is_sound(reading, token.span))
        .then_some(Company { span: token.span, confidence: if trade { 0.85 } else { 0.6 } })
}

/// A name without a trade counts only when it is alone before a contact, with a border before it.
fn is_alone(page: &Normal<'_>, token: &Token) -> bool {
    let words = page.cut(token.span);
    let borders = [',', '。', ';', '\n', '|', '!', '?', '/', ' ', ':'];
    token.separate
        && !token.line
        && page.char_before(token.span.start).is_none_or(|c| borders.contains(&c))
        && words.chars().count() >= 3
        && !names::is_full_name(words)
}

/// Whether the word could be a name of its own: no place, no word of the trade at its beginning, no address.
fn is_sound(reading: &Reading<'_>, span: Span) -> bool {
    is_free_name(reading, span) && !begins_with_a_word(reading, span)
}

/// Whether a piece is a short name, no place, and nothing of it is masked.
fn is_free_name(reading: &Reading<'_>, span: Span) -> bool {
    let name = reading.page.cut(span);
    is_short_name(name)
        && !is_only_trade(name)
        && !Gazetteer::get().is_place(name)
        && !reading.mask.touches(span)
}

/// 饰品外贸, 食品机械, 保温杯: what somebody trades or makes, and no name.
fn is_only_trade(name: &str) -> bool {
    let brand = brand_of(name);
    brand.is_empty() || NO_BRANDS.has(brand)
}

/// 刘女士（甲乙软件）, 李工 甲乙涂装 186…: a name right behind the contact.
fn behind(reading: &Reading<'_>, contact: Span) -> Option<Company> {
    let after = reading.page.after(contact.end, 16);
    let inner = after.trim_start_matches([' ', '(', ',', '-', '/']);
    let name = inner.split(|c: char| !is_han(c) && !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let start = contact.end + after.len() - inner.len();
    let span = Span::new(start, start + name.len());
    (start > contact.end && has_trade(name, 2) && is_free_name(reading, span))
        .then_some(Company { span, confidence: 0.75 })
}

/// 公司叫甲乙生物: the name that somebody says.
pub fn called(reading: &Reading<'_>) -> Option<Company> {
    let page = &reading.page;
    page.among(CALLED.words()).find_map(|lead| {
        let behind = page.places(lead).next()? + lead.len();
        // 公司叫“甲乙生物”
        let start =
            behind + page.char_at(behind).filter(|c| matches!(c, '"' | '|' | '“')).map_or(0, char::len_utf8);
        let name = page.from(start).split(|c| !is_han(c)).next().unwrap_or("");
        let span = Span::new(start, start + name.len());
        (has_trade(name, 2) && is_free_name(reading, span)).then_some(Company { span, confidence: 0.88 })
    })
}

/// A name that fills a line (`甲乙传媒` in a signature), or begins a sentence and acts: `甲乙家居因退租需要…`,
/// `我们是甲乙传媒，`.
pub fn opening(reading: &Reading<'_>, contact: Option<Span>) -> Option<Company> {
    let page = &reading.page;
    let mut start = 0;
    let parts = page.text().split(['\n', '。', ',', ';', '!', '|']).take(MAX);
    parts
        .map(|part| {
            let span = Span::new(start, start + part.len());
            start = span.end + page.char_at(span.end).map_or(1, char::len_utf8);
            span
        })
        .filter_map(|part| name_that_opens(page, part))
        .find(|(name, _)| is_opening_name(reading, *name, contact))
        .map(|(span, alone)| Company { span, confidence: if alone { 0.8 } else { 0.65 } })
}

/// The name at the beginning of a part of a sentence, and whether it fills its line.
fn name_that_opens(page: &Normal<'_>, part: Span) -> Option<(Span, bool)> {
    let line = page.cut(part).trim();
    let words = OPENS.words().iter().fold(line, |words, lead| words.strip_prefix(lead).unwrap_or(words));
    let start = page.trim(part).end - words.len();
    let token = words.split(|c| !is_han(c)).next().unwrap_or("");
    let alone = token.len() == line.len() && page.is_line(part);
    let is_all_behind_lead =
        words.len() < line.len() && token.len() == words.len() && page.char_at(part.end).is_some();
    let length = if alone || is_all_behind_lead { token.len() } else { length_before_act(page, token)? };
    Some((Span::new(start, start + length), alone))
}

/// `甲乙家居因退租需要…`: how long the name is before the first word for what it does.
fn length_before_act(page: &Normal<'_>, token: &str) -> Option<usize> {
    page.among(ACTS.words()).filter_map(|act| token.find(act)).filter(|at| *at >= SHORTEST).min()
}

/// Whether the words at the beginning are a company's name: with a trade, no place, nobody's name.
fn is_opening_name(reading: &Reading<'_>, span: Span, contact: Option<Span>) -> bool {
    let name = reading.page.cut(span);
    has_trade(name, 2)
        && is_short_name(name)
        && !Gazetteer::get().is_place(name)
        && !begins_generic(name)
        && contact.is_none_or(|contact| !contact.touches(span))
        && !begins_with_a_word(reading, span)
}

/// Whether a word of the trade begins where the piece does.
fn begins_with_a_word(reading: &Reading<'_>, span: Span) -> bool {
    let words = reading.words.within(span).iter();
    words.filter(|hit| hit.span.start == span.start).any(|hit| !hit.topics.has(Topic::Nothing))
}
