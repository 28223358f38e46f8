//! How well texts are understood: the facts of five sets of inquiries, each held against what a person read
//! in it, and of sentences in which there is no place.
//! What single rules do is tested beside them, in `src/facts/`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod fuzz;
mod mutations;

use std::collections::{BTreeMap, BTreeSet};

use leaddock::facts::understand_text;
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

/// Inquiries, each with what a person read in it: written by several hands, none of whom knew the rules.
struct Set {
    name: &'static str,
    text: &'static str,
    count: usize,
}

static SETS: [Set; 5] = [
    Set { name: "first", text: include_str!("inquiries.jsonl"), count: 60 },
    Set { name: "ordinary talk", text: include_str!("ordinary_talk.jsonl"), count: 130 },
    Set { name: "letters and lines", text: include_str!("letters_and_lines.jsonl"), count: 110 },
    Set { name: "hurried talk", text: include_str!("hurried_talk.jsonl"), count: 240 },
    // Rules are not tuned on these: read the figures, and leave the lines alone.
    Set { name: "unseen", text: include_str!("unseen.jsonl"), count: 150 },
];

/// The sets that rules were made with.
fn at_hand() -> impl Iterator<Item = &'static Set> {
    SETS.iter().filter(|set| set.name != "unseen")
}

/// A field, the members of facts that it consists of, and how many of those that say something about it must
/// be right.
const FIELDS: [(&str, &[&str], f64); 9] = [
    ("phone", &["phone"], 0.99),
    ("need", &["need_kind"], 0.95),
    ("area and land", &["area_min_sqm", "area_max_sqm", "land_mu", "land_mu_min", "land_mu_max"], 0.95),
    ("tax", &["tax_wan_per_year", "tax_wan_per_year_max", "tax_wan_per_mu"], 0.92),
    ("budget", &["budget"], 0.90),
    ("region", &["region_code"], 0.95),
    ("company", &["company"], 0.85),
    ("contact", &["contact"], 0.90),
    ("industry", &["industry"], 0.85),
];

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// Numbers within a hundredth, texts by their plain form.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 0.01 * a.abs().max(b.abs())
        }
        (Value::String(a), Value::String(b)) => {
            a.nfkc().filter(|c| !c.is_whitespace()).eq(b.nfkc().filter(|c| !c.is_whitespace()))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

/// What facts say of a field.
fn said(facts: &Map<String, Value>, members: &[&str]) -> Map<String, Value> {
    members
        .iter()
        .filter_map(|member| {
            Some(((*member).to_owned(), facts.get(*member).filter(|value| !value.is_null())?.clone()))
        })
        .collect()
}

/// All values of a member and of the one that lists several.
fn all_of<'f>(facts: &'f Map<String, Value>, one: &str, many: &str) -> Vec<&'f str> {
    let all = facts.get(many).and_then(Value::as_array).into_iter().flatten().chain(facts.get(one));
    all.filter_map(Value::as_str).collect()
}

/// What a line expects: of several fair readings the one that was taken, if it was.
fn expected(line: &Value, facts: &Map<String, Value>, field: &str, members: &[&str]) -> Map<String, Value> {
    let usual = said(object(&line["expect"]), members);
    let groups: &[&str] = if field == "area and land" { &["area", "land"] } else { &[] };
    let groups = groups.iter().copied().chain([members[0]]);
    let fair = groups.filter_map(|group| line["alt"][group].as_array()).flatten();
    let fair =
        fair.map(|reading| reading.as_object().map(|reading| said(reading, members)).unwrap_or_default());
    let got = Value::Object(said(facts, members));
    fair.into_iter().find(|reading| same(&Value::Object(reading.clone()), &got)).unwrap_or(usual)
}

