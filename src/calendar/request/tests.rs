//! Documents that are valid, what becomes of them, and where the faults of others are.
//! The holidays that are delivered as data are read here too.

use chrono::Weekday;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::kernel::error::Error;
use crate::kernel::language::Language;

fn checked(document: Value) -> Result<Calendar> {
    serde_json::from_value::<CalendarRequest>(document).unwrap().check()
}

fn faults(error: &Error) -> Vec<(&str, &str)> {
    error.field_faults().iter().map(|fault| (fault.pointer.as_str(), fault.kind.code)).collect()
}

/// The faults of a document as pointers and codes.
#[track_caller]
fn assert_faults(document: Value, expected: &[(&str, &str)]) {
    let error = checked(document.clone()).expect_err(&document.to_string());
    assert_eq!(faults(&error), expected, "{document}");
}

#[test]
fn what_is_absent_takes_its_default() {
    let shown = json!({"timezone": null,
        "week": {"1": [["09:00", "18:00"]], "2": [["09:00", "18:00"]], "3": [["09:00", "18:00"]],
            "4": [["09:00", "18:00"]], "5": [["09:00", "18:00"]], "6": [], "7": []},
        "holidays": [], "make_up_days": []});
    let calendar = checked(json!({})).unwrap();
    assert_eq!(calendar, Calendar::default());
    assert_eq!(serde_json::to_string(&calendar).unwrap(), shown.to_string());
    let one_day = checked(json!({"week": {"3": [["22:00", "24:00"]]}})).unwrap();
    assert_eq!(serde_json::to_value(&one_day).unwrap()["week"]["3"], json!([["22:00", "24:00"]]));
    assert!([1, 2, 4, 5, 6, 7, 0, 8].iter().all(|weekday| one_day.week.hours(*weekday).is_empty()));
    assert_eq!(checked(json!({"week": {}})).unwrap().week, Week::CLOSED);
}

#[test]
fn a_document_is_shown_in_order() {
    let calendar = checked(json!({
        "make_up_days": [{"date": "2027-02-20", "as": 3, "name": " "}, {"date": "1970-01-01"}],
        "holidays": [{"date": "2200-12-31"}, {"date": "2027-02-08", "name": "春节"}],
        "week": {"7": [["00:00", "12:00"], ["12:00", "24:00"]]},
        "timezone": "America/New_York",
    }));
    let shown = json!({"timezone": "America/New_York",
        "week": {"1": [], "2": [], "3": [], "4": [], "5": [], "6": [],
            "7": [["00:00", "12:00"], ["12:00", "24:00"]]},
        "holidays": [{"date": "2027-02-08", "name": "春节"}, {"date": "2200-12-31", "name": null}],
        "make_up_days": [{"date": "1970-01-01", "as": 1, "name": null},
            {"date": "2027-02-20", "as": 3, "name": null}]});
    assert_eq!(serde_json::to_string(&calendar.unwrap()).unwrap(), shown.to_string());
}

#[test]
fn all_faults_are_reported_at_once() {
    let document = json!({
        "timezone": "Shanghai",
        "week": {"1": [["18:00", "09:00"], ["09:00", "12:00"], ["11:59", "13:00"], ["12:00"]], "8": [],
            "a/b~": [["x", "y"]], "01": []},
        "holidays": [{"date": "2027-02-30"}, {"date": "2027-02-08"}, {"date": "1969-12-31"},
            {"date": "2027-02-08", "name": "春\n节"}],
        "make_up_days": [{"date": "2027-02-20", "as": 8}, {"date": "2027-02-08", "as": 0},
            {"date": "2201-01-01", "as": -1, "name": "长".repeat(101)}],
    });
    let expected = [
        ("/timezone", "bad_format"),
        ("/week/01", "not_one_of"),
        ("/week/1/0", "reversed"),
        ("/week/1/2", "overlap"),
        ("/week/1/3", "bad_format"),
        ("/week/8", "not_one_of"),
        ("/week/a~1b~0", "not_one_of"),
        ("/holidays/0/date", "bad_format"),
        ("/holidays/2/date", "out_of_range"),
        ("/holidays/3/date", "date_twice"),
        ("/holidays/3/name", "control_character"),
        ("/make_up_days/0/as", "out_of_range"),
        ("/make_up_days/1/date", "date_twice"),
        ("/make_up_days/1/as", "out_of_range"),
        ("/make_up_days/2/date", "out_of_range"),
        ("/make_up_days/2/as", "out_of_range"),
        ("/make_up_days/2/name", "too_long"),
    ];
    assert_faults(document.clone(), &expected);
    let error = checked(document).unwrap_err();
    let said = |language| error.field_faults()[0].message(language);
    assert_eq!(said(Language::En), "Expected an IANA time zone such as Asia/Shanghai.");
    assert_eq!(said(Language::Zh), "应为时区名（IANA），例如 Asia/Shanghai。");
}

