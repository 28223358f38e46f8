//! The pool: what agents see of what nobody owns, what its settings hide, and that neither searches nor pages
//! say more. How a text is masked is tested beside `src/inquiries/masking.rs`, claiming in `ownership.rs`.

use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::assignment::{
    POOL, POOL_SETTINGS, assign, available, claim, document, fall_back_to, nothing_is_dealt_out, now,
    release, set,
};
use crate::support::desk::{INQUIRIES, create, follow_up, id, ids, move_to, own, path, plan, q};
use crate::support::{Client, TestApp, each_database};

/// What must not be seen, without blanks and hyphens.
const SECRETS: [&str; 7] =
    ["13912349876", "12349876", "欧阳致远", "ouyang.zy@example.com", "wxid_hidden77", "63456789", "老号码"];

fn reachable() -> Value {
    json!({"need": "求租厂房，请打139 1234 9876 或加微信 wxid_hidden77", "usage": "机加工，问：+86-139-1234-9876",
        "contact": "欧阳致远", "phone": "139-1234-9876", "email": "ouyang.zy@example.com",
        "wechat": "wxid_hidden77", "message": "mail ouyang.zy@example.com，座机 0512-6345 6789",
        "custom": {"微信": "wxid_hidden77", "备注": "电话13912349876"}, "tags": ["重点"]})
}

