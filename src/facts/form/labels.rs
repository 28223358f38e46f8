//! Labelled parts of a text: `公司：…`, `Tel: …`, the lines of a form.
//! What the value of a label means is decided by the fact's own file.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::facts::measures::numerals;
use crate::facts::measures::per;
use crate::facts::measures::quantity::NamedUnit;
use crate::facts::measures::units::{self, Unit};
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::lists::{List, listed};

/// A label and its value, as they are written in the text, both without blanks at the ends.
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
    /// Where they are now: no wish.
    Present,
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
    /// The whole name is known; else only a word in it, beside which somebody may be named (王经理电话).
    pub is_known: bool,
}

impl Label {
    /// The digits that the value begins with, where the label asks for others than those of a phone.
    pub fn other_digits(&self, page: &Normal<'_>) -> Option<Span> {
        let asks_for_an_amount =
            matches!(self.field, Field::Tax | Field::Area | Field::Land | Field::Budget | Field::Present);
        let is_other =
            asks_for_an_amount || self.field == Field::Other && names_other_digits(page.lower_cut(self.name));
        let value = page.cut(self.value);
        let length = value.len()
            - value.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | '-')).len();
        (is_other && length > 0).then(|| Span::new(self.value.start, self.value.start + length))
    }

    /// The unit in brackets at the end of its name: `面积（㎡）`, `Budget (RMB/sqm/month)`.
    pub fn unit(&self, page: &Normal<'_>) -> Option<NamedUnit> {
        unit_in(page, self.name)
    }
}

/// Within the name of a label: the digits of its value are no phone. The first are no phone in running text
/// either, the others are amounts and codes there.
static NO_PHONE: List = List::named("no phone");
static OTHER_DIGITS: List = List::named("labels of other digits");
/// In the brackets of a label before its unit: 单位.
static BEFORE_UNIT: List = List::named("before the unit of a label");

fn unit_in(page: &Normal<'_>, name: Span) -> Option<NamedUnit> {
    let words = page.lower_cut(name);
    let close = words.trim_end_matches([' ', '*', '|']).strip_suffix(')')?;
    let inside = Span::new(name.start + close.rfind('(')? + 1, name.start + close.len());
    let start = past_lead(page, inside);
    let (unit, at) = scaled_unit(page, Span::new(start, inside.end));
    let per = per::after(page, at).filter(|(_, after)| *after <= inside.end);
    let end = per.map_or(at, |(_, after)| after);
    let is_all = page.cut(Span::new(end, inside.end)).trim().is_empty();
    let (unit, factor, is_scaled) = unit.filter(|_| is_all)?;
    Some(NamedUnit { unit, factor, per: per.map(|(per, _)| per), is_scaled })
}

/// Where the unit begins in the brackets: behind 单位 and blanks.
fn past_lead(page: &Normal<'_>, inside: Span) -> usize {
    let past_blanks = |at: usize| {
        let rest = page.lower_cut(Span::new(at, inside.end));
        at + rest.len() - rest.trim_start().len()
    };
    let at = past_blanks(inside.start);
    let lead = BEFORE_UNIT.beginning_of(page.lower_cut(Span::new(at, inside.end)));
    lead.map_or(at, |lead| past_blanks(at + lead.len()))
}

/// 万元, 元, 人民币万元: a unit, or a scale alone, with its factor and whether a scale is in it; and the byte
/// behind. A currency may go before the scale, or the scale before the currency.
fn scaled_unit(page: &Normal<'_>, inside: Span) -> (Option<(Unit, f64, bool)>, usize) {
    let (mut unit, mut factor, mut is_scaled, mut at) = (None, 1.0, false, inside.start);
    for _ in 0..4 {
        let first = page.cut(Span::new(at, inside.end)).chars().next();
        let found = units::unit_at(page, at).filter(|(.., after)| unit.is_none() && *after <= inside.end);
        if let Some(scale) = first.and_then(numerals::scale_of).filter(|_| found.is_none()) {
            (factor, is_scaled) = (factor * scale, true);
            at += first.map_or(0, char::len_utf8);
        } else if let Some((known, more, after)) = found {
            (unit, factor, at) = (Some(known), factor * more, after);
        } else if matches!(unit, Some(Unit::Money(_))) && first == Some('元') {
            at += '元'.len_utf8();
        } else {
            break;
        }
    }
    let is_any = unit.is_some() || is_scaled;
    (is_any.then(|| (unit.unwrap_or(Unit::Bare), factor, is_scaled)), at)
}

/// The unit in brackets at the end of a field's label, brackets included, if it is one: `（万元）`.
pub fn unit_of_label(label: &str) -> Option<String> {
    let page = Normal::of(label);
    unit_in(&page, Span::new(0, page.text().len()))?;
    let open = label.rfind(['(', '（'])?;
    label.get(open..).map(|unit| unit.trim_end_matches([' ', '*', '：', ':']).to_owned())
}

