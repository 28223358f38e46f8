//! The single inquiry through the API: made, read, changed, binned and brought back, with its history.
//! Its way through the statuses is in `statuses.rs`, lists and searches in `lists.rs`, public forms in
//! `intake.rs`, owners in `assignment.rs`.

use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, SIX, create, listed, path, six, with};
use crate::support::each_database;

/// Every member that an inquiry is told with.
const MEMBERS: &str = "id need usage tax company contact phone phone_e164 email wechat message facts \
status category reason unreachable tags custom \
    form_id source assignee_id team_id duplicate_of received_at assigned_at accepted_at \
    first_contacted_at last_contacted_at next_follow_up_at closed_at \
    accept_due_at first_contact_due_at recycle_at \
    created_at updated_at version";

/// Everything that a person may write.
pub fn everything() -> Value {
    let facts = json!({"need_kind": "factory_rent", "need_kind_also": ["land", "custom_build"],
        "area_min_sqm": 3000, "area_max_sqm": 5000.5,
        "land_mu": 10, "land_mu_min": 8, "land_mu_max": 12,
        "region": "江苏省/苏州市/吴江区", "region_code": "320509", "region_codes": ["320509", "320500"],
            "industry": "汽车零部件", "industry_code": "C3670",
        "tax_wan_per_year": 300,
        "tax_wan_per_year_max": 350.25, "tax_wan_per_mu": 20,
            "budget": {"currency": "CNY", "min": 20, "max": 25.5, "per": "sqm_month"},
        "investment": {"currency": "USD", "min": 1_000_000},
        "company": "启澜", "contact": "周", "phone": "+8613800138000", "phones": ["+8613800138000"],
            "wechat": "zhou", "email": "zhou@example.com",
        "uscc": "91320509MA1XXXXX0X",
        "extra": {"楼层": 1, "行车": [5, 10], "电": {"kva": 800}}});
    with(
        six("启澜"),
        json!({"email": "zhou@example.com", "wechat": "zhou_qilan", "message": "希望月底前看房\n\t急",
            "tags": ["急", "A级"],
        "custom": {"楼层": 2, "深": {"a": [1, {"b": null}]}, "": "empty name", "a/b~c": true}, "facts": facts}),
    )
}

