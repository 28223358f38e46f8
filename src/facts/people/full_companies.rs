//! Companies with a full name wherever they are: with a legal form, or with a body that a name goes before.
//! Which of them writes is decided in `company.rs`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::facts::people::brands::{
    begins_generic, brand_of, brand_of_studio, brand_of_wares, is_generic, is_old_shop, is_only_a_body,
    is_said, trade_at_end, without_leads,
};
use crate::facts::people::latin::Row;
use crate::facts::people::model::Company;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Normal, Span, is_han};
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lists::List;

/// The ends of registered names; such a row of characters is a company wherever it is.
static LEGAL: List = List::named("legal forms");
/// Ends that need a name before them that says more than the trade.
static LOOSE: List = List::named("loose ends of companies");
/// Those of them that any name may go before.
static OF_ANY_NAME: List = List::named("ends behind any name");
/// Those of them that a name and a trade go before.
static OF_NAME_AND_TRADE: List = List::named("ends behind a name and a trade");
/// Words up to which nothing is part of the name.
static CUTS: List = List::named("cuts off what is before a company");
/// Words of a sentence up to which nothing is, unless only a place goes before them.
static SAID: List = List::named("cuts off what is said before a company");

/// What ends the name of a branch, behind its place.
static BRANCHES: List = List::named("ends of branches");
/// Such ends that name nobody behind a place alone.
static NOBODYS: List = List::named("branches of nobody");
/// The end of names that are known by their trade or by quotation marks.
static STUDIOS: List = List::named("ends of studios");

/// Both sorts of ends, the legal ones first.
static ENDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(LEGAL.words().iter().chain(LOOSE.words()))
        .ok()
});

/// Names looked at in one text.
const MAX: usize = 40;
/// The longest name, in characters.
const LONGEST: usize = 36;

