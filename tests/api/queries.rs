//! The query string: known parameters, their values, and cursors.
//! What the lists find is in `lists.rs` and `search.rs`.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, id, path};
use crate::support::each_database;

each_database! {
    fn what_a_query_lacks_is_said_in_words(app) {
        let fault = |query: &str, accept: &str| {
            let answer = app
                .admin()
                .send("GET", &format!("{INQUIRIES}?{query}"), &[("Accept-Language", accept)], None)
                .refused(400, "bad_query");
            let fault = answer.json["errors"][0].clone();
            [&fault["pointer"], &fault["code"], &fault["message"]]
                .map(|text| text.as_str().unwrap().to_owned())
        };
        assert_eq!(
            fault("colour=red", "zh"),
            ["?colour", "unknown_parameter", "没有名为“colour”的查询参数。"]
        );
        assert_eq!(fault("colour=red", "en")[2], "There is no query parameter named \"colour\".");
        assert_eq!(
            fault("received_from=2026-11-23T08:30:00+08:00", "zh"),
            ["?received_from", "unescaped_plus", "网址中的加号表示空格，时区偏移的“+”请写作 %2B。"]
        );
        app.admin().get(&format!("{INQUIRIES}?received_from=2026-11-23T08:30:00%2B08:00")).expect(200);
        assert_eq!(
            fault("received_from=soon", "zh")[2],
            "应为时间（RFC 3339，例如 2026-11-23T08:30:00Z）或日期（例如 2026-11-23）。"
        );
        assert_eq!(fault("team=x", "zh")[2], "应为团队编号。");
        assert_eq!(fault("team=x", "en")[2], "Expected a team's id.");
        assert_eq!(fault("count=maybe", "zh")[2], "只能是：true、false。");
    }

    fn an_unknown_query_parameter_is_400_on_every_operation(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let document = admin.get("/openapi.json").expect(200).json;
        let mut asked = 0;
        for (pattern, methods) in document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(pattern, _)| pattern.starts_with("/api/") && !pattern.ends_with("/login"))
        {
            let to = pattern.replace("{name}", "overview").replace("{id}", id(&inquiry));
            for method in methods.as_object().unwrap().keys() {
                let answer = admin.send(
                    &method.to_uppercase(),
                    &format!("{to}?nonsense=1"),
                    &[("Content-Type", "application/json")],
                    (method != "get").then(|| b"{}".to_vec()),
                );
                // What is not there, or wrong in the body, may be answered first; but nothing goes through.
                assert!(
                    matches!(answer.status, 400 | 403 | 404 | 422),
                    "{method} {to}: {} {}",
                    answer.status,
                    answer.text
                );
                if method == "get" && !pattern.contains("{id}") {
                    assert_eq!(answer.refused(400, "bad_query").pointers(), ["?nonsense"], "{to}");
                    asked += 1;
                }
            }
        }
        assert!(asked >= 7, "{asked}");
        admin.get(&format!("{}?nonsense=1", path(&inquiry))).refused(400, "bad_query");
        admin.delete(&format!("{}?nonsense=1", path(&inquiry))).refused(400, "bad_query");
        admin.get(&path(&inquiry)).expect(200);
    }

    fn a_bad_query_is_400_with_all_its_faults(app) {
        for query in [
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=x",
            "limit=",
            "limit=1.5",
            "limit=99999999999999999999",
            "count=maybe",
            "count=1",
            "sort=password_hash",
            "sort=random()",
            "sort=--received_at",
            "status=nonsense",
            "status=new,nonsense",
            "status=new,",
            "category=x",
            "assignee=usr_x",
            "assignee=inq_x",
            "team=x",
            "form=x",
            "need_kind=castle",
            "region=32050a",
            "region=3205074",
            "tax_min=much",
            "tax_max=NaN",
            "area_min=inf",
            "area_max=1,5",
            "received_from=yesterday",
            "received_from=2026-13-01",
            "received_to=2026-02-30",
            "received_to=2026-11-23T25:00:00Z",
            "updated_since=1",
            "tax_min=1&tax_min=2",
            "q=%00",
            "q=a%0Ab",
            "tag=%07",
            "STATUS=new",
            "q=%FF",
        ] {
            let answer = app.admin().get(&format!("{INQUIRIES}?{query}")).refused(400, "bad_query");
            assert!(answer.pointers()[0].starts_with('?'), "{query}: {}", answer.text);
        }
        app.admin().get(&format!("{INQUIRIES}?q={}", "x".repeat(201))).refused(400, "bad_query");
        app.admin().get(&format!("{INQUIRIES}?q={}", "%E5%8E%82".repeat(200))).expect(200);
        let all = app
            .admin()
            .get(&format!("{INQUIRIES}?limit=0&sort=x&nonsense=1&tax_min=y&status=z"))
            .refused(400, "bad_query");
        assert_eq!(all.pointers(), ["?limit", "?nonsense", "?sort", "?status", "?tax_min"]);
    }

    fn a_cursor_fits_only_the_list_it_came_from(app) {
        let admin = app.admin();
        let inquiries: Vec<Value> = (0..3).map(|_| create(admin, json!({"tags": ["甲"]}))).collect();
        let cursor_of = |to: &str| {
            admin.get(to).expect(200).json["next_cursor"].as_str().expect("a next page").to_owned()
        };
        let good = cursor_of(&format!("{INQUIRIES}?limit=1"));
        admin.get(&format!("{INQUIRIES}?limit=2&cursor={good}")).expect(200);
        admin.get(&format!("{INQUIRIES}?count=true&cursor={good}")).expect(200);

        for foreign in [
            "sort=received_at",
            "sort=-updated_at",
            "sort=tax",
            "tag=%E7%94%B2",
            "status=new",
            "q=x",
            "assignee=none",
            "received_from=2020-01-01",
        ] {
            admin.get(&format!("{INQUIRIES}?{foreign}&cursor={good}")).refused(400, "bad_cursor");
        }
        let turned: String = good.chars().rev().collect();
        let longer = format!("{good}A");
        for bad in ["", "abc", "=", "....", "inq_x", &turned, &longer, &good[1..], &good[..good.len() - 1]] {
            admin.get(&format!("{INQUIRIES}?cursor={bad}")).refused(400, "bad_cursor");
        }
        // Every single sign of it counts.
        for at in 0..good.len() {
            let other = if &good[at..=at] == "A" { "B" } else { "A" };
            let bent = format!("{}{other}{}", &good[..at], &good[at + 1..]);
            admin.get(&format!("{INQUIRIES}?cursor={bent}")).refused(400, "bad_cursor");
        }

        // Nor does one list take another's.
        for inquiry in &inquiries {
            for hours in [1, 2] {
                admin
                    .post(
                        &format!("{}/follow-ups", path(inquiry)),
                        &json!({"kind": "call", "due_at": app.clock.now().plus(Duration::hours(hours))}),
                    )
                    .expect(201);
            }
        }
        let of_first = cursor_of(&format!("{}/follow-ups?limit=1", path(&inquiries[0])));
        let of_all = cursor_of("/api/v1/follow-ups?limit=1");
        let history = cursor_of(&format!("{}/timeline?limit=1", path(&inquiries[0])));
        for (to, cursor) in [
            (format!("{}/follow-ups", path(&inquiries[1])), &of_first),
            (format!("{}/timeline", path(&inquiries[1])), &history),
            ("/api/v1/follow-ups".to_owned(), &of_first),
            (format!("{}/follow-ups", path(&inquiries[0])), &of_all),
            (USERS.to_owned(), &of_all),
            ("/api/v1/notifications".to_owned(), &history),
            (INQUIRIES.to_owned(), &of_all),
        ] {
            admin.get(&format!("{to}?cursor={cursor}")).refused(400, "bad_cursor");
        }
    }
}
