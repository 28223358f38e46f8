//! Forms: made, changed, tried out and deleted by those who manage them; what is wrong with a setting, and
//! what is never shown of one. How a submission is read by these settings is in senders.rs, what becomes of
//! it in verdicts.rs.

use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{id, ids, six, with};
use crate::support::intake::{
    FORMS, JSON, RECEIPTS, change, door, everything, form, inquiries, inquiry, place, post, receipts, submit,
};
use crate::support::{Answer, Client, each_database};

const NOWHERE: &str = "/api/v1/forms/frm_00000000000000000000000000";

fn delete_if(client: &Client, form: &Value, tag: &str) -> Answer {
    client.send("DELETE", &place(form), &[("If-Match", tag)], None)
}

#[track_caller]
fn dry_run(client: &Client, form: &Value, run: Value) -> Value {
    client.post(&format!("{}/dry-run", place(form)), &run).expect(200).json
}

each_database! {
    fn a_form_is_there_from_the_start_and_others_are_made(app) {
        let admin = app.admin();
        let first = admin.all(FORMS);
        assert_eq!(
            (first.len(), &first[0]["key"], &first[0]["active"]),
            (1, &json!("default"), &json!(true))
        );
        let settings = json!({"name": " 园区官网 ", "key": "park-site",
            "redirect_url": "https://www.example.com/ok", "allowed_origins": ["https://WWW.example.com:443"],
            "locale": "en", "consent": {"text": "同意联系我", "version": "v1"}, "fields": {"tax": {"show": false}},
            "profile": {"leftover": "message"}, "answer": {"status": 200}});
        let made = admin.post(FORMS, &settings).expect(201);
        assert_eq!(
            (made.header("location"), made.header("etag")),
            (Some(place(&made.json).as_str()), Some("\"1\""))
        );
        assert!(made.id().starts_with("frm_"));
        let now = app.clock.now();
        let wanted = with(
            settings,
            json!({"id": made.id(), "name": "园区官网", "allowed_origins": ["https://www.example.com"],
                "active": true,
            "proof": {"has_secret": false, "has_previous_secret": false},
                "page": {"title": null, "intro": null, "thanks": null, "colour": null, "logo": null},
            "created_at": now, "updated_at": now, "version": 1}),
        );
        assert_eq!(made.json, wanted);
        let read = admin.get(&place(&made.json)).expect(200);
        assert_eq!((&read.json, read.header("etag")), (&wanted, Some("\"1\"")));
        assert_eq!(admin.all(FORMS), [first[0].clone(), wanted]);
        assert_eq!(admin.all(&format!("{FORMS}?limit=1")).len(), 2);
        assert_eq!(admin.get(&format!("{FORMS}?count=true")).expect(200).json["total"], 2);
    }

    fn a_form_takes_submissions_while_it_is_active(app) {
        let (admin, form) = (app.admin(), form(&app, json!({})));
        let kept = submit(&app, &form, six("甲"));
        app.advance(chrono::Duration::minutes(1));
        let off = change(&app, &form, json!({"active": false}));
        assert_eq!(
            (&off["version"], &off["created_at"], &off["updated_at"]),
            (&json!(2), &form["created_at"], &json!(app.clock.now()))
        );
        // Nothing changed: nothing is written.
        for same in [json!({}), json!({"active": false, "name": "园区官网", "profile": {}})] {
            assert_eq!(change(&app, &form, same), off);
        }
        let shut = |path: &str| app.nobody().get(&format!("{}{path}", door(&form))).refused(404, "not_found");
        for path in ["", "/thanks", "/embed.js", "/qr.svg"] {
            shut(path);
        }
        post(&app, &form, &six("乙")).refused(404, "not_found");
        change(&app, &form, json!({"active": true}));
        post(&app, &form, &six("丙")).expect(202);
        assert_eq!(admin.delete(&place(&form)).expect(204).text, "");
        post(&app, &form, &six("丁")).refused(404, "not_found");
        shut("");
        for answer in [
            admin.get(&place(&form)),
            admin.patch(&place(&form), &json!({"name": "x"})),
            admin.delete(&place(&form)),
        ] {
            answer.refused(404, "not_found");
        }
        assert_eq!(admin.all(FORMS).len(), 1);
        // What came by it stays.
        assert_eq!((receipts(&app, &form).len(), inquiries(&app, &form).len()), (2, 2));
        assert_eq!(inquiry(&app, &kept)["form_id"], form["id"]);
    }

    fn a_key_is_given_once_for_ever(app) {
        let admin = app.admin();
        let made_up = form(&app, json!({}))["key"].as_str().unwrap().to_owned();
        assert!(
            (3..=64).contains(&made_up.len())
                && made_up.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-')),
            "{made_up}"
        );
        for bad in [
            json!("ab"),
            json!("Park"),
            json!("a b c"),
            json!("a_b_c"),
            json!("园区官网"),
            json!(""),
            json!(null),
            json!(5),
            json!("x".repeat(65)),
        ] {
            admin.post(FORMS, &json!({"name": "x", "key": bad})).finds_fault_with(&["/key"]);
        }
        let longest = "x".repeat(64);
        let first = form(&app, json!({"key": longest}));
        admin.post(FORMS, &json!({"name": "y", "key": longest})).refused(409, "taken");
        admin.post(FORMS, &json!({"name": "y", "key": "default"})).refused(409, "taken");
        admin.patch(&place(&first), &json!({"key": "another"})).finds_fault_with(&["/key"]);
        assert_eq!(change(&app, &first, json!({"key": longest}))["version"], 1);
        admin.delete(&place(&first)).expect(204);
        admin.post(FORMS, &json!({"name": "y", "key": longest})).refused(409, "taken");
        let mut statuses: Vec<u16> = crate::support::at_once(6, |n| {
            admin.post(FORMS, &json!({"name": format!("第{n}"), "key": "at-once"})).status
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
    }

    fn a_patch_is_merged_at_every_depth(app) {
        let form = form(
            &app,
            json!({
            "redirect_url": "https://www.example.com/ok",
                "allowed_origins": ["https://a.example", "https://b.example"],
            "fields": {"tax": {"show": false, "label": {"zh": "税", "en": "Tax"}},
                "need": {"options": ["租", "买"]}},
            "consent": {"text": "同意", "version": "v1", "required": true},
            "profile": {"map": {"phone": "f1", "need": {"from": "f2", "transform": ["trim", "lower"]}},
                "synonyms": {"phone": ["联络号"], "tax": ["税额"]}, "spam": {"max_links": 5}},
            "answer": {"status": 200, "body": "ok"}}),
        );
        let patched = change(
            &app,
            &form,
            json!({
            "allowed_origins": ["https://c.example"],
                "fields": {"tax": {"label": {"en": "Taxes"}}, "need": {"options": ["租"]},
                    "email": {"show": true}},
            "consent": {"version": "v2"},
                "profile": {"map": {"need": {"transform": ["nfkc"]}, "usage": "f3"},
                    "synonyms": {"tax": null}, "spam": {"token_required": true}},
            "answer": {"body": null}}),
        );
        let wanted = with(
            form.clone(),
            json!({
            "allowed_origins": ["https://c.example"],
            "fields": {"tax": {"show": false, "label": {"zh": "税", "en": "Taxes"}},
                "need": {"options": ["租"]}, "email": {"show": true}},
            "consent": {"text": "同意", "version": "v2", "required": true},
            "profile": {"map": {"phone": "f1", "need": {"from": "f2", "transform": ["nfkc"]}, "usage": "f3"},
                "synonyms": {"phone": ["联络号"]},
                "spam": {"max_links": 5, "token_required": true}},
            "answer": {"status": 200}, "version": 2}),
        );
        assert_eq!(patched, wanted);
        let cleared = change(
            &app,
            &form,
            json!({"redirect_url": null, "fields": null, "consent": null, "profile": null, "answer": null,
                "proof": null, "allowed_origins": []}),
        );
        let nothing = json!({"redirect_url": null, "fields": {}, "consent": {}, "profile": {}, "answer": {},
            "allowed_origins": [], "version": 3});
        assert_eq!(cleared, with(wanted, nothing));
        // The preset's own settings lie under the form's, and are not shown as the form's.
        let preset = change(
            &app,
            &form,
            json!({"profile": {"preset": "fanqier", "root": "$.data.x"}, "proof": {"secret": "s"}}),
        );
        assert_eq!(preset["profile"], json!({"preset": "fanqier", "root": "$.data.x"}));
        // An operator may say that it needs no proof here.
        change(&app, &form, json!({"proof": {"kind": "none"}}));
    }

    fn a_secret_is_never_shown(app) {
        let form = form(
            &app,
            json!({"proof": {"kind": "secret", "in": "header:X-Token", "secret": "geheim-0815-a",
                "previous_secret": "geheim-0815-b"}}),
        );
        let told = json!({"kind": "secret", "in": "header:X-Token", "has_secret": true,
            "has_previous_secret": true});
        assert_eq!(form["proof"], told);
        let mut shown = vec![
            change(&app, &form, json!({"name": "改名"})),
            app.admin().get(&place(&form)).expect(200).json,
        ];
        shown.extend(app.admin().all(FORMS));
        // What is told may be sent back as it is.
        shown.push(change(&app, &form, json!({"proof": told})));
        assert_eq!(shown.last().unwrap()["proof"], told);
        shown.push(change(
            &app,
            &form,
            json!({"proof": {"previous_secret": null, "has_previous_secret": true}}),
        ));
        assert_eq!(shown.last().unwrap()["proof"]["has_previous_secret"], false);
        assert!(!json!(shown).to_string().contains("geheim"));
        app.admin()
            .patch(&place(&form), &json!({"proof": {"secret": null}}))
            .finds_fault_with(&["/proof/secret"]);
        assert!(!app.admin().get("/api/v1/audit").expect(200).text.contains("geheim"));
    }

    fn a_dry_run_shows_everything_and_stores_nothing(app) {
        let admin = app.admin();
        let form = form(
            &app,
            json!({"profile": {"external_id": "$.no", "ignore": ["no"]},
                "answer": {"status": 200, "content_type": JSON, "body": "{\"code\":0}"},
            "proof": {"kind": "secret", "in": "header:X-Token", "secret": "s-1", "nonce": "query:n"}}),
        );
        let run = |headers: Value, body: &str| {
            dry_run(
                admin,
                &form,
                json!({"content_type": JSON, "headers": headers, "body": body, "query": "n=1"}),
            )
        };
        let good = r#"{"no":7,"需求":"求租厂房 2000平","手机":"13800007100","楼层":"一楼"}"#;
        let before = everything(&app);
        let shown = run(json!({"X-Token": "s-1"}), good);
        assert_eq!(
            (&shown["outcome"], &shown["proof"], &shown["reasons"], &shown["external_id"]),
            (&json!("accepted"), &json!("ok"), &json!([]), &json!("7"))
        );
        assert_eq!(shown["document"], serde_json::from_str::<Value>(good).unwrap());
        assert_eq!(
            (&shown["values"], &shown["custom"]),
            (&json!({"need": "求租厂房 2000平", "phone": "13800007100"}), &json!({"楼层": "一楼"}))
        );
        assert_eq!(
            (&shown["facts"]["phone"], &shown["facts"]["need_kind"]),
            (&json!("+8613800007100"), &json!("factory_rent"))
        );
        assert_eq!(shown["answer"], json!({"status": 200, "content_type": JSON, "body": "{\"code\":0}"}));
        // Its nonce is not used up.
        assert_eq!(run(json!({"x-token": "s-1"}), good)["outcome"], "accepted");
        let forged = run(json!({"X-Token": "no"}), good);
        assert_eq!(
            (&forged["outcome"], &forged["proof"], &forged["reasons"], &forged["answer"]["status"]),
            (&json!("failed"), &json!("failed"), &json!(["proof_failed"]), &json!(401))
        );
        assert_eq!(forged["values"], shown["values"]);
        let torn = run(json!({"X-Token": "s-1"}), "{");
        assert_eq!(
            (&torn["outcome"], &torn["reasons"], &torn["document"], &torn["answer"]["status"]),
            (&json!("failed"), &json!(["undecodable"]), &Value::Null, &json!(400))
        );
        assert_eq!(run(json!({"X-Token": "s-1"}), r#"{"_gotcha":"x"}"#)["outcome"], "spam");
        let bytes = dry_run(
            admin,
            &form,
            json!({"content_type": "application/x-www-form-urlencoded", "headers": {"X-Token": "s-1"},
                "body_base64": "bmVlZD0lRDclRTI="}),
        );
        assert_eq!(bytes["values"]["need"], "租");
        for (bad, pointer) in [
            (json!({"body": "a", "body_base64": "YQ=="}), "/body_base64"),
            (json!({"body_base64": "!"}), "/body_base64"),
            (json!({"boddy": ""}), "/boddy"),
        ] {
            admin.post(&format!("{}/dry-run", place(&form)), &bad).finds_fault_with(&[pointer]);
        }
        admin.post(&format!("{NOWHERE}/dry-run"), &json!({"body": "{}"})).refused(404, "not_found");
        assert_eq!(everything(&app), before);
        // The same, in earnest: what was there before is seen by the next dry run.
        let answer = app.nobody().send(
            "POST",
            &format!("{}?n=1", door(&form)),
            &[("Content-Type", JSON), ("X-Token", "s-1")],
            Some(good.into()),
        );
        assert_eq!((answer.status, answer.text.as_str()), (200, "{\"code\":0}"));
        let again = run(json!({"X-Token": "s-1"}), good);
        assert_eq!((&again["outcome"], &again["reasons"]), (&json!("duplicate"), &json!(["replayed_nonce"])));
    }

    fn a_form_is_changed_as_it_was_seen(app) {
        let (admin, form) = (app.admin(), form(&app, json!({})));
        let to = place(&form);
        admin.patch_if(&to, &json!({"name": "甲"}), "\"1\"").expect(200);
        admin.patch_if(&to, &json!({"name": "乙"}), "\"1\"").refused(412, "stale");
        admin.patch_if(&to, &json!({"name": "乙"}), "2").refused(400, "bad_if_match");
        admin.patch_if(&to, &json!({"name": "乙"}), "*").expect(200);
        let mut statuses: Vec<u16> = crate::support::at_once(6, |n| {
            admin.patch_if(&to, &json!({"name": format!("第{n}")}), "\"3\"").status
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
        // Without it both changes stay.
        let names = ["need", "tax", "usage", "company"];
        let statuses = crate::support::at_once(4, |n| {
            admin.patch(&to, &json!({"profile": {"map": {names[n]: "x"}}})).status
        });
        assert_eq!(statuses, [200; 4]);
        assert_eq!(admin.get(&to).expect(200).json["profile"]["map"].as_object().unwrap().len(), 4);
        delete_if(admin, &form, "\"3\"").refused(412, "stale");
        delete_if(admin, &form, "x").refused(400, "bad_if_match");
        delete_if(admin, &form, "\"8\"").expect(204);
    }

    fn agents_have_no_business_with_forms(app) {
        let form = form(&app, json!({}));
        let (agent, manager) = (app.login(Role::Agent), app.login_in(Role::Manager, Some("东区")));
        let key = |scopes: Value| {
            app.admin().post("/api/v1/api-keys",
                &json!({"name": "k", "scopes": scopes})).expect(201).json[
                    "secret"].as_str().unwrap().to_owned()
        };
        let (reader, sender) = (
            app.nobody().with_token(&key(json!(["read"]))),
            app.nobody().with_token(&key(json!(["intake"]))),
        );
        let dry = format!("{}/dry-run", place(&form));
        let calls = |client: &Client| {
            let change = json!({"name": "改名"});
            [
                client.post(FORMS, &change),
                client.patch(&place(&form), &change),
                client.post(&dry, &json!({"body": "need=x"})),
                client.delete(&place(&form)),
            ]
        };
        for client in [&agent, &sender] {
            for answer in [client.get(FORMS), client.get(&place(&form)), client.get(RECEIPTS)]
                .into_iter()
                .chain(calls(client))
            {
                answer.refused(403, "forbidden");
            }
        }
        for answer in calls(&reader) {
            answer.refused(403, "forbidden");
        }
        for answer in calls(&app.nobody()) {
            answer.refused(401, "unauthenticated");
        }
        assert_eq!(ids(&reader.all(FORMS)).len(), 2);
        assert_eq!(manager.get(&place(&form)).expect(200).json, form);
        // A manager manages them all, whatever his team.
        let [made, changed, tried, gone] = calls(&manager);
        assert_eq!((made.status, changed.status, tried.status, gone.status), (201, 200, 200, 204));
        app.admin().get(&format!("{FORMS}/x")).refused(404, "not_found");
        app.admin().get(NOWHERE).refused(404, "not_found");
        app.admin().get(&format!("{FORMS}?name=x")).refused(400, "bad_query");
        assert!(!id(&made.json).is_empty());
    }
}
