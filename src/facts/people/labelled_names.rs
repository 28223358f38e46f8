//! Contacts behind a label or a word for one: `联系人：周一（项目总监）`, `Name: Lin`, 联系人余主任.
//! Which of several candidates is taken is decided in `contact.rs`.

use crate::facts::form::labels::Field;
use crate::facts::people::around::title_after;
use crate::facts::people::latin;
use crate::facts::people::mixed_names;
use crate::facts::people::model::{Company, Contact};
use crate::facts::people::names::{self, token_of};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// Words for a contact that a name follows without a colon.
static CONTACT_WORDS: List = List::named("words for a contact");
/// What is where a name should be and is none.
static NO_CONTACT: List = List::named("no name of a contact");
/// Words that are none of a name in Latin letters that they end.
static AFTER_LATIN: List = List::named("right behind a latin name");
/// Words at which a name in Latin letters has ended.
static ENDS_LATIN: List = List::named("ends a latin name");

/// `联系人：周一（项目总监）`, `姓名：罗总`, `Name: Lin`.
pub fn find(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let labels = reading.labels.iter().filter(|label| label.field == Field::Contact);
    labels
        .filter_map(|label| in_value(reading, without_company(reading, companies, label.value)))
        .next()
        .or_else(|| reading.page.among(CONTACT_WORDS.words()).find_map(|word| behind_word(reading, word)))
}

/// 联系人 孙经理, 联系人余主任: without a colon.
fn behind_word(reading: &Reading<'_>, word: &str) -> Option<Contact> {
    let page = &reading.page;
    // A blank follows `Contact`.
    let blank = usize::from(word.is_ascii());
    let ends = page.text().match_indices(word).map(|(at, _)| at + word.len());
    let starts = ends.filter(|end| blank == 0 || page.from(*end).starts_with(' ')).map(|end| end + blank);
    starts.take(3).find_map(|start| {
        let value = page.trim(Span::new(start, start + page.after(start, 30).len()));
        if page.char_at(start) == Some(':') || page.cut(value).starts_with(['是', '为']) {
            return None;
        }
        let contact =
            in_value(reading, value).filter(|contact| sounds_like_a_name(page.cut(contact.span)))?;
        Some(Contact { confidence: 0.94, ..contact })
    })
}

/// Without a colon the words must look like a name: 负责人您好 holds none.
fn sounds_like_a_name(name: &str) -> bool {
    !name.starts_with(is_han)
        || names::is_full_name(name)
        || names::short_of(name).is_some()
        || names::is_familiar_beginning(name)
}

/// The name at the beginning of a value, with the title after it or before it.
fn in_value(reading: &Reading<'_>, value: Span) -> Option<Contact> {
    let page = &reading.page;
    let value = up_to_masked(reading, value);
    // 联系：138…（何小姐）
    if reading.mask.end_at(value.start).is_some() {
        return None;
    }
    let value = without_department(page, value);
    let (title, value) = title_and_rest(page, value);
    let words = page.cut(value);
    let name = words.get(..name_end(words)?)?;
    let length = if mixed_names::length_at(name) == Some(name.len()) {
        name.len()
    } else if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        latin_length(name)?
    } else {
        chinese_length(name)?
    };
    let span = Span::new(value.start, value.start + length);
    if NO_CONTACT.has(page.lower_cut(span)) {
        return None;
    }
    Some(Contact { span, confidence: 0.96, title: title.or_else(|| title_after(page, span.end)) })
}

/// The value up to the first masked piece in it.
fn up_to_masked(reading: &Reading<'_>, value: Span) -> Span {
    let mut masked = reading.mask.spans();
    let first = masked.find(|masked| masked.start > value.start && masked.start < value.end);
    reading.page.trim(Span::new(value.start, first.map_or(value.end, |masked| masked.start)))
}

