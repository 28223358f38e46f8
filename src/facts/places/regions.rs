//! Where the inquirer wants to go: the places named, their parents put together, each once.
//! Places in company names, in addresses of mail and of where somebody comes from do not count. The table is
//! `gazetteer.rs`.

use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::places::landmarks;
use crate::facts::places::named::{self, Named};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::gazetteer::{self, Gazetteer, Kind};
use crate::facts::words::lists::List;

/// Right behind a place: its surroundings are wanted too.
static AROUND: List = List::named("around a place");
/// Between two places: each is meant for itself.
static PARTS: List = List::named("parts places");
/// All that is between two places: the second is a wish of its own.
static OR: List = List::named("or between places");

/// The model holds at most so many.
const MAX: usize = 50;

/// Writes region, region_code, region_codes and the side facts about places.
pub fn put(reading: &Reading<'_>, need: Option<NeedKind>, others: &[Span], found: &mut Findings) {
    let page = &reading.page;
    landmarks::landmark(page, found);
    landmarks::macro_region(page, found);
    let named = named::find(reading, others, found);
    // Where somebody has a place to let is where it is.
    let is_supply = need == Some(NeedKind::Supply);
    let mut wanted: Vec<Named> =
        named.iter().filter(|named| (!named.origin || is_supply) && !named.refused).copied().collect();
    exclude(page, &named, &wanted, found);
    if wanted.iter().any(|named| !named.doubtful) {
        wanted.retain(|named| !named.doubtful);
    }
    let list = merged(page, &wanted);
    let Some(first) = list.first() else { return };
    let gazetteer = Gazetteer::get();
    let confidence = match first.kind {
        Kind::Full => 0.95,
        Kind::Short | Kind::Zone => 0.9,
        Kind::Latin | Kind::Town => 0.85,
    };
    if let Some(path) = gazetteer.path(first.code) {
        found.put(page, Member::Region, path, first.span, confidence);
        found.put(page, Member::RegionCode, first.code.to_string(), first.span, confidence);
    }
    let codes = codes_of(&list);
    if codes.len() > 1 {
        let whole = list.iter().fold(first.span, |span, named| span.to(named.span));
        found.put(page, Member::RegionCodes, codes, whole, confidence);
    }
    let after = page.after(first.span.end, 3);
    if AROUND.begins(after) {
        found.extra("region_nearby", true);
    }
}

/// Writes the places that are refused. A park is not all of its city, and a city in which a place is wanted is
/// not refused.
fn exclude(page: &Normal<'_>, named: &[Named], wanted: &[Named], found: &mut Findings) {
    let is_whole = |refused: &Named| {
        !matches!(refused.kind, Kind::Zone | Kind::Town)
            && !wanted.iter().any(|wanted| gazetteer::lies_in(wanted.code, refused.code))
    };
    let refused: Vec<Named> =
        named.iter().filter(|named| named.refused && is_whole(named)).copied().collect();
    let refused = merged(page, &refused);
    let Some(first) = refused.first() else { return };
    let codes = codes_of(&refused);
    let whole = refused.iter().fold(first.span, |span, named| span.to(named.span));
    found.put(page, Member::RegionsExcluded, codes, whole, 0.85);
}

/// Their codes, each once.
fn codes_of(places: &[Named]) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for named in places {
        let code = named.code.to_string();
        if !codes.contains(&code) && codes.len() < MAX {
            codes.push(code);
        }
    }
    codes
}

/// The list of wishes: parents of a finer place go, each place once.
fn merged(page: &Normal<'_>, named: &[Named]) -> Vec<Named> {
    let mut list: Vec<Named> = Vec::new();
    for (place, this) in named.iter().enumerate() {
        // 浦东张江, 江苏昆山: the finer one is right behind; English has it the other way round.
        let mut behind = named.iter().skip(place + 1).take(6);
        let mut before = named.iter().take(place).rev().take(6);
        let is_province = gazetteer::level(this.code) == 0;
        let has_finer = behind
            .any(|other| is_finer(other, this) && (is_province || are_together(page, this, other)))
            || before.any(|other| is_finer(other, this) && !is_said_beside(page, other, this));
        if !has_finer && !list.iter().any(|known| known.code == this.code) {
            list.push(*this);
        }
        if list.len() >= MAX {
            break;
        }
    }
    list
}