/// What a label may ask for, by the last word of the names of its lists, in the order in which they are
/// tried.
const FIELDS: [(Field, &str); 14] = [
    (Field::Email, "email"),
    (Field::Phone, "phone"),
    (Field::Wechat, "wechat"),
    (Field::Contact, "contact"),
    (Field::Company, "company"),
    (Field::Budget, "budget"),
    (Field::Land, "land"),
    (Field::Area, "area"),
    (Field::Region, "region"),
    (Field::Present, "present"),
    (Field::Tax, "tax"),
    (Field::Usage, "usage"),
    (Field::Need, "need"),
    (Field::Other, "other"),
];

/// Begins a label that asks for the present place.
static PRESENT: List = List::named("begins a label of the present place");
/// Ends a label that asks for a place.
static PLACES: List = List::named("ends a label of a place");
/// Asks politely and says nothing of the value: 您的.
static POLITE: List = List::named("polite in a label");
static NAMES: LazyLock<FxHashMap<&str, Field>> = LazyLock::new(|| words_of("label").into_iter().collect());
/// Words in a short label.
static IN_LABELS: LazyLock<Vec<(&str, Field)>> = LazyLock::new(|| words_of("in a label"));
/// Words of a form's field names.
static IN_FIELD_NAMES: LazyLock<Vec<(&str, Field)>> = LazyLock::new(|| words_of("in a field name"));

/// The words of the lists of a kind: `label tax` and its like.
fn words_of(kind: &str) -> Vec<(&'static str, Field)> {
    let words = |(field, name)| listed(&format!("{kind} {name}")).map(move |word| (word, field));
    FIELDS.into_iter().flat_map(words).collect()
}

/// What a label's name asks for, and whether all of it is known, after small letters, without blanks at the
/// ends and without a unit in brackets.
fn field_of(name: &str) -> Option<(Field, bool)> {
    let lower = name.to_ascii_lowercase();
    let bare = lower.split('(').next().unwrap_or("").trim();
    let bare = bare
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '、' | '*' | '-' | ' ' | '#'));
    let bare = POLITE.beginning_of(bare).map_or(bare, |word| bare.trim_start_matches(word)).trim();
    if let Some(field) = NAMES.get(bare).copied().or_else(|| field_of_several(bare)) {
        return Some((field, true));
    }
    if is_present(bare) {
        return Some((Field::Present, true));
    }
    // 预计年缴税, 企业全称, 联络电话: a short label is known by a word in it.
    let short = (2..=8).contains(&bare.chars().count())
        && bare.chars().all(crate::facts::text::normal::is_han)
        && !bare.contains(['是', '的', '我', '们', '要', '想', '做', '有']);
    if !short {
        return None;
    }
    IN_LABELS.iter().find(|(word, _)| bare.contains(word)).map(|(_, field)| (*field, false))
}

/// 订单号, 身份证号: the digits of its value are no phone.
fn names_other_digits(name: &str) -> bool {
    NO_PHONE.is_in(name) || OTHER_DIGITS.is_in(name)
}

/// 联系人/电话, 姓名及手机: several known names in one; the first counts.
fn field_of_several(name: &str) -> Option<Field> {
    let mut fields =
        name.split(['/', '及', '和', '与', '、', '&']).map(|part| NAMES.get(part.trim()).copied());
    let first = fields.next()??;
    let mut others = fields.peekable();
    others.peek()?;
    others.all(|field| field.is_some()).then_some(first)
}

/// 现所在城市, 公司地址: where they are, and not where they want to be.
fn is_present(name: &str) -> bool {
    PRESENT.begins(name) && PLACES.ends(name)
}

/// The same of a form's label, which may be longer and may hold the names of machines: `WORK_PHONE`,
/// `your-email`.
fn field_of_form(name: &str) -> Field {
    let name = name.trim_matches([' ', ':', '*', '?']);
    if let Some((field, _)) = field_of(name) {
        return field;
    }
    let lower = name.to_ascii_lowercase();
    // 从哪里了解到我们（微信/百度）asks for no id.
    let name = name.split('(').next().unwrap_or("").trim();
    if name.contains("微信") && name.chars().count() <= LONGEST / 2 {
        return Field::Wechat;
    }
    let parts = || lower.split(|c: char| !c.is_ascii_alphanumeric());
    let known = IN_FIELD_NAMES.iter().find(|(word, _)| parts().any(|part| part == *word));
    known.map_or(Field::Other, |(_, field)| *field)
}

