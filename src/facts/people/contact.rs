//! Who is to be called: a labelled name, a surname with its form of address, a name beside the phone.
//! What names look like is in `names.rs`, companies are in `company.rs`.

use crate::facts::form::labels::Field;
use crate::facts::people::addressed;
use crate::facts::people::company::Company;
use crate::facts::people::foreign_names;
use crate::facts::people::latin::{self, Row};
use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::gazetteer::Gazetteer;

/// The contact at its place, and the title if one is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    pub span: Span,
    pub confidence: f64,
    pub title: Option<Span>,
}

/// The contact: of all candidates the surest, the first of equals.
pub fn find(reading: &Reading<'_>, companies: &[Company], rows: &[Row]) -> Option<Contact> {
    let mut best: Option<Contact> = None;
    let mut consider = |candidate: Option<Contact>| {
        if let Some(candidate) = candidate.filter(|candidate| !reading.names_nobody(candidate.span))
            && best.is_none_or(|best| candidate.confidence > best.confidence)
        {
            best = Some(candidate);
        }
    };
    consider(labelled(reading));
    consider(addressed::surname_addressed(&reading.page));
    consider(addressed::addressed(reading, companies));
    consider(bare_name(reading, companies));
    consider(dotted_name(&reading.page));
    consider(foreign_names::latin_name(reading, companies, rows));
    best
}

/// 我叫热娜·买买提江: a name of several parts.
fn dotted_name(page: &Normal<'_>) -> Option<Contact> {
    ["我叫", "我是", "联系人", "联系", "找"].iter().find_map(|lead| {
        let start = page.places(lead).next()? + lead.len();
        let name = token_of(page.from(start)).filter(|name| name.contains('·'))?;
        let count = name.chars().count();
        (4..=12).contains(&count).then(|| Contact {
            span: Span::new(start, start + name.len()),
            confidence: 0.93,
            title: None,
        })
    })
}

/// `联系人：周一（项目总监）`, `姓名：罗总`, `Name: Lin`.
fn labelled(reading: &Reading<'_>) -> Option<Contact> {
    let page = &reading.page;
    for label in reading.labels.iter().filter(|label| label.field == Field::Contact) {
        if let Some(contact) = in_value(reading, label.value) {
            return Some(contact);
        }
    }
    // 联系人 孙经理, 联系人余主任: without a colon.
    for word in page.among(&["联系人", "联络人", "对接人", "负责人", "Contact ", "Contact person "])
    {
        for (at, _) in page.text().match_indices(word).take(3) {
            let start = at + word.len();
            let value = page.trim(Span::new(start, start + page.after(start, 30).len()));
            if page.char_at(start) == Some(':') || page.cut(value).starts_with(['是', '为']) {
                continue;
            }
            // Without a colon the words must look like a name: 负责人您好 holds none.
            let sounds = |name: &str| {
                !name.starts_with(is_han)
                    || names::is_full_name(name)
                    || addressed::short_of(name).is_some()
                    || name.starts_with(['小', '老', '阿'])
            };
            if let Some(contact) = in_value(reading, value).filter(|contact| sounds(page.cut(contact.span))) {
                return Some(Contact { confidence: 0.94, ..contact });
            }
        }
    }
    None
}

