//! Whether a place is refused: 昆山太贵不考虑, 不去上海, `Haining is too far`. What is refused at a place is
//! another thing (昆山的厂房不要隔层). What is made of it is decided in `regions.rs`.

use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Normal, Span, is_han};
use crate::facts::words::gazetteer::Gazetteer;
use crate::facts::words::lists::List;

/// Right before a place: looks like a refusal and asks.
static ASKS: List = List::named("asks whether");
/// Right before a place that is refused.
static REFUSES: List = List::named("refuses before");
/// Right before a refusal: it is denied.
static DENIES: List = List::named("denies a refusal");
/// Behind a place: looks like a refusal and refuses no place.
static REFUSES_NOTHING: List = List::named("refuses nothing");
/// Between a place and what is said of it.
static OF_A_PLACE: List = List::named("belongs to a place");
/// Behind a place that is refused.
static REFUSED: List = List::named("refuses behind");
/// Those of them that may refuse what follows instead.
static REFUSES_WHAT_FOLLOWS: List = List::named("may refuse what follows");
/// Right behind those: nothing follows that is refused.
static ENDS_REFUSAL: List = List::named("behind a refusal");
/// Behind a place, or its property, that is too dear or too far.
static TOO_MUCH: List = List::named("finds too much");
/// Between a place and its refusal.
static BEFORE_REFUSAL: List = List::named("before a refusal");
/// Right before a place that is left out of others.
static ALL_BUT: List = List::named("all but");
/// Right behind a place that is left out of others.
static LEFT_OUT: List = List::named("left out");
/// Behind it: what is wanted is all the rest.
static THE_REST: List = List::named("the rest of the places");
/// Anywhere in the text: the same.
static OTHERS: List = List::named("others of the places");
/// Behind it: something else is wanted too.
static BESIDES: List = List::named("besides a place");
/// In the part of a place that somebody has looked at or was offered before.
static LOOKED_AT: List = List::named("looked at before");
/// Right before a place that is refused, in English.
static REFUSES_IN_ENGLISH: List = List::named("refuses before in English");
/// Right before those: no refusal.
static NO_REFUSAL_IN_ENGLISH: List = List::named("denies a refusal in English");
/// Between a place and its refusal, in English.
static BETWEEN_IN_ENGLISH: List = List::named("before a refusal in English");
/// Behind a place that is refused, in English.
static REFUSED_IN_ENGLISH: List = List::named("refuses behind in English");

/// Parts about other looks that are passed over.
const LOOKS: usize = 4;

/// Whether a place is refused.
pub fn is_refused(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    is_refused_before(page, span)
        || is_refused_behind(page, span)
        || is_all_but(page, span)
        || is_refused_after_a_look(reading, span)
        || is_refused_before_in_english(page, span)
        || is_refused_behind_in_english(page, span)
}

/// 不去上海; no 去不去上海, 不是不考虑上海.
fn is_refused_before(page: &Normal<'_>, span: Span) -> bool {
    let before = page.before(span.start, 10);
    let refusal = REFUSES.end_of(before).and_then(|word| before.strip_suffix(word));
    refusal.is_some_and(|before_it| !ASKS.ends(before) && !DENIES.ends(before_it))
}

/// 昆山太贵不考虑; no 非苏州不去: there and nowhere else.
fn is_refused_behind(page: &Normal<'_>, span: Span) -> bool {
    let rest = page.after(span.end, 18).split([',', '。', ';', '\n', '!', '?']).next().unwrap_or_default();
    if page.char_before(span.start) == Some('非') || REFUSES_NOTHING.is_in(rest) {
        return false;
    }
    is_turned_down(rest) || is_too_much(rest)
}

/// 深圳关内不考虑; of a property there only what is over and done with: 那个厂房我们不要了.
fn is_turned_down(rest: &str) -> bool {
    let Some((at, word)) = REFUSED.first_in(rest) else { return false };
    let (between, after) = (rest.get(..at).unwrap_or(""), rest.get(at + word.len()..).unwrap_or(""));
    if REFUSES_WHAT_FOLLOWS.has(word) && !ends_refusal(after) {
        return false;
    }
    is_of_places(between) || after.starts_with('了') && is_of_places(&without_property(between))
}

