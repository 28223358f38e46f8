//! Contacts by a surname with its form of address (王经理, 马哥) or alone (我姓陈).
//! Which of several candidates is taken is decided in `contact.rs`.

use crate::facts::people::around::{gap, is_on_our_side, title_after, to_nearest};
use crate::facts::people::model::{Company, Contact};
use crate::facts::people::names::{self, token_of};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Normal, Span, is_han};
use crate::facts::words::lists::List;
use crate::facts::words::segments::is_word;

/// Candidates looked at in one text.
const MAX: usize = 60;

/// Before a surname alone that a phone follows: 联系人楚139….
static BEFORE_LONE: List = List::named("before a lone surname");
/// Surnames that are a word where they are alone.
static NO_LONE: List = List::named("no lone surnames");
/// Before 姓 where somebody says their own surname.
static SAYS_SURNAME: List = List::named("says the own surname");
/// Words that only look like a surname with a form of address.
static ORDINARY: List = List::named("ordinary words like an addressed surname");
/// Those of them that people are called where nothing is around them.
static CALLED_ALONE: List = List::named("addressed surname where it is alone");
/// What ends with 工 and names a sort of work, or ends with a job that is nobody's address.
static WORK: List = List::named("work and no address");
/// Before a name that is the writer's or whom to call.
static INTRODUCES: List = List::named("introduces a person");

/// Before a surname with 生.
static BEFORE_MISTER: List = List::named("before a cantonese mister");

/// Surnames with a form of address: 王经理, 马哥, 王一先生. The one beside a phone counts most.
pub fn addressed(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let phones = reading.phones.iter().take(3).map(|phone| phone.span);
    with_address(reading, companies)
        .into_iter()
        .chain(phones.filter_map(|phone| lone_surname(reading, phone)))
        .fold(None, Contact::surer)
}

/// 我姓陈, 老板姓许, 免贵姓欧阳.
pub fn surname_addressed(page: &Normal<'_>) -> Option<Contact> {
    page.text().match_indices('姓').take(20).find_map(|(at, _)| {
        let start = at + '姓'.len_utf8();
        let rest = page.from(start);
        if rest.starts_with(['名', '氏']) || page.before(at, 1) == "贵" && page.before(at, 2) != "免贵" {
            return None;
        }
        let every = says_own_surname(page, at, rest) || is_one_character(page, at, rest);
        let length = names::surname_length(rest).max(usize::from(every));
        let surname: usize = rest.chars().take(length).map(char::len_utf8).sum();
        (length > 0).then(|| Contact::untitled(Span::new(start, start + surname), 0.93))
    })
}

/// 业主胡生, 搵陈生: 生 at a border is a form of address behind such a word only.
pub fn cantonese_mister(page: &Normal<'_>) -> Option<Contact> {
    page.among(BEFORE_MISTER.words()).find_map(|lead| {
        page.places(lead).take(5).find_map(|at| {
            let start = at + lead.len();
            let name = page.after(start, 2);
            let surname = name.strip_suffix('生')?;
            let is_name = surname.chars().all(names::is_surname) && !is_word(name);
            let ends = !page.char_at(start + name.len()).is_some_and(char::is_alphabetic);
            (is_name && ends).then(|| Contact::untitled(Span::new(start, start + name.len()), 0.86))
        })
    })
}

/// Behind 我姓 every character is a surname.
fn says_own_surname(page: &Normal<'_>, at: usize, rest: &str) -> bool {
    rest.starts_with(is_han) && SAYS_SURNAME.ends(page.before(at, 2))
}

/// 对方姓眭，: so it is when nothing but the one character follows.
fn is_one_character(page: &Normal<'_>, at: usize, rest: &str) -> bool {
    rest.starts_with(is_han)
        && rest.chars().nth(1).is_none_or(|c| !is_han(c))
        && !page.before(at, 1).contains(['百', '同', '贵', '复'])
}

/// The surest of the surnames with a form of address.
fn with_address(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let page = &reading.page;
    let mut best: Option<Contact> = None;
    let mut looked = 0;
    let mut passed = 0;
    for (at, c) in page.text().char_indices() {
        if at < passed || !is_han(c) || names::surname_length(page.from(at)) == 0 {
            continue;
        }
        let run = token_of(page.after(at, 9)).unwrap_or("");
        let Some(end) = names::short_of(run) else { continue };
        looked += 1;
        if looked > MAX {
            break;
        }
        let span = Span::new(at, at + end);
        if is_nobody(page, span)
            || ends_another_word(page, span)
            || reading.names_nobody(span)
            || companies.iter().any(|company| company.span.touches(span))
        {
            continue;
        }
        passed = span.end;
        let confidence = 0.6 + nearness(reading, span);
        if best.is_none_or(|best| confidence > best.confidence) {
            best = Some(Contact { span, confidence, title: title_after(page, span.end) });
        }
    }
    best
}

