//! Numbers in every way of writing them: digits, Chinese numerals, both mixed, ranges.
//! Quantities with their units are tested in `quantity.rs`.

use super::*;
use proptest::prelude::*;

fn value(text: &str) -> Option<f64> {
    read(&Normal::of(text), 0, Context::Plain).map(|number| number.value)
}

#[test]
fn digits_with_scales() {
    for (text, expected) in [
        ("3000平", 3000.0),
        ("20,000 sq ft", 20000.0),
        ("1,200,000", 1_200_000.0),
        ("0.95-1.05", 0.95),
        ("1.5万方", 15000.0),
        ("1万5千平", 15000.0),
        ("1万5平", 15000.0),
        ("2万5000平", 25000.0),
        ("3千多平", 3000.0),
        ("600多万", 6_000_000.0),
        ("2个亿", 2e8),
        ("3千万", 3e7),
        ("3k平", 3000.0),
        ("1.5w平", 15000.0),
        ("60 million", 6e7),
        ("1亿2千万", 1.2e8),
    ] {
        let read = value(text).unwrap_or_default();
        assert!((read - expected).abs() < 1e-6 * expected, "{text}: {read}");
    }
    assert_eq!(value("400KVA"), Some(400.0));
    assert_eq!(value(&"1".repeat(400)), None);
}

#[test]
fn han_numerals() {
    for (text, expected) in [
        ("三千平", 3000.0),
        ("一万五千平", 15000.0),
        ("一万二", 12000.0),
        ("三千五", 3500.0),
        ("一百零五亩", 105.0),
        ("一百二十亩", 120.0),
        ("两百五", 250.0),
        ("十五", 15.0),
        ("八百万", 8e6),
        ("两个亿", 2e8),
        ("三百来万", 3e6),
        ("三千多平", 3000.0),
        ("一点二万", 12000.0),
        ("一千二百万", 1.2e7),
        ("两万多平", 20000.0),
        ("二十八", 28.0),
        ("一亿两千万", 1.2e8),
    ] {
        assert_eq!(value(text), Some(expected), "{text}");
    }
    for (text, low, high) in [
        ("一万二三千平", 12_000.0, 13_000.0),
        ("三五百平", 300.0, 500.0),
        ("两三千平", 2_000.0, 3_000.0),
        ("一百五六十万", 1.5e6, 1.6e6),
        ("三十五六亩", 35.0, 36.0),
        ("两千三四百平", 2_300.0, 2_400.0),
        ("一两万平", 10_000.0, 20_000.0),
        ("十几亩", 10.0, 20.0),
        ("二十几万", 200_000.0, 300_000.0),
        ("一千二三", 1_200.0, 1_300.0),
    ] {
        let read = read(&Normal::of(text), 0, Context::Plain);
        assert_eq!(read.map(|number| (number.value, number.high)), Some((low, Some(high))), "{text}");
    }
    for (text, expected) in [
        ("廿五亩", 25.0),
        ("卅亩", 30.0),
        ("百来平", 100.0),
        ("千把平", 1_000.0),
        ("半亩地", 0.5),
        ("1千5百万", 1.5e7),
        ("万五以内", 15_000.0),
        ("千二块", 1_200.0),
        ("百八平", 180.0),
    ] {
        assert_eq!(value(text), Some(expected), "{text}");
    }
    assert_eq!(value("十几年"), None);
    assert_eq!(value("一三八"), None);
    for text in ["千万不要", "万一", "百三科技", "万三", "千八"] {
        assert_eq!(value(text), None, "{text}");
    }
    let range = read(&Normal::of("三四百平"), 0, Context::Plain);
    assert_eq!(range.map(|n| (n.value, n.high)), Some((300.0, Some(400.0))));
}

const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const CAPITALS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];

/// A number below 10,000 as it is spoken: 两千零五十.
fn spoken_section(number: u64, digits: &[&str; 10], units: [&str; 4]) -> String {
    let mut said = String::new();
    let mut has_gap = false;
    for (place, unit) in [(1000, units[3]), (100, units[2]), (10, units[1]), (1, units[0])] {
        let digit = usize::try_from(number / place % 10).unwrap();
        if digit == 0 {
            has_gap = !said.is_empty();
            continue;
        }
        if std::mem::take(&mut has_gap) {
            said.push('零');
        }
        said.push_str(digits[digit]);
        said.push_str(unit);
    }
    said
}

/// A whole number in Chinese: 一亿零三百万, with 零 where a place is empty.
fn spoken(number: u64, digits: &[&str; 10], units: [&str; 4]) -> String {
    let mut said = String::new();
    for (scale, name) in [(100_000_000, "亿"), (10_000, "万"), (1, "")] {
        let section = number / scale % 10_000;
        if section == 0 {
            continue;
        }
        if !said.is_empty() && section < 1000 {
            said.push('零');
        }
        said.push_str(&spoken_section(section, digits, units));
        said.push_str(name);
    }
    said
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..].chunks(3).map(|group| std::str::from_utf8(group).unwrap());
    let head = Some(&digits[..first]).filter(|head| !head.is_empty());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// Every way to write a whole number that means just this one.
fn written(number: u64) -> Vec<String> {
    let common = ["", "十", "百", "千"];
    let capital = ["", "拾", "佰", "仟"];
    let said = spoken(number, &DIGITS, common);
    let mut forms = vec![
        number.to_string(),
        with_commas(number),
        spoken(number, &CAPITALS, capital),
        said.replace("二千", "两千").replace("二万", "两万").replace("二亿", "两亿"),
        number.to_string().chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect(),
    ];
    if let Some(rest) = said.strip_prefix("一十") {
        forms.push(format!("十{rest}"));
    }
    for (scale, names) in
        [(1_000, &["千", "k", "K"][..]), (10_000, &["万", "w"]), (100_000_000, &["亿", "个亿"])]
    {
        for name in names {
            // 1.25万, and 12万5 where only one place follows.
            if number >= scale && number.is_multiple_of(scale / 1000) {
                let whole = number / scale;
                let rest = format!("{:03}", number % scale / (scale / 1000));
                let rest = rest.trim_end_matches('0');
                let point = if rest.is_empty() { "" } else { "." };
                forms.push(format!("{whole}{point}{rest}{name}"));
            }
        }
    }
    let (wan, rest) = (number / 10_000, number % 10_000);
    if (1..10_000).contains(&wan) && rest >= 1000 && rest % 1000 == 0 {
        forms.push(format!("{wan}万{}", rest / 1000));
        forms.push(format!("{wan}万{}千", rest / 1000));
    }
    forms.push(said);
    forms
}

/// Small and large numbers, some of them round.
fn numbers() -> impl Strategy<Value = u64> {
    let sizes = [1u64..100, 1..10_000, 10_000..100_000_000, 100_000_000..90_000_000_000];
    let size = prop::sample::select(sizes.to_vec()).prop_flat_map(|size| size);
    let round = prop::sample::select(vec![1, 10, 100, 1000]);
    (size, round).prop_map(|(number, round)| (number / round * round).max(1))
}

proptest! {
    #[test]
    fn a_number_is_read_however_it_is_written(
        number in numbers(),
    ) {
        for form in written(number) {
            let text = format!("{form}坪");
            let page = Normal::of(&text);
            let read = read(&page, 0, Context::Plain);
            let end = page.text().len() - "坪".len();
            let expected = number.to_string().parse::<f64>().unwrap();
            prop_assert!(
                read.is_some_and(|read| {
                    (read.value - expected).abs() <= 1e-9 * expected && read.high.is_none() && read.end == end
                }),
                "{form} for {number}: {read:?}"
            );
        }
    }
}
