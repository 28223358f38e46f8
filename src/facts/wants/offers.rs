//! Texts that are no plain wish for a place: advertisements, offers, whole properties as an investment,
//! building to order, policies. Plain wishes are read in `need.rs`, which asks here first.

use crate::facts::form::labels::Field;
use crate::facts::measures::units::Unit;
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::deals::Deal;
use crate::facts::wants::need::{Object, Wish};
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::listed;

/// Whether what is offered is to let or for sale; to let in doubt.
pub fn offered_deal(reading: &Reading<'_>) -> Deal {
    let sells =
        reading.page.has_any(&["出售", "转让", "急售", "想卖", "要卖", "卖掉", "出让", "出手", "for sale"]);
    let lets = reading.page.has_any(&[
        "出租",
        "招租",
        "转租",
        "直租",
        "租金",
        "for lease",
        "for rent",
        "lease",
        "rent",
        "租出去",
    ]);
    if sells && !lets { Deal::Buy } else { Deal::Rent }
}

/// Somebody sells a service.
pub fn advertisement(reading: &Reading<'_>, has_area: bool, wishes: bool) -> Option<Span> {
    if let Some(span) = service(reading) {
        return Some(span);
    }
    let first = reading.words.first(Topic::Spam)?;
    let text = reading.page.lower();
    let count = reading.words.count(Topic::Spam);
    let sells = [
        "专业",
        "提供",
        "we provide",
        "we offer",
        "加微信",
        "欢迎",
        "免费",
        "低价",
        "guaranteed",
        "帮您",
        "为您",
        "帮你",
        "优惠价",
        "秒批",
        "包月",
        "可加",
        "代办",
        "代开",
        "期待合作",
        "承接",
        "we can help",
        "our service",
        "our company provides",
        "boost",
        "increase your",
        "discount",
        "老板",
        "利率",
        "限时",
        "加微",
        "加qq",
        "退订",
        "优惠",
        "精准",
        "赚",
        "恭喜",
        "package",
        "we can get",
        "拒绝请回",
        "拒收请回",
    ]
    .iter()
    .filter(|word| text.contains(**word))
    .count();
    let asks = reading.words.any(Span::new(0, text.len()), Topic::Rent)
        || reading.words.any(Span::new(0, text.len()), Topic::Buy);
    if has_area || (wishes && asks) {
        return None;
    }
    (count >= 2 && sells >= 1 || count >= 3 || count >= 1 && sells >= 2).then_some(first)
}

/// What is offered is a service for buildings or goods for them, and no place is asked for: 承接钢结构厂房翻新.
fn service(reading: &Reading<'_>) -> Option<Span> {
    let text = reading.page.lower();
    let place = |list| listed(list).filter_map(|word| Some((text.find(word)?, word.len()))).min();
    let offered = place("services offered")
        .or_else(|| place("offers").filter(|_| place("services for buildings").is_some()));
    let (at, length) = offered?;
    let asks = listed("asks for a place").any(|word| text.contains(word));
    (!asks).then(|| Span::new(at, at + length))
}