/// More labels than these are noise.
const MAX: usize = 100;
/// The longest label.
const LONGEST: usize = 18;
/// The longest value on the line below its label.
const LONGEST_BELOW: usize = 30;

/// A label without its value: what it asks for, whether its whole name is known, its name, and the byte
/// behind the sign after it.
struct Name {
    field: Field,
    is_known: bool,
    span: Span,
    end: usize,
}

/// The labels of a text with their values. `given`: the places of a form's labels, whatever they say, and
/// what they are if the form knows it.
pub fn find(page: &Normal<'_>, given: &[(Span, Option<Field>)]) -> Vec<Label> {
    let text = page.text();
    let signs = text.match_indices([':', '=', '|', ']']);
    let names = signs.filter_map(|(at, sign)| {
        let next = given.partition_point(|(name, _)| name.start <= at);
        let own = next.checked_sub(1).and_then(|last| given.get(last)).filter(|(name, _)| name.end >= at);
        match own {
            Some((name, field)) => given_name(page, *name, *field, at),
            None if sign == ":" => name_before(page, at),
            None => name_of_line(page, at, sign),
        }
    });
    let names: Vec<Name> = names.take(MAX).collect();
    let labels = names.iter().enumerate().map(|(place, name)| {
        let limit = names.get(place + 1).map_or(text.len(), |next| next.span.start);
        let value = value_span(page, name.end, limit);
        Label { field: name.field, name: name.span, value, is_known: name.is_known }
    });
    labels.collect()
}

/// A form's own label; a colon within it is no end of one.
fn given_name(page: &Normal<'_>, name: Span, field: Option<Field>, colon: usize) -> Option<Name> {
    let field = || field.unwrap_or_else(|| field_of_form(page.cut(name)));
    (name.end == colon).then(|| Name {
        field: field(),
        is_known: true,
        span: page.trim(name),
        end: colon + 1,
    })
}

/// The name before a colon. `need` and `annual tax` may hold a blank, Chinese labels none: the longest that
/// is known counts.
fn name_before(page: &Normal<'_>, colon: usize) -> Option<Name> {
    let window = page.before(colon, LONGEST);
    let before = window.trim_end();
    let end = colon - (window.len() - before.len());
    let free = |at: usize| !in_brackets(before, at);
    let wide = before.char_indices().rev().find(|(at, c)| ends_label(*c) && free(*at));
    let wide = wide.map_or(0, |(at, c)| at + c.len_utf8());
    let narrow = before.char_indices().filter(|(at, c)| *at > wide && matches!(c, ' ' | '/') && free(*at));
    let mut starts = std::iter::once(wide).chain(narrow.map(|(at, _)| at + 1));
    starts.find_map(|start| {
        let (field, is_known) = field_of(before.get(start..)?)?;
        let span = page.trim(Span::new(end - before.len() + start, end));
        Some(Name { field, is_known, span, end: colon + 1 })
    })
}

/// `面积｜3000平`, `电话=139…`, `【地点】昆山`: a known name at the beginning of a line.
fn name_of_line(page: &Normal<'_>, at: usize, sign: &str) -> Option<Name> {
    let window = page.before(at, LONGEST);
    // 电话=139…; 面积=2200: an equals sign parts as clearly as a line.
    let start = if sign == "=" { window.rfind(['\n', ';', ',']) } else { window.rfind('\n') };
    let start = start.map_or(0, |line| line + 1);
    let is_cut = start == 0 && window.len() < at;
    let name = window.get(start..).filter(|_| !is_cut)?;
    let name = if sign == "]" { name.trim_start().strip_prefix('[')? } else { name };
    let (field, _) = field_of(name).filter(|(_, is_known)| *is_known)?;
    let span = page.trim(Span::new(at - name.len(), at));
    Some(Name { field, is_known: true, span, end: at + sign.len() })
}

fn ends_label(c: char) -> bool {
    matches!(c, ',' | ';' | '。' | '\n' | '、' | '|' | ':' | '!' | '?' | ']' | '[' | '~')
}

fn in_brackets(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| {
        before.rfind('(').is_some_and(|open| before.rfind(')').is_none_or(|close| close < open))
    }) && text.get(at..).is_some_and(|rest| rest.contains(')'))
}

/// From the sign to the end of the line or to the next label, without the signs between; the line below if
/// there is nothing on its own.
fn value_span(page: &Normal<'_>, start: usize, limit: usize) -> Span {
    let own = line_at(page, start, limit);
    let value = value_of_line(page, own);
    let below = Some(own.end + 1).filter(|below| value.start == value.end && *below < limit);
    let below = below.map(|below| value_of_line(page, line_at(page, below, limit)));
    // A whole sentence below an empty label is none of its value.
    below.filter(|below| page.cut(*below).chars().count() <= LONGEST_BELOW).unwrap_or(value)
}