/// Whether two phrases share half of the characters or words of each.
fn shares_half(wanted: &Map<String, Value>, got: &Map<String, Value>) -> bool {
    let parts = |facts: &Map<String, Value>| -> BTreeSet<String> {
        let text: String = facts.values().filter_map(Value::as_str).collect::<String>().nfkc().collect();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let han = text.chars().filter(|c| !c.is_ascii() && c.is_alphanumeric()).map(String::from);
        words.map(str::to_lowercase).chain(han).collect()
    };
    let (wanted, got) = (parts(wanted), parts(got));
    let shared = wanted.intersection(&got).count() * 2;
    shared > 0 && shared >= wanted.len() && shared >= got.len()
}

/// Whether one of two places lies in the other, by their codes.
fn akin(one: &str, other: &str) -> bool {
    let stem = |code: &str| code.trim_end_matches("00").to_owned();
    stem(one).starts_with(&stem(other)) || stem(other).starts_with(&stem(one))
}

fn is_free(line: &Value, member: &str) -> bool {
    line["free"].as_array().is_some_and(|free| free.iter().any(|group| group == member))
}

#[test]
fn inquiries_are_understood() {
    for set in &SETS {
        let mut right: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        let (mut misses, mut false_numbers) = (Vec::new(), Vec::new());
        let mut false_places = BTreeSet::new();
        for line in set.text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let id = line["id"].as_str().unwrap();
            let facts = Map::from(understand_text(line["text"].as_str().unwrap()));
            for (field, members, _) in FIELDS.iter().filter(|(_, members, _)| !is_free(&line, members[0])) {
                let (wanted, got) = (expected(&line, &facts, field, members), said(&facts, members));
                if wanted.is_empty() && got.is_empty() {
                    continue;
                }
                let (good, all) = right.entry(*field).or_default();
                *all += 1.0;
                let is_right = match *field {
                    "industry" => shares_half(&wanted, &got),
                    _ => same(&Value::Object(wanted.clone()), &Value::Object(got.clone())),
                };
                if is_right {
                    *good += 1.0
                } else {
                    misses.push(format!("{id} {field}: {wanted:?}, read as {got:?}"))
                }
            }
            let readings: Vec<&Map<String, Value>> = line["alt"]
                .as_object()
                .into_iter()
                .flat_map(Map::values)
                .filter_map(Value::as_array)
                .flatten()
                .filter_map(Value::as_object)
                .chain([object(&line["expect"])])
                .collect();
            let known = |one, many| readings.iter().flat_map(move |facts| all_of(facts, one, many));
            let is_known = |number: &&str| known("phone", "phones").any(|known| known == *number);
            let numbers = all_of(&facts, "phone", "phones");
            false_numbers
                .extend(numbers.iter().filter(|number| !is_known(number)).map(|n| format!("{id} {n}")));
            let is_near = |code: &&str| known("region_code", "region_codes").any(|known| akin(code, known));
            let places = all_of(&facts, "region_code", "region_codes");
            let places = places.iter().filter(|code| !is_near(code) && !is_free(&line, "region_code"));
            false_places.extend(places.map(|code| format!("{id} {code}")));
        }
        let name = set.name;
        assert_eq!(set.text.lines().count(), set.count, "{name}");
        assert!(false_numbers.is_empty(), "{name}: nobody is called by mistake: {false_numbers:?}");
        assert!(false_places.is_empty(), "{name}: places that nobody wants: {false_places:?}");
        for (field, _, bar) in FIELDS {
            let (good, all) = right[field];
            assert!(
                all < 10.0 && all - good <= 1.0 || good / all >= bar,
                "{name}, {field}: {good} of {all}, the bar is {bar}\n{}",
                misses.join("\n")
            );
        }
    }
}

