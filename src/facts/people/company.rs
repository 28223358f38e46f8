//! Which company writes: a labelled one, a full registered name, a short one beside the contact or the phone.
//! People are found in `contact.rs`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::facts::form::labels::Field;
use crate::facts::people::brands::{
    BODIES, begins_generic, brand_of, has_trade, is_generic, is_short_name, trade_at_end, without_leads,
};
use crate::facts::people::foreign_companies;
use crate::facts::people::latin::Row;
use crate::facts::people::names;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};

/// The ends of registered names; such a row of characters is a company wherever it is.
const LEGAL: &[&str] = &[
    "有限责任公司",
    "股份有限公司",
    "集团有限公司",
    "有限公司",
    "股份公司",
    "集团公司",
    "总公司",
    "分公司",
    "专业合作社",
    "合作社",
    "有限合伙",
    "研究院",
    "研究所",
    "设计院",
    "事务所",
    "(有限合伙)",
];
/// Ends that need a name before them that says more than the trade.
const LOOSE: &[&str] = &[
    "公司",
    "集团",
    "厂",
    "实验室",
    "中心",
    "商会",
    "协会",
    "工作室",
    "经营部",
    "商行",
    "学院",
    "大学",
    "医院",
    "店",
];

struct Ends {
    search: Option<AhoCorasick>,
}

static ENDS: LazyLock<Ends> = LazyLock::new(|| Ends {
    search: AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(LEGAL.iter().chain(LOOSE))
        .ok(),
});

/// A company at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Company {
    pub span: Span,
    pub confidence: f64,
}

/// Names looked at in one text.
const MAX: usize = 40;
/// The longest name, in characters.
const LONGEST: usize = 36;

/// The companies with a full name, in order. Words within them say nothing about the inquiry.
pub fn full_names(reading: &Reading<'_>, rows: &[Row]) -> Vec<Company> {
    let page = &reading.page;
    let mut found: Vec<Company> = Vec::new();
    if let Some(search) = &ENDS.search {
        for end in search.find_iter(page.text()).take(10 * MAX) {
            if found.len() >= MAX {
                break;
            }
            let legal = end.pattern().as_usize() < LEGAL.len();
            let name = chinese(page, Span::new(end.start(), end.end()), legal);
            if let Some(span) = name.filter(|span| !reading.mask.touches(*span)) {
                match found.last_mut() {
                    Some(last) if last.span.touches(span) => last.span = last.span.to(span),
                    _ => found.push(Company { span, confidence: if legal { 0.95 } else { 0.7 } }),
                }
            }
        }
    }
    // Foo 包装材料(昆山)有限公司: a brand in Latin letters goes before.
    for company in &mut found {
        let begins = page.char_at(company.span.start).is_some_and(is_han);
        let brand = rows.iter().find(|row| {
            !row.legal
                && row.span.end <= company.span.start
                && page
                    .text()
                    .get(row.span.end..company.span.start)
                    .is_some_and(|gap| gap == " " || gap.is_empty())
        });
        if let Some(brand) = brand.filter(|brand| begins && !reading.mask.touches(brand.span)) {
            company.span.start = brand.span.start;
        }
    }
    found.extend(
        rows.iter()
            .filter(|row| row.legal && row.words > 1 && !reading.mask.touches(row.span))
            .map(|row| Company { span: row.span, confidence: 0.9 }),
    );
    found.sort_by_key(|company| company.span);
    found
}

