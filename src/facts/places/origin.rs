//! Whether a place is where the inquirer is or comes from: 广东客商, 我们公司在深圳, `Currently in … Wuxi`.
//! Places that are wanted are put together in `regions.rs`.

use crate::facts::form::labels::{Field, Label};
use crate::facts::people::names;
use crate::facts::places::business::is_behind_a_company_in_english;
use crate::facts::places::cue;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Normal, Span};
use crate::facts::words::gazetteer::{self, Gazetteer, Place};
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Right behind a place: people, companies and removals of it.
static PEOPLE: List = List::named("people of a place");
/// Behind a place and its 的.
static PEOPLE_OF: List = List::named("people from a place");
/// Begin like people of a place and are other words.
static NO_PEOPLE: List = List::named("no people of a place");
/// Right behind people of a place: there are many or few of them, which says nothing of who writes.
static MANY: List = List::named("many of a place");
/// Right before a place that somebody comes from, or where a range of places begins.
static RANGE: List = List::named("begins a range of places");
/// Between the two ends of a range of places.
static RANGE_TO: List = List::named("joins a range of places");
/// Behind a range of places: all of it will do.
static RANGE_ENDS: List = List::named("behind a range of places");
/// A label of where they are, where another place is wished; else of where they want to be.
static MAY_BE_PRESENT: List = List::named("label of a present place beside a wish");
/// A label that begins so asks for a wish.
static WISH_LABELS: List = List::named("begins a label of a wish");
/// Right before a place: says what the inquirer is.
static WE_ARE: List = List::named("says what we are");
/// Right behind a place, where the inquirer says what they are: a company of it.
static COMPANY_OF: List = List::named("companies of a place");
/// Ends what a company is.
static BUSINESSES: List = List::named("ends of businesses");
/// Right behind those: another word.
static NO_BUSINESSES: List = List::named("no ends of businesses");
/// Right behind a company: what it wishes.
static WISHES_RIGHT_BEHIND: List = List::named("wishes of a business");
/// Right before another place: they want to go there.
static WISHES_TO: List = List::named("wishes to another place");
/// Right behind a place: what they are there, in English.
static COMPANY_IN_ENGLISH: List = List::named("companies of a place in English");
/// Right behind `在` and a place: what the inquirer does there.
static DOES_THERE: List = List::named("does there");
/// Right before a place in brackets: the company that is there.
static COMPANY_IN_BRACKETS: List = List::named("company before a bracket");
/// Right before a place that the inquirer comes from.
static FROM: List = List::named("comes from");
/// Those of them that lead to a wish where one has begun.
static PLANT_IN: List = List::named("plant that may be sought");
/// Those of them that lead to a wish where one follows.
static WE_ARE_IN: List = List::named("where we are or look");
/// Behind a place: somebody wants to settle there.
static SETTLES: List = List::named("settles there");
/// Behind a place: somebody has settled there.
static HAS_THERE: List = List::named("has there already");
/// Right before a place, and the blank there, that the inquirer comes from, in English.
static FROM_IN_ENGLISH: List = List::named("comes from in English");

/// What a wish speaks of.
const WISHES: [Topic; 5] = [Topic::Want, Topic::Rent, Topic::Buy, Topic::Factory, Topic::Warehouse];

/// Whether the words around say where the inquirer is or comes from.
pub fn is_origin(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    if is_labelled_as_present(reading, span)
        || is_labelled_beside_a_wish(reading, span)
        || names_its_people(page, span)
        || is_of_what_we_are(page, span)
        || is_business_that_wishes(page, span)
        || works_there(page, span)
        || names_its_person(page, span)
        || is_in_brackets(page, span)
        || is_company_in_english(page, span)
    {
        return true;
    }
    match word_for_origin(reading, span) {
        Some(word) if begins_range(page, span, word) => false,
        Some(word) => has_something_there(reading, span) || !is_wish_all_the_same(reading, span, word),
        None => is_present_place(reading, span) || comes_from_there_in_english(page, span),
    }
}

/// What is right behind a place and its 市 or 区.
fn behind<'p>(page: &'p Normal<'_>, span: Span) -> &'p str {
    let after = page.after(span.end, 6);
    after.strip_prefix(['市', '省', '区', '县']).unwrap_or(after)
}