#[test]
fn there_are_bounds() {
    let day = |count: u32| {
        let times = |place| [format!("{place:02}:00"), format!("{place:02}:30")];
        json!({"week": {"2": (0..count).map(times).collect::<Vec<_>>()}})
    };
    assert!(checked(day(12)).is_ok());
    assert_faults(day(13), &[("/week/2", "too_many_items")]);
    let dates = |count: u64| {
        let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        (0..count).map(|n| json!({"date": first + chrono::Days::new(n)})).collect::<Vec<_>>()
    };
    assert_eq!(checked(json!({"holidays": dates(1_000)})).unwrap().holidays.len(), 1_000);
    assert_faults(json!({"holidays": dates(1_001)}), &[("/holidays", "too_many_items")]);
    assert!(checked(json!({"make_up_days": dates(1_000)})).is_ok());
    assert_faults(json!({"make_up_days": dates(1_001)}), &[("/make_up_days", "too_many_items")]);
    assert!(checked(json!({"holidays": [{"date": "2027-02-08", "name": "长".repeat(100)}]})).is_ok());
}

#[test]
fn dates_are_written_in_one_way() {
    for wrong in
        ["", "2027-2-8", "+2027-2-08", "20270208", "2027-02-08 ", "2027-02-29", "8.2.2027", "２０２７-02-08"]
    {
        assert_faults(json!({"holidays": [{"date": wrong}]}), &[("/holidays/0/date", "bad_format")]);
    }
    assert_eq!(date("2028-02-29"), NaiveDate::from_ymd_opt(2028, 2, 29));
}

