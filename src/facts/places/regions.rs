//! Where the inquirer wants to go: the places named, their parents put together, each once.
//! Places in company names, in addresses of mail and of where somebody comes from do not count. The table is
//! `gazetteer.rs`.

use crate::facts::form::labels::Field;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::places::landmarks;
use crate::facts::places::named::{self, Named};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::gazetteer::{self, Gazetteer, Kind};
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Right behind a place: its surroundings are wanted too.
static AROUND: List = List::named("around a place");
/// Between two places: each is meant for itself.
static PARTS: List = List::named("parts places");
/// Between two places: another wish is added.
static ADDS: List = List::named("adds a wish");
/// All that is between two places: the second is a wish of its own.
static OR: List = List::named("or between places");

/// So many characters beside the names of places say nothing else.
const FEW: usize = 4;

/// All places are wanted but the one that is left out.
static OTHERS: List = List::named("others of the places");
/// Of companies that settle somewhere, in small letters.
static SETTLING: List = List::named("speaks of settling");

/// The model holds at most so many.
const MAX: usize = 50;

/// Writes region, region_code, region_codes and the side facts about places.
pub fn put(reading: &Reading<'_>, need: Option<NeedKind>, others: &[Span], found: &mut Findings) {
    let page = &reading.page;
    landmarks::landmark(page, found);
    landmarks::macro_region(page, found);
    let all = named::find(reading, others, found);
    let is_of_places =
        all.len() > 1 || is_mostly_places(page, &all) || all.iter().any(|named| is_a_part(reading, named));
    if !is_of_places && !speaks_of_property(reading) {
        return;
    }
    // Where somebody has a place to let is where it is.
    let is_supply = need == Some(NeedKind::Supply);
    let is_wanted =
        |named: &Named| (!named.origin || is_supply) && !named.refused || has_wanted_rest(page, &all, named);
    let mut wanted: Vec<Named> = all.iter().filter(|named| is_wanted(named)).copied().collect();
    exclude(page, &all, &wanted, found);
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

/// Whether a text says anything of what is sought, offered or done at a place: 苏州的天气真好 does not.
fn speaks_of_property(reading: &Reading<'_>) -> bool {
    let everywhere = Span::new(0, reading.page.text().len());
    let is_of_it = |hit: &Hit| !hit.topics.has(Topic::Nothing);
    !reading.quantities.is_empty()
        || reading.words.within(everywhere).iter().any(is_of_it)
        || reading.labels.iter().any(|label| label.field == Field::Region)
        || SETTLING.is_on(&reading.page)
}

/// 停几台渣土车，江宁: whether a place is a part of its own.
fn is_a_part(reading: &Reading<'_>, named: &Named) -> bool {
    let part = reading.page.trim(reading.part(named.span));
    let last = reading.page.cut(Span::new(named.span.end, part.end));
    part.start == named.span.start
        && last.chars().all(|c| !is_han(c) && !c.is_alphanumeric() || "市区县".contains(c))
}

/// 吴江或者昆山都行: next to nothing but places.
fn is_mostly_places(page: &Normal<'_>, named: &[Named]) -> bool {
    let (mut left, mut is_latin_before) = (0, false);
    for (at, c) in page.text().char_indices() {
        let is_named = named.iter().any(|named| named.span.start <= at && at < named.span.end);
        let is_latin = c.is_alphanumeric() && !is_han(c) && !is_named;
        // A word of Latin letters says as much as two characters.
        if is_latin && !is_latin_before {
            left += 2;
        }
        left += usize::from(is_han(c) && !is_named);
        is_latin_before = is_latin;
        if left > FEW {
            return false;
        }
    }
    true
}

/// Writes the places that are refused. A park is not all of its city, and a city in which a place is wanted
/// is not refused.
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

/// 苏州昆山不要，其他区都行: the city of which all but what is refused is wanted.
fn has_wanted_rest(page: &Normal<'_>, named: &[Named], this: &Named) -> bool {
    let is_its_part =
        |other: &Named| other.refused && other.span.start == this.span.end && is_finer(other, this);
    this.refused && named.iter().any(is_its_part) && OTHERS.is_in(page.text())
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
    !ADDS.is_in(gap) && (gap.chars().count() <= 16 && !PARTS.is_in(gap) || is_of_another_sentence(gap))
}

/// `factory in Jiaxing`, and below `in Jiashan or Pinghu`: a later sentence says where in it.
fn is_of_another_sentence(gap: &str) -> bool {
    gap.contains(['\n', '。'])
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
            ("余姚慈溪都可以，仓库2000平", vec!["330281", "330282"]),
            ("佛山南海顺德，厂房2000平", vec!["440605", "440606"]),
            ("厂房三千平江门新会优先鹤山也可以", vec!["440705", "440784"]),
            ("泉州晋江石狮 厂房2000平", vec!["350582", "350581"]),
            ("长春九台厂房2000平", vec!["220113"]),
            ("中山东区厂房3000平", vec!["442000"]),
            ("宁波鄞洲区厂房", vec!["330212"]),
            ("看太仓 城厢镇也可以，30亩地", vec!["320585"]),
            ("河南侧的仓库还在吗", vec![]),
            ("西湖龙井电商仓，余杭500平", vec!["330110"]),
            ("我们是台湾的模具厂，想在昆山租厂房", vec!["320583"]),
            ("现所在城市：上海 意向城市：昆山", vec!["320583"]),
            ("公司：宁海五金厂；求租象山县厂房", vec!["330225"]),
            ("永泰药材行，亳州谯城 仓库1000平", vec!["341602"]),
            ("广东做家具的老板想到江西南康设厂", vec!["360703"]),
            ("上海大众的配套厂，想在仪征找厂房", vec!["321081"]),
            ("昆山的厂房要拆迁，想在太仓租2000平", vec!["320585"]),
            ("昆山的厂房要拆迁，想租2000平", vec!["320583"]),
            ("our Ningbo factory is too small, need 5000 sqm in Cixi", vec!["330282"]),
            ("a Shenzhen company looking for a plant in Huizhou", vec!["441300"]),
            ("Currently renting in Songjiang, want to buy a factory in Jiashan", vec!["330421"]),
            ("Re: factory in Jiaxing\nWe still want 3000 sqm in Jiashan or Pinghu", vec!["330421", "330482"]),
            ("苏州厂房2000平。另外昆山要个仓库", vec!["320500", "320583"]),
            ("从昆山到太仓都可以", vec!["320583", "320585"]),
            ("从昆山搬到太仓都可以，厂房2000平", vec!["320585"]),
            ("之前租的昆山厂房太小了，想在太仓租", vec!["320585"]),
            ("所在地：上海\n意向：昆山厂房", vec!["320583"]),
            ("想租上海浦东厂房2000平", vec!["310115"]),
            ("求租磐安县厂房2000平", vec!["330727"]),
            ("唐山市迁安市厂房2000平", vec!["130283"]),
            ("求租金华厂房2000平", vec!["330700"]),
            ("朝阳双塔厂房2000平", vec!["211302"]),
            ("四平市厂房2000平", vec!["220300"]),
            ("求租金低的厂房2000平", vec![]),
            ("租金山东省内最低的厂房", vec![]),
            ("江汉平原找仓库2000平", vec![]),
            ("苏州的天气真好", vec![]),
            ("上海迪士尼好玩吗", vec![]),
            ("明天去苏州开会", vec![]),
            ("厂房2000平，微信suzhou123", vec![]),
        ] {
            assert_eq!(codes(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_refused_is_said_apart() {
        for (text, wanted, refused) in [
            ("昆山太贵不考虑了，太仓有没有厂房", vec!["320585"], vec!["320583"]),
            ("唔要深圳，东莞惠州都得，厂房2000方", vec!["441900", "441300"], vec!["440300"]),
            ("太仓那个厂房我们不要了太远了现在想要昆山的", vec!["320583"], vec!["320585"]),
            ("除了宝安，深圳其他区都可以，厂房1000平", vec!["440300"], vec!["440306"]),
            ("惠州或者东莞，深圳就不要了，厂房2000平", vec!["441300", "441900"], vec!["440300"]),
            ("苏州昆山不要，其他区县都行，厂房2000平", vec!["320500"], vec!["320583"]),
            ("不要昆山、太仓，厂房2000平，常熟", vec!["320581"], vec!["320583", "320585"]),
            // A city in which a place is wanted is not refused, nor is all of one for a park in it.
            ("杭州市区不想去，临平厂房3000平", vec!["330113"], vec![]),
            ("西咸不要，就高陵，仓库2000平", vec!["610117"], vec![]),
            ("Not Shanghai - too pricey. Suzhou, 3000 sqm workshop", vec!["320500"], vec!["310000"]),
            ("昆山厂房2000平，不要隔层", vec!["320583"], vec![]),
        ] {
            let reading = Reading::of(text);
            let mut found = Findings::default();
            put(&reading, None, &[], &mut found);
            let facts = found.into_facts("", "1");
            let excluded = match facts.get(Member::RegionsExcluded) {
                Some(Fact::Texts(many)) => many.clone(),
                _ => Vec::new(),
            };
            assert_eq!(
                (codes(text), excluded),
                (
                    wanted.iter().map(|code| (*code).to_owned()).collect(),
                    refused.iter().map(|code| (*code).to_owned()).collect()
                ),
                "{text}"
            );
        }
    }
}