/// The rest of the line, not beyond `limit`.
fn line_at(page: &Normal<'_>, start: usize, limit: usize) -> Span {
    let words = page.cut(Span::new(start, limit.max(start)));
    Span::new(start, start + words.find('\n').unwrap_or(words.len()))
}

fn value_of_line(page: &Normal<'_>, line: Span) -> Span {
    let value = page.trim(line);
    let words = page.cut(value).trim_end_matches([' ', ';', ',', '。', '/', '、', '|', '[', '\n']);
    Span::new(value.start, value.start + words.len())
}

/// The labelled parts of a text, verbatim.
pub fn labelled_parts(text: &str) -> Vec<Part<'_>> {
    let page = Normal::of(text);
    let words = |span: Span| {
        let (start, end) = page.in_source(span);
        crate::facts::text::normal::between(text, start, end).trim()
    };
    find(&page, &[])
        .into_iter()
        .map(|label| Part { label: words(label.name), value: words(label.value) })
        .filter(|part| !part.label.is_empty() && !part.value.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::measures::currency::Currency;
    use crate::facts::measures::per::Per;

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
        assert_eq!(
            parts("Name: Lin / 公司: 甲乙 / Tel: (86)13800001234"),
            [("Name", "Lin"), ("公司", "甲乙"), ("Tel", "(86)13800001234")]
        );
        assert_eq!(parts("税收(万元)：300\n层高：8\n谢谢"), [("税收(万元)", "300"), ("层高", "8")]);
        assert_eq!(
            parts("电子邮箱地址：a@example.com；Email Address: b@example.com"),
            [("电子邮箱地址", "a@example.com"), ("Email Address", "b@example.com")]
        );
        assert_eq!(
            parts("姓名=阿美\n【地点】昆山\n面积｜30亩\n随便=1"),
            [("姓名", "阿美"), ("地点", "昆山"), ("面积", "30亩")]
        );
        assert_eq!(parts("税收：\n300万\n用途：注塑"), [("税收", "300万"), ("用途", "注塑")]);
        assert_eq!(parts("联系人/电话：王一 13800001234"), [("联系人/电话", "王一 13800001234")]);
        assert_eq!(parts("10:32 随便：什么"), []);
        assert_eq!(parts("：："), []);
    }

    #[test]
    fn units_of_labels() {
        let unit = |label: &str| {
            unit_in(&Normal::of(label), Span::new(0, Normal::of(label).text().len()))
                .map(|named| (named.unit, named.factor, named.per))
        };
        for (label, wanted) in [
            ("年税收（万元）", Some((Unit::Money(Currency::Cny), 1e4, None))),
            ("预计纳税（单位：万元/年）", Some((Unit::Money(Currency::Cny), 1e4, Some(Per::Year)))),
            ("纳税额(人民币万元)", Some((Unit::Money(Currency::Cny), 1e4, None))),
            ("税收(万)", Some((Unit::Bare, 1e4, None))),
            ("投资额（亿元）", Some((Unit::Money(Currency::Cny), 1e8, None))),
            ("用地面积（亩）", Some((Unit::Mu, 1.0, None))),
            ("面积（㎡）*", Some((Unit::Sqm, 1.0, None))),
            ("面积【平方米】", None),
            ("Area (sqm)", Some((Unit::Sqm, 1.0, None))),
            ("预算（元/㎡/月）", Some((Unit::Money(Currency::Cny), 1.0, Some(Per::SqmMonth)))),
            ("层高(m)", Some((Unit::Metre, 1.0, None))),
            ("承重（吨/㎡）", Some((Unit::TonnePerSqm, 1.0, None))),
            ("联系电话（必填）", None),
            ("公司（全称）", None),
            ("面积", None),
            ("()", None),
        ] {
            assert_eq!(unit(label), wanted, "{label}");
        }
        assert_eq!(
            (unit_of_label("年税收（万元）*").as_deref(), unit_of_label("公司（全称）")),
            (Some("（万元）"), None)
        );
    }

    #[test]
    fn the_labels_of_a_form_are_known_by_their_place() {
        let page = Normal::of("单位：万元：300\nWORK_PHONE：138\n张三：x");
        let given: Vec<(Span, Option<Field>)> = [(0, 5), (10, 20)]
            .iter()
            .filter_map(|(start, end)| Some((page.at_source(*start, *end)?, None)))
            .collect();
        let found: Vec<(Field, &str, &str)> = find(&page, &given)
            .iter()
            .map(|label| (label.field, page.cut(label.name), page.cut(label.value)))
            .collect();
        assert_eq!(found, [(Field::Other, "单位:万元", "300"), (Field::Phone, "WORK_PHONE", "138")]);
    }
}
