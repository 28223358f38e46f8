//! Where the inquirer wants to go: the places named, their parents put together, each once.
//! Places in company names, in addresses of mail and of where somebody comes from do not count. The table is
//! `gazetteer.rs`.

use std::cell::LazyCell;

use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::places::cue::{self, Boundaries};
use crate::facts::places::landmarks;
use crate::facts::places::origin::is_origin;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::gazetteer::{self, Gazetteer, Kind, Place};
use crate::facts::words::lexicon;

/// A place named in the text.
#[derive(Debug, Clone, Copy)]
struct Named {
    code: u32,
    span: Span,
    kind: Kind,
    /// Where the inquirer is, or comes from.
    origin: bool,
    /// Where they do not want to go.
    refused: bool,
}

/// The model holds at most so many.
const MAX: usize = 50;
/// Names looked at in one text.
const LOOKS: usize = 300;

/// Writes region, region_code, region_codes and the side facts about places.
pub fn put(reading: &Reading<'_>, need: Option<NeedKind>, others: &[Span], found: &mut Findings) {
    let page = &reading.page;
    landmarks::landmark(page, found);
    landmarks::macro_region(page, found);
    let named = named(reading, others, found);
    exclude(page, &named, found);
    // Where somebody has a place to let is where it is.
    let is_supply = need == Some(NeedKind::Supply);
    let wanted: Vec<Named> =
        named.iter().filter(|named| (!named.origin || is_supply) && !named.refused).copied().collect();
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
    let mut codes: Vec<String> = Vec::new();
    for named in &list {
        let code = named.code.to_string();
        if !codes.contains(&code) && codes.len() < MAX {
            codes.push(code);
        }
    }
    if codes.len() > 1 {
        let whole = list.iter().fold(first.span, |span, named| span.to(named.span));
        found.put(page, Member::RegionCodes, codes, whole, confidence);
    }
    let after = page.after(first.span.end, 3);
    if ["周边", "附近", "及周边", "一带", "周围"].iter().any(|word| after.starts_with(word)) {
        found.extra("region_nearby", true);
    }
}

/// Writes the places that are refused.
fn exclude(page: &Normal<'_>, named: &[Named], found: &mut Findings) {
    let refused: Vec<Named> = named.iter().filter(|named| named.refused).copied().collect();
    let Some(first) = refused.first() else { return };
    let mut codes: Vec<String> = Vec::new();
    for named in &refused {
        let code = named.code.to_string();
        if !codes.contains(&code) && codes.len() < MAX {
            codes.push(code);
        }
    }
    let whole = refused.iter().fold(first.span, |span, named| span.to(named.span));
    found.put(page, Member::RegionsExcluded, codes, whole, 0.85);
}