/// The name that ends with these words.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn chinese(page: &Normal<'_>, end: Span, legal: bool) -> Option<Span> {
    let words = page.cut(end);
    // 分公司注册, 公司地址: the word goes on.
    if !legal
        && page.char_at(end.end).is_some_and(|c| {
            is_han(c)
                && !matches!(
                    c,
                    '的' | '在' | '拟' | '想' | '要' | '需' | '现' | '计' | '求' | '有' | '准' | '打'
                )
        })
    {
        return None;
    }
    let before = page.before(end.start, LONGEST);
    let mut start = before.len();
    let mut brackets = 0_i32;
    for (at, c) in before.char_indices().rev() {
        match c {
            ')' => brackets += 1,
            '(' if brackets > 0 => brackets -= 1,
            c if is_han(c) || c.is_ascii_alphanumeric() || matches!(c, '·' | '&' | '-') => {}
            _ => break,
        }
        start = at;
    }
    if brackets != 0 {
        start += before.get(start..).and_then(|name| name.find(')')).map_or(0, |at| at + 1);
    }
    let mut name = before.get(start..)?;
    for cut in ["是", "叫", "的", "有家", "一家", "帮", "替"] {
        if let Some(at) = name.rfind(cut) {
            name = name.get(at + cut.len()..)?;
        }
    }
    name = without_leads(name);
    let name = name.trim_start_matches(['-', '·', '&', ')']);
    let name = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let core = name.trim();
    let length = core.chars().count();
    if length < 2 || is_generic(core) {
        return None;
    }
    let brand = brand_of(core);
    // 律师事务所, 勘察设计院 alone say what they are, not who.
    if BODIES.contains(&words) && brand.chars().count() < 2 {
        return None;
    }
    if !legal {
        let trade = trade_at_end(core).map(|trade| trade.chars().count());
        let branded = match words {
            "集团" => length >= 2,
            "大学" | "学院" | "医院" | "商会" | "协会" => length >= 2,
            "公司" => trade.is_some_and(|trade| length >= trade + 2) && !begins_generic(core),
            "厂" => trade.is_some_and(|trade| length >= trade + 2),
            _ => length >= 4 && trade.is_some(),
        };
        if !branded
            || before
                .get(..before.len() - name.len())
                .is_some_and(|lead| lead.ends_with(['某', '家', '间', '个']))
            || begins_generic(core)
            || brand.contains([
                '租', '买', '找', '做', '建', '新', '老', '旧', '想', '要', '个', '家', '处', '间', '在',
                '平',
            ])
        {
            return None;
        }
    }
    Some(Span::new(end.start - name.len(), end.end))
}

/// The company that writes. `contact`: the place of the contact.
pub fn find(
    reading: &Reading<'_>,
    full: &[Company],
    rows: &[Row],
    contact: Option<Span>,
    is_place: impl Fn(&str) -> bool,
) -> Option<Company> {
    let page = &reading.page;
    if let Some(value) = reading.labelled(Field::Company) {
        let span = value_of(page, value);
        let inner = full.iter().find(|company| value.holds(company.span));
        if let Some(company) = inner {
            // An Phu Trading Co., Ltd: all of a value in Latin letters is the name.
            let is_all = page.cut(span).is_ascii() && span.end == company.span.end;
            return Some(Company { span: if is_all { span } else { company.span }, confidence: 0.98 });
        }
        let words = page.cut(span);
        let empty = matches!(
            words,
            "无" | "暂无"
                | "没有"
                | "个人"
                | "保密"
                | "-"
                | "/"
                | "none"
                | "None"
                | "n/a"
                | "N/A"
                | "未注册"
                | "个体"
                | "待注册"
                | "筹备中"
                | "未定"
                | "暂未注册"
                | "不方便透露"
        );
        if !empty && words.chars().count() >= 2 && words.chars().count() <= 60 {
            return Some(Company { span, confidence: 0.9 });
        }
    }
    let first_legal = full.iter().find(|company| company.confidence > 0.8);
    if let Some(company) = first_legal {
        return Some(*company);
    }
    beside(reading, contact, &is_place)
        .or_else(|| full.iter().find(|company| is_named_as_writer(reading, company.span, contact)).copied())
        .or_else(|| opening(reading, contact, &is_place))
        .or_else(|| foreign_companies::latin_beside(reading, rows, contact))
}

/// A labelled value up to a comma, or to a blank between Chinese words.
fn value_of(page: &Normal<'_>, value: Span) -> Span {
    let words = page.cut(value);
    let end = words
        .char_indices()
        .find(|(at, c)| {
            let han_before = words
                .get(..*at)
                .and_then(|before| before.chars().next_back())
                .is_some_and(|c| is_han(c) || c == ')');
            matches!(c, ';' | '。' | '|')
                || *c == ',' && han_before
                || *c == ' '
                    && han_before
                    && words
                        .get(at + 1..)
                        .and_then(|rest| rest.chars().next())
                        .is_some_and(|c| is_han(c) || c.is_ascii_digit())
        })
        .map_or(words.len(), |(at, _)| at);
    page.trim(Span::new(value.start, value.start + end))
}