/// 现所在城市：上海, 公司：…: the label says that it is no wish. Behind a comma something else may be said, and
/// behind a word of a wish it is.
fn is_labelled_as_present(reading: &Reading<'_>, span: Span) -> bool {
    let is_wish = |hit: &Hit| WISHES.iter().any(|topic| hit.topics.has(*topic));
    reading.labels.iter().filter(|label| label.value.holds(span)).any(|label| {
        let before = Span::new(label.value.start, span.start);
        match label.field {
            Field::Present => !reading.words.within(before).iter().any(is_wish),
            Field::Company | Field::Contact => !reading.page.cut(before).contains([',', ' ', '。', ';']),
            _ => false,
        }
    })
}

/// 所在地：上海\n意向：昆山厂房: where they are, since another place is labelled as the wish.
fn is_labelled_beside_a_wish(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let may_be_present = |label: &&Label| label.value.holds(span) && MAY_BE_PRESENT.has(page.cut(label.name));
    reading.labels.iter().find(may_be_present).is_some_and(|label| {
        let own = Gazetteer::get().find_whole(page.cut(span));
        let (before, after) = (page.before(label.name.start, 200), page.after(label.value.start, 200));
        own.is_some_and(|(.., own)| wishes_in_a_label(before, own) || wishes_in_a_label(after, own))
    })
}

/// 意向：昆山: whether a line of these labels a wish for a place that lies elsewhere.
fn wishes_in_a_label(words: &str, own: &[Place]) -> bool {
    let lines = words.split(['\n', ';', ',', '。', ' ']).map(str::trim);
    let mut wishes = lines.filter(|line| WISH_LABELS.begins(line)).filter_map(|line| line.split_once(':'));
    wishes.any(|(_, wish)| {
        let mut places = Gazetteer::get().find(wish);
        places.any(|(.., places)| !places.is_empty() && !gazetteer::lies_in_one(places, own))
    })
}

/// 广东客商, 深圳总部, 东莞嘅老细; 昆山有厂, but no 昆山有厂房: that is offered.
fn names_its_people(page: &Normal<'_>, span: Span) -> bool {
    let after = behind(page, span);
    let of_it = || after.strip_prefix(['的', '嘅']).is_some_and(|after| is_one_of(&PEOPLE_OF, after));
    (is_one_of(&PEOPLE, after) || of_it()) && !NO_PEOPLE.begins(after) && !holds_next(page, span)
}

/// 客商; 企业很多 is said of the place.
fn is_one_of(people: &List, words: &str) -> bool {
    people
        .beginning_of(words)
        .and_then(|word| words.strip_prefix(word))
        .is_some_and(|behind| !MANY.begins(behind))
}

/// 唐山市迁安市, 襄阳老河口: what begins like its people is the name of a place that lies in it.
fn holds_next(page: &Normal<'_>, span: Span) -> bool {
    let kind = page.char_at(span.end).filter(|c| matches!(c, '市' | '省' | '区' | '县'));
    let end = span.end + kind.map_or(0, char::len_utf8);
    let own = Gazetteer::get().find_whole(page.cut(span));
    own.is_some_and(|(.., places)| cue::holds_next(page, end, places))
}

/// 我们是东莞的工厂, 我们是台湾的模具厂: what they are, and where.
fn is_of_what_we_are(page: &Normal<'_>, span: Span) -> bool {
    if !WE_ARE.ends(page.before(span.start, 6)) {
        return false;
    }
    COMPANY_OF.begins(behind(page, span)) || is_business(page.after(span.end, 12))
}

/// 昆山的电子厂想在太仓: a company of the place, and then its wish.
fn is_business_that_wishes(page: &Normal<'_>, span: Span) -> bool {
    let words = page.after(span.end, 16);
    let words = words.split(|c| !normal::is_han(c)).next().unwrap_or_default();
    let is_sought =
        page.char_before(span.start).is_some_and(|c| matches!(c, '在' | '到' | '去' | '找' | '租' | '买'));
    !is_sought
        && BUSINESSES.first_in(words).is_some_and(|(at, word)| {
            words.get(at + word.len()..).is_some_and(|behind| WISHES_RIGHT_BEHIND.begins(behind))
        })
}

