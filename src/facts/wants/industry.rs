//! What is made, stored or traded: the words of the text, and the division of GB/T 4754 if the words name
//! one. The table is `tables/industries.csv`. The kind of place is found in `need.rs`.

use std::sync::LazyLock;

use crate::facts::form::labels::Field;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Span, is_han};
use crate::facts::wants::divisions::{code_of, named_in};
use crate::facts::wants::foreign_industry;
use crate::facts::wants::model::{Need, Object};
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lexicon::{self, Topic};
use crate::facts::words::lists::listed;

/// Verbs that the industry follows.
static VERB: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("industry verbs").map(|word| (word, ()))));

/// What may follow a verb without being an industry.
static NO_INDUSTRY: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("no industry").map(|word| (word, ()))));
/// What the words of an industry end before.
static ENDS: LazyLock<Vec<&str>> = LazyLock::new(|| listed("industry ends").collect());

/// Writes industry and industry_code. `names`: companies and contacts, whose words do not count.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, names: &[Span], found: &mut Findings) {
    if matches!(
        need.map(|need| need.kind),
        Some(NeedKind::Spam | NeedKind::Supply | NeedKind::AssetInvestment)
    ) {
        return;
    }
    let page = &reading.page;
    let span = labelled(reading)
        .map(|span| (span, 0.95))
        .or_else(|| after_verb(reading, need, names).map(|span| (span, 0.85)))
        .or_else(|| before_use(reading, names).map(|span| (span, 0.8)))
        .or_else(|| foreign_industry::latin(reading, names).map(|span| (span, 0.8)))
        .or_else(|| known(reading, names).map(|span| (span, 0.6)));
    let Some((span, confidence)) = span else { return };
    let words = page.written(span);
    if words.trim().is_empty() || words.chars().count() > 60 {
        return;
    }
    if let Some(code) = code_of(page.cut(span)) {
        found.put(page, Member::IndustryCode, code, span, confidence * 0.8);
    }
    found.put(page, Member::Industry, words, span, confidence);
}

/// `用途：汽车零部件机加工，需要10吨行车`: the first piece of the value.
fn labelled(reading: &Reading<'_>) -> Option<Span> {
    let page = &reading.page;
    let value = reading.labelled(Field::Usage)?;
    let words = page.cut(value);
    let chinese = words.chars().next().is_some_and(is_han);
    let end = words
        .char_indices()
        .find(|(_, c)| matches!(c, ',' | '。' | ';' | '(' | '\n' | '+') || chinese && matches!(c, ' ' | '|'))
        .map_or(words.len(), |(at, _)| at);
    let mut piece = page.trim(Span::new(value.start, value.start + end));
    let mut text = page.cut(piece);
    for verb in ["主要生产", "主要做", "生产", "从事", "做", "用于", "主营"] {
        if let Some(rest) = text.strip_prefix(verb).filter(|rest| rest.chars().count() >= 2) {
            piece.start = piece.end - rest.len();
            text = rest;
        }
    }
    for tail in ["生产车间", "等"] {
        if let Some(rest) = text.strip_suffix(tail).filter(|rest| rest.chars().count() >= 2) {
            piece.end = piece.start + rest.len();
            text = rest;
        }
    }
    let says = !text.is_empty()
        && text.chars().count() <= 40
        && !matches!(
            text,
            "生产"
                | "办公"
                | "仓储"
                | "厂房"
                | "仓库"
                | "自用"
                | "加工"
                | "研发"
                | "生产加工"
                | "其他"
                | "无"
        );
    says.then_some(piece)
}