/// The name at the beginning of a value, with the title after it or before it.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn in_value(reading: &Reading<'_>, value: Span) -> Option<Contact> {
    let page = &reading.page;
    let first_masked =
        reading.mask.spans().find(|masked| masked.start > value.start && masked.start < value.end);
    let mut value = page.trim(Span::new(value.start, first_masked.map_or(value.end, |masked| masked.start)));
    if reading.mask.end_at(value.start).is_some() {
        // 联系：138…（何小姐）
        return None;
    }
    let mut title = None;
    // 基金投资部 方一: the department comes first.
    if let Some(department) = token_of(page.cut(value))
        .filter(|token| names::is_department(token) && names::address_at(token).is_none())
    {
        value = page.trim(Span::new(value.start + department.len(), value.end));
    }
    let words = page.cut(value);
    // 投资经理 唐一: the title may come first.
    if let Some(first) = names::title_at(words) {
        let rest = words.get(first.len()..).unwrap_or("");
        if rest.starts_with([' ', ':']) || token_of(rest).is_some_and(names::is_full_name) {
            title = Some(Span::new(value.start, value.start + first.len()));
            value = page.trim(Span::new(value.start + first.len(), value.end));
            if page.cut(value).starts_with(':') {
                value = page.trim(Span::new(value.start + 1, value.end));
            }
        }
    }
    let words = page.cut(value);
    let first = words.chars().next()?;
    let end = if is_han(first) {
        let token = token_of(words)?;
        // 王一工程部: a name and what follows without a blank.
        match addressed::short_of(token) {
            Some(end) => end,
            None => token.len(),
        }
    } else if first.is_ascii_alphabetic() || matches!(first, '\u{c0}'..='\u{24f}') {
        let end = words
            .char_indices()
            .find(|(at, c)| {
                !(c.is_alphabetic() && !is_han(*c)
                    || matches!(c, '\'' | '-' | ' ')
                    || *c == '.' && latin::has_address(words.get(..at + 2).unwrap_or(words)) && *at < 6
                    || *c == '.' && initial(words, *at))
            })
            .map_or(words.len(), |(at, _)| at);
        words.get(..end)?.trim_end().len()
    } else {
        return None;
    };
    let name = words.get(..end)?;
    let mut span = Span::new(value.start, value.start + end);
    let count = name.chars().count();
    let refused = [
        "先生", "女士", "经理", "无", "匿名", "保密", "不愿", "电话", "手机", "微信", "同上", "本人", "方式",
        "我们", "email", "phone", "me", "us", "person", "at", "via", "by", "info",
    ];
    if first.is_ascii_alphabetic() {
        let mut words: Vec<&str> = name.split(' ').collect();
        while words.len() > 1
            && words.last().is_some_and(|word| {
                matches!(
                    word.to_ascii_lowercase().as_str(),
                    "at" | "on"
                        | "tel"
                        | "phone"
                        | "mobile"
                        | "email"
                        | "or"
                        | "via"
                        | "from"
                        | "and"
                        | "of"
                        | "wechat"
                        | "whatsapp"
                        | "mob"
                        | "m"
                        | "t"
                )
            })
        {
            words.pop();
        }
        if let Some(place) = words.iter().position(|word| {
            matches!(
                word.to_ascii_lowercase().as_str(),
                "from" | "at" | "tel" | "of" | "on" | "or" | "mobile" | "phone" | "email"
            )
        }) {
            words.truncate(place);
        }
        let length = words.join(" ").len();
        if words.len() > 4
            || length < 2
            || words.iter().all(|word| word.starts_with(|c: char| c.is_ascii_lowercase())) && words.len() > 2
        {
            return None;
        }
        span.end = span.start + length;
    } else if count > 5 && !name.contains('·') || count > 12 {
        return None;
    }
    if refused.contains(&page.lower_cut(span)) {
        return None;
    }
    let title = title.or_else(|| title_after(page, span.end));
    Some(Contact { span, confidence: 0.96, title })
}

