//! Tests of `query.rs`.
//! What goes over HTTP is tested in `tests/api`.

use super::*;
use crate::kernel::language::Language;

fn parse<T: Parameters>(query: &str, zone: Tz) -> Result<T> {
    parse_in("/list", query, zone).map(|(taken, _)| taken)
}

#[derive(Debug)]
struct Some2(Option<f64>, PageRequest);
impl Parameters for Some2 {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(from.number("tax_min"), from.page())
    }
}

#[test]
fn every_fault_is_reported_at_once() {
    let error = parse::<Some2>("limit=0&tax_min=much&nonsense=1&count=maybe", Tz::UTC).unwrap_err();
    let mut pointers: Vec<&str> = error.field_faults().iter().map(|fault| fault.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["?count", "?limit", "?nonsense", "?tax_min"]);
    assert!(parse::<Some2>("tax_min=1&tax_min=2", Tz::UTC).is_err());
    assert!(parse::<Some2>("limit=1&limit=2", Tz::UTC).is_err());
    assert!(parse::<Some2>("limit=99999999999999999999", Tz::UTC).is_err());
    assert_eq!(
        parse::<Some2>("tax_min=12.5&limit=7", Tz::UTC).map(|q| (q.0, q.1.limit)).unwrap(),
        (Some(12.5), 7)
    );
}

struct Kinds(Vec<String>, Option<f64>);
impl Parameters for Kinds {
    fn from_query(from: &mut QueryReader) -> Self {
        let kinds = from.about("Which of them").words("kind", "factory, land", |word| {
            ["factory", "land"].contains(&word).then(|| word.to_owned())
        });
        Self(kinds, from.number("area_min"))
    }
}

#[test]
fn a_list_is_given_with_commas_or_word_by_word() {
    for query in ["kind=factory,land", "kind=factory&kind=land", "kind=factory,%20land"] {
        assert_eq!(parse::<Kinds>(query, Tz::UTC).map(|q| q.0).unwrap(), ["factory", "land"], "{query}");
    }
    assert!(parse::<Kinds>("kind=", Tz::UTC).map(|q| q.0.is_empty() && q.1.is_none()).unwrap());
    assert!(
        parse::<Kinds>("kind=factory&kind=", Tz::UTC).is_err()
            && parse::<Kinds>("kind=farm", Tz::UTC).is_err()
    );
}

#[test]
fn what_is_taken_is_described() {
    let described = serde_json::to_value(parameters_of::<Kinds>()).unwrap();
    assert_eq!(
        (&described[0]["name"], &described[0]["description"]),
        (&"kind".into(), &"Which of them".into())
    );
    assert_eq!(
        (&described[0]["explode"], &described[0]["schema"]["items"]["enum"]),
        (&false.into(), &serde_json::json!(["factory", "land"]))
    );
    assert_eq!(
        (&described[1]["name"], &described[1]["schema"]["type"]),
        (&"area_min".into(), &"number".into())
    );
    assert_eq!(super::parameters_of::<Some2>().len(), 4);
}

#[derive(Debug)]
struct Any(Vec<String>);
impl Parameters for Any {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(from.list("tag", ("标签", "tags"), &Shape::Text(None), |text| Some(text.to_owned())))
    }
}

#[test]
fn a_list_has_a_bound_and_counts_equal_words_once() {
    let list = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let twice = format!("tag={},{}", list(WORDS_MAX), list(WORDS_MAX));
    assert_eq!(parse::<Any>(&twice, Tz::UTC).unwrap().0.len(), WORDS_MAX);
    let error = parse::<Any>(&format!("tag={}", list(WORDS_MAX + 1)), Tz::UTC).unwrap_err();
    let fault = &error.field_faults()[0];
    assert_eq!(
        (fault.pointer.as_str(), fault.kind.code, fault.message(Language::En).as_str()),
        ("?tag", "too_many_words", "At most 200 different values.")
    );
}

#[test]
fn an_unknown_parameter_is_named_in_safe_characters() {
    for (query, pointer) in [
        ("colour=red", "?colour".to_owned()),
        ("%E7%8A%B6%E6%80%81=new", "?状态".to_owned()),
        ("tax%5Bgte%5D=1", "?tax[gte]".to_owned()),
        ("%3Cb%3E%0D%0A=1", "?\u{fffd}b\u{fffd}\u{fffd}\u{fffd}".to_owned()),
        (&format!("{}=1", "a".repeat(5_000)), format!("?{}…", "a".repeat(NAME_MAX))),
    ] {
        let error = parse::<Any>(query, Tz::UTC).unwrap_err();
        let fault = &error.field_faults()[0];
        assert_eq!((&fault.pointer, fault.kind.code), (&pointer, "unknown_parameter"));
        assert!(fault.message(Language::Zh).contains(pointer.trim_start_matches('?')), "{pointer}");
    }
}

#[derive(Debug)]
struct Since(Option<Timestamp>);
impl Parameters for Since {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(from.moment("since"))
    }
}

#[test]
fn the_zone_is_asked_for_where_a_date_needs_it() {
    let since = |query: &str, zone| {
        let (Since(at), needs_zone) = parse_in("/list", query, zone).unwrap();
        (at.map(|at| at.to_string()), needs_zone)
    };
    let begins = |at: &str| Some(at.to_owned());
    assert_eq!(since("since=2026-11-23", Tz::UTC), (begins("2026-11-23T00:00:00.000Z"), true));
    assert_eq!(
        since("since=2026-11-23", chrono_tz::Asia::Shanghai),
        (begins("2026-11-22T16:00:00.000Z"), true)
    );
    let moment = "since=2026-11-23T08:30:00Z";
    assert_eq!(since(moment, chrono_tz::Asia::Shanghai), (begins("2026-11-23T08:30:00.000Z"), false));
    assert_eq!(since("", Tz::UTC), (None, false));
}

#[test]
fn a_plus_that_became_a_space_is_explained() {
    let code = |query: &str| {
        parse::<Since>(query, Tz::UTC)
            .map(|since| since.0.is_some())
            .map_err(|error| error.field_faults()[0].kind.code)
    };
    assert_eq!(code("since=2026-11-23T08:30:00+08:00"), Err("unescaped_plus"));
    assert_eq!(code("since=2026-11-23T08:30:00%2B08:00"), Ok(true));
    assert_eq!(code("since=2026-11-23%2008:30"), Err("bad_format"));
}

#[test]
fn no_query_panics_on_odd_bytes() {
    for odd in ["limit=%00", "cursor=%FF%FE", "%00=1", "&&&==", "limit"] {
        assert!(parse::<Some2>(odd, Tz::UTC).is_err() || odd == "&&&==", "{odd}");
    }
}
