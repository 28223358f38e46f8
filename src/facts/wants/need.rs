//! What is wanted: a factory, a warehouse, land …, to rent or to buy; or an offer, a question about policies,
//! an advertisement. How large it shall be is found in `areas.rs`.

use crate::facts::form::labels::Field;
use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::deals::{Deal, also, deal};
use crate::facts::wants::offers;
use crate::facts::words::lexicon::{Hit, Topic};

/// A thing that can be rented or bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    Factory,
    Warehouse,
    Office,
    Land,
}

impl Object {
    /// The object that a word names.
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
    /// Whether something is bought (or offered for sale), so that prices are for the whole.
    pub fn is_purchase(&self) -> bool {
        matches!(
            self.kind,
            NeedKind::FactoryBuy | NeedKind::OfficeBuy | NeedKind::WarehouseBuy | NeedKind::AssetInvestment
        ) || matches!(self.offered, Some(NeedKind::FactoryBuy | NeedKind::OfficeBuy | NeedKind::WarehouseBuy))
    }
}

/// An object at its place, and how much speaks for it.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub object: Object,
    pub span: Span,
    pub score: i32,
    pub quantity: Option<Quantity>,
}

/// `names`: companies and contacts; words in them do not count.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
pub fn find(reading: &Reading<'_>, names: &[Span]) -> Option<Need> {
    let all = Span::new(0, reading.page.text().len());
    let wishes = wishes(reading, names);
    let best = wishes
        .iter()
        .filter(|wish| wish.score > 0)
        .max_by(|a, b| a.score.cmp(&b.score).then(b.span.start.cmp(&a.span.start)))
        .copied();
    let need = |kind, span, confidence| {
        Some(Need {
            kind,
            also: Vec::new(),
            object: best.map(|wish| wish.object),
            offered: None,
            span,
            confidence,
        })
    };
    let has_area = reading.quantities.iter().any(|quantity| matches!(quantity.unit, Unit::Sqm | Unit::Mu));
    if let Some(span) = offers::advertisement(reading, has_area, best.is_some()) {
        return need(NeedKind::Spam, span, 0.9);
    }
    if let Some(span) = offers::offer(reading) {
        let (object, deal) =
            (best.map_or(Object::Factory, |wish| wish.object), offers::offered_deal(reading));
        let offered = kind_of(object, deal);
        let object = best.map(|wish| wish.object);
        return Some(Need {
            kind: NeedKind::Supply,
            also: Vec::new(),
            object,
            offered: Some(offered),
            span,
            confidence: 0.9,
        });
    }
    if let Some(span) = offers::asset(reading, has_area) {
        return need(NeedKind::AssetInvestment, span, 0.85);
    }
    if let Some(span) = offers::custom(reading) {
        let mut need = Need {
            kind: NeedKind::CustomBuild,
            also: Vec::new(),
            object: Some(Object::Factory),
            offered: None,
            span,
            confidence: 0.9,
        };
        need.also = also(reading, &wishes, best, NeedKind::CustomBuild)
            .into_iter()
            .filter(|kind| {
                *kind != NeedKind::Land && *kind != NeedKind::FactoryRent && *kind != NeedKind::FactoryBuy
            })
            .collect();
        return Some(need);
    }
    if let Some(span) = offers::policy(reading, &wishes, names) {
        return Some(Need {
            kind: NeedKind::RegistrationPolicy,
            also: Vec::new(),
            object: None,
            offered: None,
            span,
            confidence: 0.85,
        });
    }
    if let Some(best) = best {
        let kind = kind_of(best.object, deal(reading, best.span));
        let also = also(reading, &wishes, Some(best), kind);
        let confidence = if best.score >= 3 { 0.95 } else { 0.85 };
        return Some(Need {
            kind,
            also,
            object: Some(best.object),
            offered: None,
            span: best.span,
            confidence,
        });
    }
    let sized = |quantity: &&Quantity| quantity.unit == Unit::Sqm && quantity.per.is_none();
    let fresh = |quantity: &&Quantity| {
        sized(quantity) && !reading.before_in_part(quantity.span, Topic::Current, &[Topic::Want])
    };
    if let Some(quantity) =
        reading.quantities.iter().take(40).find(fresh).or_else(|| reading.quantities.iter().find(sized))
    {
        let text = reading.page.text();
        let object = if ["仓配", "快递", "囤货", "存放", "发货", "3PL", "3pl", "logistics"]
            .iter()
            .any(|word| text.contains(word))
        {
            Object::Warehouse
        } else if ["团队", "人办公", "坐班", "会议室", "前台"].iter().any(|word| text.contains(word))
        {
            Object::Office
        } else {
            Object::Factory
        };
        return Some(Need {
            kind: kind_of(object, deal(reading, quantity.span)),
            also: Vec::new(),
            object: Some(object),
            offered: None,
            span: quantity.span,
            confidence: 0.75,
        });
    }
    rest(reading, all, names)
}