/// `做注塑的`, `主营锂电池结构件`, `放服装的`.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn after_verb(reading: &Reading<'_>, need: Option<&Need>, names: &[Span]) -> Option<Span> {
    let page = &reading.page;
    let text = page.text();
    let warehouse = need.and_then(|need| need.object) == Some(Object::Warehouse);
    let mut best: Option<(Span, i32)> = None;
    let mut looked = 0;
    for (at, c) in text.char_indices() {
        if !matches!(
            c,
            '主' | '从'
                | '生'
                | '制'
                | '加'
                | '经'
                | '专'
                | '是'
                | '做'
                | '用'
                | '搞'
                | '建'
                | '投'
                | '放'
                | '存'
                | '堆'
                | '囤'
        ) {
            continue;
        }
        looked += 1;
        if looked > 60 {
            break;
        }
        let rest = page.after(at, 24);
        let Some((verb, ())) = VERB.at_beginning(rest, |_| true) else { continue };
        let stores = matches!(verb, "放" | "存放" | "堆放" | "存储" | "存" | "囤");
        if stores && !warehouse {
            continue;
        }
        let start = at + verb.len();
        let after = rest.get(verb.len()..).unwrap_or("");
        let after_trimmed = after.trim_start_matches([':', ' ', '一', '些', '的']);
        let start = start + after.len() - after_trimmed.len();
        let Some(span) = phrase(reading, start) else { continue };
        let words = page.cut(span);
        if words.chars().count() < 2
            || NO_INDUSTRY.at_beginning(words, |_| true).is_some()
            || names.iter().any(|name| name.touches(Span::new(at, span.end)))
        {
            continue;
        }
        // 食品加工园: the words before 加工 and 生产 belong to the trade; 能做喷涂, 可做P2 are demands.
        let before = page.before(at, 2);
        let tail_verb = matches!(verb, "生产" | "加工" | "制造" | "经营");
        if tail_verb
            && before.chars().next_back().is_some_and(|c| {
                is_han(c)
                    && !matches!(
                        c,
                        '要' | '司'
                            | '我'
                            | '们'
                            | '于'
                            | '事'
                            | '为'
                            | '是'
                            | '厂'
                            | '家'
                            | '专'
                            | '来'
                            | '业'
                            | '用'
                            | '想'
                    )
            })
        {
            continue;
        }
        if before.ends_with('叫')
            || before.ends_with("看")
            || verb == "做"
                && (before.ends_with('当')
                    || before.ends_with("想要")
                    || before.ends_with('先')
                    || before.ends_with('再'))
        {
            continue;
        }
        let known = named_in(words).next().is_some();
        let score = i32::from(known) * 4
            + match verb {
                "建设" | "投建" => 0,
                "做" if before.ends_with(['可', '以']) => 0,
                "做" if before.ends_with('能') => 1,
                _ => 3,
            };
        if score >= 2 && best.is_none_or(|(_, most)| score > most) {
            best = Some((span, score));
        }
    }
    best.map(|(span, _)| span)
}

/// The words from a place on up to where the trade ends.
fn phrase(reading: &Reading<'_>, start: usize) -> Option<Span> {
    let page = &reading.page;
    let rest = page.after(start, 20);
    let stop = rest
        .char_indices()
        .find(|(at, c)| {
            !(is_han(*c) || c.is_ascii_alphanumeric() || matches!(c, '+' | '-') || *c == '、' && *at > 0)
        })
        .map_or(rest.len(), |(at, _)| at);
    let words = rest.get(..stop)?;
    let end = page
        .among(&ENDS)
        .filter_map(|end| {
            words
                .get(3.min(words.len())..)
                .and_then(|later| later.find(end))
                .map(|at| at + 3.min(words.len()))
        })
        .filter(|at| *at >= 4)
        .min()
        .unwrap_or(words.len());
    let words = words.get(..end)?.trim_end_matches(['、', '-', '+', '和', '及', '与']);
    let digits = words.find(|c: char| c.is_ascii_digit()).filter(|at| *at > 3).unwrap_or(words.len());
    let words = words.get(..digits)?;
    (!words.is_empty()).then(|| Span::new(start, start + words.len()))
}

