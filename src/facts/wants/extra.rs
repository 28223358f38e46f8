//! Side facts of the place: heights, cranes, power, floors, fire class, people, dates.
//! Side facts of money, areas and places are found where those are.

use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::fact::Number;
use crate::facts::model::findings::Findings;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Span, head, tail};
use crate::facts::wants::model::{Need, Object};

/// Writes the side facts.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, found: &mut Findings) {
    for quantity in reading.quantities.iter().take(80) {
        counted(reading, quantity, found);
    }
    in_words(reading, need, found);
    if let Some(extension) = reading.phones.iter().find_map(|phone| phone.extension.clone()) {
        found.extra("phone_ext", extension);
    }
}

/// What a unit and the words beside it say.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn counted(reading: &Reading<'_>, quantity: &Quantity, found: &mut Findings) {
    let page = &reading.page;
    let part = reading.part(quantity.span);
    let before = tail(page.lower_cut(Span::new(part.start, quantity.span.start)), 16);
    let after = page.lower_after(quantity.span.end, 24);
    let near = head(after, 8);
    let has = |words: &[&str]| page.among(words).any(|word| before.contains(word));
    let follows = |words: &[&str]| page.among(words).any(|word| near.contains(word));
    let Some(value) = Number::of(quantity.low) else { return };
    match quantity.unit {
        Unit::Metre if quantity.low <= 60.0 => {
            let height = before.trim_end_matches([' ', ':', '约']).ends_with('高');
            if has(&["檐", "eaves"]) {
                found.extra("eaves_height_m", value);
            } else if height
                || has(&["层高", "净高", "高度", "挑高", "clear height", "ceiling", "clear"])
                || follows(&["层高", "净高", "clear", "高"])
            {
                found.extra("clear_height_min_m", value);
            } else if !follows(&["行车", "天车", "吊车"])
                && follows(&["的车", "车", "货车", "挂车", "truck", "trailer"])
                || has(&["车长"])
            {
                found.extra("truck_length_m", value);
            }
        }
        Unit::Tonne
            if follows(&["行车", "行吊", "吊车", "航车", "天车", "起重", "crane", " over", "overhead"])
                || has(&["行车", "行吊", "吊车", "天车", "crane"]) =>
        {
            found.extra("crane_t", value);
            if let Some(count) = reading
                .quantities
                .iter()
                .find(|other| {
                    other.unit == Unit::Piece
                        && other.span.end <= quantity.span.start
                        && quantity.span.start - other.span.end <= 6
                })
                .and_then(|count| Number::of(count.low))
            {
                found.extra("crane_count", count);
            }
        }
        Unit::TonnePerSqm => found.extra("floor_load_t_per_sqm", value),
        Unit::Kva => found.extra("power_kva", value),
        Unit::Ampere if quantity.low >= 10.0 => found.extra("power_a", value),
        Unit::Cubic => found.extra("volume_m3", value),
        Unit::Celsius if quantity.low <= 60.0 => {
            let below = page.char_before(quantity.span.start) == Some('-') || before.ends_with("零下");
            if let Some(value) = Number::of(if below { -quantity.low } else { quantity.low }) {
                found.extra("temperature_c", value);
            }
        }
        Unit::Person => {
            if has(&["宿舍", "住", "dorm"]) {
                found.extra("dorm_people", value);
            } else if quantity.low >= 2.0 {
                found.extra("headcount", value);
            }
        }
        Unit::Room if has(&["宿舍"]) || follows(&["宿舍", "dorm"]) => found.extra("dorm_rooms", value),
        Unit::Percent => {
            let share = Number::of(quantity.low / 100.0);
            if let Some(share) = share {
                if has(&["出租率", "occupancy"]) {
                    found.extra("occupancy_min", share);
                } else if has(&["cap rate", "资本化率"]) {
                    found.extra("cap_rate_min", share);
                }
            }
        }
        Unit::Year
            if quantity.low <= 30.0
                && (has(&["租期", "租约", "租赁期", "签", "长租", "lease"])
                    || before.ends_with('租')
                    || follows(&["租期", "租约", " lease", "-lease", "起租", "长租"])) =>
        {
            found.extra("lease_years", value);
        }
        Unit::Bare if has(&["层高：", "层高:", "净高:"]) && quantity.low <= 30.0 => {
            found.extra("clear_height_min_m", value)
        }
        Unit::Bare if has(&["容积率", "far"]) => found.extra("far_min", value),
        _ => {}
    }
}

/// What a form's answer begins with where its label holds for the person.
const YES: [&str; 9] = ["是", "有", "要", "需", "yes", "y", "true", "1", "on"];

/// Whether a word says something of the person: it does in a label only if the answer is yes.
fn says(reading: &Reading<'_>, word: Span) -> bool {
    if !reading.is_label(word) {
        return true;
    }
    let label = reading.labels.iter().find(|label| label.name.touches(word));
    label.is_some_and(|label| YES.iter().any(|yes| reading.page.lower_cut(label.value).starts_with(yes)))
}