/// Whether nothing that may be refused is right behind: 昆山不要, but no 昆山不要二楼.
fn ends_refusal(after: &str) -> bool {
    match place_at_start(after) {
        // 要宁波不要温州 refuses the other; 昆山不要太仓可以 goes on with it.
        Some(behind) => behind.starts_with(is_han),
        None => !after.starts_with(is_han) || ENDS_REFUSAL.begins(after),
    }
}

/// 昆山的厂房太贵: what is dear or far there is the place's.
fn is_too_much(rest: &str) -> bool {
    let between = TOO_MUCH.first_in(rest).and_then(|(at, _)| rest.get(..at));
    between.is_some_and(|between| is_of_places(&without_property(between)))
}

fn without_property(between: &str) -> String {
    OF_A_PLACE.words().iter().fold(between.to_owned(), |between, word| between.replace(word, ""))
}

/// Whether nothing but other places, and what is said between them and a refusal, is there: 、余杭都.
fn is_of_places(between: &str) -> bool {
    let mut rest = between;
    loop {
        rest = rest.trim_start_matches([
            ' ', '、', '和', '跟', '或', '都', '也', '就', '的', '了', '还', '是', '市', '区', '县',
        ]);
        if rest.is_empty() {
            return true;
        }
        let passed = BEFORE_REFUSAL.beginning_of(rest).and_then(|word| rest.strip_prefix(word));
        match passed.or_else(|| place_at_start(rest)) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
}

/// What is behind the place that some words begin with.
fn place_at_start(words: &str) -> Option<&str> {
    let first = Gazetteer::get().find(words).next();
    let (_, end, _) = first.filter(|(from, _, places)| *from == 0 && !places.is_empty())?;
    words.get(end..)
}

/// 除了宝安，深圳其他区都可以; no 除了昆山，太仓也可以.
fn is_all_but(page: &Normal<'_>, span: Span) -> bool {
    let Some((rest, behind)) = left_out(page, span) else { return false };
    let besides = BESIDES.first_in(rest).map(|(at, _)| at);
    let others = THE_REST.first_in(rest).map(|(at, _)| at);
    match (others, besides) {
        (Some(others), besides) => besides.is_none_or(|besides| others < besides),
        (None, None) => rest.is_empty() || LEFT_OUT.begins(behind) || OTHERS.is_in(page.text()),
        (None, Some(_)) => false,
    }
}

/// 除了浦东, and nothing of what else is wanted: nobody knows.
pub fn is_left_open(page: &Normal<'_>, span: Span) -> bool {
    left_out(page, span).is_some_and(|(rest, _)| !BESIDES.is_in(rest)) && !is_all_but(page, span)
}

/// What is behind a place that seems left out, in its sentence: all of it, and without its 市 or 区.
fn left_out<'p>(page: &'p Normal<'_>, span: Span) -> Option<(&'p str, &'p str)> {
    ALL_BUT.ends(page.before(span.start, 3)).then_some(())?;
    let rest = page.after(span.end, 24).split(['。', ';', '\n', '!', '?']).next()?;
    Some((rest, rest.strip_prefix(['市', '区', '县']).unwrap_or(rest)))
}

/// 无锡我们去看过了，不合适: what was looked at is refused by the next part.
fn is_refused_after_a_look(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    let part = reading.part(span);
    if !LOOKED_AT.is_in(page.cut(part)) {
        return false;
    }
    // 昆山也看了，太仓也看了，都不合适: the parts of other looks are passed over.
    let mut parts = page.from(part.end).split([',', ';', '。', ' ']).filter(|part| !part.is_empty());
    let next = parts.by_ref().take(LOOKS).find(|part| !LOOKED_AT.is_in(part));
    next.is_some_and(|next| {
        let next = normal::head(next, 10);
        is_only_a_refusal(next.strip_prefix("但").unwrap_or(next))
    })
}

/// 都不合适, 太贵了: a part that refuses what was spoken of before it.
fn is_only_a_refusal(part: &str) -> bool {
    if REFUSES_NOTHING.is_in(part) {
        return false;
    }
    let refusal = [&REFUSED, &TOO_MUCH].into_iter().find_map(|list| {
        let (at, word) = list.first_in(part)?;
        let (between, after) = (part.get(..at)?, part.get(at + word.len()..)?);
        (is_of_places(between) && !after.starts_with('的')).then_some((word, after))
    });
    refusal.is_some_and(|(word, after)| !REFUSES_WHAT_FOLLOWS.has(word) || ends_refusal(after))
}

