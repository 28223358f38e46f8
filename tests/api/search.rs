//! The search: any part of any item, every sign literal, the same on both databases, before and after the
//! index has settled. Filters, orders and pages are in `lists.rs`.

use diesel::RunQueryDsl;
use leaddock::access::Role;
use leaddock::inquiries::actions;
use leaddock::kernel::id::InquiryId;
use leaddock::kernel::search::folded;
use leaddock::platform::db::dialect;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, create, found, id, ids, own, path, plain, q, total};
use crate::support::{TestApp, each_database};

/// Before and after the job that settles new texts in the index: a search must find the same.
fn new_and_settled(app: &TestApp, look: impl Fn()) {
    look();
    app.work();
    look();
}

each_database! {
    fn a_search_finds_any_part_of_any_item(app) {
        let admin = app.admin();
        create(
            admin,
            json!({"need": "意向租赁恒温恒湿车间\n带行车", "usage": "Anodising of Titanium parts", "tax": "约三百万",
                "company": "昆山镍钛记忆合金厂", "contact": "欧阳霁月",
                "phone": "0512-6395 0000",
            "email": "Zhou.Qilan@Example.com", "wechat": "WX_zhou-88", "message": "ＡＢＣ 全角１２３；50㎡"}),
        );
        create(admin, json!({"company": "别家", "contact": "钱", "phone": "+86 139-1234-5678"}));
        let (one, other, both) = ("昆山镍钛记忆合金厂", "别家", "别家昆山镍钛记忆合金厂");
        let searches = [
            (
                one,
                vec![
                    "恒湿",
                    "恒温恒湿车间",
                    "带行车",
                    "霁",
                    "titanium",
                    "TITANIUM",
                    "itan",
                    "g of T",
                    "三百",
                    "镍钛",
                    "合金厂",
                    "昆山镍钛记忆合金厂",
                    "欧阳霁月",
                    "zhou.qilan@example.com",
                    "qilan@EX",
                    "wx_zhou-88",
                    "_zhou-",
                    "0512-6395",
                    "051263950000",
                    "63950000",
                    "3950",
                    "+865126395",
                    "6395 0000",
                    "abc",
                    "ABC",
                    "ａｂｃ",
                    "全角123",
                    "全角１２３",
                    "50m2",
                    "50㎡",
                    "㎡",
                    "；",
                    ";50",
                    "z",
                    "Q",
                    "@",
                ],
            ),
            (
                other,
                vec![
                    "13912345678",
                    "912345",
                    "139-1234-5678",
                    "8613912345678",
                    "+8613912345678",
                    "1234-5",
                    "别",
                    "别家",
                ],
            ),
            (both, vec!["-", "租", "8", "厂"]),
            (
                "",
                vec![
                    "恒干",
                    "湿恒",
                    "titanium  parts",
                    "车间带行",
                    "车间 带",
                    "厂欧阳",
                    "月0512",
                    "五百",
                    "zz",
                    "😀",
                    "13912345679",
                    "霁月昆山",
                    "家钱",
                ],
            ),
        ];
        new_and_settled(&app, || {
            for (wanted, all) in &searches {
                for words in all {
                    assert_eq!(found(admin, &q(words)), *wanted, "{words}");
                }
            }
        });
    }

    fn every_sign_of_a_search_is_literal(app) {
        let admin = app.admin();
        create(admin, json!({"company": "前后"}));
        let signs = [
            "%",
            "_",
            "\\",
            "'",
            "\"",
            "\"x",
            "*",
            "(",
            ")",
            "()",
            "?",
            "NEAR(",
            "a OR b",
            "-x",
            "col:x",
            "';--",
            "%%%",
            "^",
            "{",
            "}",
            "[a]",
            "$1",
            "&",
            "|",
            "!",
            "~",
            "`",
            "#",
            "@",
            "😀",
            "👨‍👩‍👧",
            "。",
            "“",
            "　",
            " ",
            "/",
            "<b>",
            "\u{e000}",
            "é",
            "ß",
        ];
        let made: Vec<Value> = signs
            .iter()
            .map(|sign| create(admin,
                json!({"company": format!("前{sign}后"), "contact": null, "need": null, "usage": null,
                    "tax": null, "phone": null})))
            .collect();
        new_and_settled(&app, || {
            for (sign, inquiry) in signs.iter().zip(&made) {
                let exactly = admin.all(&format!("{INQUIRIES}?{}", q(&format!("前{sign}后"))));
                // The ideographic blank is a blank, as wide letters are letters.
                let twins = if matches!(*sign, " " | "　") { 2 } else { 1 };
                assert_eq!(
                    (exactly.len(), ids(&exactly).contains(&inquiry["id"].as_str().unwrap())),
                    (twins, true),
                    "{sign}"
                );
                let with_it = admin.all(&format!("{INQUIRIES}?{}", q(sign)));
                // Blanks at the ends do not count: of a blank nothing is left to look for.
                let sign = folded(sign).trim().to_owned();
                let expected = signs.iter().filter(|other| folded(other).contains(&sign)).count();
                // The plain first one has words of its own around.
                assert_eq!(with_it.iter().filter(|row| row["contact"].is_null()).count(), expected, "{sign}");
                assert!(
                    with_it.iter().all(|row| row["contact"].is_string()
                        || folded(row["company"].as_str().unwrap()).contains(&sign)),
                    "{sign} stood for something else"
                );
            }
        });
    }

    fn a_search_goes_with_filters_and_reach(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let a = own(
            &agent,
            json!({"company": "a", "need": "恒温车间", "tags": ["急"], "facts": {"tax_wan_per_year": 5}}),
        );
        create(admin, json!({"company": "b", "need": "恒温车间", "facts": {"tax_wan_per_year": 3}}));
        own(&agent, json!({"company": "c", "need": "普通车间"}));
        new_and_settled(&app, || {
            for (query, by_admin, by_agent) in [
                ("", "ab", "a"),
                ("tag=%E6%80%A5", "a", "a"),
                ("status=new", "ab", "a"),
                ("assignee=none", "b", ""),
                ("status=lost", "", ""),
                ("tax_min=4", "a", "a"),
                ("sort=tax", "ab", "a"),
            ] {
                let query = format!("{}&{query}", q("恒温"));
                assert_eq!(
                    (found(admin, &query).as_str(), found(&agent, &query).as_str()),
                    (by_admin, by_agent),
                    "{query}"
                );
            }
        });
        // A changed text is found as it is now, and no longer as it was.
        admin.patch(&path(&a), &json!({"need": "洁净厂房", "phone": "139 1234 5678"})).expect(200);
        new_and_settled(&app, || {
            assert_eq!(
                [found(admin, &q("恒温")), found(admin, &q("洁净")), found(admin, &q("13912345678"))],
                ["b", "a", "a"]
            );
        });
        admin.delete(&path(&a)).expect(204);
        new_and_settled(&app, || assert_eq!(found(admin, &q("洁净")), ""));
        admin.act(&format!("{}/restore", path(&a))).expect(200);
        new_and_settled(&app, || assert_eq!(found(admin, &q("洁净")), "a"));
    }

    fn a_search_reaches_beyond_the_first_hundreds(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let oldest = own(&agent, json!({"company": "最早"}));
        app.write(|tx| (0..300).try_for_each(|_| actions::receive(tx, &plain("最多"), None, None).map(drop)))
            .unwrap();
        app.work();
        app.write(|tx| (0..150).try_for_each(|_| actions::receive(tx, &plain("最新"), None, None).map(drop)))
            .unwrap();
        new_and_settled(&app, || {
            assert_eq!(total(admin, &q("最")), 451);
            assert_eq!(admin.all(&format!("{INQUIRIES}?limit=200&{}", q("最"))).len(), 451);
            for sort in ["received_at", "-received_at", "updated_at", "-tax"] {
                let rows = agent.get(&format!("{INQUIRIES}?sort={sort}&{}", q("最"))).expect(200);
                assert_eq!(
                    (ids(rows.rows()), &rows.json["next_cursor"]),
                    (ids(std::slice::from_ref(&oldest)), &json!(null)),
                    "{sort}"
                );
            }
        });
    }

    fn whatever_is_written_is_found(app) {
        let admin = app.admin().clone();
        let kept = std::cell::RefCell::new(Vec::<(String, String)>::new());
        let letters = prop::sample::select(
            "厂房苏州龘aBZé ßİ09Ａ１％%_\\'\"*()-:^;,./+&=#?!~`|<>[]{}@$　㎡½①…—“。😀🏭🇨🇳\u{200d}アｱ한"
                .chars()
                .collect::<Vec<_>>(),
        );
        let text = prop::collection::vec(letters, 2..16)
            .prop_map(String::from_iter)
            .prop_filter("a blank text is none", |text| !text.trim().is_empty());
        let part = (
            prop::sample::select(vec!["need", "company", "message"]),
            text,
            any::<prop::sample::Index>(),
            1_usize..=6,
        );
        let mut cases = TestRunner::new(Config {
            cases: 20,
            failure_persistence: None,
            max_shrink_iters: 40,
            ..Config::default()
        });
        let outcome = cases.run(&part, |(item, text, from, length)| {
            let made = admin.post(INQUIRIES, &json!({item: text, "assign": "none"})).expect(201);
            kept.borrow_mut().push((made.id(), folded(&text)));
            if text.len() % 2 == 0 {
                app.work();
            }
            let from = from.index(text.chars().count());
            let words: String = text.chars().skip(from).take(length).collect();
            let hits = admin.all(&format!("{INQUIRIES}?limit=200&{}", q(&words)));
            let mut hits: Vec<&str> = ids(&hits);
            hits.sort_unstable();
            // Exactly those that have it, whatever else is there.
            let kept = kept.borrow();
            let sought = folded(&words).trim().to_owned();
            let mut expected: Vec<&str> =
                kept.iter().filter(|(_, text)| text.contains(&sought)).map(|(id, _)| id.as_str()).collect();
            expected.sort_unstable();
            prop_assert!(expected.contains(&made.id().as_str()));
            prop_assert_eq!(hits, expected, "{:?} in {:?}", words, text);
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    }

    fn a_phone_number_is_found_by_its_digits(app) {
        let admin = app.admin();
        for (company, phone) in [
            ("甲", "13955129760"),
            ("乙", "+86 139-5512-9761"),
            ("丙", "0512-6395 0000"),
            ("丁", "+86 512 6395 0001"),
            ("戊", "１３９５５１２９７６２"),
            ("己", "١٣٩٥٥١٢٩٧٦٣"),
            ("庚", "+49 30 23125 017"),
        ] {
            create(admin, json!({"company": company, "phone": phone}));
        }
        let searches = [
            (
                "甲",
                vec![
                    "13955129760",
                    "139 5512 9760",
                    "139-5512-9760",
                    "+86 139 5512 9760",
                    "0086-139-5512-9760",
                    "8613955129760",
                    " 13955129760 ",
                    "\u{3000}13955129760\u{a0}",
                    "(139) 5512-9760",
                    "139\u{200b}5512\u{ad}9760",
                    "\u{202d}13955129760\u{202c}",
                    "１３９ ５５１２ ９７６０",
                    "5512 9760",
                    "١٣٩٥٥ ١٢٩٧٦٠",
                ],
            ),
            ("乙", vec!["13955129761", "139 5512 9761", "86 139 5512 9761"]),
            (
                "丙",
                vec![
                    "051263950000",
                    "0512 6395 0000",
                    "+86 512 6395 0000",
                    "(0512) 63950000",
                    "0086 512 63950000",
                ],
            ),
            ("丁", vec!["051263950001", "0512-6395-0001", "+86-512-6395-0001", "6395 0001"]),
            ("戊", vec!["139 5512 9762", "１３９５５１２９７６２"]),
            ("己", vec!["139 5512 9763", "13955129763"]),
            ("庚", vec!["0049 30 23125017", "+49 (30) 23125-017", "3023125017"]),
            ("丙丁", vec!["0512-6395", "0512 6395", "+86 512 6395"]),
            // Four digits and signs are words as any other; so are digits beside letters.
            ("", vec!["97 60", "95-51", "139 5512 9760 甲", "139.5512.9760", "139/5512", "139 5512 9799"]),
        ];
        new_and_settled(&app, || {
            for (wanted, all) in &searches {
                for words in all {
                    let mut names: Vec<String> = found(admin, &q(words)).chars().map(String::from).collect();
                    names.sort_unstable();
                    let mut wanted: Vec<String> = wanted.chars().map(String::from).collect();
                    wanted.sort_unstable();
                    assert_eq!(names, wanted, "{words:?}");
                }
            }
        });
    }

    fn what_nobody_sees_counts_in_no_search(app) {
        let admin = app.admin();
        create(
            admin,
            json!({"company": "启\u{200b}澜精\u{feff}密", "need": "求租\u{ad}厂房",
                "phone": "\u{202d}139\u{2060}5512\u{200b}9760\u{202c}"}),
        );
        new_and_settled(&app, || {
            for words in ["启澜精密", "启\u{2060}澜", "\u{feff}求租厂房", "租厂", "13955129760"] {
                assert_eq!(admin.all(&format!("{INQUIRIES}?{}", q(words))).len(), 1, "{words:?}");
            }
            // Nothing to look for is no search.
            assert_eq!(total(admin, &q(" \u{200b}")), 1);
        });
    }

    fn what_an_older_version_indexed_is_found_as_well(app) {
        let admin = app.admin();
        let hidden = create(admin, json!({"company": "启\u{200b}澜精密", "phone": "١٣٩٥٥١٢٩٧٦٣"}));
        let plain = create(admin, json!({"company": "镍钛合金"}));
        app.work();
        // As the older rules left it: the characters are in the index, the digits are not.
        let (hidden, plain): (InquiryId, InquiryId) =
            (id(&hidden).parse().unwrap(), id(&plain).parse().unwrap());
        app.write(move |tx| {
            dialect::index_text(tx, hidden, "启\u{200b}澜精密")?;
            dialect::index_text(tx, plain, "镍钛合金")?;
            diesel::sql_query("UPDATE search_upkeep SET version = 1, after = NULL").execute(tx.conn)?;
            Ok(())
        })
        .unwrap();
        assert_eq!(
            [q("启澜精密"), q("13955129763"), q("镍钛合金")].map(|query| total(admin, &query)),
            [0, 0, 1]
        );
        app.work();
        assert_eq!(
            [q("启澜精密"), q("13955129763"), q("镍钛合金")].map(|query| total(admin, &query)),
            [1, 1, 1]
        );
        // It is done once.
        assert!(!app.read(|read| leaddock::platform::db::upkeep::is_due(read.conn)));
    }
}