/// The writer has something to let or to sell.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn offer(reading: &Reading<'_>) -> Option<Span> {
    let page = &reading.page;
    let text = page.text();
    let stated = page
        .among(&[
            "找租客",
            "寻租客",
            "等租客",
            "我是房东",
            "我是业主",
            "本人业主",
            "本人房东",
            "i am the owner",
            "i'm the owner",
            "i am the landlord",
            "I am the owner",
            "I'm the owner",
        ])
        .find_map(|word| text.find(word).map(|at| Span::new(at, at + word.len())));
    if stated.is_some() && !text.contains("求租") {
        return stated;
    }
    if !reading.words.all().iter().any(|hit| hit.topics.has(Topic::Offer)) {
        return None;
    }
    let lower = page.lower();
    for hit in reading.words.all().iter().filter(|hit| hit.topics.has(Topic::Offer)).take(20) {
        let sentence = reading.clauses.sentence(hit.span);
        let words = page.lower_cut(sentence);
        let plain = matches!(
            page.lower_cut(hit.span),
            "出租" | "for lease" | "for rent" | "to let" | "available for rent"
        );
        let labelled =
            reading.labels.iter().any(|label| label.field == Field::Need && label.value.holds(hit.span));
        // 你们有厂房出租吗, 求租: somebody asks.
        let before = page.text().get(sentence.start..hit.span.start).unwrap_or("");
        let before_lower = page.lower_cut(Span::new(sentence.start, hit.span.start));
        let asks = [
            "有没有",
            "有无",
            "你们",
            "您们",
            "贵园区",
            "请问有",
            "求租",
            "求购",
            "想租",
            "looking for",
            "any ",
            "anyone",
            "who has",
            "is there",
            "do you",
            "needed",
            "wanted",
            "需求",
            "需要",
        ]
        .iter()
        .any(|word| before_lower.contains(word))
            || matches!(page.char_at(hit.span.end), Some('吗' | '么' | '嘛'))
            || page.from(hit.span.end).starts_with(['不', '没'])
                && page
                    .after(hit.span.end, 2)
                    .chars()
                    .nth(1)
                    .is_none_or(|c| !crate::facts::text::normal::is_han(c))
            || page.after(hit.span.end, 3).contains('吗');
        let owner = [
            "业主",
            "房东",
            "自有",
            "我有",
            "我们有",
            "我司有",
            "手上有",
            "手里有",
            "有一栋",
            "有一套",
            "有一处",
            "有一块",
            "有一层",
            "有闲置",
            "闲置",
            "中介勿扰",
            "i own",
            "we own",
            "owner",
            "landlord",
            "agents welcome",
            "no agents",
        ]
        .iter()
        .any(|word| lower.contains(word))
            || reading.words.count(Topic::Owner) > 0;
        let wants = reading.words.within(Span::new(0, text.len())).iter().any(|hit| {
            hit.topics.has(Topic::Want)
                && matches!(
                    page.cut(hit.span),
                    "求租"
                        | "求购"
                        | "找"
                        | "想"
                        | "需要"
                        | "寻"
                        | "急求"
                        | "求"
                        | "请问"
                        | "咨询"
                        | "looking"
                        | "need"
                        | "seeking"
                )
        });
        let after_have = before.rfind('有').is_some_and(|at| {
            !before.get(at..).is_some_and(|rest| {
                rest.starts_with("有没有") || rest.starts_with("有无") || rest.starts_with("有限")
            })
        });
        // 我有一间…想托管给你们招租: theirs, though we are spoken to.
        let theirs = [
            "我有一",
            "我有间",
            "我有个",
            "我有套",
            "我有栋",
            "我家",
            "自家",
            "手上有",
            "手里有",
            "本人有",
            "托管",
        ]
        .iter()
        .any(|word| words.contains(word))
            && !before.contains("求租");
        if asks && !theirs && !words.contains("业主") {
            continue;
        }
        let priced = reading.quantities.iter().any(|quantity| quantity.per.is_some() && quantity.is_money());
        let purposeful =
            reading.words.count(Topic::Tax) > 0 || text.contains("用途") || text.contains("主营");
        if owner && !(labelled && wants)
            || after_have && !purposeful
            || !plain && !wants && !purposeful
            || plain && !wants && priced && !purposeful
        {
            return Some(hit.span);
        }
    }
    None
}

/// Whole properties as an investment.
pub fn asset(reading: &Reading<'_>, has_area: bool) -> Option<Span> {
    let first = reading.words.first(Topic::Asset)?;
    let count = reading.words.count(Topic::Asset);
    let page = &reading.page;
    let strong = [
        "reits",
        "reit",
        "cap rate",
        "资产包",
        "大宗资产",
        "大宗交易",
        "大宗物业",
        "成熟产业园",
        "收购产业园",
        "存量资产",
        "储备资产",
        "资产收购",
        "portfolio",
        "sale-and-leaseback",
        "income-producing",
        "stabilised",
        "stabilized",
        "出租率",
        "occupancy above",
        "不动产基金",
        "ticket size",
        "带租约",
        "资产配置",
        "收租",
    ];
    let lower = page.lower();
    let strong = strong.iter().filter(|word| lower.contains(**word)).count();
    let all = Span::new(0, page.text().len());
    let buys = reading.words.any(all, Topic::Buy) || lower.contains("投资") || lower.contains("invest");
    let lease = reading.words.within(all).iter().any(|hit| {
        hit.topics.has(Topic::Rent) && matches!(page.cut(hit.span), "租" | "求租" | "承租" | "租赁")
    });
    (count >= 2 && buys && !(lease && has_area) || strong >= 1 && buys && !lease || strong >= 2)
        .then_some(first)
}

