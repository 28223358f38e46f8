//! Contacts by a full Chinese name without an address: `林小北 电话…`, `汪一（采购总监）138…`, 我是王小北.
//! Which of several candidates is taken is decided in `contact.rs`.

use crate::facts::people::around::{
    gap, is_apart, is_before_account, is_last, is_on_our_side, title_after, to_nearest,
};
use crate::facts::people::model::{Company, Contact};
use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Normal, Span, is_han};
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::List;
use crate::facts::words::segments;

/// Runs of characters looked at in one text.
const MAX: usize = 400;

/// Right before a full name.
static BEFORE_NAMES: List = List::named("before a full name");
/// Between a company and the name that ends its run: 某某公司的王小北.
static OF_A_COMPANY: List = List::named("of a company before a name");

/// What ends the words for goods.
static GOODS_ENDS: List = List::named("ends of goods");

/// A name at its place in a run of Chinese characters.
struct Named {
    /// The whole run.
    run: Span,
    span: Span,
    /// A word that leads to a name is before it.
    introduced: bool,
    /// Behind it.
    title: Option<Span>,
}

/// A full Chinese name alone beside a phone, a title or a department: `林小北 电话…`, `汪一（采购总监）138…`.
pub fn find(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    runs(&reading.page)
        .take(MAX)
        .flat_map(|run| beside_phone(reading, run))
        .map(|run| name_in(&reading.page, run))
        .filter(|name| is_free(reading, companies, name.span))
        .filter_map(|name| contact_of(reading, &name))
        .map(|next| Contact { confidence: f64::min(next.confidence, 0.92), ..next })
        .fold(None, Contact::surer)
}

/// The runs of Chinese characters.
fn runs(page: &Normal<'_>) -> impl Iterator<Item = Span> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + page.from(at).find(is_han)?;
        let length: usize = page.from(start).chars().take_while(|c| is_han(*c)).map(char::len_utf8).sum();
        at = start + length;
        Some(Span::new(start, at))
    })
}

/// 我叫王小北一三八…: a number in Chinese digits parts the run.
fn beside_phone(reading: &Reading<'_>, run: Span) -> impl Iterator<Item = Span> + use<> {
    let mut phones = reading.phones.iter().map(|phone| phone.span);
    let phone = phones.find(|phone| phone.touches(run));
    let before = Span::new(run.start, phone.map_or(run.end, |phone| phone.start.max(run.start)));
    let after = phone.map(|phone| Span::new(phone.end.min(run.end), run.end));
    [Some(before), after].into_iter().flatten().filter(|part| part.start < part.end)
}

/// What would be the name in a run: behind a word that leads to it, before its title.
fn name_in(page: &Normal<'_>, run: Span) -> Named {
    let words = page.cut(run);
    let led = name_behind_lead(words).or_else(|| name_at_end(words));
    let name = led.unwrap_or(words);
    let start = run.end - name.len();
    let (end, title) = match name_before_title(name) {
        Some(length) => (start + length, Some(Span::new(start + length, run.end))),
        None => (run.end, title_after(page, run.end)),
    };
    Named { run, span: Span::new(start, end), introduced: led.is_some(), title }
}

/// 我是王小北, 联系王小北采购总监.
fn name_behind_lead(words: &str) -> Option<&str> {
    let mut behind = BEFORE_NAMES.words().iter().filter_map(|lead| words.strip_prefix(lead));
    behind.find(|rest| names::is_full_name(rest) || name_before_title(rest).is_some())
}

/// 老板叫王小北, 某某公司的业务经理王小北: the name that ends a longer run.
fn name_at_end(words: &str) -> Option<&str> {
    let called = words.rsplit_once('叫').map(|(_, name)| name).filter(|name| names::is_full_name(name));
    called.or_else(|| {
        [3, 2].into_iter().map(|length| normal::tail(words, length)).find(|name| {
            let before = words.strip_suffix(name).unwrap_or("");
            names::is_full_name(name)
                && !name.contains('的')
                && (OF_A_COMPANY.ends(before)
                    || before.chars().count() > 3 && names::title_before(before).is_some())
        })
    })
}