/// Without an object and an area: policies, projects, anything else.
fn rest(reading: &Reading<'_>, all: Span, names: &[Span]) -> Option<Need> {
    let need = |kind, span, confidence| {
        Some(Need { kind, also: Vec::new(), object: None, offered: None, span, confidence })
    };
    let outside = |hit: &&Hit| !names.iter().any(|name| name.touches(hit.span));
    if let Some(hit) = reading
        .words
        .all()
        .iter()
        .filter(outside)
        .find(|hit| hit.topics.has(Topic::Policy) || hit.topics.has(Topic::Invoiced))
    {
        return need(NeedKind::RegistrationPolicy, hit.span, 0.7);
    }
    let text = reading.page.text();
    let builds =
        ["建厂", "落地", "选址", "建设项目", "投产", "新建", "落户", "set up a plant", "build a plant"]
            .iter()
            .any(|word| text.contains(word));
    if builds && reading.words.count(Topic::Investment) > 0 {
        return need(NeedKind::Land, reading.words.first(Topic::Investment).unwrap_or(all), 0.5);
    }
    if let Some(wish) = reading
        .words
        .all()
        .iter()
        .filter(outside)
        .find(|hit| Object::of(hit).is_some() && !hit.topics.has(Topic::Yard))
    {
        let object = Object::of(wish)?;
        let negated = near_before(reading, wish.span, Topic::Without, 8);
        if !negated {
            return need(kind_of(object, deal(reading, wish.span)), wish.span, 0.6);
        }
    }
    // Words that say something, but nothing of the trade.
    let mut covered: usize =
        reading.mask.spans().chain(names.iter().copied()).map(|span| span.end - span.start).sum();
    covered += reading.labels.iter().map(|label| label.name.end - label.name.start).sum::<usize>();
    let is_meant = reading.words.any(all, Topic::Want) || text.len().saturating_sub(covered) >= 24;
    if is_meant { need(NeedKind::Other, Span::new(0, 0), 0.5) } else { None }
}