/// not Shanghai, except Kunshan; no `why not Suzhou?`.
fn is_refused_before_in_english(page: &Normal<'_>, span: Span) -> bool {
    let Some(before) = page.lower_before(span.start, 30).strip_suffix(' ') else { return false };
    let before_it = REFUSES_IN_ENGLISH.end_of(before).and_then(|word| before.strip_suffix(word));
    before_it.is_some_and(|before_it| {
        !before_it.ends_with(|c: char| c.is_alphanumeric())
            && !NO_REFUSAL_IN_ENGLISH.ends(before_it.trim_end())
            && !is_asked(page, span)
    })
}

/// Haining is too far for us
fn is_refused_behind_in_english(page: &Normal<'_>, span: Span) -> bool {
    let rest = page.lower_after(span.end, 60);
    let mut rest = rest.split([',', '.', ';', '\n', '!', '?']).next().unwrap_or_default();
    loop {
        rest = rest.trim_start_matches([' ', '-', ':', '(', '/']);
        let Some(behind) = BETWEEN_IN_ENGLISH.beginning_of(rest).and_then(|word| rest.strip_prefix(word))
        else {
            break;
        };
        // A word counts only whole.
        if behind.starts_with(|c: char| c.is_alphanumeric()) {
            break;
        }
        rest = behind;
    }
    REFUSED_IN_ENGLISH.begins(rest) && !is_asked(page, span)
}

/// Whether the sentence asks.
fn is_asked(page: &Normal<'_>, span: Span) -> bool {
    let rest = page.after(span.end, 60);
    rest.find(['?', '。', '\n', '!', ';'])
        .is_some_and(|at| rest.get(at..).is_some_and(|end| end.starts_with('?')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, place: &str) -> bool {
        let reading = Reading::of(text);
        let at = reading.page.text().find(place).unwrap_or_default();
        is_refused(&reading, Span::new(at, at + place.len()))
    }

    #[test]
    fn what_is_refused() {
        for (text, place) in [
            ("昆山太贵不考虑了", "昆山"),
            ("苏州关内外都不考虑，我们看无锡", "苏州"),
            ("常熟那个厂房我们不要了", "常熟"),
            ("之前说的昆山那个太远了 要近点", "昆山"),
            ("唔要深圳", "深圳"),
            ("南通我们看过了，太偏", "南通"),
            ("南通也看了，海门也看了，都不合适", "南通"),
            ("除了宝安，深圳其他区都可以", "宝安"),
            ("除昆山外都行", "昆山"),
            ("别跟我说临沂", "临沂"),
            ("老板嫌太仓远", "太仓"),
            ("崇明就不要推荐了", "崇明"),
            ("广东省内，除深圳", "深圳"),
            ("上次推荐的海宁那块地太远了", "海宁"),
            ("深圳东莞就不看了", "深圳"),
            ("Haining is too far for us", "Haining"),
            ("Not Shanghai - too pricey", "Shanghai"),
            ("anywhere in Suzhou except Kunshan", "Kunshan"),
            ("We do not want to be in Dongguan.", "Dongguan"),
            ("Rents: Shanghai is way too expensive", "Shanghai"),
        ] {
            assert!(refused(text, place), "{text}");
        }
    }

    #[test]
    fn what_is_not_refused() {
        for (text, place) in [
            ("昆山的厂房不要隔层", "昆山"),
            ("昆山不要二楼", "昆山"),
            ("昆山不考虑高层厂房", "昆山"),
            ("要宁波不要温州，500平", "宁波"),
            ("去不去昆山", "昆山"),
            ("不是不考虑昆山", "昆山"),
            ("非苏州不去", "苏州"),
            ("昆山不行的话太仓", "昆山"),
            ("除了昆山，太仓也可以", "昆山"),
            ("昆山看过的那个厂房还在吗，太小的别推", "昆山"),
            ("昆山厂房，不要太贵", "昆山"),
            ("why not Suzhou?", "Suzhou"),
            ("Is Haining too far from the port?", "Haining"),
            ("not only Suzhou", "Suzhou"),
            ("Suzhou, nothing too expensive", "Suzhou"),
        ] {
            assert!(!refused(text, place), "{text}");
        }
    }
}