/// To be built for the inquirer.
pub fn custom(reading: &Reading<'_>) -> Option<Span> {
    let page = &reading.page;
    for hit in reading.words.all().iter().filter(|hit| hit.topics.has(Topic::Custom)).take(10) {
        let word = page.lower_cut(hit.span);
        let sure =
            word.is_ascii() || word == "代建" || word == "定建" || word == "委托建设" || word == "按需建";
        let part = reading.part(hit.span);
        let after = page.after(hit.span.end, 8);
        let object = reading
            .words
            .within(part)
            .iter()
            .any(|other| Object::of(other).is_some() && other.span.start.abs_diff(hit.span.start) <= 40);
        let building = ["建", "化建", "厂房", "仓"].iter().any(|word| after.starts_with(word));
        let product = ["家具", "服装", "家居", "橱柜", "衣柜", "机械", "设备", "礼品", "非标"]
            .iter()
            .any(|word| after.contains(word))
            || page.before(hit.span.start, 3).contains("全屋")
            || page.before(hit.span.start, 3).contains("非标");
        if !product && (sure || building || object) {
            return Some(hit.span);
        }
    }
    None
}

/// Where to register, what is paid back. Not if a place of a size is wanted.
pub fn policy(reading: &Reading<'_>, wishes: &[Wish], names: &[Span]) -> Option<Span> {
    let hits: Vec<&Hit> = reading
        .words
        .all()
        .iter()
        .filter(|hit| hit.topics.has(Topic::Policy) && !names.iter().any(|name| name.touches(hit.span)))
        .take(20)
        .collect();
    let first = hits.first()?;
    let asks = reading.page.has_any(&[
        "问下政策",
        "问政策",
        "咨询政策",
        "了解政策",
        "政策咨询",
        "返还几个点",
        "返几个点",
        "返多少",
        "只问政策",
    ]);
    let has_size = wishes.iter().any(|wish| wish.score > 2 && wish.quantity.is_some())
        || reading
            .quantities
            .iter()
            .any(|quantity| matches!(quantity.unit, Unit::Sqm | Unit::Mu) && quantity.per.is_none());
    if has_size && !asks {
        return None;
    }
    let page = &reading.page;
    let strong = hits.iter().any(|hit| {
        !matches!(
            page.cut(hit.span),
            "政策" | "奖励" | "扶持" | "注册" | "incentive" | "registration" | "产业政策" | "扶持政策"
        )
    });
    // 想租写字楼, 有什么政策: the place comes first.
    let rents = wishes.iter().any(|wish| {
        let part = reading.part(wish.span);
        wish.score > 2 && (reading.words.any(part, Topic::Rent) || reading.words.any(part, Topic::Buy))
    });
    (asks || strong && !rents || !wishes.iter().any(|wish| wish.score > 1)).then_some(first.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_plain_wish() {
        assert!(offer(&Reading::of("我有一栋厂房出租，租金1.1元/平/天")).is_some());
        assert!(offer(&Reading::of("你们有厂房出租吗")).is_none());
        assert!(advertisement(&Reading::of("专业网站优化，百度首页推广，加微信"), false, false).is_some());
        assert!(asset(&Reading::of("基金寻求收购成熟产业园，拟发REITs"), false).is_some());
        assert!(
            custom(&Reading::of("需定制厂房12000平")).is_some()
                && custom(&Reading::of("做全屋定制家具，租厂房")).is_none()
        );
        assert!(policy(&Reading::of("想了解注册政策"), &[], &[]).is_some());
    }
}