/// What is said in words.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn in_words(reading: &Reading<'_>, need: Option<&Need>, found: &mut Findings) {
    let page = &reading.page;
    let text = page.lower();
    let has = |words: &[&str]| {
        page.among(words)
            .any(|word| page.places(word).any(|at| says(reading, Span::new(at, at + word.len()))))
    };
    let flags: &[(&str, &[&str])] = &[
        ("eia", &["环评", "eia"]),
        ("urgent", &["急求", "急租", "急需", "急找", "加急", "urgent", "asap"]),
        ("dock", &["月台", "卸货平台", "装卸平台", "loading dock"]),
        ("detached", &["独栋", "stand-alone", "standalone", "detached"]),
        ("dual_feed", &["双回路", "双电源", "dual feed", "dual-feed", "dual power"]),
        ("cleanroom", &["净化", "洁净", "无尘", "cleanroom", "clean room", "gmp"]),
        ("bonded", &["保税", "bonded"]),
        ("dust_free", &["无尘车间"]),
    ];
    for (name, words) in flags {
        if has(words) && *name != "dust_free" {
            found.extra(name, true);
        }
    }
    if has(&["实验室", "中试", " lab ", "laboratory"])
        && need.and_then(|need| need.object) == Some(Object::Office)
    {
        found.extra("lab", true);
    }
    if need.and_then(|need| need.object) == Some(Object::Land) {
        if has(&["堆场", "堆放", "yard"]) {
            found.extra("yard", true);
        }
        if has(&[
            "租地",
            "租赁土地",
            "土地租赁",
            "年租",
            "月租",
            "lease",
            "租金",
            "求租",
            "租块",
            "租一块",
            "招租",
        ]) {
            found.extra("tenure", "lease");
        }
    }
    for class in page.among(&[
        "丙二类",
        "丙二",
        "丙一类",
        "丙类",
        "丁类",
        "戊类",
        "甲类",
        "乙类",
        "class c2",
        "class c1",
        "class c",
        "class d",
    ]) {
        if let Some(at) = text.find(class) {
            let words = page.text().get(at..at + class.len()).unwrap_or(class);
            found.extra(
                "fire_class",
                words
                    .trim_start_matches(|c: char| {
                        c.is_ascii_alphabetic() && c.is_ascii_lowercase() || c == ' '
                    })
                    .trim_start_matches("Class ")
                    .to_owned(),
            );
            break;
        }
    }
    for floor in page.among(&["一楼", "首层", "底楼", "1楼", "一层", "二楼", "ground floor"]) {
        if text.contains(floor) && !text.contains("双层") {
            found.extra("floor", floor);
            break;
        }
    }
    move_in(reading, found);
}

/// `3月1日前入驻`, `by Q2`, `2026年一季度投产`, `租约明年6月到期`.
#[expect(clippy::too_many_lines, reason = "rules in the order in which they are tried")]
fn move_in(reading: &Reading<'_>, found: &mut Findings) {
    let page = &reading.page;
    for (word, name) in [
        ("入驻", "move_in"),
        ("投产", "production_start"),
        ("搬入", "move_in"),
        ("进场", "move_in"),
        ("到期", "move_in"),
        ("交付", "move_in"),
        ("起租", "move_in"),
    ] {
        let Some(at) = page.places(word).next() else { continue };
        let before = page.before(at, 16);
        let start = before
            .char_indices()
            .find(|(_, c)| {
                c.is_ascii_digit()
                    || matches!(
                        c,
                        '明' | '今'
                            | '下'
                            | '年'
                            | '一'
                            | '二'
                            | '三'
                            | '四'
                            | '五'
                            | '六'
                            | '七'
                            | '八'
                            | '九'
                            | '十'
                    )
            })
            .map_or(before.len(), |(at, _)| at);
        let part = before.rsplit([',', '。', ';', ' ', '\n', '约']).next().unwrap_or("");
        let words = if part.len() < before.len() - start { part } else { before.get(start..).unwrap_or("") };
        let words = words.trim_start_matches(|c: char| {
            !(c.is_ascii_digit()
                || matches!(
                    c,
                    '明' | '今'
                        | '下'
                        | '年'
                        | '一'
                        | '二'
                        | '三'
                        | '四'
                        | '五'
                        | '六'
                        | '七'
                        | '八'
                        | '九'
                        | '十'
                ))
        });
        if words.contains(['月', '年', '季', '周']) && words.chars().count() >= 2 {
            found.extra(name, words.trim_end_matches(['底', '能', '可', '要', '就']).to_owned());
        }
    }
    for lead in ["move in by ", "move-in by ", "move in ", "occupancy by ", "starting in ", "handover by "] {
        if let Some(at) = page.places(lead).next() {
            let words: String = page
                .after(at + lead.len(), 16)
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == ' ')
                .collect();
            if !words.trim().is_empty() {
                found.extra("move_in", words.trim().to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Member;
    use serde_json::{Value, json};

    fn extra(text: &str) -> Value {
        let mut found = Findings::default();
        put(&Reading::of(text), None, &mut found);
        found.into_facts(text, "1").get(Member::Extra).cloned().map_or(Value::Null, Value::from)
    }

    #[test]
    fn side_facts() {
        for (text, expected) in [
            ("2台20T行车，檐高12米", json!({"crane_t": 20, "crane_count": 2, "eaves_height_m": 12})),
            ("层高9米以上，315KVA", json!({"clear_height_min_m": 9, "power_kva": 315})),
            ("能进17米5的车", json!({"truck_length_m": 17.5})),
            (
                "-18℃以下，5000立方左右，租3年",
                json!({"temperature_c": -18, "volume_m3": 5000, "lease_years": 3}),
            ),
            ("宿舍能住120人", json!({"dorm_people": 120})),
            ("3 t/m2 floor load, 16t overhead crane", json!({"floor_load_t_per_sqm": 3, "crane_t": 16})),
        ] {
            assert_eq!(extra(text), expected, "{text}");
        }
    }
}