fn initial(words: &str, at: usize) -> bool {
    words.get(..at).is_some_and(|before| {
        let last = before.rsplit(' ').next().unwrap_or("");
        last.len() == 1 && last.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

/// The run of Chinese characters (and ·) at the beginning.
pub fn token_of(words: &str) -> Option<&str> {
    let length: usize = words.chars().take_while(|c| is_han(*c) || *c == '·').map(char::len_utf8).sum();
    words.get(..length).filter(|token| !token.is_empty())
}

/// The characters between two pieces.
pub fn gap(page: &Normal<'_>, a: Span, b: Span) -> usize {
    let (from, to) = if a.end <= b.start { (a.end, b.start) } else { (b.end, a.start) };
    if to.saturating_sub(from) > 120 {
        return usize::MAX;
    }
    page.text().get(from..to).map_or(usize::MAX, |between| {
        between.chars().filter(|c| !matches!(c, ' ' | ':' | ',' | '(' | ')')).count()
    })
}

/// A title right after a name: `（采购总监）`, ` 副总经理`.
pub fn title_after(page: &Normal<'_>, at: usize) -> Option<Span> {
    let after = page.after(at, 16);
    let inner = after.trim_start_matches([' ', '(', ',', '-', '/', '|', '\n']);
    let start = at + after.len() - inner.len();
    let title = names::title_at(inner)?;
    (inner.len() < after.len() && title.chars().count() > 2
        || inner.len() < after.len()
            && inner.get(title.len()..).is_some_and(|rest| !rest.starts_with(is_han)))
    .then(|| Span::new(start, start + title.len()))
}

/// A full Chinese name alone beside a phone, a title or a department: `林小北 电话…`, `汪一（采购总监）138…`.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn bare_name(reading: &Reading<'_>, companies: &[Company]) -> Option<Contact> {
    let page = &reading.page;
    let mut best: Option<Contact> = None;
    let mut looked = 0;
    let mut at = 0;
    while let Some(offset) = page.from(at).find(is_han) {
        let start = at + offset;
        let run: usize = page.from(start).chars().take_while(|c| is_han(*c)).map(char::len_utf8).sum();
        let end = start + run;
        at = end;
        looked += 1;
        if looked > 400 {
            break;
        }
        let words = page.text().get(start..end).unwrap_or("");
        let (name_start, introduced) =
            ["我是", "我叫", "联系", "找", "本人", "叫", "联系人", "请找", "来电人"]
                .iter()
                .find_map(|lead| words.strip_prefix(lead))
                .filter(|rest| names::is_full_name(rest) || name_before_title(rest).is_some())
                .map(|rest| (end - rest.len(), true))
                .or_else(|| name_at_end(words).map(|name| (end - name.len(), true)))
                .unwrap_or((start, false));
        let name = page.text().get(name_start..end).unwrap_or("");
        let (name_end, title) = match name_before_title(name) {
            Some(length) => (name_start + length, Some(Span::new(name_start + length, end))),
            None => (end, title_after(page, end)),
        };
        let span = Span::new(name_start, name_end);
        // 13800001234王小北, 工程部王小北
        let counted = reading.quantities.iter().any(|quantity| quantity.span.touches(span));
        if counted
            || reading.names_nobody(span)
            || !names::is_full_name(page.cut(span))
            || Gazetteer::get().is_place(page.cut(span))
            || companies.iter().any(|company| company.span.touches(span))
            || reading.words.within(span).iter().any(|hit| {
                !hit.topics.has(crate::facts::words::lexicon::Topic::Nothing)
                    && hit.span.end - hit.span.start > 3
            })
        {
            continue;
        }
        let near = reading
            .phones
            .iter()
            .map(|phone| gap(page, span, phone.span))
            .chain(
                reading
                    .mask
                    .of_code(crate::facts::text::mask::Code::Email)
                    .map(|email| gap(page, span, email)),
            )
            .min()
            .unwrap_or(usize::MAX);
        let near = match near {
            0 => 0.28,
            1..=4 => 0.25,
            5..=9 => 0.18,
            10..=30 if title.is_some() => 0.18,
            _ => 0.0,
        };
        let begins_line = page.char_before(start).is_some_and(|c| c == '\n');
        let alone_in_line = begins_line && page.char_at(end).is_none_or(|c| c == '\n');
        let signs = begins_line && title_after(page, end).is_some();
        let before = page.before(span.start, 10).trim_end();
        let after_department = before.ends_with('部') || names::title_before(before).is_some();
        let score = near
            + if title.is_some() { 0.1 } else { 0.0 }
            + if introduced { 0.15 } else { 0.0 }
            + if after_department { 0.12 } else { 0.0 }
            + if alone_in_line || signs { 0.16 } else { 0.0 };
        if score < 0.15 {
            continue;
        }
        let title = title.or_else(|| {
            let title = names::title_before(before)?;
            let end = span.start - (page.before(span.start, 10).len() - before.len());
            Some(Span::new(end - title.len(), end))
        });
        let confidence = 0.58 + score;
        if best.is_none_or(|best| confidence > best.confidence) {
            best = Some(Contact { span, confidence: f64::min(confidence, 0.92), title });
        }
    }
    best
}

/// 老板叫王小北, 某某公司的业务经理王小北: the name that ends a longer run.
fn name_at_end(words: &str) -> Option<&str> {
    let called = words.rsplit_once('叫').map(|(_, name)| name).filter(|name| names::is_full_name(name));
    called.or_else(|| {
        [3, 2].into_iter().map(|length| crate::facts::text::normal::tail(words, length)).find(|name| {
            let before = words.strip_suffix(name).unwrap_or("");
            names::is_full_name(name)
                && !name.contains('的')
                && (before.ends_with("公司的")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(text: &str) -> Option<String> {
        let reading = Reading::of(text);
        let rows = latin::rows(&reading.page, |_| false);
        let companies = crate::facts::people::company::full_names(&reading, &rows);
        find(&reading, &companies, &rows).map(|contact| reading.page.written(contact.span))
    }

    #[test]
    fn who_is_to_be_called() {
        for (text, expected) in [
            ("联系人：王小北；手机号：13800001234", Some("王小北")),
            ("联系人 孙经理 手机13800001234", Some("孙经理")),
            ("联系人余主任，027-80000009", Some("余主任")),
            ("我姓陈 电话13800001234", Some("陈")),
            ("免贵姓欧阳", Some("欧阳")),
            ("总价800万，王总 13800001234", Some("王总")),
            ("项目经理催得急，小宋 13800001234", Some("小宋")),
            ("投资部 林小北 电话0512-60000009", Some("林小北")),
            ("汪小北（采购总监）13800001234", Some("汪小北")),
            ("Contact: Ann Smith, Foo Inc., +1 202-555-0143.", Some("Ann Smith")),
            ("Tel 138-0000-1234 (Mr Gu)", Some("Mr Gu")),
            ("联系人：Mr. Klein（项目总监）", Some("Mr. Klein")),
            ("Agents welcome. Leo 13800001234", Some("Leo")),
            ("建议安排张经理回访", None),
            ("厂房加工，员工50人", None),
        ] {
            assert_eq!(contact(text).as_deref(), expected, "{text}");
        }
    }
}