/// The companies with a full name, in order. Words within them say nothing about the inquiry.
pub fn find(reading: &Reading<'_>, rows: &[Row]) -> Vec<Company> {
    let mut found = chinese(reading);
    for company in &mut found {
        if let Some(brand) = latin_brand(reading, rows, company.span) {
            company.span.start = brand.start;
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

/// The names that end with one of the ends, those that touch as one.
fn chinese(reading: &Reading<'_>) -> Vec<Company> {
    let page = &reading.page;
    let mut found: Vec<Company> = Vec::new();
    let Some(search) = &*ENDS else { return found };
    for end in search.find_iter(page.text()).take(10 * MAX) {
        if found.len() >= MAX {
            break;
        }
        let legal = end.pattern().as_usize() < LEGAL.words().len();
        let name = name_to(page, Span::new(end.start(), end.end()), legal);
        let Some(span) = name.filter(|span| !reading.mask.touches(*span)) else { continue };
        match found.last_mut() {
            Some(last) if last.span.touches(span) => last.span = last.span.to(span),
            _ if !legal && is_place_and_trade(page.cut(span)) => {
                found.push(Company { span, confidence: 0.0 });
            }
            _ => found.push(Company { span, confidence: if legal { 0.95 } else { 0.7 } }),
        }
    }
    found
}

/// Foo 包装材料(昆山)有限公司: a brand in Latin letters goes before.
fn latin_brand(reading: &Reading<'_>, rows: &[Row], company: Span) -> Option<Span> {
    let page = &reading.page;
    if !page.char_at(company.start).is_some_and(is_han) {
        return None;
    }
    let is_right_before = |row: &&Row| {
        let gap = || page.text().get(row.span.end..company.start);
        !row.legal && row.span.end <= company.start && gap().is_some_and(|gap| gap == " " || gap.is_empty())
    };
    let brand = rows.iter().find(is_right_before)?.span;
    (!reading.mask.touches(brand)).then_some(brand)
}

/// The name that ends with these words.
fn name_to(page: &Normal<'_>, end: Span, legal: bool) -> Option<Span> {
    let close = branch_end(page, end.end);
    if !legal && close == end.end && goes_on(page, end.end) {
        return None;
    }
    let ending = page.cut(end);
    let before = page.before(end.start, LONGEST);
    let name = name_at_end(row_at_end(before)?)?;
    let core = name.trim();
    if !legal && core.contains('某') {
        return None;
    }
    if NOBODYS.has(ending) && !is_of_a_company(core) {
        return None;
    }
    if core.chars().count() < 2 || is_generic(core) || is_only_a_body(core, ending) {
        return None;
    }
    let lead = before.get(..before.len() - name.len()).unwrap_or("");
    let span = Span::new(end.start - name.len(), close);
    let is_known =
        is_old_shop(core) || is_branded(core, ending) && !begins_generic(core) && !is_sentence(core);
    let is_named = legal
        || is_known && !is_one_of_many(lead)
        || STUDIOS.has(ending) && brand_of_studio(core).is_some() && is_quoted(page, span);
    is_named.then_some(span)
}

/// 律师事务所上海分所: where the name of a branch ends, else where the company does.
fn branch_end(page: &Normal<'_>, at: usize) -> usize {
    let rest = page.after(at, 8);
    let branch = BRANCHES.first_in(rest).filter(|(place, _)| {
        let seat = rest.get(..*place).unwrap_or("");
        !seat.is_empty() && Gazetteer::get().is_place(seat)
    });
    branch.map_or(at, |(place, word)| at + place + word.len())
}

/// 顺丰上海(分公司), 甲乙机械(总公司): a company is before a branch's end, not 德国 or 要离 alone.
fn is_of_a_company(core: &str) -> bool {
    let places = [4, 3, 2].map(|length| normal::tail(core, length));
    let seat = places.into_iter().find(|place| Gazetteer::get().is_place(place)).unwrap_or("");
    let brand = core.strip_suffix(seat).unwrap_or("");
    let is_brand = |words: &str| words.chars().count() >= 2 && !is_said(words);
    trade_at_end(core).is_some() || core.contains('司') || !seat.is_empty() && is_brand(brand)
}

/// Whether a name fills quotation marks: 「木石间工作室」.
pub fn is_quoted(page: &Normal<'_>, span: Span) -> bool {
    let before = page.char_before(span.start).map_or(0, char::len_utf8);
    let after = page.char_at(span.end).map_or(0, char::len_utf8);
    let opening = page.written(Span::new(span.start - before, span.start));
    let closing = page.written(Span::new(span.end, span.end + after));
    matches!(
        (opening.as_str(), closing.as_str()),
        ("「", "」") | ("『", "』") | ("“", "”") | ("\"", "\"") | ("《", "》")
    )
}

/// 分公司注册, 公司地址: the word goes on.
fn goes_on(page: &Normal<'_>, at: usize) -> bool {
    let next = ['找', '租', '因', '的', '在', '拟', '想', '要', '需', '现', '计', '求', '有', '准', '打'];
    page.char_at(at).is_some_and(|c| is_han(c) && !next.contains(&c))
}

/// The row of characters at the end that may be of a name, without brackets that are closed only.
fn row_at_end(before: &str) -> Option<&str> {
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
    let row = before.get(start..)?;
    if brackets == 0 { Some(row) } else { row.get(row.find(')').map_or(0, |at| at + 1)..) }
}

/// The name that ends the row: without 我们是, 一家 and the like before it.
fn name_at_end(row: &str) -> Option<&str> {
    let mut name = row;
    for cut in CUTS.words() {
        if let Some(at) = name.rfind(cut) {
            name = name.get(at + cut.len()..)?;
        }
    }
    for cut in SAID.words() {
        // 苏州海外贸易有限公司: a name that begins with its place goes on.
        if let Some(at) = name.rfind(cut)
            && !Gazetteer::get().is_place(without_leads(name.get(..at)?))
        {
            name = name.get(at + cut.len()..)?;
        }
    }
    let name = without_leads(name).trim_start_matches(['-', '·', '&', ')']);
    Some(name.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Whether a name goes before such an end, not the trade alone.
fn is_branded(core: &str, ending: &str) -> bool {
    let length = core.chars().count();
    let trade = trade_at_end(core).map(|trade| trade.chars().count());
    if OF_ANY_NAME.has(ending) {
        true
    } else if STUDIOS.has(ending) {
        brand_of_studio(core).is_some_and(|brand| brand.len() < core.len())
    } else if ending == "厂" && brand_of_wares(core).is_some() {
        true
    } else if OF_NAME_AND_TRADE.has(ending) {
        // 汽配五金厂: a trade before the trade is no name.
        brand_of(core).chars().count() >= 2 && trade.is_some_and(|trade| length >= trade + 2)
    } else {
        length >= 4 && trade.is_some()
    }
}

/// 香港金融公司, 香港公司: a kind of company and no name, though its place is nobody's wish.
fn is_place_and_trade(name: &str) -> bool {
    let core = name.strip_suffix("公司").or_else(|| name.strip_suffix("集团"));
    core.is_some_and(|core| Gazetteer::get().is_place(brand_of(core)))
}

/// 某电子公司, 一家电子公司: one of many and no name.
fn is_one_of_many(lead: &str) -> bool {
    lead.ends_with(['某', '家', '间', '个'])
}

/// Whether the brand holds what somebody says.
fn is_sentence(core: &str) -> bool {
    brand_of(core).contains([
        '租', '买', '找', '做', '建', '新', '老', '旧', '想', '要', '个', '家', '处', '间', '在', '平',
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::people::latin;

    fn names(text: &str) -> Vec<String> {
        let reading = Reading::of(text);
        let rows = latin::rows(&reading.page, |_| false);
        find(&reading, &rows).into_iter().map(|company| reading.page.written(company.span)).collect()
    }

    #[test]
    fn full_names_end_with_their_form() {
        assert_eq!(names("我们是做注塑的，我司苏州甲乙智能装备有限公司，求租"), ["苏州甲乙智能装备有限公司"]);
        assert_eq!(names("公司：甲乙精密机械（苏州）有限公司；"), ["甲乙精密机械(苏州)有限公司"]);
        assert_eq!(names("有限公司注册，贸易公司，软件公司60人，德资企业"), Vec::<String>::new());
        assert_eq!(names("苏州某集团"), Vec::<String>::new());
        assert_eq!(names("汽配五金厂求租"), Vec::<String>::new());
        assert_eq!(names("总部在北京，上海分公司选址"), Vec::<String>::new());
        assert_eq!(names("澈禾物流上海分公司"), ["澈禾物流上海分公司"]);
        assert_eq!(names("要离总公司近，德国总公司投资，在苏州开分公司"), Vec::<String>::new());
        assert_eq!(names("想租给律师事务所，打算成立养殖合作社，刚注册了有限公司"), Vec::<String>::new());
        assert_eq!(names("深圳市海外电子有限公司求租"), ["深圳市海外电子有限公司"]);
        assert_eq!(names("准备注册苏州甲乙机械有限公司"), ["苏州甲乙机械有限公司"]);
        assert_eq!(names("澈禾律师事务所杭州分所，办公室"), ["澈禾律师事务所杭州分所"]);
        assert_eq!(names("云朵陶艺工作室找个小院，摄影工作室也行"), ["云朵陶艺工作室"]);
        assert_eq!(names("一间画室「松间工作室」，松间工作室"), ["松间工作室"]);
        assert_eq!(names("我是恒力五金制品厂的，不是五金制品厂"), ["恒力五金制品厂"]);
        assert!(is_place_and_trade("香港金融公司") && !is_place_and_trade("香港澈禾金融公司"));
        assert_eq!(names("Foo Tooling Inc. and Bar GmbH"), ["Foo Tooling Inc.", "Bar GmbH"]);
    }
}