/// The names outside of other pieces, each with the place that fits what is before.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn named(reading: &Reading<'_>, others: &[Span], found: &mut Findings) -> Vec<Named> {
    let page = &reading.page;
    let gazetteer = Gazetteer::get();
    let mut hits: Vec<(Span, &[Place])> = Vec::new();
    let boundaries = LazyCell::new(|| Boundaries::of(page));
    let mut looked = 0;
    for gap in gaps(reading, others) {
        for (from, to, places) in gazetteer.find(page.cut(gap)) {
            looked += 1;
            if looked > LOOKS {
                break;
            }
            let span = Span::new(gap.start + from, gap.start + to);
            // 青岛市南区: the character that ends the city begins its district.
            if let Some((district, inner)) = district_sharing_end(page, span, places) {
                hits.push((Span::new(span.start, district.start), places));
                hits.push((district, inner));
                continue;
            }
            if !places.is_empty()
                && lexicon::is_whole(page, span)
                && !is_road(page, span)
                && (page.cut(span).is_ascii()
                    || boundaries.is_word(page, span)
                    || hits.last().is_some_and(|(last, parents)| {
                        last.end == span.start && lies_in_one(places, parents)
                    }))
                && !cue::is_product(reading, span)
            {
                hits.push((span, places));
            }
        }
    }
    // Places that can be only one say which of several another name means.
    let certain: Vec<u32> =
        hits.iter().filter_map(|(span, places)| certain(page.cut(*span), places)).collect();
    let mut named: Vec<Named> = Vec::new();
    for (span, places) in hits {
        let words = page.cut(span);
        let previous = named.last().copied();
        let Some(place) = choose(words, places, previous, &certain) else { continue };
        let beside = previous.is_some_and(|previous| {
            gazetteer::lies_in(place.code, previous.code) && span.start.saturating_sub(previous.span.end) <= 6
        });
        let is_bare = place.kind == Kind::Short && gazetteer::level(place.code) == 2;
        if is_bare && !beside && !cue::has_cue(reading, span) {
            continue;
        }
        if (is_bare && gazetteer::is_ordinary(words) || gazetteer::is_generic(words))
            && !beside
            && !cue::is_labelled(reading, span)
            && !certain
                .iter()
                .any(|code| *code != place.code && gazetteer::lies_in(place.code, gazetteer::city(*code)))
        {
            continue;
        }
        // Pinyin has many homophones: a county in Latin letters must lie in what else is named.
        if place.kind == Kind::Latin
            && gazetteer::level(place.code) == 2
            && gazetteer::usual(words).is_none()
            && !words.contains(' ')
        {
            let others: Vec<u32> = certain.iter().copied().filter(|code| *code != place.code).collect();
            if !others.is_empty()
                && !others.iter().any(|code| gazetteer::province(place.code) == gazetteer::province(*code))
            {
                continue;
            }
        }
        match place.kind {
            Kind::Zone => {
                let name = if is_park(words) { "park" } else { "landmark" };
                found.extra(name, page.written(span));
            }
            Kind::Town => {
                // 香港葵涌: a town of the same name elsewhere.
                let is_elsewhere = previous.is_some_and(|previous| {
                    previous.span.end == span.start && !gazetteer::lies_in(place.code, previous.code)
                });
                if is_elsewhere {
                    continue;
                }
                // A town's name is short and shared with much else: alone it must be said to be a place.
                let parent = certain.iter().any(|code| {
                    gazetteer::lies_in(place.code, *code) || gazetteer::lies_in(*code, place.code)
                });
                let is_called_so = page.char_at(span.end).is_some_and(|c| matches!(c, '镇' | '街' | '乡'))
                    || words.ends_with(['镇', '街', '道', '乡'])
                    || cue::is_labelled(reading, span)
                    || words.chars().count() >= 3;
                if !parent
                    && !is_called_so
                    && !cue::is_led_to(page, span)
                    && page.char_at(span.end).is_some_and(crate::facts::text::normal::is_han)
                {
                    continue;
                }
                let written = page.written(span);
                // 龙岗坪地 is in the table too: the district's name is no part of the town's.
                let district =
                    gazetteer.name(place.code).and_then(|name| name.get(..name.len().saturating_sub(3)));
                let town = district
                    .and_then(|district| written.strip_prefix(district))
                    .filter(|rest| rest.chars().count() >= 2)
                    .map_or(written.clone(), str::to_owned);
                if !is_origin(reading, span) {
                    found.extra("subdistrict", town);
                }
            }
            _ => {}
        }
        // 常熟市沙家浜: what lies in a place of origin, right behind it, is its address.
        let inherited = previous.is_some_and(|previous| {
            previous.origin
                && gazetteer::lies_in(place.code, previous.code)
                && span.start.saturating_sub(previous.span.end) <= 3
        });
        let origin = inherited || is_origin(reading, span);
        // 安徽芜湖的吴总: the province before it goes with it.
        if origin
            && beside
            && let Some(last) = named.last_mut()
        {
            last.origin |= span.start.saturating_sub(last.span.end) <= 3;
        }
        let refused = !origin && cue::is_refused(reading, span);
        named.push(Named { code: place.code, span, kind: place.kind, origin, refused });
    }
    named
}

/// Whether one of the places lies in one of the others: 深圳龙华.
fn lies_in_one(places: &[Place], parents: &[Place]) -> bool {
    let lies_in = |place: &Place| {
        parents.iter().any(|parent| parent.code != place.code && gazetteer::lies_in(place.code, parent.code))
    };
    places.iter().any(lies_in)
}

/// 市南区, 市中区, 市北区 of the city before.
fn district_sharing_end(page: &Normal<'_>, span: Span, places: &[Place]) -> Option<(Span, &'static [Place])> {
    let start = span
        .end
        .checked_sub('市'.len_utf8())
        .filter(|start| *start > span.start && page.char_at(*start) == Some('市'))?;
    let words = page.after(start, 3);
    words.ends_with('区').then_some(())?;
    let (_, to, inner) = Gazetteer::get().find_whole(words)?;
    let fits = inner.iter().any(|district| {
        places.iter().any(|city| district.code != city.code && gazetteer::lies_in(district.code, city.code))
    });
    fits.then(|| (Span::new(start, start + to), inner))
}

