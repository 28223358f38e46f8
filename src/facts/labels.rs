//! Labelled parts of a text: `公司：…`, `Tel: …`, the lines of a form.
//! What the value of a label means is decided by the fact's own file.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::lists::listed;
use super::normal::{Normal, Span};

/// A label and its value, as they stand in the text, both without blanks at the ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    pub label: &'a str,
    pub value: &'a str,
}

/// What a label asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Need,
    Usage,
    Tax,
    Company,
    Contact,
    Phone,
    Email,
    Wechat,
    Region,
    Area,
    Land,
    Budget,
    Other,
}

/// A label in the plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    pub field: Field,
    /// The words before the colon, with a unit in brackets.
    pub name: Span,
    pub value: Span,
}

static NAMES: LazyLock<FxHashMap<&str, Field>> = LazyLock::new(|| {
    let lists = [
        (Field::Need, "label need"),
        (Field::Usage, "label usage"),
        (Field::Tax, "label tax"),
        (Field::Company, "label company"),
        (Field::Contact, "label contact"),
        (Field::Phone, "label phone"),
        (Field::Email, "label email"),
        (Field::Wechat, "label wechat"),
        (Field::Region, "label region"),
        (Field::Area, "label area"),
        (Field::Land, "label land"),
        (Field::Budget, "label budget"),
        (Field::Other, "label other"),
    ];
    lists.into_iter().rev().flat_map(|(field, list)| listed(list).map(move |name| (name, field))).collect()
});

/// What a label's name asks for, after small letters, without blanks at the ends and without a unit in brackets.
fn field_of(name: &str) -> Option<Field> {
    let lower = name.to_ascii_lowercase();
    let bare = lower.split('(').next().unwrap_or("").trim();
    let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '、' | '*' | '-' | ' ' | '#'));
    let bare = bare.trim_start_matches("您的").trim_start_matches("请填写").trim_start_matches("your ").trim();
    if let Some(field) = NAMES.get(bare) {
        return Some(*field);
    }
    // 预计年缴税, 企业全称, 联络电话: a short label is known by a word in it.
    let short =
        (2..=8).contains(&bare.chars().count()) && bare.chars().all(super::normal::is_han) && !bare.contains(['是', '的', '我', '们', '要', '想', '做', '有']);
    if !short {
        return None;
    }
    let rough: &[(Field, &[&str])] = &[
        (Field::Tax, &["税收", "缴税", "纳税", "税额"]),
        (Field::Phone, &["电话", "手机", "联系方式"]),
        (Field::Contact, &["联系人", "称呼", "姓名", "业务联系", "采购联系", "商务联系", "项目联系", "工程联系", "经办", "对接", "接洽"]),
        (Field::Company, &["公司名", "企业名", "单位名", "全称", "公司全"]),
        (Field::Region, &["区域", "地区", "地点", "城市", "选址", "位置"]),
        (Field::Usage, &["行业", "主营", "用途", "产品"]),
        (Field::Budget, &["预算", "租金"]),
        (Field::Area, &["建筑面积", "面积"]),
        (Field::Wechat, &["微信"]),
        (Field::Email, &["邮箱"]),
        (Field::Need, &["需求", "意向类型", "类型"]),
    ];
    rough.iter().find(|(_, words)| words.iter().any(|word| bare.contains(word))).map(|(field, _)| *field)
}

/// More labels than these are noise.
const MAX: usize = 100;
/// The longest label.
const LONGEST: usize = 18;