#[test]
fn a_stored_one_is_read_as_strictly() {
    let read = |text: &str| serde_json::from_str::<Calendar>(text).map_err(|error| error.to_string());
    assert_eq!(read("{}"), Ok(Calendar::default()));
    assert_eq!(read(r#"{"timezone": "Mars/Base"}"#).unwrap_err(), "invalid /timezone bad_format");
    assert!(
        read(r#"{"zone": null}"#).is_err()
            && read(r#"{"holidays": [{"date": "2027-02-08", "as": 1}]}"#).is_err()
    );
}

/// A file of config/holidays: the calendar that its lists make.
fn delivered(file: &str) -> Calendar {
    let mut document: Value = serde_json::from_str(file).unwrap();
    let source = document.as_object_mut().unwrap().remove("source").unwrap();
    assert!(source.as_str().is_some_and(|source| !source.is_empty()));
    checked(document).unwrap()
}

#[test]
fn holidays_of_china_can_be_laid_in() {
    let arranged = delivered(include_str!("../../../config/holidays/cn-2026.json"));
    let names = |calendar: &Calendar| {
        let mut names: Vec<_> = calendar.holidays.iter().filter_map(|day| day.name.clone()).collect();
        names.dedup();
        names
    };
    let all = ["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"];
    assert_eq!(names(&arranged), all);
    assert_eq!((arranged.holidays.len(), arranged.make_up_days.len()), (33, 6));
    for day in &arranged.make_up_days {
        assert!(matches!(day.date.weekday(), Weekday::Sat | Weekday::Sun), "{}", day.date);
        assert!((1..=5).contains(&day.weekday));
    }
    let statutory = delivered(include_str!("../../../config/holidays/cn-2027.json"));
    assert_eq!(names(&statutory), all);
    assert_eq!((statutory.holidays.len(), statutory.make_up_days.len()), (13, 0));
    assert!(arranged.holidays.iter().all(|day| day.date.year() == 2026));
    assert!(statutory.holidays.iter().all(|day| day.date.year() == 2027));
}

/// A day's intervals: stretches between ascending times, some of which touch.
fn any_hours() -> impl Strategy<Value = Vec<[String; 2]>> {
    let times = prop::collection::btree_set(0_u16..=1440, 0..=13);
    (times, prop::collection::vec(any::<bool>(), 12)).prop_map(|(times, open)| {
        let times: Vec<String> =
            times.into_iter().filter_map(WallTime::from_minutes).map(|time| time.to_string()).collect();
        let pairs = times.windows(2).zip(open).filter(|(_, open)| *open);
        pairs.map(|(pair, _)| [pair[0].clone(), pair[1].clone()]).collect()
    })
}

/// A document without a fault: no date is in it twice.
fn any_document() -> impl Strategy<Value = Value> {
    let zone =
        prop::option::of(prop::sample::select(&chrono_tz::TZ_VARIANTS[..]).prop_map(|zone| zone.name()));
    let week = prop::option::of(prop::collection::btree_map("[1-7]", any_hours(), 0..=7));
    let name = || prop::option::of("[^\\p{Cc}]{0,100}");
    let days = prop::collection::vec((1_u64..30, name(), prop::option::of(1..=7)), 0..20);
    (zone, week, days, 0_usize..=20, 0_u64..80_000).prop_map(|(zone, week, days, split, first)| {
        let mut date = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::Days::new(first);
        let mut days: Vec<Value> = days
            .into_iter()
            .map(|(apart, name, weekday)| {
                date = date + chrono::Days::new(apart);
                json!({"date": date, "name": name, "as": weekday})
            })
            .collect();
        let make_up_days = days.split_off(split.min(days.len()));
        days.iter_mut().for_each(|day| drop(day.as_object_mut().unwrap().remove("as")));
        let mut document = json!({"timezone": zone, "holidays": days, "make_up_days": make_up_days});
        if let Some(week) = week {
            document["week"] = json!(week);
        }
        document
    })
}

/// A document with one more or replaced value, and where that is a fault.
fn broken(mut document: Value, damage: usize) -> (Value, &'static str) {
    document["holidays"] = json!([{"date": "2027-02-08"}]);
    let (at, value, pointer) = match damage {
        0 => ("timezone", json!("Asia/Nowhere"), "/timezone"),
        1 => ("week", json!({"0": []}), "/week/0"),
        2 => ("week", json!({"7": [["00:00", "24:01"]]}), "/week/7/0"),
        3 => ("week", json!({"7": [["00:00", "00:00"]]}), "/week/7/0"),
        4 => ("week", json!({"7": [["00:00", "09:00"], ["08:59", "10:00"]]}), "/week/7/1"),
        5 => ("week", json!({"7": [["13:00", "14:00"], ["08:00", "09:00"]]}), "/week/7/1"),
        6 => ("week", json!({"7": [[]]}), "/week/7/0"),
        7 => ("week", json!({"7": [["08:00", "09:00", "10:00"]]}), "/week/7/0"),
        8 => ("make_up_days", json!([{"date": "2027-02-08"}]), "/make_up_days/0/date"),
        9 => ("make_up_days", json!([{"date": "2027-02-09", "as": 9}]), "/make_up_days/0/as"),
        10 => ("holidays", json!([{"date": "2027-02-08"}, {"date": "2027-02-08"}]), "/holidays/1/date"),
        _ => ("holidays", json!([{"date": "2027-02-08", "name": "\u{7}"}]), "/holidays/0/name"),
    };
    document[at] = value;
    (document, pointer)
}

proptest! {
    #[test]
    fn a_calendar_is_read_as_it_is_shown(document in any_document()) {
        let calendar = checked(document).unwrap();
        let shown = serde_json::to_string(&calendar).unwrap();
        let read: Calendar = serde_json::from_str(&shown).unwrap();
        prop_assert_eq!(&read, &calendar);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), shown);
    }

    #[test]
    fn what_is_wrong_is_found(document in any_document(), damage in 0_usize..12) {
        let (document, pointer) = broken(document, damage);
        let error = checked(document).unwrap_err();
        prop_assert!(faults(&error).iter().any(|(at, _)| *at == pointer), "{} {}", error, pointer);
    }

    #[test]
    fn nothing_panics(
        zone in ".{0,40}",
        key in ".{0,3}",
        pairs in prop::collection::vec(prop::collection::vec("[0-9:]{0,6}|.{0,6}", 0..4), 0..4),
        dates in prop::collection::vec(("[0-9+-]{0,12}|.{0,12}", any::<i64>(), ".{0,120}"), 0..4),
    ) {
        let holidays = dates.iter().map(|(date, _, name)| json!({"date": date, "name": name}));
        let holidays: Vec<Value> = holidays.collect();
        let make_up_days = dates.iter().map(|(date, weekday, _)| json!({"date": date, "as": weekday}));
        let make_up_days: Vec<Value> = make_up_days.collect();
        let document = json!({"timezone": zone, "week": {key: pairs}, "holidays": holidays,
            "make_up_days": make_up_days});
        if let Err(error) = checked(document) {
            let messages = error.field_faults().iter().map(|fault| fault.message(Language::Zh));
            let is_worded = messages.into_iter().all(|message| !message.contains("{}"));
            prop_assert!(is_worded, "{}", error);
        }
    }
}
