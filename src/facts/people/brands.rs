//! What the name of a company is made of: the brand, the trade, the words that lead to it.
//! Which company writes is decided in `company.rs`.

use std::sync::LazyLock;

use crate::facts::text::normal::{self, is_han};
use crate::facts::words::dictionary::Dictionary;
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lists::listed;

/// Bodies that many trades have; a name before them must say more than the trade.
pub const BODIES: &[&str] = &["研究院", "研究所", "设计院", "事务所", "专业合作社", "合作社"];

/// A name without the city before it and without the words of its trade.
pub fn brand_of(core: &str) -> &str {
    let mut brand = core;
    let seat = brand
        .find(['市', '省', '县'])
        .filter(|at| (6..=12).contains(at))
        .and_then(|at| brand.get(at + '市'.len_utf8()..));
    brand = seat.unwrap_or(brand);
    for _ in 0..4 {
        let body = [
            "律师",
            "会计师",
            "会计",
            "税务师",
            "税务",
            "勘察",
            "规划",
            "专利",
            "知识产权",
            "测绘",
            "评估",
            "建筑",
            "科学",
            "蔬菜",
            "水果",
            "种植",
            "养殖",
        ];
        let end = TRADE
            .at_end(brand, |_| true)
            .map(|(trade, ())| trade)
            .or_else(|| body.iter().find(|word| brand.ends_with(**word)).copied());
        let Some(end) = end else { break };
        brand = brand.get(..brand.len() - end.len()).unwrap_or("");
    }
    brand
}

/// 自称甲乙塑胶, 我们公司甲乙塑胶: without the words that lead to a name. 和顺机械 and 致远软件 keep theirs.
pub fn without_leads(name: &str) -> &str {
    let mut rest = name;
    while let Some((lead, ())) = LEAD.at_beginning(rest, |_| true) {
        let inner = rest.get(lead.len()..).unwrap_or("");
        let brands =
            matches!(lead, "致" | "和" | "为" | "与" | "及" | "由" | "系" | "附") && rest.len() == name.len();
        if brands && ![4, 3, 2].iter().any(|length| Gazetteer::get().is_place(normal::head(inner, *length))) {
            break;
        }
        rest = inner;
    }
    rest
}

/// Whether the words are what many companies are, and nothing else.
pub fn is_generic(name: &str) -> bool {
    GENERIC.at_beginning(name, |_| true).is_some_and(|(word, ())| word == name)
}

/// Whether the words begin so.
pub fn begins_generic(name: &str) -> bool {
    GENERIC.at_beginning(name, |word| word.chars().count() > 1).is_some()
}

/// The trade that ends a name.
pub fn trade_at_end(name: &str) -> Option<&'static str> {
    TRADE.at_end(name, |_| true).map(|(trade, ())| trade)
}

/// Whether a name ends with a trade and has at least so many characters before it.
pub fn has_trade(name: &str, before: usize) -> bool {
    let length = name.chars().count();
    TRADE.at_end(name, |trade| length >= trade.chars().count() + before).is_some()
}

static TRADE: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_ends(listed("trades").map(|word| (word, ()))));
/// Names that only say what sort of company it is.
static GENERIC: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("no company names").map(|word| (word, ()))));
static LEAD: LazyLock<Dictionary<()>> =
    LazyLock::new(|| Dictionary::of_beginnings(listed("before company names").map(|word| (word, ()))));

/// Whether the words could be a name without its legal form.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn is_short_name(token: &str) -> bool {
    let length = token.chars().count();
    let sentence = [
        "租",
        "买",
        "要",
        "做",
        "找",
        "想",
        "需",
        "求",
        "平",
        "亩",
        "可以",
        "以内",
        "以上",
        "左右",
        "元",
        "万",
        "的",
        "附近",
        "优先",
        "面议",
        "勿扰",
        "谢谢",
        "联系",
        "电话",
        "急",
        "都行",
        "都可",
        "预算",
        "厂房",
        "仓库",
        "用于",
        "主营",
        "生产",
        "我",
        "你",
        "您",
        "委会",
        "政府",
        "中介",
        "业主",
        "客户",
        "房东",
        "某",
        "央企",
        "国企",
        "知名",
        "上市公司",
        "世界500强",
        "物业",
        "直接",
        "本人",
        "加急",
        "发布",
        "来电",
        "回电",
        "先生",
        "女士",
        "经理",
        "吗",
        "请",
        "尽快",
        "能",
        "有",
        "是",
        "在",
        "放",
    ];
    (3..=12).contains(&length)
        && token.chars().any(is_han)
        && !token.starts_with(|c: char| c.is_ascii_digit())
        && !sentence.iter().any(|word| token.contains(word))
        && !is_generic(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_and_leads() {
        assert_eq!(brand_of("张家港市澈禾五金"), "澈禾");
        assert_eq!(brand_of("律师"), "");
        assert_eq!(without_leads("自称峤安玩具"), "峤安玩具");
        assert_eq!(without_leads("致远软件"), "致远软件");
        assert!(is_short_name("峤安玩具") && !is_short_name("某央企产业基金"));
    }
}