/// `王小北采购总监`: where the name ends.
fn name_before_title(words: &str) -> Option<usize> {
    let borders: Vec<usize> = words.char_indices().map(|(at, _)| at).take(6).collect();
    borders.into_iter().skip(2).find(|at| {
        words.get(*at..).is_some_and(names::is_title) && words.get(..*at).is_some_and(names::is_full_name)
    })
}

/// Whether the words are a full name and say nothing else: no place, no company, no word of the trade.
fn is_free(reading: &Reading<'_>, companies: &[Company], span: Span) -> bool {
    let name = reading.page.cut(span);
    // 13800001234王小北, 工程部王小北
    !reading.quantities.iter().any(|quantity| quantity.span.touches(span))
        && !reading.names_nobody(span)
        && names::is_full_name(name)
        && !Gazetteer::get().is_place(name)
        && !companies.iter().any(|company| company.span.touches(span))
        && !holds_a_word(reading, span)
        && !is_goods(name)
}

/// 黄酒, 路由器: an ordinary word for what is made or stored, which begins like a surname.
fn is_goods(name: &str) -> bool {
    GOODS_ENDS.ends(name) && segments::is_word(name)
}

/// Whether a word of the trade of two or more characters begins in it.
fn holds_a_word(reading: &Reading<'_>, span: Span) -> bool {
    let words = reading.words.within(span).iter();
    words.filter(|hit| !hit.topics.has(Topic::Nothing)).any(|hit| hit.span.end - hit.span.start > 3)
}

/// The contact that the name is, if enough around it says so.
fn contact_of(reading: &Reading<'_>, name: &Named) -> Option<Contact> {
    let page = &reading.page;
    let around = page.before(name.span.start, 10);
    let before = around.trim_end();
    let title_before = names::title_before(before);
    let after_department = before.ends_with('部') || title_before.is_some();
    let score = nearness(reading, name)
        + if name.title.is_some() { 0.1 } else { 0.0 }
        + if name.introduced { 0.15 } else { 0.0 }
        + if after_department { 0.12 } else { 0.0 }
        + if signs(page, name.run) { 0.16 } else { 0.0 }
        + if closes(reading, name) { 0.18 } else { 0.0 };
    let title = name.title.or_else(|| {
        let end = name.span.start - (around.len() - before.len());
        Some(Span::new(end - title_before?.len(), end))
    });
    (score >= 0.15).then_some(Contact { span: name.span, confidence: 0.58 + score, title })
}

/// Whether the name alone ends the text, or is right before an account: no word of the dictionary.
fn closes(reading: &Reading<'_>, name: &Named) -> bool {
    let page = &reading.page;
    name.run == name.span
        && is_apart(page, name.span)
        && (is_last(page, name.span) || is_before_account(page, name.span))
        && !segments::is_word(page.cut(name.span))
        && !segments::is_word(normal::tail(page.cut(name.span), 2))
        && !reading.asks_for_no_person(name.span)
        && !is_on_our_side(page, name.span)
}

/// How near to a phone or an address of mail: 0 to 0.28.
fn nearness(reading: &Reading<'_>, name: &Named) -> f64 {
    match to_nearest(reading, |way| gap(&reading.page, name.span, way)) {
        0 => 0.28,
        1..=4 => 0.25,
        5..=9 => 0.18,
        10..=30 if name.title.is_some() => 0.18,
        _ => 0.0,
    }
}

/// Whether the run is a line of its own, or begins one and a title follows.
fn signs(page: &Normal<'_>, run: Span) -> bool {
    page.char_before(run.start).is_some_and(|c| c == '\n')
        && (page.char_at(run.end).is_none_or(|c| c == '\n')
            || title_after(page, run.end).is_some()
            || is_before_department(page, run.end))
}

/// `白露 | 采购部` in a signature: the department fills the rest of the line.
fn is_before_department(page: &Normal<'_>, at: usize) -> bool {
    let line = page.after(at, 16).split('\n').next().unwrap_or("");
    let department = line.trim_start_matches([' ', '|', '/', '-', '·']);
    department.len() < line.len() && names::is_department(department.trim_end())
}
