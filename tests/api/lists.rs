//! Finding inquiries again: every filter, every order, pages and counts, the same on both databases.
//! The search is in `search.rs`, bad queries and foreign cursors in `floor.rs`, single inquiries in
//! `inquiries.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::inquiries::actions;
use leaddock::kernel::clock::Timestamp;
use serde_json::{Value, json};

use crate::support::desk::{
    INQUIRIES, companies, create, follow_up, found, give, ids, move_to, own, path, plain, plan, q,
};
use crate::support::{Client, TestApp, each_database};

/// Moves the clock to a moment, and logs the same user in anew.
fn at(app: &TestApp, moment: &str, client: &Client) -> Client {
    app.clock.set(Timestamp::parse(moment).unwrap());
    app.login_as(client.id())
}

each_database! {
    fn a_filter_of_very_many_words_is_answered(app) {
        own(app.admin(), json!({"company": "a", "tags": ["t7"]}));
        let among = |make: fn(usize) -> String, count| {
            (0..count).map(make).collect::<Vec<_>>().join(",")
        };
        let users = among(|n| format!("usr_{n:024}00"), 63);
        let query = format!(
            "assignee=me,{users}&tag={}&region={}",
            among(|n| format!("t{n}"), 200),
            among(|n| format!("{}", 110_000 + n), 200),
        );
        assert!(app.admin().get(&format!("{INQUIRIES}?{query}")).expect(200).rows().is_empty());
        let query = format!("assignee=me,{users}&tag={}", among(|n| format!("t{n}"), 200));
        assert_eq!(app.admin().get(&format!("{INQUIRIES}?{query}")).expect(200).rows().len(), 1);
    }

    fn filters_by_what_an_inquiry_is(app) {
        let (admin, east, west) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        create(admin, json!({"company": "a", "tags": ["急", "A级"]}));
        let b = own(&east, json!({"company": "b", "tags": ["急"]}));
        let c = own(&east, json!({"company": "c", "tags": ["A"]}));
        let d = own(&west, json!({"company": "d"}));
        let e = own(admin, json!({"company": "e"}));
        move_to(admin, &b, "contacted").expect(200);
        move_to(admin, &c, "lost").expect(200);
        move_to(admin, &d, "signed").expect(200);
        move_to(admin, &e, "invalid").expect(200);
        app.nobody().post("/f/default", &json!({"company": "f"})).expect(202);
        let f = admin.get(&format!("{INQUIRIES}?limit=1")).expect(200).rows()[0].clone();
        let (form, teams) =
            (f["form_id"].as_str().unwrap(), [&b, &d].map(|row| row["team_id"].as_str().unwrap()));
        let taken = f["assignee_id"].as_str().unwrap();
        assert_eq!(taken, east.id().to_string(), "the first turn");
        app.mails();

        for (query, wanted) in [
            ("", "abcdef".to_owned()),
            ("status=new", "af".to_owned()),
            ("status=contacted,signed", "bd".to_owned()),
            ("status=viewing", String::new()),
            ("status=lost,%20invalid", "ce".to_owned()),
            ("category=open", "abf".to_owned()),
            ("category=won", "d".to_owned()),
            ("category=lost,invalid", "ce".to_owned()),
            ("category=open&status=lost", String::new()),
            ("assignee=none", "a".to_owned()),
            ("assignee=me", "e".to_owned()),
            (&format!("assignee={}", east.id()), "bcf".to_owned()),
            (&format!("assignee=none,me,{}", west.id()), "ade".to_owned()),
            ("assignee=usr_00000000000000000000000000", String::new()),
            (&format!("team={}", teams[0]), "bcf".to_owned()),
            (&format!("team={},{}", teams[0], teams[1]), "bcdf".to_owned()),
            ("team=team_00000000000000000000000000", String::new()),
            (&format!("form={form}"), "f".to_owned()),
            ("form=frm_00000000000000000000000000", String::new()),
            ("tag=%E6%80%A5", "ab".to_owned()),
            ("tag=A", "c".to_owned()),
            ("tag=a", String::new()),
            ("tag=A,%E6%80%A5", "abc".to_owned()),
            (&format!("tag=%E6%80%A5&assignee={}&status=contacted", east.id()), "b".to_owned()),
            ("tag=%E6%80%A5&status=new&assignee=me", String::new()),
        ] {
            assert_eq!(found(admin, query), wanted, "{query}");
        }
        // The reach comes before every filter.
        for (query, wanted) in [
            ("", "bcf"),
            ("assignee=me", "bcf"),
            ("assignee=none", ""),
            (&format!("assignee={}", west.id()), ""),
            ("status=new", "f"),
            ("tag=%E6%80%A5", "b"),
        ] {
            assert_eq!(found(&east, query), wanted, "{query}");
        }
        // What no longer is, is not found; what is now, is.
        admin.patch(&path(&b), &json!({"tags": ["B级"]})).expect(200);
        assert_eq!([found(admin, "tag=%E6%80%A5"), found(admin, "tag=B%E7%BA%A7")], ["a", "b"]);
    }

    fn filters_by_facts(app) {
        let admin = app.admin();
        for (company, facts) in [
            (
                "a",
                json!({"need_kind": "factory_rent", "region_code": "320509", "tax_wan_per_year": 300,
                    "area_min_sqm": 3000, "area_max_sqm": 5000}),
            ),
            (
                "b",
                json!({"need_kind": "land", "region_code": "320583", "tax_wan_per_year": 100.5,
                    "area_min_sqm": 8000}),
            ),
            (
                "c",
                json!({"need_kind": "factory_buy", "region_code": "310115", "tax_wan_per_year": 0,
                    "area_max_sqm": 1000}),
            ),
            ("d", json!({"region_code": "320500", "land_mu": 20})),
            ("e", json!({})),
        ] {
            create(
                admin,
                json!({"company": company, "need": null, "usage": null, "tax": null, "facts": facts}),
            );
        }
        for (query, wanted) in [
            ("need_kind=land", "b"),
            ("need_kind=land,factory_rent", "ab"),
            ("need_kind=spam", ""),
            ("region=32", "abd"),
            ("region=3205", "abd"),
            ("region=32050", "ad"),
            ("region=320509", "a"),
            ("region=31", "c"),
            ("region=31,320583", "bc"),
            ("region=9", ""),
            ("region=3,4", "abcd"),
            ("tax_min=300", "a"),
            ("tax_min=100.5", "ab"),
            ("tax_min=100.500001", "a"),
            ("tax_max=100.5", "bc"),
            ("tax_max=100.499999", "c"),
            ("tax_min=0", "abc"),
            ("tax_min=1&tax_max=299", "b"),
            ("tax_min=-1e300", "abc"),
            ("tax_max=1e300", "abc"),
            ("tax_min=1e300", ""),
            ("tax_max=-1e300", ""),
            ("tax_min=5&tax_max=4", ""),
            // The ranges overlap; one known end stands for both.
            ("area_min=4000", "ab"),
            ("area_min=5000", "ab"),
            ("area_min=5000.01", "b"),
            ("area_min=8000", "b"),
            ("area_min=8001", ""),
            ("area_max=4000", "ac"),
            ("area_max=1000", "c"),
            ("area_max=999", ""),
            ("area_min=900&area_max=2999", "c"),
            ("area_min=3500&area_max=3600", "a"),
            ("area_min=6000&area_max=7000", ""),
            ("area_min=0", "abc"),
            ("need_kind=land&region=32&tax_min=100&area_min=7000", "b"),
            ("need_kind=land&region=31", ""),
        ] {
            assert_eq!(found(admin, query), wanted, "{query}");
        }
        let a = admin.get(&format!("{INQUIRIES}?need_kind=factory_rent")).expect(200).rows()[0].clone();
        admin.patch(&path(&a),
            &json!({"facts": {"need_kind": "land", "tax_wan_per_year": null, "area_min_sqm": 1,
                "region_code": "440300"}})).expect(200);
        for (query, wanted) in [
            ("need_kind=land", "ab"),
            ("need_kind=factory_rent", ""),
            ("tax_min=300", ""),
            ("area_max=2", "a"),
            ("region=32", "bd"),
            ("region=44", "a"),
        ] {
            assert_eq!(found(admin, query), wanted, "{query}");
        }
    }

    fn filters_by_time_as_the_organisation_counts_days(app) {
        let admin = app.admin();
        create(admin, json!({"company": "a"}));
        // A millisecond before midnight in Shanghai, and midnight.
        let admin = at(&app, "2026-11-23T15:59:59.999Z", admin);
        let b = create(&admin, json!({"company": "b"}));
        let admin = at(&app, "2026-11-23T16:00:00.000Z", &admin);
        create(&admin, json!({"company": "c"}));
        let admin = at(&app, "2026-11-25T00:00:00.000Z", &admin);
        create(&admin, json!({"company": "d"}));
        admin.patch(&path(&b), &json!({"tags": ["急"]})).expect(200);

        for (query, wanted) in [
            ("received_from=2026-11-23", "abcd"),
            ("received_from=2026-11-24", "cd"),
            ("received_from=2026-11-25", "d"),
            ("received_from=2026-11-26", ""),
            ("received_to=2026-11-23", ""),
            ("received_to=2026-11-24", "ab"),
            ("received_to=2026-11-25", "abc"),
            ("received_from=2026-11-24&received_to=2026-11-25", "c"),
            ("received_from=2026-11-24T00:00:00%2B08:00", "cd"),
            ("received_to=2026-11-24T00:00:00%2B08:00", "ab"),
            ("received_from=2026-11-23T15:59:59.999Z", "bcd"),
            ("received_to=2026-11-23T15:59:59.999Z", "a"),
            ("received_from=2026-11-24&received_to=2026-11-24", ""),
            ("received_from=2026-11-25&received_to=2026-11-24", ""),
            ("received_from=0001-01-01&received_to=9999-12-31", "abcd"),
            ("received_from=1969-07-20T20:17:40Z", "abcd"),
            ("received_to=1969-07-20", ""),
            ("updated_since=2026-11-23", "abcd"),
            ("updated_since=2026-11-24", "bcd"),
            ("updated_since=2026-11-25T00:00:00Z", "bd"),
            ("updated_since=2026-11-25T00:00:00.001Z", ""),
        ] {
            assert_eq!(found(&admin, query), wanted, "{query}");
        }
    }

    fn sorts_both_ways_with_what_has_no_value_last(app) {
        let admin = app.admin();
        let mut made = Vec::new();
        // Pairs of equals among them: the order of receipt decides.
        for (company, tax, due) in [
            ("a", Some(300.0), Some(3)),
            ("b", None, None),
            ("c", Some(100.5), Some(1)),
            ("d", Some(300.0), Some(1)),
            ("e", None, None),
            ("f", Some(0.000001), Some(2)),
        ] {
            let inquiry =
                create(admin, json!({"company": company, "facts": {"tax_wan_per_year": tax, "land_mu": 1}}));
            if let Some(hours) = due {
                plan(&app, admin, &inquiry, Duration::hours(hours));
            }
            made.push(inquiry);
        }
        app.advance(Duration::seconds(1));
        admin.patch(&path(&made[2]), &json!({"tags": ["急"]})).expect(200);
        app.advance(Duration::seconds(1));
        admin.patch(&path(&made[0]), &json!({"tags": ["急"]})).expect(200);

        for (sort, wanted) in [
            ("received_at", "abcdef"),
            ("-received_at", "fedcba"),
            ("updated_at", "bdefca"),
            ("-updated_at", "acfedb"),
            ("tax", "fcadbe"),
            ("-tax", "dacfeb"),
            ("next_follow_up_at", "cdfabe"),
            ("-next_follow_up_at", "afdceb"),
        ] {
            for limit in [1, 2, 5, 6, 200] {
                let rows = admin.all(&format!("{INQUIRIES}?sort={sort}&limit={limit}"));
                assert_eq!(companies(&rows).concat(), wanted, "{sort}, {limit} at a time");
            }
            let searched = admin.all(&format!("{INQUIRIES}?sort={sort}&limit=1&{}", q("周启澜")));
            assert_eq!(companies(&searched).concat(), wanted, "{sort}, of a search");
            let filtered = admin.all(&format!("{INQUIRIES}?sort={sort}&limit=1&tag=%E6%80%A5"));
            let left: String = wanted.chars().filter(|c| "ac".contains(*c)).collect();
            assert_eq!(companies(&filtered).concat(), left, "{sort}, filtered");
        }
        assert_eq!(
            companies(&admin.all(INQUIRIES)).concat(),
            "fedcba",
            "the latest first, unless told otherwise"
        );
    }

    fn pages_stay_stable_while_rows_arrive(app) {
        let admin = app.admin();
        let there: Vec<Value> = (0..7)
            .map(|n| {
                app.advance(Duration::milliseconds(1));
                let inquiry = create(
                    admin,
                    json!({"company": format!("旧{n}"),
                    "facts": if n % 3 == 0 { json!({}) } else { json!({"tax_wan_per_year": n}) }}),
                );
                if n % 2 == 0 {
                    plan(&app, admin, &inquiry, Duration::hours(n));
                }
                inquiry
            })
            .collect();
        for sort in [
            "received_at",
            "-received_at",
            "updated_at",
            "-updated_at",
            "tax",
            "-tax",
            "next_follow_up_at",
            "-next_follow_up_at",
        ] {
            for search in ["", "&q=%E6%97%A7"] {
                let (mut seen, mut cursor, mut pages): (Vec<String>, String, i64) = Default::default();
                loop {
                    let page =
                        admin.get(&format!("{INQUIRIES}?sort={sort}&limit=2{search}{cursor}")).expect(200);
                    seen.extend(ids(page.rows()).into_iter().map(str::to_owned));
                    pages += 1;
                    let Some(next) = page.json["next_cursor"].as_str() else { break };
                    cursor = format!("&cursor={next}");
                    if pages < 3 {
                        app.advance(Duration::milliseconds(1));
                        create(admin, json!({"company": "新", "facts": {"tax_wan_per_year": pages * 3}}));
                    }
                }
                let mut distinct = seen.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), seen.len(), "{sort}: a row came twice");
                assert!(
                    ids(&there).iter().all(|id| seen.iter().any(|seen| seen == id)),
                    "{sort}: a row was skipped"
                );
            }
        }
    }

    fn a_page_has_its_limit_and_a_count_is_of_all(app) {
        let admin = app.admin();
        app.write(|tx| (0..205).try_for_each(|_| actions::receive(tx, &plain("某"), None, None).map(drop)))
            .unwrap();
        for (query, rows) in [("", 50), ("limit=1", 1), ("limit=200", 200)] {
            let page = admin.get(&format!("{INQUIRIES}?{query}")).expect(200);
            assert_eq!(page.rows().len(), rows);
            assert!(page.json.get("total").is_none() && page.json["next_cursor"].is_string());
        }
        assert_eq!(admin.get(&format!("{INQUIRIES}?count=true")).expect(200).json["total"], 205);
        assert_eq!(admin.get(&format!("{INQUIRIES}?count=false")).expect(200).json.get("total"), None);
        let second = admin.get(&format!("{INQUIRIES}?limit=200")).expect(200).json["next_cursor"]
            .as_str()
            .unwrap()
            .to_owned();
        let last = admin.get(&format!("{INQUIRIES}?limit=200&count=true&cursor={second}")).expect(200);
        assert_eq!(
            (last.rows().len(), &last.json["total"], &last.json["next_cursor"]),
            (5, &json!(205), &json!(null))
        );
        // A page that is exactly full is the last one if nothing follows.
        assert_eq!(
            admin.get(&format!("{INQUIRIES}?limit=5&cursor={second}")).expect(200).json["next_cursor"],
            json!(null)
        );
    }

    fn what_is_planned_decides_the_order_of_the_day(app) {
        let agent = app.login(Role::Agent);
        let made: Vec<Value> =
            ["a", "b", "c"].into_iter().map(|company| own(&agent, json!({"company": company}))).collect();
        let later = plan(&app, &agent, &made[0], Duration::days(3));
        plan(&app, &agent, &made[1], Duration::days(2));
        follow_up(&agent, &made[2], json!({"kind": "call", "outcome": "no_answer"}));
        let order = || companies(&agent.all(&format!("{INQUIRIES}?sort=next_follow_up_at"))).concat();
        assert_eq!(order(), "bac");
        plan(&app, &agent, &made[2], Duration::days(1));
        assert_eq!(order(), "cba");
        agent
            .post(
                &format!("/api/v1/follow-ups/{}/complete", later["id"].as_str().unwrap()),
                &json!({"outcome": "reached"}),
            )
            .expect(200);
        assert_eq!(order(), "cba");
        assert_eq!(agent.get(&path(&made[0])).expect(200).json["next_follow_up_at"], json!(null));
    }

    fn an_owner_s_list_follows_the_owner(app) {
        let (admin, one, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let inquiry = give(admin, one.id(), json!({"company": "a"}));
        assert_eq!([found(&one, ""), found(&other, "")], ["a", ""]);
        admin.post(&format!("{}/assign", path(&inquiry)), &json!({"assignee_id": other.id()})).expect(200);
        assert_eq!(
            [found(&one, ""), found(&other, ""), found(&one, &q("启澜")), found(&other, "assignee=me")],
            ["", "a", "", "a"]
        );
        app.mails();
    }
}