/// 的模具厂: nothing but what a company does and that it is one; no 厂房.
fn is_business(words: &str) -> bool {
    let words = words.split(|c| !normal::is_han(c)).next().unwrap_or_default();
    BUSINESSES.first_in(words).is_some_and(|(at, word)| {
        words.get(at + word.len()..).is_some_and(|behind| !NO_BUSINESSES.begins(behind))
    })
}

/// a Shenzhen company, Suzhou-based: what they are.
fn is_company_in_english(page: &Normal<'_>, span: Span) -> bool {
    let after = page.lower_after(span.end, 16);
    let word = COMPANY_IN_ENGLISH.beginning_of(after).and_then(|word| after.strip_prefix(word));
    word.is_some_and(|behind| !behind.starts_with(|c: char| c.is_alphanumeric() && c != 's'))
        || is_behind_a_company_in_english(page, span)
}

/// 在宁波做注塑，想到滁州: what they do there is said, and then a wish for another place.
fn works_there(page: &Normal<'_>, span: Span) -> bool {
    DOES_THERE.begins(behind(page, span))
        && !holds_next(page, span)
        && (matches!(page.char_before(span.start), Some('在' | '于' | '喺')) || is_worker(page, span))
        && wishes_another(page, span)
}

/// 佛山搞陶瓷的, 广东做家具的老板: who does something there.
fn is_worker(page: &Normal<'_>, span: Span) -> bool {
    let words = page.after(span.end, 16);
    words
        .split(|c| !normal::is_han(c))
        .next()
        .unwrap_or_default()
        .split_once('的')
        .is_some_and(|(_, person)| person.is_empty() || PEOPLE_OF.begins(person) || BUSINESSES.begins(person))
}

/// 芜湖的吴总: where a person is from.
fn names_its_person(page: &Normal<'_>, span: Span) -> bool {
    behind(page, span).strip_prefix('的').is_some_and(|person| names::short_of(person).is_some())
}

/// 我公司（江阴）: where the company is.
fn is_in_brackets(page: &Normal<'_>, span: Span) -> bool {
    COMPANY_IN_BRACKETS.ends(page.before(span.start, 6))
}