/// 安全主任, 我和王经理: the surname is the end of a word, or 和 between two people.
fn ends_another_word(page: &Normal<'_>, span: Span) -> bool {
    let before = page.before(span.start, 1);
    let surname = normal::head(page.cut(span), 1);
    before.starts_with(is_han) && (matches!(surname, "和" | "与") || is_word(&format!("{before}{surname}")))
}

/// Words that only look like a surname with a form of address, and people on our side.
fn is_nobody(page: &Normal<'_>, span: Span) -> bool {
    let name = page.cut(span);
    is_ordinary(page, span)
        || names_no_person(name)
        || is_on_our_side(page, span)
        || WORK.ends(name)
        || is_sort_of_work(page, span)
}

/// Whether a word is written like the name, and it is no name for being alone: 高总, 金总 are people there.
fn is_ordinary(page: &Normal<'_>, span: Span) -> bool {
    let name = page.cut(span);
    let is_alone =
        !page.char_before(span.start).is_some_and(is_han) && !page.char_at(span.end).is_some_and(is_han);
    (ORDINARY.has(normal::head(name, 2)) || ORDINARY.has(name)) && !(is_alone && CALLED_ALONE.has(name))
}

/// Whether the given name is an ordinary word, or no name at all.
fn names_no_person(name: &str) -> bool {
    name.chars().count() > 2 && names::begins_ordinary(name) || name.contains('的')
}

/// Whether 工 ends a longer word: 熟练工 is work, 找李工 is a person.
fn is_sort_of_work(page: &Normal<'_>, span: Span) -> bool {
    let leads = ['系', '找', '是', '叫', '部', '人', '装', '械', '技', '子', '料', '件', '密'];
    page.cut(span).ends_with('工')
        && page.char_before(span.start).is_some_and(|c| is_han(c) && !leads.contains(&c))
}

/// How near to a phone, an address of mail or a telling word: 0 to 0.33.
fn nearness(reading: &Reading<'_>, span: Span) -> f64 {
    let page = &reading.page;
    let before = page.before(span.start, 6).trim_end_matches([' ', ':', ',']);
    let by_phone = match to_nearest(reading, |way| gap(page, span, way)) {
        0..=3 => 0.3,
        4..=10 => 0.25,
        11..=24 => 0.15,
        _ => 0.0,
    };
    let at_end: f64 = if page.from(span.end).trim().is_empty() { 0.1 } else { 0.0 };
    let introduced: f64 = if INTRODUCES.ends(before) { 0.2 } else { 0.0 };
    f64::max(by_phone, f64::max(introduced, at_end)) + f64::min(introduced, 0.03)
}

/// ，蒲 139…, 联系人楚139…: a surname alone, right before a phone.
fn lone_surname(reading: &Reading<'_>, phone: Span) -> Option<Contact> {
    let page = &reading.page;
    let before = page.before(phone.start, 8).trim_end_matches([' ', ':', ',']);
    let end = phone.start - (page.before(phone.start, 8).len() - before.len());
    let run = before.rsplit(|c| !is_han(c)).next().unwrap_or_default();
    let led = BEFORE_LONE.words().iter().find_map(|lead| run.strip_prefix(lead));
    let name = led.unwrap_or(run);
    let count = name.chars().count();
    let is_alone = run.len() < before.len() || end == run.len();
    let span = Span::new(end - name.len(), end);
    let is_counted = reading.quantities.iter().any(|quantity| quantity.whole.touches(span));
    // 打 139… 和 138…: a word that a surname is written like.
    let is_word = led.is_none() && NO_LONE.has(name);
    (count > 0 && count == names::surname_length(name) && is_alone && !is_counted && !is_word)
        .then(|| Contact::untitled(span, 0.82))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surname_alone() {
        let page = Normal::of("免贵姓佘");
        assert_eq!(surname_addressed(&page).map(|contact| page.cut(contact.span)), Some("佘"));
        assert_eq!(surname_addressed(&Normal::of("您贵姓？姓名在哪填")), None);
    }

    #[test]
    fn a_surname_that_ends_another_word_is_nobody_s() {
        for (text, expected) in [
            ("我和王经理一起去看", Some("王经理")),
            ("找于经理", Some("于经理")),
            ("老总和书记都来看过", None),
            ("安全主任要求丙类", None),
            ("我和同学一起做", None),
        ] {
            let reading = Reading::of(text);
            let contact = with_address(&reading, &[]);
            assert_eq!(contact.map(|contact| reading.page.cut(contact.span)), expected, "{text}");
        }
    }
}