/// An object and a deal as the kind of the model.
pub fn kind_of(object: Object, deal: Deal) -> NeedKind {
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

#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
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
        let quantity = nearest_quantity(reading, part, hit.span, wanted).or_else(|| {
            if object == Object::Land { nearest_quantity(reading, part, hit.span, Unit::Sqm) } else { None }
        });
        if quantity.is_some() {
            score += 2;
        }
        let deals = reading.words.within(part).iter().any(|hit| {
            hit.topics.has(Topic::Rent) || hit.topics.has(Topic::Buy) || hit.topics.has(Topic::Want)
        });
        if deals {
            score += 2;
        }
        if reading.labels.iter().any(|label| label.field == Field::Need && label.value.holds(hit.span)) {
            score += 2;
        }
        if near_before(reading, hit.span, Topic::Without, 8) {
            score -= 9;
        }
        // 带卸货平台的仓库: what is beside it belongs to it.
        if besides(reading, hit.span, 14) && !before.ends_with('的')
            || crate::facts::text::normal::tail(before, 3).contains('配')
            || before.ends_with('附')
        {
            score -= 5;
        }
        if reading.before_in_part(hit.span, Topic::Current, &[Topic::Want])
            || words == "老厂"
            || before.ends_with("我们的")
            || before.ends_with("我司的")
        {
            score -= 5;
        }
        // 建厂房, 建设汽车电子工厂: what they will build themselves.
        let builds = ["建", "建设", "自建", "新建", "盖", "投建", "兴建"]
            .iter()
            .any(|word| crate::facts::text::normal::tail(before, 10).contains(word))
            && object != Object::Land
            && !crate::facts::text::normal::tail(before, 10).contains("代建");
        if builds {
            score -= 4;
        }
        if matches!(words, "工厂" | "占地" | "办公" | "厂区" | "用地" | "生产基地")
            || words.eq_ignore_ascii_case("plant")
            || words.eq_ignore_ascii_case("lab")
        {
            score -= 1;
        }
        if words == "占地"
            || words == "用地" && reading.quantities.iter().all(|quantity| quantity.unit != Unit::Mu)
        {
            score -= 2;
        }
        // 在办公室 …, 仓库管理: the word only describes.
        let after = page.after(hit.span.end, 4);
        if ["附近", "旁", "管理", "主管", "设备", "货架", "经理", "照片", "结构图"]
            .iter()
            .any(|word| after.starts_with(word))
        {
            score -= 2;
        }
        wishes.push(Wish { object, span: hit.span, score, quantity });
    }
    // 二十亩 without a word for land is land.
    for quantity in reading
        .quantities
        .iter()
        .filter(|quantity| quantity.unit == Unit::Mu && quantity.per.is_none())
        .take(5)
    {
        let before = page.before(quantity.span.start, 8);
        let covers = before.contains("占地");
        let part = reading.part(quantity.span);
        let current = reading.before_in_part(quantity.span, Topic::Current, &[Topic::Want]);
        if !covers
            && !current
            && !wishes.iter().any(|wish| wish.object == Object::Land && part.holds(wish.span))
        {
            wishes.push(Wish {
                object: Object::Land,
                span: quantity.span,
                score: 2,
                quantity: Some(*quantity),
            });
        }
    }
    wishes.sort_by_key(|wish| wish.span);
    wishes
}

fn nearest_quantity(reading: &Reading<'_>, part: Span, span: Span, unit: Unit) -> Option<Quantity> {
    let from = reading.quantities.partition_point(|quantity| quantity.span.start < part.start);
    let within = reading
        .quantities
        .get(from..)?
        .iter()
        .take_while(|quantity| quantity.span.start < part.end)
        .filter(|quantity| quantity.unit == unit && quantity.per.is_none());
    within.min_by_key(|quantity| quantity.span.start.abs_diff(span.start)).copied()
}

/// A word of the topic at most so many characters before, in the same part.
fn near_before(reading: &Reading<'_>, span: Span, topic: Topic, distance: usize) -> bool {
    let window = reading.page.before(span.start, distance);
    let part = reading.part(span);
    reading.words.any(Span::new((span.start - window.len()).max(part.start), span.start), topic)
}

/// 带办公, 另配办公600㎡、仓库1000㎡: what comes with the main thing, in a list too.
fn besides(reading: &Reading<'_>, span: Span, distance: usize) -> bool {
    if near_before(reading, span, Topic::Besides, distance) {
        return true;
    }
    let mut part = reading.part(span);
    for _ in 0..3 {
        if reading.page.char_before(part.start) != Some('、') {
            return false;
        }
        let Some(before) = reading.clauses.part_before(part) else { return false };
        if reading.words.any(before, Topic::Besides) {
            return true;
        }
        part = before;
    }
    false
}

/// Writes need_kind and need_kind_also.
pub fn put(reading: &Reading<'_>, need: &Need, found: &mut Findings) {
    found.put(&reading.page, Member::NeedKind, need.kind, need.span, need.confidence);
    if !need.also.is_empty() {
        found.put(&reading.page, Member::NeedKindAlso, need.also.clone(), need.span, need.confidence * 0.9);
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
        need.into_iter()
            .flat_map(|need| std::iter::once(need.kind).chain(need.also))
            .map(NeedKind::word)
            .collect()
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