/// A short name right before the contact or the phone: `甲乙软件 刘女士`, `甲乙重工 工程部 高工 138…`.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn beside(reading: &Reading<'_>, contact: Option<Span>, is_place: &impl Fn(&str) -> bool) -> Option<Company> {
    let page = &reading.page;
    let anchors = [contact, reading.phones.first().map(|phone| phone.span)];
    for (place, anchor) in anchors.into_iter().enumerate() {
        let Some(anchor) = anchor else { continue };
        let beside_contact = place == 0;
        // The two or three tokens before: departments and titles are passed.
        let mut end = anchor.start;
        for step in 0..4 {
            let before = page.before(end, 40);
            let trimmed = before.trim_end_matches([' ', '-', ':', '|', '\n', '·', '/', '(', '~']);
            let gap = before.get(trimmed.len()..).unwrap_or("");
            let comma = trimmed.ends_with([',', '、']) && gap.is_empty();
            let trimmed = if comma { trimmed.trim_end_matches([',', '、', ' ']) } else { trimmed };
            let token_start = trimmed
                .char_indices()
                .rev()
                .find(|(_, c)| !(is_han(*c) || c.is_ascii_alphanumeric() || matches!(c, '&')))
                .map_or(0, |(at, c)| at + c.len_utf8());
            let token = trimmed.get(token_start..).unwrap_or("");
            if token.is_empty() {
                break;
            }
            let own = if token.starts_with("自称") || token.starts_with("代表") {
                without_leads(token)
            } else {
                token
            };
            let (token_start, token) = (token_start + token.len() - own.len(), own);
            let start = end - before.len() + token_start;
            let span = Span::new(start, start + token.len());
            let label = matches!(
                token,
                "联系人"
                    | "联系电话"
                    | "电话"
                    | "手机"
                    | "联系"
                    | "联系方式"
                    | "Tel"
                    | "M"
                    | "T"
                    | "Mob"
                    | "微信"
                    | "手机号"
                    | "座机"
                    | "热线"
                    | "采购"
                    | "姓名"
            );
            if label
                || names::is_department(token)
                || names::is_title(token)
                || step > 0 && contact.is_some_and(|contact| contact.touches(span))
            {
                end = start;
                continue;
            }
            let trade = has_trade(token, 2);
            let separate = gap.contains(' ')
                || gap.contains('\n')
                || gap.contains('-')
                || gap.contains('|')
                || gap.contains('·')
                || gap.contains('/');
            let glued = !separate && !comma;
            // A name without a trade counts only when it is alone before a contact, with a border before
            // it.
            let alone = beside_contact
                && separate
                && !gap.contains('\n')
                && page
                    .before(start, 1)
                    .chars()
                    .all(|c| matches!(c, ',' | '。' | ';' | '\n' | '|' | '!' | '?' | '/' | ' ' | ':'));
            let sound = is_short_name(token)
                && !is_place(token)
                && reading.words.within(span).iter().all(|hit| {
                    hit.span.start > span.start
                        || hit.topics.has(crate::facts::words::lexicon::Topic::Nothing)
                })
                && !reading.mask.touches(span);
            if sound
                && (trade && (!glued || beside_contact)
                    || alone && token.chars().count() >= 3 && !names::is_full_name(token))
                && !(trade && glued && token.chars().count() > 8)
            {
                let confidence = if trade { 0.85 } else { 0.6 };
                return Some(Company { span, confidence });
            }
            break;
        }
        if beside_contact {
            // 刘女士（甲乙软件）, 李工 甲乙涂装 186…
            let after = page.after(anchor.end, 16);
            let inner = after.trim_start_matches([' ', '(', ',', '-', '/']);
            let length: usize = inner
                .chars()
                .take_while(|c| is_han(*c) || c.is_ascii_alphanumeric())
                .map(char::len_utf8)
                .sum();
            let token = inner.get(..length).unwrap_or("");
            let start = anchor.end + after.len() - inner.len();
            let span = Span::new(start, start + length);
            if start > anchor.end
                && is_short_name(token)
                && has_trade(token, 2)
                && !is_place(token)
                && !reading.mask.touches(span)
            {
                return Some(Company { span, confidence: 0.75 });
            }
        }
    }
    None
}