/// The word right before a place that says that somebody is or comes from there: 来自, 总部在. No 厂房在 where
/// a wish has begun.
fn word_for_origin(reading: &Reading<'_>, span: Span) -> Option<&'static str> {
    let is_sought = || {
        reading.before_in_part(span, Topic::Want, &[Topic::Current])
            || reading.before_in_part(span, Topic::Rent, &[Topic::Current])
    };
    FROM.end_of(reading.page.before(span.start, 6)).filter(|word| !(PLANT_IN.has(word) && is_sought()))
}

/// 从昆山到太仓都可以: all between two places is wanted; 从昆山搬到太仓 comes from the first.
fn begins_range(page: &Normal<'_>, span: Span, word: &str) -> bool {
    let rest = page.after(span.end, 24);
    let rest = rest.strip_prefix(['市', '省', '区', '县']).unwrap_or(rest);
    let other = RANGE_TO.beginning_of(rest).and_then(|to| rest.strip_prefix(to));
    let end = other.and_then(|other| {
        let (from, to, places) = Gazetteer::get().find(other).next()?;
        (from == 0 && !places.is_empty()).then(|| other.get(to..)).flatten()
    });
    RANGE.has(word) && end.is_some_and(|end| RANGE_ENDS.is_in(normal::head(end, 8)))
}

/// 目前在福州租了4000平: what they have already.
fn has_something_there(reading: &Reading<'_>, span: Span) -> bool {
    HAS_THERE.is_in(reading.rest_of_part(span, 8))
}

/// 我们在苏州找: a wish follows.
fn is_wish_all_the_same(reading: &Reading<'_>, span: Span, word: &str) -> bool {
    let rest = reading.rest_of_part(span, 8);
    let behind = reading.words.within(Span::new(span.end, span.end + rest.len()));
    let wishes =
        |hit: &Hit| [Topic::Want, Topic::Rent, Topic::Buy].iter().any(|topic| hit.topics.has(*topic));
    WE_ARE_IN.has(word) && (behind.iter().any(wishes) || SETTLES.is_in(rest))
}

/// Currently in 4,000 sqm in Wuxi
fn is_present_place(reading: &Reading<'_>, span: Span) -> bool {
    // 现在看常熟: what is looked for now.
    let is_sought =
        reading.page.before(span.start, 1).ends_with(['看', '找', '选', '去', '到', '想', '要', '换', '改']);
    !is_sought && reading.before_in_part(span, Topic::Current, &[Topic::Want, Topic::Offer])
}

/// headquartered in Wuxi.
fn comes_from_there_in_english(page: &Normal<'_>, span: Span) -> bool {
    let before = page.lower_before(span.start, 24).strip_suffix(' ');
    before.is_some_and(|before| FROM_IN_ENGLISH.ends(before))
}

/// Whether a place that somebody wants to go to is named soon after this one.
fn wishes_another(page: &Normal<'_>, span: Span) -> bool {
    let rest = page.after(span.end, 40);
    // 地址 is in the table without a place.
    let places = Gazetteer::get().find(rest).filter(|(.., places)| !places.is_empty());
    places.map(|(from, ..)| from).any(|from| rest.get(..from).is_some_and(|before| WISHES_TO.ends(before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_comes_from() {
        for (text, place, origin) in [
            ("广东客商想去惠州", "广东", true),
            ("广东客商想去惠州", "惠州", false),
            ("我们公司在深圳，想搬到东莞", "深圳", true),
            ("我们在苏州找厂房", "苏州", false),
            ("Currently in 4,000 sqm in Wuxi", "Wuxi", true),
            ("芜湖的吴总", "芜湖", true),
            ("我老家河南商丘", "河南", true),
            ("东莞嘅老细", "东莞", true),
            ("公司地址：苏州 求租太仓仓库", "苏州", true),
            ("公司地址：苏州 求租太仓仓库", "太仓", false),
            ("联系人：陈小姐，厦门200平", "厦门", false),
            ("昆山的电子厂想在太仓租", "昆山", true),
            ("昆山的老厂房也行", "昆山", false),
            ("佛山搞陶瓷的，想在清远拿地", "佛山", true),
            ("佛山搞陶瓷的，想拿地", "佛山", false),
            ("现在看常熟的厂房", "常熟", false),
            ("唐山市迁安市厂房2000平", "唐山市", false),
            ("求租唐山迁西县厂房", "唐山", false),
            ("求租荆州公安厂房", "荆州", false),
            ("深圳迁安庆的厂", "深圳", true),
            ("唐山迁到天津", "唐山", true),
            ("昆山企业很多，想租厂房2000平", "昆山", false),
            ("昆山的客户不少，想租厂房2000平", "昆山", false),
            ("昆山企业想租厂房", "昆山", true),
            ("在开封经营多年，想在河南开封租", "河南", false),
            ("我司地址在上海，想在昆山找厂房", "上海", true),
            ("我司地址在上海，想在昆山找厂房", "昆山", false),
            ("公司地址在上海", "上海", true),
            ("注册地在上海", "上海", true),
            ("仓库在上海，想在昆山再租一个", "上海", true),
            ("想找仓库在上海", "上海", false),
            ("求租厂房，地址在上海", "上海", false),
            ("所在地：上海\n意向：昆山厂房", "上海", true),
            ("所在地：上海\n意向：昆山厂房", "昆山", false),
            ("意向区域：昆山\n所在地：上海", "上海", true),
            ("所在地：苏州\n意向：昆山厂房", "苏州", false),
            ("所在地：上海\n需要厂房2000平", "上海", false),
            ("从昆山到太仓都可以", "昆山", false),
            ("从昆山市到太仓之间找厂房", "昆山市", false),
            ("从昆山到太仓发展", "昆山", true),
            ("从昆山搬到太仓都可以", "昆山", true),
            ("a man from Suzhou", "Suzhou", true),
            ("Suzhou-based firm", "Suzhou", true),
        ] {
            let reading = Reading::of(text);
            let at = reading.page.text().find(place).unwrap_or_default();
            assert_eq!(is_origin(&reading, Span::new(at, at + place.len())), origin, "{place} in {text}");
        }
    }
}