/// Rules about refusals, origins, products and advertisements take no wish away that only resembles one.
#[test]
fn a_wish_is_not_taken_for_something_else() {
    for (text, kind, region) in [
        ("昆山的厂房不要隔层的，2000平", "factory_rent", "320583"),
        ("太仓厂房不要二楼", "factory_rent", "320585"),
        ("非苏州不去，厂房1000平", "factory_rent", "320500"),
        ("去不去苏州都行，厂房1000平", "factory_rent", "320500"),
        ("找不到苏州的厂房，1000平有吗", "factory_rent", "320500"),
        ("除了苏州，无锡也行，厂房2000平", "factory_rent", "320500"),
        ("在苏州做注塑，要3000平厂房", "factory_rent", "320500"),
        ("佛山陶瓷仓库2000平", "warehouse_rent", "440600"),
        ("我们承接政府项目，昆山2000平厂房有吗", "factory_rent", "320583"),
        ("做批发零售，昆山仓库500平", "warehouse_rent", "320583"),
        ("We manufacture cables and are after 3000 sqm in Wuxi", "factory_rent", "320200"),
        ("We sell furniture online, warehouse 500 sqm in Foshan please", "warehouse_rent", "440600"),
        ("质保金多少？昆山厂房2000平", "factory_rent", "320583"),
        ("要一个现在空着的厂房2000平，昆山", "factory_rent", "320583"),
        ("最好半年起租，1000平厂房昆山", "factory_rent", "320583"),
    ] {
        let facts = Map::from(understand_text(text));
        assert_eq!((&facts["need_kind"], &facts["region_code"]), (&kind.into(), &region.into()), "{text}");
        assert!(!facts.contains_key("regions_excluded"), "{text}");
    }
    let of = |text: &str, member: &str| Map::from(understand_text(text)).get(member).cloned();
    assert_eq!(of("请问有没有地方出租", "need_kind"), Some("other".into()));
    assert_eq!(of("仓库要带货架、托盘、防水的", "need_kind"), Some("warehouse_rent".into()));
    assert_eq!(of("打 13900050001 和 13900050002 都行", "contact"), None);
    assert_eq!(of("厂房1000平，电话微信都可以 13900050001", "wechat"), None);
    assert_eq!(of("张薇薇，zhangww88@example.com，租厂房", "wechat"), None);
}

/// What is said beside the wish changes none of it.
#[test]
fn what_is_beside_the_wish_is_kept_apart() {
    let of =
        |text: &str, member: &str| Map::from(understand_text(text)).get(member).cloned().unwrap_or_default();
    for (text, member, expected) in [
        ("最少1000，最多2000平厂房", "area_min_sqm", json!(1000)),
        ("公司地址：上海，找昆山厂房2000平", "area_min_sqm", json!(2000)),
        ("现所在城市：苏州\n意向城市：嘉兴\n面积：3000平", "region_code", json!("330400")),
        (
            "税收：300万，预算20元/平/月",
            "budget",
            json!({"currency": "CNY", "min": 20, "max": 20, "per": "sqm_month"}),
        ),
        ("税收：\n300万\n用途：注塑", "tax_wan_per_year", json!(300)),
        ("仓库1万平，月租金不超过18块", "budget", json!({"currency": "CNY", "max": 18, "per": "sqm_month"})),
        ("厂房1000平，最好带500平院子", "extra", Value::Null),
        ("不是厂房，是仓库，2000平", "need_kind", json!("warehouse_rent")),
        ("本人有闲置厂房2000平在昆山，求租客", "need_kind", json!("supply")),
        ("代办环评，营业执照，厂房装修", "need_kind", json!("spam")),
        ("高价回收厂房设备，电缆", "need_kind", json!("spam")),
        ("厂房，10吨行车2台", "extra", json!({"crane_t": 10, "crane_count": 2})),
        ("不能是二楼，厂房500平", "extra", Value::Null),
        ("我想咨询下注册公司政策", "industry", Value::Null),
        ("求租厂房，也可以拿地", "need_kind_also", json!(["land"])),
        ("一亩地多少钱？我要15亩左右", "land_mu", json!(15)),
        ("想租个老厂房 1500平", "area_min_sqm", json!(1500)),
        ("出租：昆山厂房2000平，单价18元", "need_kind", json!("supply")),
        ("我不是要租厂房，我是来推销门禁系统的", "need_kind", json!("spam")),
        ("厂房5000-3000平", "area_min_sqm", json!(3000)),
        ("预算1.5e3元/月，租厂房", "budget", Value::Null),
        ("上次跟你们张经理（13800138123）谈过，我是小周 15962200011", "phone", json!("+8615962200011")),
        ("贵公司您好，求租厂房，李经理 13900001111", "phone", json!("+8613900001111")),
        ("求租厂房\n订单号：\n13512345001", "phone", Value::Null),
        ("年税收=13512345002，租厂房", "phone", Value::Null),
        ("税收：300万 电话13512345003，租厂房", "phone", json!("+8613512345003")),
        ("租厂房，13800138000打错了", "phone", Value::Null),
        ("客户A：要地50亩，江阴；客户B：租厂房3000平，宜兴", "need_kind_also", json!(["factory_rent"])),
    ] {
        assert_eq!(of(text, member), expected, "{text}");
    }
}