/// `食品配送用`, `快递分拨用`, `建食品加工园`, `跨境电商的贸易公司`.
fn before_use(reading: &Reading<'_>, names: &[Span]) -> Option<Span> {
    let page = &reading.page;
    for (word, skip) in [
        ("用,", 0),
        ("用。", 0),
        ("用;", 0),
        ("用 ", 0),
        ("配套", 0),
        ("使用", 0),
        ("加工园", 6),
        ("产业园", 0),
        ("公司", 0),
        ("企业", 0),
    ] {
        for at in page.places(word).take(5) {
            let end = at + skip;
            let before = page.before(end, 12);
            let start = before
                .char_indices()
                .rev()
                .find(|(_, c)| !(is_han(*c) || c.is_ascii_alphanumeric()))
                .map_or(0, |(at, c)| at + c.len_utf8());
            let words = before.get(start..).unwrap_or("");
            let words = words.trim_start_matches(['做', '建', '放', '给', '供', '作']);
            let words = ["我们是做", "我们是", "我司是", "我是", "是做", "我们", "某", "一家", "是"]
                .iter()
                .find_map(|lead| words.strip_prefix(lead))
                .unwrap_or(words);
            let span = Span::new(end - words.len(), end);
            if named_in(words).next().is_some()
                && !names.iter().any(|name| name.touches(span))
                && words.chars().count() <= 8
                && !reading.mask.touches(span)
            {
                return Some(span);
            }
        }
    }
    None
}

/// A word of the table anywhere in a text, outside of names.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn known(reading: &Reading<'_>, names: &[Span]) -> Option<Span> {
    let page = &reading.page;
    let text = page.text();
    let mut found = None;
    for (from, to, _) in named_in(text).take(60) {
        let span = Span::new(from, to);
        let words = page.cut(span);
        let ours = reading
            .words
            .within(span)
            .iter()
            .any(|hit| hit.span.start == span.start && !hit.topics.has(Topic::Nothing));
        let part = reading.words.all().iter().take(400).any(|hit| {
            hit.span.start < span.start && hit.span.end > span.start && !hit.topics.has(Topic::Nothing)
        });
        let vague = matches!(
            words,
            "房地产"
                | "中介"
                | "园区"
                | "投资"
                | "基金"
                | "物流"
                | "仓储"
                | "配送"
                | "广告"
                | "装修"
                | "办公"
                | "租赁"
                | "注册"
                | "法律"
                | "政府"
                | "工程"
                | "环保"
                | "安装"
                | "物业"
                | "贷款"
                | "港口"
                | "地铁"
                | "建设"
                | "停车"
                | "餐饮"
                | "酒店"
                | "宾馆"
                | "食堂"
                | "银行"
                | "电力"
                | "设备"
                | "研发"
                | "检测"
                | "软件园"
                | "总部"
                | "危废"
                | "总部经济"
                | "warehouse"
                | "storage"
                | "food"
                | "office"
                | "real estate"
                | "logistics"
                | "warehousing"
        );
        if ours
            || part
            || vague
            || !lexicon::is_whole(page, span)
            || names.iter().any(|name| name.touches(span))
            || reading.mask.touches(span)
            || Gazetteer::get().is_place(words)
        {
            continue;
        }
        if ["带", "配", "含", "有", "另", "备", "送"].iter().any(|word| page.before(from, 1) == *word)
        {
            continue;
        }
        if matches!(page.after(to, 2), "设备" | "附近" | "园区") || page.after(to, 1) == "路" {
            continue;
        }
        found = Some(span);
        break;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::wants::need;

    fn industry(text: &str) -> Option<String> {
        let reading = Reading::of(text);
        let need = need::find(&reading, &[]);
        let mut found = Findings::default();
        put(&reading, need.as_ref(), &[], &mut found);
        found.into_facts(text, "1").words(Member::Industry).map(str::to_owned)
    }

    #[test]
    fn the_words_of_the_trade() {
        for (text, expected) in [
            ("用途：模具加工（含电火花）", Some("模具加工")),
            ("租2000平厂房做注塑的要能过环评", Some("注塑")),
            ("主营锂电池结构件。", Some("锂电池结构件")),
            ("找仓库 放服装的 要带月台", Some("服装")),
            ("仓库2万方，快递分拨用，租期5年", Some("快递分拨")),
            ("space in Suzhou for precision machining.", Some("precision machining")),
            ("求租厂房2000平", None),
        ] {
            assert_eq!(industry(text).as_deref(), expected, "{text}");
        }
    }
}
