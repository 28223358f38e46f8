//! What may be repeated without end has a bound: free JSON, events, notes, settings, the words of a list, the
//! bytes of a page. Limits of single texts are in `inquiries.rs`, of bodies and requests in `floor.rs`.

use std::time::{Duration, Instant};

use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::{FormId, TeamId, UserId};
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, create, follow_up, id, path};
use crate::support::each_database;
use crate::support::intake::{BROWSER, FORMS, door, everything, form, inquiries, newest, place};

const KIB: usize = 1 << 10;

/// A text of this many bytes.
fn large(bytes: usize) -> String {
    "厂".repeat(bytes / 3)
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

each_database! {
    fn free_json_stays_within_its_bound_however_often_it_is_changed(app) {
        let admin = app.admin();
        for (member, at) in [("custom", "/custom"), ("facts", "/facts")] {
            let inquiry = create(admin, json!({}));
            let patch = |inner: Value| {
                if member == "custom" { json!({"custom": inner}) } else { json!({"facts": {"extra": inner}}) }
            };
            let mut taken = 0;
            for n in 0..30 {
                let answer = admin.patch(&path(&inquiry), &patch(json!({format!("m{n}"): large(60_000)})));
                match answer.status {
                    200 => taken += 1,
                    _ => {
                        let answer = answer.finds_fault_with(&[at]);
                        assert_eq!(answer.json["errors"][0]["code"], "too_large");
                    }
                }
            }
            assert_eq!(taken, 1, "{member}");
            admin.patch(&path(&inquiry), &patch(json!({"all": large(1_000_000)}))).finds_fault_with(&[at]);
            // What is changed beside it thirty times is told, and the large member is not told again.
            for n in 0..30 {
                admin.patch(&path(&inquiry), &patch(json!({"n": n}))).expect(200);
            }
            let after = admin.get(&path(&inquiry)).expect(200).json;
            let free =
                if member == "custom" { after["custom"].clone() } else { after["facts"]["extra"].clone() };
            assert!(free["n"] == 29 && size(&free) < 64 * KIB, "{member}");
            let timeline = admin.get(&format!("{}/timeline?limit=200", path(&inquiry))).expect(200);
            let newest = &timeline.rows()[0];
            // Of the facts the old ones that figures are made of are there, too.
            let inner = |members: &Value| {
                if member == "custom" { members["custom"].clone() } else { members["facts"]["extra"].clone() }
            };
            assert_eq!(newest["data"], patch(json!({"n": 29})));
            assert_eq!(inner(&newest["previous"]), json!({"n": 28}));
            assert!(timeline.text.len() < 100 * KIB, "{member}: {}", timeline.text.len());
            // It may be made smaller, and emptied.
            admin.patch(&path(&inquiry), &patch(json!({"m0": null}))).expect(200);
            admin.patch(&path(&inquiry), &json!({member: null})).expect(200);
        }
        let rows = everything(&app);
        assert!(rows["events"].len() < 600 * KIB, "{}", rows["events"].len());
    }

    fn a_new_inquiry_has_the_same_bounds(app) {
        let admin = app.admin();
        let body = |custom: Value,
            facts: Value| json!({"need": "厂房", "assign": "none", "custom": custom, "facts": facts});
        let exact = 64 * KIB - r#"{"a":""}"#.len();
        admin.post(INQUIRIES, &body(json!({"a": "x".repeat(exact)}), json!({}))).expect(201);
        admin
            .post(INQUIRIES, &body(json!({"a": "x".repeat(exact + 1)}), json!({})))
            .finds_fault_with(&["/custom"]);
        admin
            .post(INQUIRIES, &body(json!({"a": large(70_000)}), json!({"extra": {"b": large(70_000)}})))
            .finds_fault_with(&["/custom", "/facts"]);
        // What is read from a text does not count with it.
        admin
            .post(
                INQUIRIES,
                &json!({"text": large(30_000), "assign": "none", "facts": {"extra": {"b": large(60_000)}}}),
            )
            .expect(201);
    }

    fn a_submission_that_says_too_much_keeps_the_rest_in_its_receipt(app) {
        let form = form(&app, json!({}));
        let (need, field) = ("求租厂房3000平方米", large(27_000));
        let fields = [
            ("need", need),
            ("phone", "13800138000"),
            ("甲", field.as_str()),
            ("乙", &field),
            ("丙", &field),
            ("丁", "短"),
        ];
        assert_eq!(app.nobody().form(&door(&form), &fields, BROWSER).status, 303);
        let inquiry = inquiries(&app, &form)[0].clone();
        assert!(size(&inquiry["custom"]) <= 64 * KIB, "{}", size(&inquiry["custom"]));
        assert_eq!(
            (&inquiry["custom"]["丁"], inquiry["custom"].as_object().unwrap().len()),
            (&json!("短"), 3)
        );
        assert_eq!(newest(&app, &form)["custom"].as_object().unwrap().len(), 4, "the receipt has all");
        // Who asks again adds what fits.
        for round in 0..3 {
            let name = format!("戊{round}");
            let again = [("need", "还是厂房"), ("phone", "13800138000"), (name.as_str(), field.as_str())];
            assert_eq!(app.nobody().form(&door(&form), &again, BROWSER).status, 303);
        }
        let all = inquiries(&app, &form);
        assert_eq!(all.len(), 1);
        assert!(size(&all[0]["custom"]) <= 64 * KIB, "{}", size(&all[0]["custom"]));
        app.mails();
    }

    fn a_page_of_large_rows_has_fewer_of_them(app) {
        let admin = app.admin();
        for _ in 0..36 {
            create(admin, json!({"custom": {"a": large(60_000)}, "facts": {"extra": {"a": large(60_000)}}}));
        }
        let page = admin.get(&format!("{INQUIRIES}?limit=200")).expect(200);
        assert!(
            page.rows().len() < 36 && page.text.len() < 5 << 20,
            "{} rows, {} bytes",
            page.rows().len(),
            page.text.len()
        );
        let all = admin.all(&format!("{INQUIRIES}?limit=200"));
        let mut distinct: Vec<&str> = all.iter().map(id).collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!((all.len(), distinct.len()), (36, 36));

        let inquiry = create(admin, json!({"custom": {"a": "x"}}));
        for n in 0..40 {
            admin
                .patch(&path(&inquiry), &json!({"custom": {"a": format!("{n}{}", large(60_000))}}))
                .expect(200);
        }
        let timeline = format!("{}/timeline?limit=200", path(&inquiry));
        let page = admin.get(&timeline).expect(200);
        assert!(
            page.rows().len() < 41 && page.text.len() < 5 << 20,
            "{} rows, {} bytes",
            page.rows().len(),
            page.text.len()
        );
        assert_eq!(admin.all(&timeline).len(), 41);
    }

    fn forms_and_receipts_are_listed_within_the_same_bytes(app) {
        let admin = app.admin();
        // A hundred KiB of settings each.
        let ignore: Vec<String> = (0..200).map(|n| format!("{n}{}", "x".repeat(500))).collect();
        for n in 0..44 {
            admin.post(FORMS, &json!({"name": format!("表{n}"), "profile": {"ignore": ignore}})).expect(201);
        }
        let page = admin.get(&format!("{FORMS}?limit=200")).expect(200);
        assert!(
            page.rows().len() < 45 && page.text.len() < 5 << 20,
            "{} rows, {} bytes",
            page.rows().len(),
            page.text.len()
        );
        assert_eq!(admin.all(&format!("{FORMS}?limit=200")).len(), 45);
        // More receipts than are loaded at once, each told once.
        let form = form(&app, json!({}));
        for n in 0..45 {
            app.nobody()
                .post(&door(&form), &json!({"need": format!("厂房{n}"), "phone": format!("138000{n:05}")}))
                .expect(202);
        }
        let receipts = format!("/api/v1/receipts?form={}", id(&form));
        let whole = admin.all(&format!("{receipts}&limit=200"));
        assert_eq!((whole.len(), admin.all(&format!("{receipts}&limit=7"))), (45, whole));
        app.mails();
    }

    fn a_list_parameter_takes_two_hundred_words(app) {
        let admin = app.admin();
        let codes = |count: i32| (0..count).map(|n| format!("{}", 110_000 + n * 7)).collect::<Vec<_>>();
        let inquiry = create(admin, json!({"facts": {"region_code": "110007"}, "tags": ["急"]}));
        create(admin, json!({"facts": {"region_code": "990000"}}));
        let words = |name: &str, count: i32| -> String {
            match name {
                "region" => codes(count).join(","),
                "tag" => (0..count - 1)
                    .map(|n| format!("t{n}"))
                    .chain(["%E6%80%A5".to_owned()])
                    .collect::<Vec<_>>()
                    .join(","),
                "status" | "category" | "need_kind" => {
                    (0..count).map(|n| format!("w{n}")).collect::<Vec<_>>().join(",")
                }
                "assignee" => (0..i64::from(count) - 1)
                    .map(|n| UserId::floor(Timestamp::from_millis(n)).to_string())
                    .chain(["none".to_owned()])
                    .collect::<Vec<_>>()
                    .join(","),
                "team" => (0..i64::from(count))
                    .map(|n| TeamId::floor(Timestamp::from_millis(n)).to_string())
                    .collect::<Vec<_>>()
                    .join(","),
                _ => (0..i64::from(count))
                    .map(|n| FormId::floor(Timestamp::from_millis(n)).to_string())
                    .collect::<Vec<_>>()
                    .join(","),
            }
        };
        for name in ["region", "tag", "assignee", "team", "form", "status", "category", "need_kind"] {
            let refused =
                admin.get(&format!("{INQUIRIES}?{name}={}", words(name, 201))).refused(400, "bad_query");
            assert_eq!(
                (refused.pointers(), refused.json["errors"][0]["code"].as_str()),
                (vec![format!("?{name}")], Some("too_many_words"))
            );
            assert_eq!(refused.json["errors"][0]["message"], "At most 200 different values.");
        }
        for (name, found) in [("region", 1), ("tag", 1), ("assignee", 2), ("team", 0), ("form", 0)] {
            let began = Instant::now();
            let page = admin.get(&format!("{INQUIRIES}?{name}={}&count=true", words(name, 200))).expect(200);
            assert_eq!(page.json["total"], found, "{name}");
            assert!(began.elapsed() < Duration::from_secs(2), "{name}: {:?}", began.elapsed());
        }
        // Equal words count once, with commas or word by word.
        let many = vec!["new"; 5_000].join(",");
        assert_eq!(admin.get(&format!("{INQUIRIES}?status={many}")).expect(200).rows().len(), 2);
        assert_eq!(
            admin.get(&format!("{INQUIRIES}?region=11,1100,110007,11")).expect(200).rows()[0]["id"],
            inquiry["id"]
        );
        for elsewhere in ["/api/v1/reports/overview?form=", "/api/v1/follow-ups?assignee="] {
            let name = if elsewhere.contains("form") { "form" } else { "assignee" };
            let list = words(name, 201);
            assert_eq!(
                admin.get(&format!("{elsewhere}{list}")).refused(400, "bad_query").pointers(),
                [format!("?{name}")]
            );
        }
    }

    fn a_tag_has_no_comma(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({"tags": ["急", "A级"]}));
        admin.patch(&path(&inquiry), &json!({"tags": ["急", "甲,乙"]})).finds_fault_with(&["/tags/1"]);
        let body = json!({"need": "厂房", "tags": [",", "好"], "assign": "none"});
        let answer =
            admin.post_with(INQUIRIES, &body, &[("Accept-Language", "zh")]).finds_fault_with(&["/tags/0"]);
        assert_eq!(answer.json["errors"][0]["message"], "标签不能含有英文逗号：查询时用它分隔多个标签。");
        // A Chinese comma is a sign like others.
        admin.patch(&path(&inquiry), &json!({"tags": ["甲，乙"]})).expect(200);
        assert_eq!(
            admin.get(&format!("{INQUIRIES}?tag=%E7%94%B2%EF%BC%8C%E4%B9%99")).expect(200).rows().len(),
            1
        );
    }

    fn a_completed_note_is_one_text_still(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let due_at = app.clock.now().plus(chrono::Duration::days(1));
        let plan =
            follow_up(admin, &inquiry, json!({"kind": "call", "due_at": due_at, "note": "厂".repeat(6_000)}));
        let complete = |note: usize| {
            admin.post(
                &format!("/api/v1/follow-ups/{}/complete", id(&plan)),
                &json!({"outcome": "reached", "note": "房".repeat(note)}),
            )
        };
        let answer = complete(4_000).finds_fault_with(&["/note"]);
        assert_eq!(answer.json["errors"][0]["message"], "At most 3999 characters.");
        assert_eq!(complete(3_999).expect(200).json["note"].as_str().unwrap().chars().count(), 10_000);
    }

    fn settings_of_a_form_do_not_grow_without_end(app) {
        let admin = app.admin();
        let form = form(&app, json!({}));
        let texts: Vec<String> = (0..200).map(|n| format!("{n}{}", "x".repeat(2_000))).collect();
        let answer = admin
            .patch(&place(&form), &json!({"profile": {"ignore": texts}}))
            .finds_fault_with(&["/profile"]);
        assert_eq!(answer.json["errors"][0]["code"], "too_large");
        let new = admin.post(FORMS, &json!({"name": "大", "profile": {"ignore": texts}}));
        assert_eq!(new.finds_fault_with(&["/profile"]).json["errors"][0]["code"], "too_large");
        assert!(size(&admin.get(&place(&form)).expect(200).json) < 300 * KIB);
    }
}