/// Ends the test if an answer holds one of the secrets.
#[track_caller]
fn keeps_secrets(text: &str) {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// All places where an agent may see something of an inquiry.
#[track_caller]
fn seen_by(client: &Client, inquiry: &Value) -> Vec<String> {
    [
        path(inquiry),
        format!("{}?fields=phone,phone_e164,contact,email,wechat,need,message,facts,custom", path(inquiry)),
        format!("{}?fields=facts.phone,facts.text,facts.contact,custom.微信", path(inquiry)),
        format!("{}/timeline?limit=200", path(inquiry)),
        format!("{POOL}?limit=200"),
        format!("{POOL}?limit=200&fields=phone,contact,usage,facts.text,facts.spans,facts.extra"),
        "/api/v1/changes".to_owned(),
    ]
    .into_iter()
    .map(|at| client.get(&at.replace("微信", "%E5%BE%AE%E4%BF%A1")).expect(200).text)
    .collect()
}

/// The ids that a search of the pool finds; page by page of one row it is the same.
#[track_caller]
fn found(client: &Client, query: &str) -> Vec<String> {
    let rows = client.all(&format!("{POOL}?{query}"));
    let one_by_one = client.all(&format!("{POOL}?limit=1&{query}"));
    assert_eq!(ids(&rows), ids(&one_by_one), "{query}");
    ids(&rows).into_iter().map(str::to_owned).collect()
}

fn pool_of_two(app: &TestApp) -> (Client, Value, Value) {
    nothing_is_dealt_out(app.admin());
    let hidden = create(app.admin(), reachable());
    let decoy =
        create(app.admin(), json!({"need": "型号 12349876 的机床，欧阳致远路，ouyang", "contact": "钱"}));
    (app.login(Role::Agent), hidden, decoy)
}

each_database! {
    fn agents_see_what_is_wanted_and_no_way_to_reach_the_person(app) {
        let (agent, inquiry, _) = pool_of_two(&app);
        app.work();
        let row = now(&agent, &inquiry);
        assert_eq!([&row["phone"], &row["phone_e164"], &row["email"], &row["wechat"]], [&json!(null); 4]);
        assert_eq!((&row["phone_masked"], &row["contact"]), (&json!("139****9876"), &json!("欧**")));
        assert!(row["need"].as_str().unwrap().starts_with("求租厂房，请打"));
        assert_eq!(
            (&row["company"], &row["tags"], &row["version"]),
            (&inquiry["company"], &json!(["重点"]), &json!(1))
        );
        assert_eq!(row["unreachable"], false);
        for text in seen_by(&agent, &inquiry) {
            keeps_secrets(&text.replace("欧阳致远路", "").replace("型号 12349876", ""));
        }
        let listed = agent.all(POOL).into_iter().find(|row| row["id"] == inquiry["id"]).unwrap();
        assert_eq!((&listed["phone_masked"], &listed["contact"]), (&row["phone_masked"], &row["contact"]));
        // Their own lists have nothing of the pool.
        for list in
            [INQUIRIES.to_owned(), format!("{INQUIRIES}?assignee=none"), "/api/v1/follow-ups".to_owned()]
        {
            assert!(agent.all(&list).is_empty(), "{list}");
        }
        for part in ["follow-ups", "assignments"] {
            agent.get(&format!("{}/{part}", path(&inquiry))).refused(404, "not_found");
        }
        agent.patch(&path(&inquiry), &json!({"company": "x"})).refused(404, "not_found");
        move_to(&agent, &inquiry, "contacted").refused(404, "not_found");
        let call = json!({"kind": "call", "outcome": "reached"});
        agent.post(&format!("{}/follow-ups", path(&inquiry)), &call).refused(404, "not_found");
    }

    fn managers_and_admins_see_all_of_it(app) {
        let (_, inquiry, _) = pool_of_two(&app);
        for client in [app.admin(), &app.login(Role::Manager)] {
            assert_eq!(now(client, &inquiry), inquiry);
            let row = client.all(POOL).into_iter().find(|row| row["id"] == inquiry["id"]).unwrap();
            assert_eq!((&row["phone"], &row["contact"]), (&inquiry["phone"], &inquiry["contact"]));
            assert!(row.get("phone_masked").is_none());
            assert_eq!(found(client, &q("12349876")).len(), 2);
            assert_eq!(found(client, &q("wxid_hidden77")), [id(&inquiry)]);
            let total = client.get(&format!("{POOL}?count=true&limit=1&{}", q("12349876"))).expect(200).json;
            assert_eq!(total["total"], 2);
        }
    }

    fn whoever_enters_it_for_the_pool_is_answered_like_others(app) {
        let agent = app.login(Role::Agent);
        let mut body = reachable();
        body["assign"] = json!("none");
        let made = agent.post(INQUIRIES, &body).expect(201);
        keeps_secrets(&made.text);
        assert_eq!(
            (&made.json["phone_masked"], &made.json["assignee_id"]),
            (&json!("139****9876"), &json!(null))
        );
        let with_key = |key: &str| agent.post_with(INQUIRIES, &body, &[("Idempotency-Key", key)]).expect(201);
        assert_eq!(with_key("k").text, with_key("k").text);
        keeps_secrets(&with_key("k").text);
        // To a colleague by turn, out of reach at once.
        app.add_user(Role::Agent, None);
        fall_back_to(app.admin(), json!({"strategy": "user", "user_ids": [app.add_user(Role::Agent, None)]}));
        body["assign"] = json!("auto");
        keeps_secrets(&agent.post(INQUIRIES, &body).expect(201).text);
        app.mails();
    }

    fn a_search_says_nothing_of_what_is_hidden(app) {
        let (agent, inquiry, decoy) = pool_of_two(&app);
        let both = found(&agent, "");
        assert_eq!(both.len(), 2);
        for hidden in
            ["139123498", "+86 139 1234", "zy@example", "hidden77", "63456789", "0512-6345", "139-1234"]
        {
            for query in [q(hidden), q(hidden).replacen("q=", "keyword=", 1)] {
                let page = agent.get(&format!("{POOL}?count=true&{query}")).expect(200).json;
                assert_eq!((&page["data"], &page["next_cursor"]), (&json!([]), &json!(null)), "{query}");
                assert!(page["total"].is_null() || page["total"] == 0, "{query}: {}", page["total"]);
                let page = agent.get(&format!("{POOL}?limit=1&{query}")).expect(200).json;
                assert_eq!((&page["data"], &page["next_cursor"]), (&json!([]), &json!(null)), "{query}");
            }
        }
        // What matches in the clear is found, and nothing says that there is another one.
        for visible in ["12349876", "欧阳致远", "ouyang"] {
            for query in [q(visible), q(visible).replacen("q=", "keyword=", 1)] {
                for sort in ["received_at", "-received_at", "updated_at", "-next_follow_up_at"] {
                    let query = format!("{query}&sort={sort}");
                    let shown = found(&agent, &query);
                    assert!(
                        shown.len() <= 1 && shown.iter().all(|row| row == id(&decoy)),
                        "{query}: {shown:?}"
                    );
                    let page = agent.get(&format!("{POOL}?limit=1&count=true&{query}")).expect(200).json;
                    assert_eq!(page["next_cursor"], json!(null), "{query}");
                    assert!(page["total"].is_null() || page["total"] == shown.len(), "{query}");
                }
            }
        }
        assert_eq!(found(&agent, &q("机床")), [id(&decoy)]);
        assert_eq!(found(&agent, &q("求租")), [id(&inquiry)]);
        assert_eq!(found(&agent, "tag=%E9%87%8D%E7%82%B9"), [id(&inquiry)]);
    }

    fn how_long_a_search_looks_says_nothing_of_what_is_hidden(app) {
        let (agent, admin) = (app.login(Role::Agent), app.admin());
        nothing_is_dealt_out(admin);
        let wanted = create(admin, json!({"need": "求租机床厂房", "contact": "欧阳致远", "tags": ["13912349876"]}));
        (0..500).for_each(|n| drop(create(admin, json!({"contact": "周启澜", "phone": format!("139{n:08}")}))));
        let page = |query: &str| agent.get(&format!("{POOL}?sort=-received_at&{query}")).expect(200).json;
        // So many are looked at for a page, whether or not something that is hidden matches.
        for query in [q("13900000499"), q("周启澜"), q("13912349876"), q("没有的"), "tag=13912349876".to_owned()] {
            let found = page(&query);
            assert_eq!(found["data"], json!([]), "{query}");
            assert!(found["next_cursor"].is_string(), "{query}");
        }
        assert_eq!(found(&agent, &q("机床")), [id(&wanted)]);
    }

    fn former_names_and_those_of_who_asked_again_are_hidden(app) {
        let (agent, admin) = (app.login(Role::Agent), app.admin());
        nothing_is_dealt_out(admin);
        let first = json!({"need": "求租厂房", "usage": "找欧阳致远谈", "contact": "欧阳致远", "phone": "13912349876",
            "message": "急", "custom": {"备注": "欧阳致远"}, "tags": ["欧阳致远"], "assign": "none"});
        let inquiry = create(admin, first);
        admin.patch(&path(&inquiry), &json!({"contact": "钱多多"})).expect(200);
        let again = json!({"need": "求租厂房", "contact": "司马长卿", "phone": "13912349876",
            "message": "司马长卿再问一次"});
        app.nobody().post("/f/default", &again).expect(202);
        app.work();
        assert_eq!(admin.all(INQUIRIES).len(), 1, "it is a repetition");
        for text in seen_by(&agent, &inquiry) {
            for name in ["欧阳致远", "钱多多", "司马长卿"] {
                assert!(!text.contains(name), "{name} in {text}");
            }
        }
        assert!(found(&agent, &q("致远")).is_empty());
        app.mails();
    }

    fn no_filter_finds_a_contact_in_disguise(app) {
        let admin = app.admin();
        nothing_is_dealt_out(admin);
        let agent = app.login(Role::Agent);
        let tagged =
            create(admin, json!({"tags": ["13912349876", "微信wxid_hidden77"], "phone": "139 1234 9876"}));
        keeps_secrets(&now(&agent, &tagged).to_string());
        for tag in ["13912349876", "%E5%BE%AE%E4%BF%A1wxid_hidden77"] {
            assert!(found(&agent, &format!("tag={tag}")).is_empty(), "{tag}");
            assert_eq!(found(admin, &format!("tag={tag}")), [id(&tagged)]);
        }
    }

    fn hidden_taxes_neither_filter_nor_sort(app) {
        let admin = app.admin();
        nothing_is_dealt_out(admin);
        let agent = app.login(Role::Agent);
        let inquiry = create(admin, json!({"tax": "年税收888万元"}));
        let queries =
            ["tax_min=800", "tax_max=900", "sort=tax", "sort=-tax", "tax_min=1&q=%E8%8B%8F%E5%B7%9E"];
        for query in queries {
            assert_eq!(found(&agent, query), [id(&inquiry)], "{query}");
        }
        set(admin, POOL_SETTINGS, json!({"masked_fields": ["phone", "contact", "email", "wechat", "tax"]}));
        for query in queries {
            let refused = agent.get(&format!("{POOL}?{query}")).refused(400, "bad_query");
            assert_eq!(refused.pointers().len(), 1, "{query}");
            assert_eq!(found(admin, query), [id(&inquiry)], "{query}");
        }
        let row = now(&agent, &inquiry);
        assert!(!row.to_string().contains("888") && row["facts"].get("tax_wan_per_year").is_none(), "{row}");
        assert!(found(&agent, &q("888")).is_empty());
        // Nor does the history say what was read.
        admin.patch(&path(&inquiry), &json!({"tax": "年税收999万元"})).expect(200);
        for text in seen_by(&agent, &inquiry) {
            assert!(!["tax_wan", "888万", "999万"].iter().any(|words| text.contains(words)), "{text}");
        }
        // One's own are sorted by it all the same.
        agent.get(&format!("{INQUIRIES}?tax_min=1&sort=-tax")).expect(200);
    }

    fn by_a_hidden_usage_no_industry_is_found(app) {
        let admin = app.admin();
        nothing_is_dealt_out(admin);
        let agent = app.login(Role::Agent);
        let inquiry = create(admin, json!({"need": "求租厂房", "usage": "汽车零部件制造"}));
        let query = format!("industry={}", now(admin, &inquiry)["facts"]["industry_code"].as_str().unwrap());
        assert_eq!(found(&agent, &query), [id(&inquiry)]);
        set(admin, POOL_SETTINGS, json!({"masked_fields": ["phone", "contact", "email", "wechat", "usage"]}));
        agent.get(&format!("{POOL}?{query}")).refused(400, "bad_query");
        assert_eq!(found(admin, &query), [id(&inquiry)]);
        admin.patch(&path(&inquiry), &json!({"usage": "精密模具加工"})).expect(200);
        for text in seen_by(&agent, &inquiry) {
            assert!(!text.contains("汽车零部件") && !text.contains("模具"), "{text}");
        }
    }

    fn a_search_goes_through_the_pool_page_by_page(app) {
        let admin = app.admin();
        nothing_is_dealt_out(admin);
        let agent = app.login(Role::Agent);
        let need = |n| if n % 13 == 0 { "机床" } else { "厂房" };
        let made: Vec<Value> = (0..130).map(|n| create(admin, json!({"need": need(n)}))).collect();
        let wanted: Vec<&str> = made.iter().step_by(13).map(id).collect();
        for limit in [1, 3, 10, 50] {
            let list = format!("{POOL}?sort=received_at&limit={limit}&{}", q("机床"));
            let rows = agent.all(&list);
            assert_eq!(rows.iter().map(id).collect::<Vec<_>>(), wanted, "{limit}");
        }
    }

    fn settings_hide_more_and_never_less(app) {
        let admin = app.admin();
        nothing_is_dealt_out(admin);
        let agent = app.login(Role::Agent);
        let inquiry = create(
            admin,
            json!({"message": "暗号甲乙", "usage": "暗号丙丁", "custom": {"园区": "暗号戊己"}}),
        );
        let always = ["phone", "contact", "email", "wechat"];
        let company = inquiry["company"].as_str().unwrap();
        assert!(now(&agent, &inquiry).to_string().contains(company));
        let more = [
            "phone", "contact", "email", "wechat", "company", "message", "usage", "need", "tax", "custom",
            "source",
        ];
        let stored = set(admin, POOL_SETTINGS, json!({"masked_fields": more}));
        assert_eq!(stored["masked_fields"], json!(more));
        for text in seen_by(&agent, &inquiry) {
            for hidden in [company, "暗号", "汽车零部件", "300万"] {
                assert!(!text.contains(hidden), "{hidden} in {text}");
            }
        }
        for hidden in ["暗号", "精密机械", "机加工"] {
            assert!(found(&agent, &q(hidden)).is_empty(), "{hidden}");
        }
        let wanted = document(admin.get(POOL_SETTINGS).expect(200).json);
        let with = |fields: Value| {
            let mut body = wanted.clone();
            body["masked_fields"] = fields;
            body
        };
        for fewer in [json!([]), json!(["company"]), json!(["phone", "contact", "email"])] {
            admin.put(POOL_SETTINGS, &with(fewer)).finds_fault_with(&["/masked_fields"]);
        }
        admin
            .put(
                POOL_SETTINGS,
                &json!({"masked_fields": ["shoes", 7], "claims_per_day": -1, "holding_max": 1_000_001,
                "cool_down_hours": 8785, "recycle": {"unit": "week", "no_contact_days": 0, "hard_days": 366,
                "no_status_change_days": "3", "warn_days": -1, "x": 1}, "y": 2}),
            )
            .finds_fault_with(&[
                "/masked_fields/0",
                "/masked_fields/1",
                "/claims_per_day",
                "/holding_max",
                "/cool_down_hours",
                "/recycle/unit",
                "/recycle/no_contact_days",
                "/recycle/hard_days",
                "/recycle/no_status_change_days",
                "/recycle/warn_days",
                "/recycle/x",
                "/y",
            ]);
        for client in [&agent, &app.login(Role::Manager)] {
            client.put(POOL_SETTINGS, &wanted).refused(403, "forbidden");
            client.get(POOL_SETTINGS).expect(200);
        }
        admin.put_if(POOL_SETTINGS, &wanted, "\"1\"").refused(412, "stale");
        set(admin, POOL_SETTINGS, json!({"masked_fields": always}));
        assert!(now(&agent, &inquiry).to_string().contains(company));
        assert_eq!(found(&agent, &q("暗号")), [id(&inquiry)]);
        // What is absent takes its default.
        let fresh = admin.put(POOL_SETTINGS, &json!({})).expect(200).json;
        assert_eq!(
            document(fresh),
            json!({"recycle": {"unit": "working_day", "no_contact_days": null, "no_status_change_days": null,
                "hard_days": null, "warn_days": 2}, "claims_per_day": 10, "holding_max": 80,
                "cool_down_hours": 72, "masked_fields": always})
        );
    }

    fn each_team_has_a_pool_and_there_is_one_for_all(app) {
        let admin = app.admin();
        let (east, west, none) = (
            app.login_in(Role::Agent, Some("东区")),
            app.login_in(Role::Agent, Some("西区")),
            app.login(Role::Agent),
        );
        let (manager, stranger) =
            (app.login_in(Role::Manager, Some("东区")), app.login_in(Role::Manager, Some("西区")));
        let of_east = own(&east, reachable());
        release(&east, &of_east).expect(204);
        let of_all = create(admin, json!({}));
        app.work();
        let sees = |client: &Client, inquiry: &Value| {
            let is_listed = client.all(POOL).iter().any(|row| row["id"] == inquiry["id"]);
            for part in ["", "/timeline"] {
                let status = client.get(&format!("{}{part}", path(inquiry))).status;
                assert_eq!(status, if is_listed { 200 } else { 404 });
            }
            let heard = client.get("/api/v1/changes").expect(200).json["data"].clone();
            let is_heard_of =
                heard.as_array().unwrap().iter().any(|event| event["inquiry_id"] == inquiry["id"]);
            assert_eq!(is_heard_of, is_listed);
            is_listed
        };
        for (client, own) in [
            (&east, true),
            (&manager, true),
            (admin, true),
            (&west, false),
            (&none, false),
            (&stranger, false),
        ] {
            assert!(sees(client, &of_all));
            assert_eq!(sees(client, &of_east), own);
        }
        claim(&west, &of_east).refused(404, "not_found");
        claim(&none, &of_east).refused(404, "not_found");
    }

    fn what_a_contact_was_before_an_edit_is_hidden_too(app) {
        let agent = app.login(Role::Agent);
        let reader = app.login(Role::Agent);
        nothing_is_dealt_out(app.admin());
        let inquiry = own(&agent, reachable());
        let edited = json!({"contact": "钱", "phone": "136 0013 6000", "email": "new@example.com",
            "wechat": "wxid_new12345",
            "need": "求租厂房", "usage": null, "message": null, "custom": {}});
        agent.patch(&path(&inquiry), &edited).expect(200);
        agent
            .patch(&path(&inquiry), &json!({"phone": "0512-6788 1234", "need": "请打13600136000"}))
            .expect(200);
        plan(&app, &agent, &inquiry, chrono::Duration::days(1));
        follow_up(
            &agent,
            &inquiry,
            json!({"kind": "call", "outcome": "no_answer", "note": "打13912349876，问欧阳致远"}),
        );
        let moved = json!({"status": "contacted", "note": "电话 139 1234 9876 打不通"});
        agent.post(&format!("{}/status", path(&inquiry)), &moved).expect(200);
        let gone = json!({"reason": "加微信 wxid_hidden77 再说"});
        agent.post(&format!("{}/release", path(&inquiry)), &gone).expect(204);
        app.work();
        for text in seen_by(&reader, &inquiry) {
            keeps_secrets(&text);
            for hidden in
                ["13600136000", "136 0013 6000", "new@example.com", "wxid_new12345", "67881234", "6788 1234"]
            {
                assert!(!text.contains(hidden), "{hidden} in {text}");
            }
        }
        // Who lost it hears of that, and no more of it.
        let heard = agent.get("/api/v1/changes?types=inquiry.released").expect(200).json["data"].clone();
        let rows = heard.as_array().unwrap();
        assert_eq!(rows.len(), 1);
        keeps_secrets(&rows[0].to_string());
        assert_eq!(now(app.admin(), &inquiry)["phone"], "0512-6788 1234");
        app.mails();
    }

    fn what_is_closed_is_not_in_the_pool(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = create(admin, json!({"assign": "none"}));
        agent.get(&path(&inquiry)).expect(200);
        move_to(admin, &inquiry, "invalid").expect(200);
        agent.get(&path(&inquiry)).refused(404, "not_found");
        agent.get(&format!("{}/timeline", path(&inquiry))).refused(404, "not_found");
        claim(&agent, &inquiry).refused(404, "not_found");
        move_to(admin, &inquiry, "contacted").expect(200);
        agent.get(&path(&inquiry)).expect(200);
    }

    fn what_is_owned_by_another_is_followed_no_more(app) {
        let admin = app.admin();
        let (agent, other) = (app.login(Role::Agent), app.login(Role::Agent));
        nothing_is_dealt_out(admin);
        let inquiry = create(admin, reachable());
        claim(&agent, &inquiry).expect(200);
        app.work();
        let whole = agent.get(&format!("{}/timeline", path(&inquiry))).expect(200);
        assert_eq!(whole.rows().len(), 2);
        other.get(&path(&inquiry)).refused(404, "not_found");
        assert!(other.get("/api/v1/changes").expect(200).json["data"].as_array().unwrap().is_empty());
        assign(admin, &inquiry, json!({"assignee_id": other.id()})).expect(200);
        app.work();
        let heard = agent.get("/api/v1/changes").expect(200).json["data"].clone();
        let [event] = &heard.as_array().unwrap()[..] else { panic!("the one by which it was lost: {heard}") };
        let (mut data, mut previous) = (event["data"].clone(), event["previous"].clone());
        for members in [&mut data, &mut previous] {
            members.as_object_mut().unwrap().retain(|name, _| !name.ends_with("_id"));
        }
        assert_eq!((data, previous), (json!({}), json!({})), "ids only");
        assert_eq!(now(&other, &inquiry)["phone"], inquiry["phone"]);
        app.mails();
    }

    fn mails_about_the_pool_hide_the_person(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let manager = app.login(Role::Manager);
        available(admin, agent.id(), json!({"paused": true}));
        let body = reachable();
        let mut sent = json!({"company": "海纳"});
        for item in ["need", "usage", "contact", "phone", "email", "wechat", "message"] {
            sent[item] = body[item].clone();
        }
        app.nobody().post("/f/default", &sent).expect(202);
        let mails = app.mails();
        let [mail] = &mails[..] else { panic!("one mail") };
        assert_eq!(mail.to, app.email(manager.id()));
        for part in [&mail.subject, &mail.text, &mail.html, &format!("{:?}", mail.reply_to)] {
            keeps_secrets(part);
        }
        assert!(mail.text.contains("139****9876") && mail.html.contains("139****9876"));
        assert!(mail.text.contains("海纳") && mail.text.contains("欧**") && mail.reply_to.is_none());
    }
}