/// The labels of a text with their values.
pub fn find(page: &Normal<'_>) -> Vec<Label> {
    let text = page.text();
    let mut names: Vec<(Field, Span, usize)> = Vec::new();
    for (colon, _) in text.match_indices(':') {
        if names.len() >= MAX {
            break;
        }
        let before = page.before(colon, LONGEST).trim_end();
        let end = colon - (page.before(colon, LONGEST).len() - before.len());
        let wide = before.char_indices().rev().find(|(at, c)| ends_label(*c) && !in_brackets(before, *at)).map_or(0, |(at, c)| at + c.len_utf8());
        // `need` and `annual tax` may hold a blank, Chinese labels none: the longest that is known counts.
        let mut starts: Vec<usize> = vec![wide];
        starts.extend(before.char_indices().filter(|(at, c)| *at > wide && matches!(c, ' ' | '/') && !in_brackets(before, *at)).map(|(at, _)| at + 1));
        let found = starts.into_iter().find_map(|start| {
            let name = before.get(start..)?;
            field_of(name).map(|field| (field, Span::new(end - before.len() + start, end)))
        });
        if let Some((field, name)) = found {
            names.push((field, page.trim(name), colon + 1));
        }
    }
    let mut labels = Vec::with_capacity(names.len());
    for (place, (field, name, value)) in names.iter().enumerate() {
        let limit = names.get(place + 1).map_or(text.len(), |(_, next, _)| next.start);
        labels.push(Label { field: *field, name: *name, value: value_span(page, *value, limit) });
    }
    labels
}

fn ends_label(c: char) -> bool {
    matches!(c, ',' | ';' | '。' | '\n' | '、' | '|' | ':' | '!' | '?' | ']' | '[' | '~')
}

fn in_brackets(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.rfind('(').is_some_and(|open| before.rfind(')').is_none_or(|close| close < open)))
        && text.get(at..).is_some_and(|rest| rest.contains(')'))
}

/// From the colon to the end of the line or to the next label, without the signs between.
fn value_span(page: &Normal<'_>, start: usize, limit: usize) -> Span {
    let words = page.text().get(start..limit.max(start)).unwrap_or("");
    let first = start + (words.len() - words.trim_start_matches([' ', '\n']).len());
    // A value on the line below its label is one only if a label's line follows it, too; it is left out here.
    let words = page.text().get(start..limit.max(start)).unwrap_or("");
    let line = words.split('\n').next().unwrap_or("");
    let value = page.trim(Span::new(start, start + line.len()));
    let words = page.cut(value).trim_end_matches([' ', ';', ',', '。', '/', '、', '|', '\n']);
    if words.is_empty() {
        return Span::new(value.start.min(first), value.start.min(first));
    }
    Span::new(value.start, value.start + words.len())
}

/// The labelled parts of a text, verbatim.
pub fn labelled_parts(text: &str) -> Vec<Part<'_>> {
    let page = Normal::of(text);
    let words = |span: Span| {
        let (start, end) = page.in_source(span);
        super::normal::between(text, start, end).trim()
    };
    find(&page)
        .into_iter()
        .map(|label| Part { label: words(label.name), value: words(label.value) })
        .filter(|part| !part.label.is_empty() && !part.value.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(&str, &str)> {
        labelled_parts(text).into_iter().map(|part| (part.label, part.value)).collect()
    }

    #[test]
    fn a_form_in_one_line() {
        let text = "需求：厂房，3000平；用途：注塑；税收：300万；公司：甲乙机械（苏州）有限公司；联系人：王一；手机号：138 0000 1234";
        assert_eq!(
            parts(text),
            [
                ("需求", "厂房，3000平"),
                ("用途", "注塑"),
                ("税收", "300万"),
                ("公司", "甲乙机械（苏州）有限公司"),
                ("联系人", "王一"),
                ("手机号", "138 0000 1234")
            ]
        );
    }

    #[test]
    fn blanks_slashes_and_lines() {
        assert_eq!(parts("求租 面积：２５００㎡ 地区：宁波"), [("面积", "２５００㎡"), ("地区", "宁波")]);
        assert_eq!(parts("Name: Lin / 公司: 甲乙 / Tel: (86)13800001234"), [("Name", "Lin"), ("公司", "甲乙"), ("Tel", "(86)13800001234")]);
        assert_eq!(parts("税收(万元)：300\n层高：8\n谢谢"), [("税收(万元)", "300"), ("层高", "8")]);
        assert_eq!(parts("10:32 随便：什么"), []);
        assert_eq!(parts("：："), []);
    }
}
