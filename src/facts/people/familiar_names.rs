//! Contacts by a familiar name: 小宋, 老李, 阿坤, 芳姐, beside a phone, behind a word or a title that leads to
//! one, at the end of the text. Names with a form of address are found in `addressed.rs`.

use crate::facts::people::around::{is_apart, is_before_account, is_last, is_on_our_side};
use crate::facts::people::model::{Company, Contact};
use crate::facts::people::names::{self, is_familiar, is_pet_name, token_of};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Normal, Span, is_han};
use crate::facts::words::lists::List;

/// Right before a familiar name: 找老楼, 叫我小宋.
static BEFORE_FAMILIAR: List = List::named("before a familiar name");
/// Between a familiar name and the phone.
static BEFORE_PHONE: List = List::named("between a name and the phone");
/// Surnames that are a word where they are alone.
static NO_LONE: List = List::named("no lone surnames");
/// At the beginning of a sentence in which the writer says whose they are.
static SAYS_WHOSE: List = List::named("says of which people somebody is");
/// Familiar names that are words: 我是开厂的小白.
static LIKE_WORDS: List = List::named("familiar names like words");
/// Right behind a name where it ends in a sentence without signs.
static BEHIND_NAME: List = List::named("behind a name in one breath");

/// Candidates looked at in one text.
const MAX: usize = 60;

/// The surest of the familiar names.
pub fn find(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let page = &reading.page;
    let phones = || reading.phones.iter().take(3).map(|phone| phone.span);
    let of_companies = |contact: &Contact| companies.iter().any(|company| company.span.touches(contact.span));
    phones()
        .filter_map(|phone| before_phone(page, phone))
        .chain(phones().filter_map(|phone| behind_phone(page, phone)))
        .chain(BEFORE_FAMILIAR.words().iter().flat_map(|lead| behind(page, lead)))
        .chain(by_place(reading))
        .chain(whose(page))
        .filter(|contact| !of_companies(contact) && !reading.names_nobody(contact.span))
        .fold(None, Contact::surer)
}

/// 找老楼, 叫我小宋: after such a word.
fn behind(page: &Normal<'_>, lead: &'static str) -> impl Iterator<Item = Contact> {
    page.places(lead).take(5).filter_map(move |at| {
        let start = at + lead.len();
        let span = Span::new(start, start + page.after(start, 2).len());
        let name = page.cut(span);
        let ends = !page.char_at(span.end).is_some_and(is_han) || BEHIND_NAME.begins(page.from(span.end));
        let is_name = is_familiar(name) || is_pet_name(name) && !page.char_at(span.end).is_some_and(is_han);
        (is_name && ends && !(lead.ends_with('的') && LIKE_WORDS.has(name)))
            .then(|| Contact::untitled(span, 0.84))
    })
}

/// 我是之前加过您的小周: the writer says whose they are.
fn whose(page: &Normal<'_>) -> impl Iterator<Item = Contact> {
    page.among(SAYS_WHOSE.words()).filter_map(move |lead| {
        let start = page.places(lead).next()? + lead.len();
        let run = token_of(page.after(start, 24))?;
        let ends = run.len() < page.after(start, 24).len() || page.from(start).len() == run.len();
        let name = normal::tail(run, 2);
        let is_whose = run.strip_suffix(name).is_some_and(|before| before.ends_with('的'));
        let span = Span::new(start + run.len() - name.len(), start + run.len());
        (ends && is_whose && !LIKE_WORDS.has(name) && (is_familiar(name) || is_pet_name(name)))
            .then(|| Contact::untitled(span, 0.84))
    })
}

/// 139…（老陈）, 136… 葛, 136…葛: right behind the phone, at the end.
fn behind_phone(page: &Normal<'_>, phone: Span) -> Option<Contact> {
    let after = page.after(phone.end, 8);
    let rest = after.trim_start_matches([' ', ',', '(', '-', '/']);
    let name = token_of(rest).unwrap_or("");
    let behind = rest.get(name.len()..)?;
    let is_lone = name.chars().count() == 1
        && names::surname_length(name) == 1
        && (rest.len() < after.len() || !NO_LONE.has(name))
        && page.from(phone.end).trim().len() <= name.len() + 3;
    let start = phone.end + after.len() - rest.len();
    let is_name = is_familiar(name) || is_pet_name(name) || is_lone;
    (!behind.starts_with(|c: char| c.is_ascii_alphanumeric()) && is_name)
        .then(|| Contact::untitled(Span::new(start, start + name.len()), 0.82))
}