each_database! {
    fn an_inquiry_is_kept_with_everything_it_says(app) {
        let agent = app.login_in(Role::Agent, Some("东区"));
        let made = agent.post(INQUIRIES, &everything()).expect(201);
        let place = format!("{INQUIRIES}/{}", made.id());
        assert_eq!((made.header("location"), made.header("etag")), (Some(place.as_str()), Some("\"1\"")));
        assert_eq!(made.json.as_object().unwrap().len(), MEMBERS.split_whitespace().count());
        assert!(MEMBERS.split_whitespace().all(|member| made.json.get(member).is_some()));
        for (name, value) in everything()
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !["custom", "facts"].contains(&name.as_str()))
        {
            assert_eq!(&made.json[name], value);
        }
        // What a person knows goes before what is read.
        for (name, value) in everything()["facts"].as_object().unwrap() {
            assert_eq!(&made.json["facts"][name], value, "{name}");
        }
        assert_eq!(
            made.json["custom"],
            json!({"楼层": 2, "深": {"a": [1, {"b": null}]}, "": "empty name", "a/b~c": true})
        );
        let now = app.clock.now().to_string();
        for moment in ["received_at", "created_at", "updated_at", "assigned_at"] {
            assert_eq!(made.json[moment], now, "{moment}");
        }
        for none in [
            "reason",
            "form_id",
            "duplicate_of",
            "accepted_at",
            "first_contacted_at",
            "last_contacted_at",
            "next_follow_up_at",
            "closed_at",
        ] {
            assert!(made.json[none].is_null(), "{none}");
        }
        assert_eq!(
            (&made.json["status"], &made.json["category"], &made.json["version"]),
            (&json!("new"), &json!("open"), &json!(1))
        );
        assert_eq!(
            made.json["source"],
            json!({"channel": "api", "page_url": null, "referrer": null, "utm": {}})
        );
        assert_eq!(
            (&made.json["assignee_id"], &made.json["unreachable"]),
            (&json!(agent.id()), &json!(false))
        );
        assert_eq!(made.json["team_id"], agent.get("/api/v1/me").expect(200).json["team_id"]);

        let read = agent.get(&place).expect(200);
        assert_eq!((read.header("etag"), &read.json), (Some("\"1\""), &made.json));
        assert_eq!(agent.all(INQUIRIES), [listed(&made.json)]);
    }

    fn one_item_is_enough_and_none_is_not(app) {
        for item in SIX.into_iter().chain(["message", "text"]) {
            let made = create(
                app.admin(),
                json!({"need": null, "usage": null, "tax": null, "company": null, "contact": null,
                    "phone": null, item: "138 0013 8000"}),
            );
            assert_eq!(made[if item == "text" { "message" } else { item }], "138 0013 8000");
        }
        let both = create(app.admin(), json!({"message": "自己的话", "text": "全文"}));
        assert_eq!(both["message"], "自己的话\n全文");
        for empty in [
            json!({}),
            json!({"need": "", "company": "  ", "text": "\n\t "}),
            json!({"need": null}),
            json!({"email": "only@example.com"}),
            json!({"tags": ["x"], "custom": {"a": 1}}),
        ] {
            app.admin().post(INQUIRIES, &empty).refused(422, "invalid");
        }
    }

    fn a_number_is_kept_as_written_and_understood(app) {
        for (written, e164, unreachable) in [
            ("138 0013 8000", Some("+8613800138000"), false),
            ("+86-138-0013-8000", Some("+8613800138000"), false),
            ("１３８００１３８０００", Some("+8613800138000"), false),
            ("0512-63950000", Some("+8651263950000"), false),
            ("+1 650 253 0000", Some("+16502530000"), false),
            ("6395 0000 转 8", None, false),
            ("晚上打", None, true),
            ("12345", None, true),
        ] {
            let made = create(app.admin(), json!({"phone": written}));
            assert_eq!(
                (&made["phone"], &made["phone_e164"], &made["unreachable"]),
                (&json!(written), &json!(e164), &json!(unreachable))
            );
        }
        assert_eq!(create(app.admin(), json!({"phone": null}))["unreachable"], true);
        for way in ["email", "wechat"] {
            assert_eq!(
                create(app.admin(), json!({"phone": null, way: "zhou@example.com"}))["unreachable"],
                false
            );
        }
    }

    fn limits_count_signs_and_every_fault_has_a_pointer(app) {
        let admin = app.admin();
        let of_length = |lines: usize, names: usize, phone: usize, email: usize| {
            json!({"need": "厂".repeat(lines), "usage": "用".repeat(lines), "tax": "税".repeat(lines),
                "message": "言".repeat(lines),
                "company": "公".repeat(names), "contact": "人".repeat(names),
                "wechat": "微".repeat(names), "phone": "1".repeat(phone),
                    "email": format!("{}@example.com", "a".repeat(email))})
        };
        let full = create(admin, of_length(10_000, 200, 100, 64));
        assert_eq!(full["company"], "公".repeat(200));
        let over = of_length(10_001, 201, 101, 250);
        let all =
            ["/need", "/usage", "/tax", "/message", "/company", "/contact", "/wechat", "/phone", "/email"];
        admin.post(INQUIRIES, &over).finds_fault_with(&all);
        admin.patch(&path(&full), &over).finds_fault_with(&all);
        admin.post(INQUIRIES, &json!({"text": "全".repeat(10_001)})).finds_fault_with(&["/text"]);
        // Each within its limit: together they may be longer.
        admin
            .post(INQUIRIES, &json!({"text": "全".repeat(6_000), "message": "言".repeat(6_000)}))
            .expect(201);
        let tags: Vec<String> = (0..51).map(|n| format!("标{n}")).collect();
        admin.post(INQUIRIES, &json!({"need": "x", "tags": tags})).finds_fault_with(&["/tags"]);
        admin
            .post(INQUIRIES, &json!({"need": "x", "tags": ["好", "标".repeat(51), ""]}))
            .finds_fault_with(&["/tags/1", "/tags/2"]);
        admin
            .post(
                INQUIRIES,
                &json!({"need": 5, "company": ["x"], "tags": "no list", "custom": [], "facts": 1,
                    "email": 5, "assign": "somebody",
                    "nonsense": 1}),
            )
            .finds_fault_with(&["/assign", "/company", "/custom", "/email", "/facts", "/need", "/nonsense",
                "/tags"]);
        assert_eq!(admin.get(&path(&full)).expect(200).json, full);
    }

    fn control_characters_are_refused(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        // Nor is what has nothing else a blank.
        for blank in ["\r\n", "\n", "\t", " \r", "\u{85}"] {
            for item in ["company", "contact", "phone", "email", "wechat"] {
                admin
                    .post(INQUIRIES, &json!({"need": "x", item: blank}))
                    .finds_fault_with(&[&format!("/{item}")]);
                admin.patch(&path(&inquiry), &json!({item: blank})).finds_fault_with(&[&format!("/{item}")]);
            }
        }
        for sign in ["\u{0}", "\u{1}", "\u{7}", "\r", "\u{1b}", "\u{7f}", "\u{85}"] {
            let text = format!("前{sign}后");
            for item in ["need", "usage", "tax", "message", "company", "contact", "phone", "wechat", "email"]
            {
                admin
                    .post(INQUIRIES, &with(six("甲"), json!({item: text})))
                    .finds_fault_with(&[&format!("/{item}")]);
                admin.patch(&path(&inquiry), &json!({item: text})).finds_fault_with(&[&format!("/{item}")]);
            }
            admin.post(INQUIRIES, &json!({"text": text})).finds_fault_with(&["/text"]);
            let free = json!({"custom": {"a": text, "b": [1, {"c": text}]},
                "facts": {"extra": {"d": text}, "industry": text}});
            admin.patch(&path(&inquiry), &free).finds_fault_with(&[
                "/custom/a",
                "/custom/b/1/c",
                "/facts/extra/d",
                "/facts/industry",
            ]);
            admin
                .patch(&path(&inquiry), &json!({"custom": {text.as_str(): 1}}))
                .finds_fault_with(&["/custom"]);
            admin.patch(&path(&inquiry), &json!({"tags": [text]})).finds_fault_with(&["/tags/0"]);
            admin
                .post(
                    &format!("{}/status", path(&inquiry)),
                    &json!({"status": "lost", "reason": "other", "note": text}),
                )
                .finds_fault_with(&["/note"]);
        }
        // Tab and line feed belong to texts of several lines, and to no others.
        for item in ["need", "usage", "tax", "message"] {
            assert_eq!(create(admin, json!({item: "一\n\t二"}))[item], "一\n\t二");
        }
        for item in ["company", "contact", "phone", "wechat"] {
            for sign in ["\n", "\t"] {
                admin
                    .post(INQUIRIES, &with(six("甲"), json!({item: format!("前{sign}后")})))
                    .finds_fault_with(&[&format!("/{item}")]);
            }
        }
        assert_eq!(admin.get(&path(&inquiry)).expect(200).json, inquiry);
    }

    fn facts_keep_their_schema(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({"facts": {"tax_wan_per_year": 300}}));
        for (facts, pointers) in [
            (json!({"need_kind": "castle"}), vec!["/facts/need_kind"]),
            (json!({"need_kind_also": ["land", "castle"]}), vec!["/facts/need_kind_also/1"]),
            (
                json!({"area_min_sqm": -1, "area_max_sqm": "3000", "land_mu": []}),
                vec!["/facts/area_max_sqm", "/facts/area_min_sqm", "/facts/land_mu"],
            ),
            (
                json!({"area_max_sqm": 1e13, "land_mu_max": 1e13}),
                vec!["/facts/area_max_sqm", "/facts/land_mu_max"],
            ),
            (
                json!({"region_code": "3205", "region": "区".repeat(101)}),
                vec!["/facts/region", "/facts/region_code"],
            ),
            (
                json!({"tax_wan_per_year": 1e10, "tax_wan_per_mu": -0.1}),
                vec!["/facts/tax_wan_per_mu", "/facts/tax_wan_per_year"],
            ),
            (
                json!({"budget": {"currency": "RMB ", "min": "x", "much": 1}}),
                vec!["/facts/budget/currency", "/facts/budget/min", "/facts/budget/much"],
            ),
            (json!({"phone": "13800138000", "uscc": "9".repeat(19)}), vec!["/facts/phone", "/facts/uscc"]),
            (json!({"floors": 2, "Region": "x"}), vec!["/facts/Region", "/facts/floors"]),
        ] {
            admin.post(INQUIRIES, &with(six("甲"), json!({"facts": facts}))).finds_fault_with(&pointers);
            admin.patch(&path(&inquiry), &json!({"facts": facts})).finds_fault_with(&pointers);
        }
        assert_eq!(admin.get(&path(&inquiry)).expect(200).json, inquiry);
    }
}
