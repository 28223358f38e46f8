//! What is wanted: a factory, a warehouse, land …, to rent or to buy; or an offer, a question about policies, an advertisement.
//! How large it shall be is found in `areas.rs`.

use super::findings::Findings;
use super::labels::Field;
use super::lexicon::{Hit, Topic};
use super::model::NeedKind;
use super::normal::Span;
use super::per::Per;
use super::quantity::Quantity;
use super::reading::Reading;
use super::units::Unit;

/// A thing that can be rented or bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    Factory,
    Warehouse,
    Office,
    Land,
}

impl Object {
    pub fn of(hit: &Hit) -> Option<Self> {
        let topics = hit.topics;
        if topics.has(Topic::Factory) {
            Some(Self::Factory)
        } else if topics.has(Topic::Warehouse) {
            Some(Self::Warehouse)
        } else if topics.has(Topic::Office) || topics.has(Topic::Lab) {
            Some(Self::Office)
        } else if topics.has(Topic::Land) || topics.has(Topic::Yard) {
            Some(Self::Land)
        } else {
            None
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Need {
    pub kind: NeedKind,
    pub also: Vec<NeedKind>,
    pub object: Option<Object>,
    /// The kind that is offered, for an offer.
    pub offered: Option<NeedKind>,
    pub span: Span,
    pub confidence: f64,
}

impl Need {
    pub fn is_purchase(&self) -> bool {
        matches!(self.kind, NeedKind::FactoryBuy | NeedKind::OfficeBuy | NeedKind::WarehouseBuy | NeedKind::AssetInvestment) || matches!(self.offered, Some(NeedKind::FactoryBuy | NeedKind::OfficeBuy | NeedKind::WarehouseBuy))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deal {
    Rent,
    Buy,
}

/// An object at its place, and how much speaks for it.
#[derive(Debug, Clone, Copy)]
struct Wish {
    object: Object,
    span: Span,
    score: i32,
    quantity: Option<Quantity>,
}

/// `names`: companies and contacts; words in them do not count.
pub fn find(reading: &Reading<'_>, names: &[Span]) -> Option<Need> {
    let all = Span::new(0, reading.page.text().len());
    let wishes = wishes(reading, names);
    let best = wishes.iter().filter(|wish| wish.score > 0).max_by(|a, b| a.score.cmp(&b.score).then(b.span.start.cmp(&a.span.start))).copied();
    let need = |kind, span, confidence| Some(Need { kind, also: Vec::new(), object: best.map(|wish| wish.object), offered: None, span, confidence });
    let has_area = reading.quantities.iter().any(|quantity| matches!(quantity.unit, Unit::Sqm | Unit::Mu));
    if let Some(span) = advertisement(reading, has_area, best.is_some()) {
        return need(NeedKind::Spam, span, 0.9);
    }
    if let Some(span) = offer(reading) {
        let (object, deal) = (best.map_or(Object::Factory, |wish| wish.object), offered_deal(reading));
        let offered = kind_of(object, deal);
        let object = best.map(|wish| wish.object);
        return Some(Need { kind: NeedKind::Supply, also: Vec::new(), object, offered: Some(offered), span, confidence: 0.9 });
    }
    if let Some(span) = asset(reading, has_area) {
        return need(NeedKind::AssetInvestment, span, 0.85);
    }
    if let Some(span) = custom(reading) {
        let mut need = Need { kind: NeedKind::CustomBuild, also: Vec::new(), object: Some(Object::Factory), offered: None, span, confidence: 0.9 };
        need.also = also(reading, &wishes, best, NeedKind::CustomBuild).into_iter().filter(|kind| *kind != NeedKind::Land && *kind != NeedKind::FactoryRent && *kind != NeedKind::FactoryBuy).collect();
        return Some(need);
    }
    if let Some(span) = policy(reading, &wishes, names) {
        return Some(Need { kind: NeedKind::RegistrationPolicy, also: Vec::new(), object: None, offered: None, span, confidence: 0.85 });
    }
    if let Some(best) = best {
        let kind = kind_of(best.object, deal(reading, best.span));
        let also = also(reading, &wishes, Some(best), kind);
        let confidence = if best.score >= 3 { 0.95 } else { 0.85 };
        return Some(Need { kind, also, object: Some(best.object), offered: None, span: best.span, confidence });
    }
    if let Some(quantity) = reading.quantities.iter().find(|quantity| quantity.unit == Unit::Sqm && quantity.per.is_none()) {
        let text = reading.page.text();
        let object = if ["仓配", "快递", "囤货", "存放", "发货", "3PL", "3pl", "logistics"].iter().any(|word| text.contains(word)) {
            Object::Warehouse
        } else if ["团队", "人办公", "坐班", "会议室", "前台"].iter().any(|word| text.contains(word)) {
            Object::Office
        } else {
            Object::Factory
        };
        return Some(Need { kind: kind_of(object, deal(reading, quantity.span)), also: Vec::new(), object: Some(object), offered: None, span: quantity.span, confidence: 0.75 });
    }
    rest(reading, all, names)
}

/// Without an object and an area: policies, projects, anything else.
fn rest(reading: &Reading<'_>, all: Span, names: &[Span]) -> Option<Need> {
    let need = |kind, span, confidence| Some(Need { kind, also: Vec::new(), object: None, offered: None, span, confidence });
    let outside = |hit: &&Hit| !names.iter().any(|name| name.touches(hit.span));
    if let Some(hit) = reading.words.all().iter().filter(outside).find(|hit| hit.topics.has(Topic::Policy) || hit.topics.has(Topic::Invoiced)) {
        return need(NeedKind::RegistrationPolicy, hit.span, 0.7);
    }
    let text = reading.page.text();
    let builds = ["建厂", "落地", "选址", "建设项目", "投产", "新建", "落户", "set up a plant", "build a plant"].iter().any(|word| text.contains(word));
    if builds && reading.words.count(Topic::Investment) > 0 {
        return need(NeedKind::Land, reading.words.first(Topic::Investment).unwrap_or(all), 0.5);
    }
    if let Some(wish) = reading.words.all().iter().filter(outside).find(|hit| Object::of(hit).is_some() && !hit.topics.has(Topic::Yard)) {
        let object = Object::of(wish)?;
        let negated = near_before(reading, wish.span, Topic::Without, 8);
        if !negated {
            return need(kind_of(object, deal(reading, wish.span)), wish.span, 0.6);
        }
    }
    // Words that say something, but nothing of the trade.
    let mut covered: usize = reading.mask.spans().chain(names.iter().copied()).map(|span| span.end - span.start).sum();
    covered += reading.labels.iter().map(|label| label.name.end - label.name.start).sum::<usize>();
    let told = reading.words.any(all, Topic::Want) || text.len().saturating_sub(covered) >= 24;
    if told { need(NeedKind::Other, Span::new(0, 0), 0.5) } else { None }
}

fn kind_of(object: Object, deal: Deal) -> NeedKind {
    match (object, deal) {
        (Object::Factory, Deal::Rent) => NeedKind::FactoryRent,
        (Object::Factory, Deal::Buy) => NeedKind::FactoryBuy,
        (Object::Warehouse, Deal::Rent) => NeedKind::WarehouseRent,
        (Object::Warehouse, Deal::Buy) => NeedKind::WarehouseBuy,
        (Object::Office, Deal::Rent) => NeedKind::OfficeRent,
        (Object::Office, Deal::Buy) => NeedKind::OfficeBuy,
        (Object::Land, _) => NeedKind::Land,
    }
}

/// Objects looked at in one text.
const MAX: usize = 80;

fn wishes(reading: &Reading<'_>, names: &[Span]) -> Vec<Wish> {
    let page = &reading.page;
    let mut wishes: Vec<Wish> = Vec::new();
    for hit in reading.words.all().iter().filter(|hit| Object::of(hit).is_some()).take(MAX) {
        let Some(object) = Object::of(hit) else { continue };
        if names.iter().any(|name| name.touches(hit.span)) || reading.mask.touches(hit.span) {
            continue;
        }
        let part = reading.part(hit.span);
        let words = page.cut(hit.span);
        let before = page.text().get(part.start..hit.span.start).unwrap_or("");
        let mut score = 1;
        let wanted = match object {
            Object::Land => Unit::Mu,
            _ => Unit::Sqm,
        };
        let quantity = nearest_quantity(reading, part, hit.span, wanted).or_else(|| if object == Object::Land { nearest_quantity(reading, part, hit.span, Unit::Sqm) } else { None });
        if quantity.is_some() {
            score += 2;
        }
        let deals = reading.words.within(part).iter().any(|hit| hit.topics.has(Topic::Rent) || hit.topics.has(Topic::Buy) || hit.topics.has(Topic::Want));
        if deals {
            score += 2;
        }
        if reading.labels.iter().any(|label| label.field == Field::Need && label.value.holds(hit.span)) {
            score += 2;
        }
        if near_before(reading, hit.span, Topic::Without, 8) {
            score -= 9;
        }
        if near_before(reading, hit.span, Topic::Besides, 14) || super::normal::tail(before, 3).contains(['配', '附']) {
            score -= 5;
        }
        if reading.before_in_part(hit.span, Topic::Current, &[Topic::Want]) || words == "老厂" || before.ends_with("我们的") || before.ends_with("我司的") {
            score -= 5;
        }
        // 建厂房, 建设汽车电子工厂: what they will build themselves.
        let builds = ["建", "建设", "自建", "新建", "盖", "投建", "兴建"].iter().any(|word| super::normal::tail(before, 10).contains(word)) && object != Object::Land && !super::normal::tail(before, 10).contains("代建");
        if builds {
            score -= 4;
        }
        if matches!(words, "工厂" | "占地" | "办公" | "厂区" | "用地" | "生产基地") || words.eq_ignore_ascii_case("plant") || words.eq_ignore_ascii_case("lab") {
            score -= 1;
        }
        if words == "占地" || words == "用地" && reading.quantities.iter().all(|quantity| quantity.unit != Unit::Mu) {
            score -= 2;
        }
        // 在办公室 …, 仓库管理: the word only describes.
        let after = page.after(hit.span.end, 4);
        if ["附近", "旁", "管理", "主管", "设备", "货架", "经理", "照片", "结构图"].iter().any(|word| after.starts_with(word)) {
            score -= 2;
        }
        wishes.push(Wish { object, span: hit.span, score, quantity });
    }
    // 二十亩 without a word for land is land.
    for quantity in reading.quantities.iter().filter(|quantity| quantity.unit == Unit::Mu && quantity.per.is_none()).take(5) {
        let before = page.before(quantity.span.start, 8);
        let covers = before.contains("占地");
        let part = reading.part(quantity.span);
        let current = reading.before_in_part(quantity.span, Topic::Current, &[Topic::Want]);
        if !covers && !current && !wishes.iter().any(|wish| wish.object == Object::Land && part.holds(wish.span)) {
            wishes.push(Wish { object: Object::Land, span: quantity.span, score: 2, quantity: Some(*quantity) });
        }
    }
    wishes.sort_by_key(|wish| wish.span);
    wishes
}

fn nearest_quantity(reading: &Reading<'_>, part: Span, span: Span, unit: Unit) -> Option<Quantity> {
    let from = reading.quantities.partition_point(|quantity| quantity.span.start < part.start);
    let within = reading.quantities.get(from..)?.iter().take_while(|quantity| quantity.span.start < part.end).filter(|quantity| quantity.unit == unit && quantity.per.is_none());
    within.min_by_key(|quantity| quantity.span.start.abs_diff(span.start)).copied()
}

/// A word of the topic at most so many characters before, in the same part.
fn near_before(reading: &Reading<'_>, span: Span, topic: Topic, distance: usize) -> bool {
    let window = reading.page.before(span.start, distance);
    let part = reading.part(span);
    reading.words.any(Span::new((span.start - window.len()).max(part.start), span.start), topic)
}

/// To rent or to buy: the nearest word in the part, then in the sentence, then anywhere; then what the price is per.
fn deal(reading: &Reading<'_>, span: Span) -> Deal {
    let part = reading.part(span);
    let sentence = reading.clauses.sentence(span);
    let all = Span::new(0, reading.page.text().len());
    for piece in [part, sentence, all] {
        let nearest = reading.words.within(piece).iter().filter(|hit| hit.topics.has(Topic::Rent) || hit.topics.has(Topic::Buy) && !is_of_land(reading, hit)).min_by_key(|hit| hit.span.start.abs_diff(span.start));
        if let Some(hit) = nearest {
            let first = reading.words.within(piece).iter().filter(|hit| hit.topics.has(Topic::Rent) || hit.topics.has(Topic::Buy)).take(4).find(|other| hit.span.start.abs_diff(other.span.start) <= 12).unwrap_or(hit);
            return if first.topics.has(Topic::Buy) && !first.topics.has(Topic::Rent) { Deal::Buy } else { Deal::Rent };
        }
        if reading.words.any(piece, Topic::Offer) {
            return offered_deal(reading);
        }
    }
    if reading.quantities.iter().any(|quantity| quantity.per == Some(Per::Sqm) && quantity.is_money() && quantity.low >= 1000.0) || reading.page.text().contains("总价") {
        return Deal::Buy;
    }
    Deal::Rent
}

/// 购地, 买设备: the verb has another object.
fn is_of_land(reading: &Reading<'_>, hit: &Hit) -> bool {
    reading.page.char_at(hit.span.end) == Some('地') || reading.page.after(hit.span.end, 2) == "设备"
}

fn offered_deal(reading: &Reading<'_>) -> Deal {
    let sells = ["出售", "转让", "急售", "想卖", "要卖", "卖掉", "出让", "for sale"].iter().any(|word| reading.page.text().contains(word));
    let lets = ["出租", "招租", "转租", "直租", "租金", "for lease", "for rent", "lease", "rent", "租出去"].iter().any(|word| reading.page.text().contains(word));
    if sells && !lets { Deal::Buy } else { Deal::Rent }
}

/// Other things wanted with a size of their own: `另外想买地20亩`, `租或买`.
fn also(reading: &Reading<'_>, wishes: &[Wish], best: Option<Wish>, kind: NeedKind) -> Vec<NeedKind> {
    let Some(best) = best else { return Vec::new() };
    let mut also: Vec<NeedKind> = Vec::new();
    let size = best.quantity.map_or(0.0, |quantity| quantity.low);
    for wish in wishes.iter().filter(|wish| wish.object != best.object && wish.score > 2) {
        let Some(quantity) = wish.quantity else { continue };
        let own = best.quantity.is_none_or(|first| first.span != quantity.span);
        let large = match wish.object {
            Object::Land => quantity.unit == Unit::Mu,
            _ => quantity.unit == Unit::Sqm && (best.object == Object::Land || quantity.low >= size * 0.3),
        };
        let another = kind_of(wish.object, deal(reading, wish.span));
        // A plant on one's own land is no second wish.
        if own && large && another != kind && !also.contains(&another) && !(best.object == Object::Land && reading.page.before(wish.span.start, 8).contains('建')) {
            also.push(another);
        }
    }
    let part = reading.page.cut(reading.clauses.sentence(best.span)).to_ascii_lowercase();
    let either = ["租或买", "租或者买", "租赁或购买", "租购", "可租可买", "可买可租", "租或购", "租买", "租赁或购置", "rent or buy", "lease or buy", "lease or purchase", "rent or purchase", "买或租", "购买或租赁", "租、买"].iter().any(|word| part.contains(word));
    if either && best.object != Object::Land {
        for deal in [Deal::Rent, Deal::Buy] {
            let another = kind_of(best.object, deal);
            if another != kind && !also.contains(&another) {
                also.push(another);
            }
        }
    }
    also
}

/// Somebody sells a service.
fn advertisement(reading: &Reading<'_>, has_area: bool, wishes: bool) -> Option<Span> {
    let text = reading.page.text().to_ascii_lowercase();
    let first = reading.words.first(Topic::Spam)?;
    let count = reading.words.count(Topic::Spam);
    let sells = ["专业", "提供", "we provide", "we offer", "加微信", "欢迎", "免费", "低价", "guaranteed", "帮您", "为您", "帮你", "优惠价", "秒批", "包月", "可加", "代办", "代开", "期待合作", "承接", "we can help", "our service", "our company provides", "boost", "increase your", "discount", "老板", "利率"].iter().filter(|word| text.contains(**word)).count();
    let asks = reading.words.any(Span::new(0, text.len()), Topic::Rent) || reading.words.any(Span::new(0, text.len()), Topic::Buy);
    if has_area || (wishes && asks) {
        return None;
    }
    (count >= 2 && sells >= 1 || count >= 3 || count >= 1 && sells >= 2).then_some(first)
}

/// The writer has something to let or to sell.
fn offer(reading: &Reading<'_>) -> Option<Span> {
    let page = &reading.page;
    let text = page.text();
    for hit in reading.words.all().iter().filter(|hit| hit.topics.has(Topic::Offer)).take(20) {
        let sentence = reading.clauses.sentence(hit.span);
        let words = page.cut(sentence).to_ascii_lowercase();
        let plain = page.cut(hit.span) == "出租";
        // 你们有厂房出租吗, 求租: somebody asks.
        let before = page.text().get(sentence.start..hit.span.start).unwrap_or("");
        let asks = ["有没有", "有无", "你们", "您们", "贵园区", "请问有", "求租", "求购", "想租", "looking for", "any ", "do you", "需求"].iter().any(|word| before.to_ascii_lowercase().contains(word)) || matches!(page.char_at(hit.span.end), Some('吗' | '么')) || page.after(hit.span.end, 3).contains('吗');
        let owner = ["业主", "房东", "自有", "我有", "我们有", "我司有", "手上有", "手里有", "有一栋", "有一套", "有一处", "有一块", "有一层", "有闲置", "闲置", "中介勿扰", "i own", "we own", "owner", "landlord", "agents welcome", "no agents"].iter().any(|word| text.to_ascii_lowercase().contains(word)) || reading.words.count(Topic::Owner) > 0;
        let wants = reading.words.within(Span::new(0, text.len())).iter().any(|hit| hit.topics.has(Topic::Want) && matches!(page.cut(hit.span), "求租" | "求购" | "找" | "想" | "需要" | "寻" | "急求" | "求" | "请问" | "咨询" | "looking" | "need" | "seeking"));
        let after_have = before.rfind('有').is_some_and(|at| !before.get(at..).is_some_and(|rest| rest.starts_with("有没有") || rest.starts_with("有无") || rest.starts_with("有限")));
        if asks && !words.contains("业主") {
            continue;
        }
        let priced = reading.quantities.iter().any(|quantity| quantity.per.is_some() && quantity.is_money());
        let purposeful = reading.words.count(Topic::Tax) > 0 || text.contains("用途") || text.contains("主营");
        if owner || after_have && !purposeful || !plain && !wants && !purposeful || plain && !wants && priced && !purposeful {
            return Some(hit.span);
        }
    }
    None
}

/// Whole properties as an investment.
fn asset(reading: &Reading<'_>, has_area: bool) -> Option<Span> {
    let first = reading.words.first(Topic::Asset)?;
    let count = reading.words.count(Topic::Asset);
    let page = &reading.page;
    let strong = ["reits", "reit", "cap rate", "资产包", "大宗资产", "大宗交易", "大宗物业", "成熟产业园", "收购产业园", "存量资产", "储备资产", "资产收购", "portfolio", "sale-and-leaseback", "income-producing"];
    let lower = page.text().to_ascii_lowercase();
    let strong = strong.iter().filter(|word| lower.contains(**word)).count();
    let all = Span::new(0, page.text().len());
    let buys = reading.words.any(all, Topic::Buy) || lower.contains("投资") || lower.contains("invest");
    let lease = reading.words.within(all).iter().any(|hit| hit.topics.has(Topic::Rent) && matches!(page.cut(hit.span), "租" | "求租" | "承租" | "租赁"));
    (count >= 2 && buys && !(lease && has_area) || strong >= 1 && buys && !lease || strong >= 2).then_some(first)
}

/// To be built for the inquirer.
fn custom(reading: &Reading<'_>) -> Option<Span> {
    let page = &reading.page;
    for hit in reading.words.all().iter().filter(|hit| hit.topics.has(Topic::Custom)).take(10) {
        let word = page.cut(hit.span).to_ascii_lowercase();
        let sure = word.is_ascii() || word == "代建" || word == "定建" || word == "委托建设" || word == "按需建";
        let part = reading.part(hit.span);
        let after = page.after(hit.span.end, 8);
        let object = reading.words.within(part).iter().any(|other| Object::of(other).is_some() && other.span.start.abs_diff(hit.span.start) <= 40);
        let building = ["建", "化建", "厂房", "仓"].iter().any(|word| after.starts_with(word));
        let product = ["家具", "服装", "家居", "橱柜", "衣柜", "机械", "设备", "礼品", "非标"].iter().any(|word| after.contains(word)) || page.before(hit.span.start, 3).contains("全屋") || page.before(hit.span.start, 3).contains("非标");
        if !product && (sure || building || object) {
            return Some(hit.span);
        }
    }
    None
}

/// Where to register, what is paid back. Not if a place of a size is wanted.
fn policy(reading: &Reading<'_>, wishes: &[Wish], names: &[Span]) -> Option<Span> {
    let hits: Vec<&Hit> = reading.words.all().iter().filter(|hit| hit.topics.has(Topic::Policy) && !names.iter().any(|name| name.touches(hit.span))).take(20).collect();
    let first = hits.first()?;
    let sized = wishes.iter().any(|wish| wish.score > 2 && wish.quantity.is_some()) || reading.quantities.iter().any(|quantity| matches!(quantity.unit, Unit::Sqm | Unit::Mu) && quantity.per.is_none());
    if sized {
        return None;
    }
    let page = &reading.page;
    let strong = hits.iter().any(|hit| !matches!(page.cut(hit.span), "政策" | "奖励" | "扶持" | "注册" | "incentive" | "registration" | "产业政策" | "扶持政策"));
    // 想租写字楼, 有什么政策: the place comes first.
    let rents = wishes.iter().any(|wish| {
        let part = reading.part(wish.span);
        wish.score > 2 && (reading.words.any(part, Topic::Rent) || reading.words.any(part, Topic::Buy))
    });
    (strong && !rents || !wishes.iter().any(|wish| wish.score > 1)).then_some(first.span)
}

/// Writes need_kind and need_kind_also.
pub fn put(reading: &Reading<'_>, need: &Need, found: &mut Findings) {
    found.put(&reading.page, "need_kind", need.kind.word(), need.span, need.confidence);
    if !need.also.is_empty() {
        let also: Vec<&str> = need.also.iter().map(|kind| kind.word()).collect();
        found.put(&reading.page, "need_kind_also", also, need.span, need.confidence * 0.9);
    }
    if let Some(offered) = need.offered {
        found.extra("supply_kind", offered.word());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        let need = find(&Reading::of(text), &[]);
        need.into_iter().flat_map(|need| std::iter::once(need.kind).chain(need.also)).map(NeedKind::word).collect()
    }

    #[test]
    fn what_is_wanted() {
        for (text, expected) in [
            ("想租个厂房2000平", vec!["factory_rent"]),
            ("需求：厂房出租，3000平方米", vec!["factory_rent"]),
            ("想买独栋厂房1200平", vec!["factory_buy"]),
            ("有没有三千平的仓库", vec!["warehouse_rent"]),
            ("太仓附近写字楼300平", vec!["office_rent"]),
            ("拟购置办公楼2000㎡", vec!["office_buy"]),
            ("工业用地50亩", vec!["land"]),
            ("看你们那的地，20亩", vec!["land"]),
            ("我有一栋厂房出租，4000平，租金1.1元/平/天", vec!["supply"]),
            ("你们那有厂房出租吗，我们有30人", vec!["factory_rent"]),
            ("需定制厂房12000㎡，占地30亩", vec!["custom_build"]),
            ("想了解注册政策和税收返还，不需要办公室", vec!["registration_policy"]),
            ("基金寻求收购成熟产业园，拟发REITs", vec!["asset_investment"]),
            ("专业网站优化，百度首页推广，加微信", vec!["spam"]),
            ("请问能帮忙找合伙人吗，想开饭店", vec!["other"]),
            ("首期租赁厂房1.5万㎡，二期供地80亩", vec!["factory_rent", "land"]),
            ("苏州3k-5k平，能做喷涂", vec!["factory_rent"]),
            ("Need 350 sqm office", vec!["office_rent"]),
            ("I own a 6,200 sqm factory, available for lease", vec!["supply"]),
        ] {
            assert_eq!(kinds(text), expected, "{text}");
        }
    }
}