fn is_park(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    ["园", "区", "城", "谷", "港", "岛", "基地", "park", "zone", "area", "sip", "ftz", "hub"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// The pieces between what must not be searched: phones, addresses, companies, quantities.
fn gaps(reading: &Reading<'_>, others: &[Span]) -> Vec<Span> {
    let mut closed: Vec<Span> = reading
        .mask
        .spans()
        .chain(others.iter().copied())
        .chain(reading.quantities.iter().map(|quantity| quantity.span))
        .collect();
    closed.sort();
    let mut gaps = Vec::new();
    let mut at = 0;
    for span in closed {
        if span.start > at {
            gaps.push(Span::new(at, span.start));
        }
        at = at.max(span.end);
    }
    gaps.push(Span::new(at, reading.page.text().len()));
    gaps
}

/// 南京路, 江苏大道: a road, not the place.
fn is_road(page: &Normal<'_>, span: Span) -> bool {
    let after = page.after(span.end, 3);
    ["路", "大道", "东路", "西路", "南路", "北路", "中路", "街道"].iter().any(|road| after.starts_with(road))
        && !after.starts_with("路由")
        && !(after.starts_with("街道") && page.char_before(span.start).is_none())
        || after.starts_with('街') && !after.starts_with("街道")
        || after.starts_with("户口")
}

/// The place if the name can be only one.
fn certain(words: &str, places: &[Place]) -> Option<u32> {
    match places {
        [only]
            if !(only.kind == Kind::Short
                && gazetteer::level(only.code) == 2
                && gazetteer::is_ordinary(words))
                && only.kind != Kind::Town =>
        {
            Some(only.code)
        }
        [_, ..] => {
            if let Some(usual) = gazetteer::usual(words) {
                return (usual > 0 && gazetteer::level(usual) < 2).then_some(usual);
            }
            // A city and a county of its name: the city.
            let mut cities = places.iter().filter(|place| gazetteer::level(place.code) < 2);
            match (cities.next(), cities.next()) {
                (Some(city), None) => Some(city.code),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Which of the places a name means: one in what was named before it, one that lies in or around something
/// certain, the usual one.
fn choose(words: &str, places: &[Place], previous: Option<Named>, certain: &[u32]) -> Option<Place> {
    if let [only] = places {
        return Some(*only);
    }
    if let Some(again) = previous.and_then(|previous| places.iter().find(|place| place.code == previous.code))
    {
        return Some(*again);
    }
    let one = |fits: &dyn Fn(&Place) -> bool| {
        let mut fitting = places.iter().filter(|place| fits(place));
        match (fitting.next(), fitting.next()) {
            (Some(place), None) => Some(*place),
            _ => None,
        }
    };
    if let Some(previous) = previous {
        let code = previous.code;
        if let Some(place) = one(&|place| gazetteer::lies_in(place.code, code) && place.code != code) {
            return Some(place);
        }
        // 惠州博罗、龙门: the next one lies beside the one before.
        if let Some(place) = one(&|place| {
            gazetteer::level(code) == 2
                && gazetteer::city(place.code) == gazetteer::city(code)
                && place.code != code
        }) {
            return Some(place);
        }
    }
    for parent in certain.iter().filter(|code| !places.iter().any(|place| place.code == **code)) {
        if let Some(place) = one(&|place| gazetteer::lies_in(place.code, *parent) && place.code != *parent) {
            return Some(place);
        }
    }
    match crate::facts::words::gazetteer::usual(words) {
        Some(0) => return None,
        Some(usual) => return places.iter().find(|place| place.code == usual).copied(),
        None => {}
    }
    for parent in certain {
        if let Some(place) = one(&|place| gazetteer::province(place.code) == gazetteer::province(*parent)) {
            return Some(place);
        }
    }
    one(&|place| gazetteer::level(place.code) == 0)
        .or_else(|| one(&|place| gazetteer::level(place.code) == 1))
}

/// The list of wishes: parents of a finer place go, each place once.
fn merged(page: &Normal<'_>, named: &[Named]) -> Vec<Named> {
    let mut list: Vec<Named> = Vec::new();
    for (place, this) in named.iter().enumerate() {
        // 浦东张江, 江苏昆山: the finer one is right behind; English has it the other way round.
        let finer = |other: &Named| other.code != this.code && gazetteer::lies_in(other.code, this.code);
        let near = |a: &Named, b: &Named| {
            let (from, to) = if a.span.end <= b.span.start {
                (a.span.end, b.span.start)
            } else {
                (b.span.end, a.span.start)
            };
            let gap = page.text().get(from..to).unwrap_or("");
            gap.chars().count() <= 12
                && !["或", "和", "、", "以及", "及", " or ", " and "].iter().any(|word| gap.contains(word))
        };
        let next_is_finer = named
            .iter()
            .skip(place + 1)
            .take(6)
            .any(|other| finer(other) && (near(this, other) || gazetteer::level(this.code) == 0));
        // 桐乡或者嘉兴: the city right behind an "or" is a wish of its own.
        let is_other = |other: &Named| {
            page.text()
                .get(other.span.end..this.span.start)
                .is_some_and(|gap| ["或", "或者", "或是", "还是"].contains(&gap.trim()))
        };
        let before_is_finer =
            named.iter().take(place).rev().take(6).any(|other| finer(other) && !is_other(other));
        if !next_is_finer && !before_is_finer && !list.iter().any(|known| known.code == this.code) {
            list.push(*this);
        }
        if list.len() >= MAX {
            break;
        }
    }
    list
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