/// 小宋 139…, 老李 139…, 阿坤139…: only beside the phone.
fn before_phone(page: &Normal<'_>, phone: Span) -> Option<Contact> {
    let before = page.before(phone.start, 12);
    let trimmed = before.trim_end_matches([' ', ',', ':', '(', '-', '~', '☎', '/']);
    let labels = BEFORE_PHONE.words().iter();
    let trimmed = labels.fold(trimmed, |rest, label| rest.strip_suffix(label).unwrap_or(rest)).trim_end();
    let name = normal::tail(trimmed, 2);
    let start = phone.start - before.len() + trimmed.len() - name.len();
    let is_apart = is_border_before_two(trimmed);
    (is_familiar(name) && (name.starts_with('小') || is_apart) || is_pet_name(name) && is_apart)
        .then(|| Contact::untitled(Span::new(start, start + name.len()), 0.85))
}

/// Whether no word goes on into the last two characters.
fn is_border_before_two(words: &str) -> bool {
    normal::tail(words, 3)
        .chars()
        .next()
        .is_none_or(|c| !is_han(c) || matches!(c, '系' | '找' | '搵' | '是' | '叫' | '打' | '部' | '的'))
        || words.chars().count() < 3
}

/// HR小宁, 行政小骆; `小鹿 微信 …`; `老侯` at the end.
fn by_place(reading: &Reading<'_>) -> impl Iterator<Item = Contact> {
    let page = &reading.page;
    let starts = page.text().match_indices(['小', '老', '阿']).map(|(at, _)| at);
    starts.take(MAX).filter_map(move |start| {
        let span = Span::new(start, start + page.after(start, 2).len());
        let name = page.cut(span);
        if !is_familiar(name) && !is_pet_name(name) || page.char_at(span.end).is_some_and(is_han) {
            return None;
        }
        if let Some(title) = title_of(page, span) {
            return Some(Contact { span, confidence: 0.84, title: Some(title) });
        }
        let is_placed = is_last(page, span) || is_before_account(page, span);
        (is_apart(page, span)
            && is_placed
            && !is_on_our_side(page, span)
            && !reading.asks_for_no_person(span))
        .then(|| Contact::untitled(span, 0.8))
    })
}

/// The title right before a name.
fn title_of(page: &Normal<'_>, name: Span) -> Option<Span> {
    let window = page.before(name.start, 12);
    let before = window.trim_end_matches([' ', ':']);
    let title = names::title_before(before)?;
    let end = name.start - (window.len() - before.len());
    Some(Span::new(end - title.len(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn familiar_names_by_their_place() {
        for (text, expected) in [
            ("求租昆山厂房2000平。老裘", Some("老裘")),
            ("办公室100平 动漫 小雯", Some("小雯")),
            ("想要个工作间，小鹿 微信 deer_0102", Some("小鹿")),
            ("HR小宁，办公室200平，0512-60000009", Some("小宁")),
            ("甲乙公司行政小骆 0512-60000009", Some("小骆")),
            ("阿坤 13800001234 要仓库", Some("阿坤")),
            ("仓库两亩，联系13800001234尤", Some("尤")),
            ("仓库500平，13800001234（小雯）", Some("小雯")),
            ("芳姐 13800001234", Some("芳姐")),
            ("我是昨天加您的小李 想看厂房", Some("小李")),
            ("我是做外贸的小公司", None),
            ("我是开厂的小白，不懂流程", None),
            ("厂房不要太老旧，最好在小区", None),
            ("要带小院 13800001234", None),
            ("做的是小家电 13800001234", None),
            ("设备 老旧 也行", None),
            ("货车进不来，路太小", None),
            ("地方：小镇", None),
            ("租金13800001234元", None),
        ] {
            let reading = Reading::of(text);
            let name = find(&reading, &[]).map(|contact| reading.page.written(contact.span));
            assert_eq!(name.as_deref(), expected, "{text}");
        }
    }
}