/// Whether the other place lies in this one.
fn is_finer(other: &Named, this: &Named) -> bool {
    other.code != this.code && gazetteer::lies_in(other.code, this.code)
}

/// Whether one place is close to the other, and no word parts them.
fn are_together(page: &Normal<'_>, one: &Named, other: &Named) -> bool {
    let (from, to) = if one.span.end <= other.span.start {
        (one.span.end, other.span.start)
    } else {
        (other.span.end, one.span.start)
    };
    let gap = page.text().get(from..to).unwrap_or("");
    gap.chars().count() <= 12 && !PARTS.is_in(gap)
}

/// 桐乡或者嘉兴: the city right behind an "or" is a wish of its own.
fn is_said_beside(page: &Normal<'_>, before: &Named, this: &Named) -> bool {
    page.text().get(before.span.end..this.span.start).is_some_and(|gap| OR.has(gap.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;

    fn codes(text: &str) -> Vec<String> {
        let reading = Reading::of(text);
        let mut found = Findings::default();
        put(&reading, None, &[], &mut found);
        let facts = found.into_facts(text, "1");
        let one = facts.words(Member::RegionCode).map(str::to_owned);
        match facts.get(Member::RegionCodes) {
            Some(Fact::Texts(many)) => many.clone(),
            _ => one.into_iter().collect(),
        }
    }

    #[test]
    fn the_finest_place_counts() {
        for (text, expected) in [
            ("想在苏州吴江找厂房", vec!["320509"]),
            ("吴江或者昆山都行", vec!["320509", "320583"]),
            ("湖北武汉黄陂或江夏", vec!["420116", "420115"]),
            ("惠州博罗、龙门或赣州", vec!["441322", "441324", "360700"]),
            ("Jiaxing or Huzhou, Zhejiang", vec!["330400", "330500"]),
            ("in Changzhou (Wujin)", vec!["320412"]),
            ("space in Wuqing Tianjin", vec!["120114"]),
            ("南京鼓楼区写字楼", vec!["320106"]),
            ("鼓楼区写字楼", vec![]),
            ("北京朝阳找办公室", vec!["110105"]),
            ("广东客商想去惠州", vec!["441300"]),
            ("安徽芜湖的吴总要在南京溧水租厂房", vec!["320117"]),
            ("我公司（江阴）想搬到靖江", vec!["321282"]),
            ("南京路附近", vec![]),
            ("1000平武汉仓库", vec!["420100"]),
            ("大连锁店", vec![]),
            ("苏州工业园区", vec!["320500"]),
            ("比如1500平左右的厂房", vec![]),
            ("想租厂房，层高平均7米", vec![]),
            ("周末过来安排看房", vec![]),
            ("太仓厂房，做大理石台面，离港口近", vec!["320585"]),
            ("做重庆火锅底料的，眉山厂房800平", vec!["511400"]),
            ("在宁波做注塑，想到滁州租厂房", vec!["341100"]),
            ("我们是东莞的工厂，要搬去惠州", vec!["441300"]),
            ("昆山太贵不考虑了，太仓有没有厂房", vec!["320585"]),
            ("临平、余杭都不要，就要钱塘区", vec!["330114"]),
            ("常州有厂房出租吗", vec!["320400"]),
            ("桐乡或者嘉兴，仓库3000平", vec!["330483", "330400"]),
            ("無錫廠房3000平方米", vec!["320200"]),
        ] {
            assert_eq!(codes(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_refused_is_said_apart() {
        let reading = Reading::of("昆山太贵不考虑了，太仓有没有厂房");
        let mut found = Findings::default();
        put(&reading, None, &[], &mut found);
        let facts = found.into_facts("", "1");
        assert_eq!(facts.get(Member::RegionsExcluded), Some(&Fact::Texts(vec!["320583".to_owned()])));
    }
}