/// The names of places in China, long and short.
fn places() -> Vec<&'static str> {
    const ENDS: [&str; 11] = [
        "特别行政区",
        "维吾尔自治区",
        "壮族自治区",
        "回族自治区",
        "自治区",
        "自治县",
        "自治州",
        "新区",
        "市",
        "区",
        "县",
    ];
    let regions = include_str!("../../src/facts/tables/regions.csv").lines().skip(1);
    let regions = regions.filter_map(|line| line.split(',').nth(1));
    let aliases = include_str!("../../src/facts/tables/region_aliases.csv").lines().skip(1);
    let aliases = aliases.filter_map(|line| line.split(',').next()).filter(|name| !name.is_ascii());
    let short = |name: &'static str| {
        let cut = ENDS.iter().chain(&["省", "旗"]).find_map(|end| name.strip_suffix(end));
        cut.filter(|short| short.chars().count() > 1)
    };
    regions.flat_map(|name| [Some(name), short(name)]).flatten().chain(aliases).collect()
}

/// Common words of two characters in which no place is named.
fn common_words() -> Vec<&'static str> {
    let places = places();
    let words = include_str!("../../src/facts/tables/dictionary.txt").lines();
    let words = words.filter_map(|line| line.split_once(' '));
    words
        .filter(|(word, count)| {
            word.chars().count() == 2 && count.parse().is_ok_and(|count: u32| count >= 400)
        })
        .map(|(word, _)| word)
        .filter(|word| !places.iter().any(|place| word.contains(place)))
        .collect()
}

/// The same numbers each time (the generator of Knuth's MMIX).
fn draws() -> impl Iterator<Item = usize> {
    let next = |state: &u64| {
        Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(12_345_u64), next).map(|state| usize::try_from(state >> 33).unwrap())
}

#[test]
fn everyday_sentences_name_no_place() {
    let (words, mut draws) = (common_words(), draws());
    let mut word = || words[draws.next().unwrap() % words.len()];
    let mut named = Vec::new();
    for n in 0..1_000 {
        let (a, b, c) = (word(), word(), word());
        // Half of them speak of property, too.
        let property = if n % 2 == 0 { "，厂房2000平" } else { "" };
        let text = match n % 5 {
            0 => format!("我们想讨论{a}和{b}的{c}"),
            1 => format!("{a}的时候，{b}还没有{c}"),
            2 => format!("这个{a}要先{b}，再说{c}"),
            3 => format!("请问{a}怎么{b}？{c}也行"),
            _ => format!("{a}{b}，{c}"),
        };
        let text = text + property;
        if Map::from(understand_text(&text)).contains_key("region_code") {
            named.push(text);
        }
    }
    assert!(named.is_empty(), "{named:?}");
}

/// Bodies of 64 KiB that rules might go through again and again. How long they take is measured in
/// `benches/facts.rs`.
#[test]
fn hostile_texts_are_read_to_their_end() {
    for text in [
        "1".repeat(60_000),
        "厂房".repeat(10_000),
        "3000-".repeat(8_000),
        "万亿".repeat(9_000),
        "13800138000".repeat(3_000),
        "\u{202e}".repeat(5_000),
        format!("税{}万", "0".repeat(50_000)),
        "9".repeat(400) + "平",
    ] {
        let facts = understand_text(&text);
        assert!(serde_json::to_string(&facts).unwrap().len() < 400_000);
    }
}
