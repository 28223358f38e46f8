//! Quantities in many forms: numbers, ranges, bounds and units together; a table of them is `forms.csv`.
//! Numbers alone are tested in `numerals/tests.rs`.

use super::*;

fn one(text: &str) -> Quantity {
    let page = Normal::of(text);
    find(&page, &Mask::default()).into_iter().next().unwrap_or_else(|| panic!("nothing in {text}"))
}

#[test]
fn areas() {
    for (text, min, max) in [
        ("面积3000，预算25", Some(3000.0), Some(3000.0)),
        ("3000-5000平方米", Some(3000.0), Some(5000.0)),
        ("3k-5k平", Some(3000.0), Some(5000.0)),
        ("1.5-2万平", Some(15000.0), Some(20000.0)),
        ("3000平到5000平", Some(3000.0), Some(5000.0)),
        ("不低于2000㎡", Some(2000.0), None),
        ("800平以内", None, Some(800.0)),
        ("1200平起", Some(1200.0), None),
        ("2000±200平", Some(1800.0), Some(2200.0)),
        ("一万五千平左右", Some(15000.0), Some(15000.0)),
        ("min. 1,500 m2", Some(1500.0), None),
        ("between 3,000 and 5,000 sqm", Some(3000.0), Some(5000.0)),
    ] {
        let quantity = one(text);
        assert_eq!((quantity.unit, quantity.ends()), (Unit::Sqm, (min, max)), "{text}");
    }
}

#[test]
fn money() {
    for (text, min, max, per) in [
        ("0.9元/平/天以内", None, Some(0.9), Some(Per::SqmDay)),
        ("八毛以内一平一天", None, Some(0.8), Some(Per::SqmDay)),
        ("1块2每平每天", Some(1.2), Some(1.2), Some(Per::SqmDay)),
        ("块二一平一天", Some(1.2), Some(1.2), Some(Per::SqmDay)),
        ("一块半一平", Some(1.5), Some(1.5), Some(Per::Sqm)),
        ("limit of 26 yuan per sqm per month", None, Some(26.0), Some(Per::SqmMonth)),
        ("25元/平/月", Some(25.0), Some(25.0), Some(Per::SqmMonth)),
        ("0.95-1.05元/㎡·天", Some(0.95), Some(1.05), Some(Per::SqmDay)),
        ("不超过45万元/亩", None, Some(450_000.0), Some(Per::Mu)),
        ("1.2万元/㎡以内", None, Some(12000.0), Some(Per::Sqm)),
        ("USD 60 million", Some(6e7), Some(6e7), None),
        ("RMB 12m", Some(1.2e7), Some(1.2e7), None),
        ("2-10亿元", Some(2e8), Some(1e9), None),
    ] {
        let quantity = one(text);
        let (low, high) = quantity.ends();
        let near = |a: Option<f64>, b: Option<f64>| {
            a.is_some() == b.is_some() && (a.unwrap_or_default() - b.unwrap_or_default()).abs() < 1e-6
        };
        assert!(
            quantity.is_money() && near(low, min) && near(high, max) && quantity.per == per,
            "{text}: {quantity:?}"
        );
    }
}

fn unit_named(name: &str) -> Unit {
    match name {
        "sqm" => Unit::Sqm,
        "mu" => Unit::Mu,
        "money" => Unit::Money(Currency::Cny),
        "metre" => Unit::Metre,
        "tonne" => Unit::Tonne,
        "kva" => Unit::Kva,
        "person" => Unit::Person,
        "year" => Unit::Year,
        "month" => Unit::Month,
        "percent" => Unit::Percent,
        _ => Unit::Bare,
    }
}

/// Forms that somebody wrote down who did not know the rules.
#[test]
fn amounts_in_every_form() {
    let mut misses = Vec::new();
    let mut rows = csv::Reader::from_reader(include_str!("forms.csv").as_bytes());
    for row in rows.records() {
        let row = row.unwrap();
        let (text, low, high) = (&row[0], row[1].parse::<f64>().ok(), row[2].parse::<f64>().ok());
        let page = Normal::of(text);
        let found = find(&page, &Mask::default());
        let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-4 * b.abs(),
            (a, b) => a == b,
        };
        let is_read = matches!(found.as_slice(), [one] if one.unit == unit_named(&row[3])
            && near(one.ends().0, low) && near(one.ends().1, high));
        if !is_read {
            let read: Vec<_> = found.iter().map(|one| (one.ends(), one.unit)).collect();
            misses.push(format!("{text} ({}): {low:?} to {high:?}, read as {read:?}", &row[3]));
        }
    }
    assert!(misses.is_empty(), "{} forms:\n{}", misses.len(), misses.join("\n"));
}