/// 鸿泰茶行 阿坤: the company comes first.
fn without_company(reading: &Reading<'_>, companies: &[Company], value: Span) -> Span {
    let inner = reading.page.trim(value);
    let is_first = |company: &&Company| company.span.start == inner.start && company.span.end < inner.end;
    let Some(company) = companies.iter().find(is_first) else { return value };
    let rest = reading.page.cut(Span::new(company.span.end, inner.end));
    let name = rest.trim_start_matches([' ', ',', '|', '/', '-', '的']);
    Span::new(inner.end - name.len(), inner.end)
}

/// 基金投资部 方一: the department comes first.
fn without_department(page: &Normal<'_>, value: Span) -> Span {
    let department = token_of(page.cut(value))
        .filter(|token| names::is_department(token) && names::address_at(token).is_none());
    department.map_or(value, |department| page.trim(Span::new(value.start + department.len(), value.end)))
}

/// 投资经理 唐一: the title may come first.
fn title_and_rest(page: &Normal<'_>, value: Span) -> (Option<Span>, Span) {
    let words = page.cut(value);
    let Some(first) = names::title_at(words) else { return (None, value) };
    let rest = words.get(first.len()..).unwrap_or("");
    if !rest.starts_with([' ', ':']) && !token_of(rest).is_some_and(is_any_name) {
        return (None, value);
    }
    let title = Span::new(value.start, value.start + first.len());
    let mut rest = page.trim(Span::new(title.end, value.end));
    if page.cut(rest).starts_with(':') {
        rest = page.trim(Span::new(rest.start + 1, rest.end));
    }
    (Some(title), rest)
}

/// A full name, or 小骆.
fn is_any_name(name: &str) -> bool {
    names::is_full_name(name) || names::is_familiar(name) || names::is_pet_name(name)
}

/// Where the name at the beginning ends, if the words begin with one.
fn name_end(words: &str) -> Option<usize> {
    let first = words.chars().next()?;
    // 阿Ken, 梁Sir, Tony哥
    if let Some(length) = mixed_names::length_at(words) {
        return Some(length);
    }
    if is_han(first) {
        // 王一工程部: a name and what follows without a blank.
        let token = token_of(words)?;
        Some(names::short_of(token).unwrap_or(token.len()))
    } else if first.is_ascii_alphabetic() || matches!(first, '\u{c0}'..='\u{24f}') {
        let goes_on = |at: usize, c: char| {
            c.is_alphabetic() && !is_han(c)
                || matches!(c, '\'' | '-' | ' ')
                || c == '.' && is_point_of_name(words, at)
        };
        let end = words.char_indices().find(|(at, c)| !goes_on(*at, *c));
        Some(words.get(..end.map_or(words.len(), |(at, _)| at))?.trim_end().len())
    } else {
        None
    }
}

/// Whether the point belongs to a form of address or an initial: Mr. Klein, J. Smith.
fn is_point_of_name(words: &str, at: usize) -> bool {
    latin::has_address(words.get(..at + 2).unwrap_or(words)) && at < 6 || is_initial(words, at)
}

fn is_initial(words: &str, at: usize) -> bool {
    words.get(..at).is_some_and(|before| {
        let last = before.rsplit(' ').next().unwrap_or("");
        last.len() == 1 && last.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

/// How long a name in Latin letters is without the words behind it; none if it is a sentence.
fn latin_length(name: &str) -> Option<usize> {
    let mut words: Vec<&str> = name.split(' ').collect();
    while words.len() > 1 && words.last().is_some_and(|word| AFTER_LATIN.has(&word.to_ascii_lowercase())) {
        words.pop();
    }
    if let Some(place) = words.iter().position(|word| ENDS_LATIN.has(&word.to_ascii_lowercase())) {
        words.truncate(place);
    }
    let length = words.join(" ").len();
    let is_small = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
    let is_sentence = words.len() > 4 || words.len() > 2 && words.iter().all(is_small);
    (length >= 2 && !is_sentence).then_some(length)
}

/// How long a name in other letters is, if it is no sentence.
fn chinese_length(name: &str) -> Option<usize> {
    let count = name.chars().count();
    (count <= 5 || name.contains('·') && count <= 12).then_some(name.len())
}
