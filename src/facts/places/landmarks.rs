//! Side facts about places: landmarks to be near to (靠近虹桥), regions larger than provinces (长三角).
//! The wanted divisions are found in `regions.rs`.

use crate::facts::model::findings::Findings;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::gazetteer::{Gazetteer, Kind};
use crate::facts::words::lexicon;

const MACRO: &[&str] = &[
    "长三角",
    "珠三角",
    "大湾区",
    "京津冀",
    "长江三角洲",
    "珠江三角洲",
    "粤港澳大湾区",
    "华东",
    "华南",
    "华北",
    "华中",
    "西南",
    "西北",
    "东北",
    "中西部",
    "成渝",
    "苏南",
    "苏北",
    "浙北",
    "浙南",
    "环渤海",
    "胶东",
    "皖南",
    "皖北",
    "粤东",
    "粤西",
    "环沪",
    "yangtze river delta",
    "yangtze delta",
    "pearl river delta",
    "greater bay area",
    "yrd",
    "gba",
    "east china",
    "south china",
    "north china",
    "central china",
];

/// 靠近虹桥, 医药港附近: a place to be near to.
pub fn landmark(page: &Normal<'_>, found: &mut Findings) {
    for word in ["靠近", "紧邻", "临近", "毗邻"] {
        if let Some(at) = page.places(word).next() {
            let start = at + word.len();
            let name: String = page
                .after(start, 8)
                .chars()
                .take_while(|c| is_han(*c) && !matches!(c, '的' | '附' | '周' | '有' | '或'))
                .collect();
            if name.chars().count() >= 2 && name.chars().count() <= 6 {
                found.extra("landmark", name);
            }
        }
    }
    for word in ["附近", "旁边", "周围"] {
        if let Some(at) = page.places(word).next() {
            let before = page.before(at, 8);
            let name = before
                .rsplit([
                    ',', '。', ' ', ':', ';', '在', '找', '的', '要', '\n', '、', '租', '到', '去', '那',
                    '区', '市',
                ])
                .next()
                .unwrap_or("");
            if (2..=6).contains(&name.chars().count())
                && !Gazetteer::get().find(name).any(|(from, to, places)| {
                    from == 0
                        && to == name.len()
                        && places.iter().any(|place| place.kind != Kind::Zone && place.kind != Kind::Town)
                })
            {
                let name = Gazetteer::get()
                    .find(name)
                    .filter(|(_, _, places)| {
                        places.iter().all(|place| matches!(place.kind, Kind::Full | Kind::Short))
                    })
                    .map(|(_, to, _)| to)
                    .last()
                    .and_then(|to| name.get(to..))
                    .unwrap_or(name);
                if name.chars().count() >= 2 {
                    found.extra("landmark", name.to_owned());
                }
            }
        }
    }
}

/// The first region larger than a province.
pub fn macro_region(page: &Normal<'_>, found: &mut Findings) {
    let first = page
        .among(MACRO)
        .filter(|word| !word.is_ascii())
        .filter_map(|word| page.places(word).next().map(|at| (at, word)))
        .min_by_key(|(at, word)| (*at, usize::MAX - word.len()));
    if let Some((_, word)) = first {
        found.extra("macro_region", word);
        return;
    }
    let first = page.among(MACRO).filter(|word| word.is_ascii()).find_map(|word| {
        page.places(word)
            .next()
            .map(|at| Span::new(at, at + word.len()))
            .filter(|span| lexicon::is_whole(page, *span))
    });
    if let Some(span) = first {
        found.extra("macro_region", page.cut(span).to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Member;
    use serde_json::Value;

    #[test]
    fn places_to_be_near_to() {
        let extra = |text: &str| {
            let page = Normal::of(text);
            let mut found = Findings::default();
            landmark(&page, &mut found);
            macro_region(&page, &mut found);
            found.into_facts(text, "1").get(Member::Extra).cloned().map(Value::from).unwrap_or_default()
        };
        assert_eq!(extra("靠近虹桥的厂房"), serde_json::json!({"landmark": "虹桥"}));
        assert_eq!(extra("拟在长三角投资"), serde_json::json!({"macro_region": "长三角"}));
        assert_eq!(extra("苏州附近"), serde_json::Value::Null);
    }
}
