//! Which company writes: a labelled one, a full registered name, a short one beside the contact or the phone.
//! Full names are found in `full_companies.rs`, short ones in `short_companies.rs`; people in `contact.rs`.

use crate::facts::form::labels::Field;
use crate::facts::people::latin::Row;
use crate::facts::people::model::Company;
use crate::facts::people::{foreign_companies, full_companies, short_companies};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::lists::List;

/// What is written under a label for the company by who has none.
static NO_COMPANY: List = List::named("says that there is no company");
/// Right before the name of the writer's company.
static INTRODUCES: List = List::named("introduces the company of the writer");

/// At the beginning of a part, before the name of the writer's company in quotation marks.
static QUOTES: List = List::named("names a company in quotation marks");
/// Right before such a name, behind 我们是.
static BEFORE_QUOTES: List = List::named("before a company in quotation marks");

/// The company that writes. `contact`: the place of the contact.
pub fn find(reading: &Reading<'_>, full: &[Company], rows: &[Row], contact: Option<Span>) -> Option<Company> {
    let is_writer =
        |company: &&Company| company.confidence > 0.0 && is_named_as_writer(reading, company.span, contact);
    // 每月三千以内, and what a label asks for that is no company.
    let is_no_amount = |company: &Company| {
        !reading.quantities.iter().any(|quantity| quantity.whole.touches(company.span))
            && !reading.asks_for_no_person(company.span)
    };
    labelled(reading, full)
        .or_else(|| full.iter().find(|company| company.confidence > 0.8).copied())
        .or_else(|| short_companies::called(reading).filter(is_no_amount))
        .or_else(|| short_companies::beside(reading, contact).filter(is_no_amount))
        .or_else(|| full.iter().find(is_writer).copied())
        .or_else(|| short_companies::opening(reading, contact).filter(is_no_amount))
        .or_else(|| foreign_companies::latin_beside(reading, rows, contact))
}

/// The company that is the value of a label.
fn labelled(reading: &Reading<'_>, full: &[Company]) -> Option<Company> {
    let page = &reading.page;
    let value = reading.labelled(Field::Company)?;
    let span = value_of(page, value);
    if let Some(company) = full.iter().find(|company| value.holds(company.span)) {
        // An Phu Trading Co., Ltd: all of a value in Latin letters is the name.
        let is_all = page.cut(span).is_ascii() && span.end == company.span.end;
        return Some(Company { span: if is_all { span } else { company.span }, confidence: 0.98 });
    }
    let words = page.cut(span);
    let is_name = !NO_COMPANY.has(words) && (2..=60).contains(&words.chars().count());
    is_name.then_some(Company { span, confidence: 0.9 })
}

/// A labelled value up to a comma, or to a blank between Chinese words.
fn value_of(page: &Normal<'_>, value: Span) -> Span {
    let words = page.cut(value);
    let end = words.char_indices().find(|(at, c)| ends_value(words, *at, *c));
    page.trim(Span::new(value.start, value.start + end.map_or(words.len(), |(at, _)| at)))
}

/// Whether the name of a labelled value ends at this character.
fn ends_value(words: &str, at: usize, c: char) -> bool {
    let before = words.get(..at).and_then(|before| before.chars().next_back());
    let is_behind_chinese = || before.is_some_and(|c| is_han(c) || c == ')');
    let is_before_word = || {
        let next = words.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_some_and(|c| is_han(c) || c.is_ascii_digit())
    };
    match c {
        ';' | '。' | '|' => true,
        ',' => is_behind_chinese(),
        ' ' => is_behind_chinese() && is_before_word(),
        _ => false,
    }
}

/// Whether a name without its legal form is where the writer's would be: behind 我是, or right before contact
/// or phone, or alone in its line.
fn is_named_as_writer(reading: &Reading<'_>, span: Span, contact: Option<Span>) -> bool {
    let page = &reading.page;
    let mut anchors = contact.into_iter().chain(reading.phones.iter().map(|phone| phone.span));
    INTRODUCES.ends(page.before(span.start, 4))
        || anchors.any(|anchor| is_soon_before(page, span, anchor))
        || page.is_line(span)
        || opens_text(page, span)
        || is_quoted_by_writer(page, span)
}

/// Whether the name goes before the contact or the phone in the same sentence.
fn is_soon_before(page: &Normal<'_>, name: Span, anchor: Span) -> bool {
    let gap = page.text().get(name.end..anchor.start);
    gap.is_some_and(|gap| gap.chars().count() <= 12 && !gap.contains(['。', ';']))
}

/// Whether the name begins the text and a blank, a colon or what it does follows: `永泰药材行 亳州…`.
fn opens_text(page: &Normal<'_>, span: Span) -> bool {
    let acts = ['求', '找', '想', '要', '需', '拟', '租', '因', '现'];
    page.from(0).get(..span.start).is_some_and(|before| before.trim().is_empty())
        && page
            .char_at(span.end)
            .is_some_and(|c| matches!(c, ' ' | ':' | ',' | '|' | '/') || acts.contains(&c))
}

/// 我们是一间设计工作室「木石间工作室」: the name in quotation marks of a part that speaks of the writer.
fn is_quoted_by_writer(page: &Normal<'_>, span: Span) -> bool {
    let before = page.before(span.start, 24);
    let part = before.rsplit([',', '。', ';', '\n', '!', '?']).next().unwrap_or("").trim_start();
    let words = part.get(..part.len() - part.chars().next_back().map_or(0, char::len_utf8)).unwrap_or("");
    let is_called = QUOTES.has(words) || INTRODUCES.begins(words) && BEFORE_QUOTES.ends(words);
    is_called && full_companies::is_quoted(page, span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::people::{full_companies, latin};

    #[test]
    fn the_company_that_writes() {
        for (text, expected) in [
            ("恒丰五金商行｜仓库｜300平｜义乌", Some("恒丰五金商行")),
            ("王记豆腐厂：找厂房300平", Some("王记豆腐厂")),
            ("我们是一家画室『松间工作室』，找房子", Some("松间工作室")),
            ("做陶瓷的，叫“松间工作室”，要100平", Some("松间工作室")),
            ("我们想找“松间工作室”附近的房子", None),
            ("我们是从“松间工作室”搬出来的", None),
            ("隔壁是“松间工作室”，吵不吵", None),
            ("五金商贸行 仓库 300平", None),
            ("隔壁厂要搬了，我也想换地方", None),
            ("儿童摄影工作室求租80平", None),
        ] {
            let reading = Reading::of(text);
            let rows = latin::rows(&reading.page, |_| false);
            let full = full_companies::find(&reading, &rows);
            let company = find(&reading, &full, &rows, None);
            assert_eq!(
                company.map(|company| reading.page.written(company.span)).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
