//! Numbers in every way of writing them: digits, Chinese numerals, both mixed, ranges.
//! Quantities with their units are tested in `quantity.rs`.

use super::*;

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
    ] {
        assert_eq!(value(text), Some(expected), "{text}");
    }
    assert_eq!(value("十几亩"), None);
    assert_eq!(value("一三八"), None);
    assert_eq!(value("千万不要"), None);
    let range = read(&Normal::of("三四百平"), 0, Context::Plain);
    assert_eq!(range.map(|n| (n.value, n.high)), Some((300.0, Some(400.0))));
}