/// Whether a name without its legal form is where the writer's would be: behind 我是, or right before contact
/// or phone.
fn is_named_as_writer(reading: &Reading<'_>, span: Span, contact: Option<Span>) -> bool {
    let page = &reading.page;
    let introduced = ["我是", "我们是", "这里是", "来自", "我司是", "我司", "我们"]
        .iter()
        .any(|lead| page.before(span.start, 4).ends_with(lead));
    let anchors = contact.into_iter().chain(reading.phones.iter().map(|phone| phone.span));
    let near = anchors.into_iter().any(|anchor| {
        anchor.start >= span.end
            && page
                .text()
                .get(span.end..anchor.start)
                .is_some_and(|gap| gap.chars().count() <= 12 && !gap.contains(['。', ';']))
    });
    let whole_line = page.char_before(span.start).is_none_or(|c| c == '\n')
        && page.char_at(span.end).is_none_or(|c| c == '\n');
    introduced || near || whole_line
}

/// A name that fills a line (`甲乙传媒` in a signature), or begins a sentence and acts: `甲乙家居因退租需要…`, `我们是甲乙传媒，`.
fn opening(
    reading: &Reading<'_>,
    contact: Option<Span>,
    is_place: &impl Fn(&str) -> bool,
) -> Option<Company> {
    let page = &reading.page;
    let mut start = 0;
    for (looked, line) in page.text().split(['\n', '。', ',', ';', '!', '|']).enumerate() {
        let (first, end) = (start, start + line.len());
        start = end + page.char_at(end).map_or(1, char::len_utf8);
        if looked > 300 {
            break;
        }
        let mut words = line.trim();
        for lead in ["您好", "你好", "自称是", "自称", "我们是", "我是", "这里是", "我司是", "我们公司是"]
        {
            words = words.strip_prefix(lead).unwrap_or(words);
        }
        let at = first + line.trim_end().len() - words.len();
        let token_end = words.char_indices().find(|(_, c)| !is_han(*c)).map_or(words.len(), |(at, _)| at);
        let token = words.get(..token_end).unwrap_or("");
        let alone = token.len() == line.trim().len()
            && page.char_before(first).is_none_or(|c| c == '\n')
            && page.char_at(end).is_none_or(|c| c == '\n');
        let name = if alone
            || words.len() < line.trim().len() && token_end == words.len() && page.char_at(end).is_some()
        {
            token
        } else {
            let acts = [
                "因", "拟", "现", "需", "计划", "想", "在", "准备", "目前", "寻", "求", "诚", "打算", "有意",
                "希望", "急", "要",
            ];
            page.among(&acts)
                .filter_map(|act| token.find(act))
                .filter(|at| *at >= 9)
                .min()
                .and_then(|at| token.get(..at))
                .unwrap_or("")
        };
        let trade = has_trade(name, 2);
        let span = Span::new(at, at + name.len());
        if trade
            && is_short_name(name)
            && !is_place(name)
            && !begins_generic(name)
            && contact.is_none_or(|contact| !contact.touches(span))
            && !reading.words.within(span).iter().any(|hit| {
                !hit.topics.has(crate::facts::words::lexicon::Topic::Nothing) && hit.span.start == span.start
            })
        {
            return Some(Company { span, confidence: if alone { 0.8 } else { 0.65 } });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::people::latin;

    fn names(text: &str) -> Vec<String> {
        let reading = Reading::of(text);
        let rows = latin::rows(&reading.page, |_| false);
        full_names(&reading, &rows).into_iter().map(|company| reading.page.written(company.span)).collect()
    }

    #[test]
    fn full_names_end_with_their_form() {
        assert_eq!(names("我们是做注塑的，我司苏州甲乙智能装备有限公司，求租"), ["苏州甲乙智能装备有限公司"]);
        assert_eq!(names("公司：甲乙精密机械（苏州）有限公司；"), ["甲乙精密机械(苏州)有限公司"]);
        assert_eq!(names("有限公司注册，贸易公司，软件公司60人，德资企业"), Vec::<String>::new());
        assert_eq!(names("Foo Tooling Inc. and Bar GmbH"), ["Foo Tooling Inc.", "Bar GmbH"]);
    }
}
