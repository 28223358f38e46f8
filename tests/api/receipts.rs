//! The raw inbox: what is kept of a submission and what never is, lists of it, taking one in again, and how
//! it ages out. What becomes of a submission the first time is in verdicts.rs, what a form takes in
//! senders.rs.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::intake::receipts::actions::age_out;
use serde_json::{Value, json};

use crate::support::desk::{id, ids, six};
use crate::support::intake::{
    JSON, RECEIPTS, URLENCODED, ask_again, came, events, everything, form, inquiries, inquiry, newest,
    operator, outcomes, post, reasons, receipt_of, receipts, replay, send, submit,
};
use crate::support::{TestApp, each_database};

pub const IN_QUERY: &str = "query:token";

fn secret_form(app: &TestApp, place: &str, secret: &str) -> Value {
    form(app, json!({"proof": {"kind": "secret", "in": place, "secret": secret}}))
}

/// What a replay made of a receipt.
pub fn told(receipt: &Value) -> (&str, Vec<&str>, &Value) {
    (receipt["outcome"].as_str().unwrap(), reasons(receipt), &receipt["inquiry_id"])
}

each_database! {
    fn a_receipt_keeps_every_byte_and_no_secret(app) {
        let form = secret_form(&app, IN_QUERY, "tok-9");
        let body = b"{ \"phone\":\"13800007300\" ,\"need\":\"\xe7\xa7\x9f\",\"need\":\"\xe4\xb9\xb0\", \
            \"\\u697c\": 2 }\n";
        let headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cookie", "sid=geheim"),
            ("Authorization", "Bearer geheim"),
            ("X-API-Key", "geheim"),
            ("X-Extra", "kept"),
            ("Referer", "https://www.example.com/seite"),
            ("User-Agent", "Probe/1"),
        ];
        let answer = send(&app, &form, "?x=1&token=tok-9&y=%E4%BA%8C", &headers, body.to_vec()).expect(202);
        let kept = receipt_of(&app, &answer);
        assert_eq!(came(&kept), body);
        let raw = &kept["raw"];
        assert_eq!(
            (&raw["method"], &raw["content_type"], &raw["query"]),
            (&json!("POST"), &json!(headers[0].1), &json!("x=1&token=***&y=%E4%BA%8C"))
        );
        for (name, value) in [
            ("cookie", "***"),
            ("authorization", "***"),
            ("x-api-key", "***"),
            ("x-extra", "kept"),
            ("referer", "https://www.example.com/seite"),
        ] {
            assert_eq!(raw["headers"][name], value, "{name}");
        }
        let text = kept.to_string();
        assert!(!text.contains("geheim") && !text.contains("tok-9"));
        // Of equal names the last counts.
        let made = inquiry(&app, &kept);
        assert_eq!(made["need"], "买");
        assert_eq!(
            (&kept["values"], &kept["custom"]),
            (&json!({"need": "买", "phone": "13800007300"}), &json!({"楼": "2"}))
        );
        assert_eq!(
            (&kept["remote_ip"], &kept["received_at"], &kept["replayed_at"]),
            (&json!("127.0.0.1"), &json!(app.clock.now()), &Value::Null)
        );
        assert_eq!(
            (&kept["answer"], &kept["form_id"], &kept["external_id"]),
            (&json!({"status": 202}), &form["id"], &Value::Null)
        );
        // Nor is one kept in the database.
        let written = everything(&app);
        assert!(
            written["receipts"].contains("query:token")
                && !written["receipts"].contains("geheim")
                && !written["receipts"].contains("tok-9")
        );
        // A secret header is masked in the same way, also where it was wrong.
        let by_header = secret_form(&app, "header:X-Token", "tok-8");
        send(&app, &by_header, "", &[("Content-Type", JSON), ("X-Token", "almost-tok-8")], "{}")
            .refused(401, "proof_failed");
        assert_eq!(newest(&app, &by_header)["raw"]["headers"]["x-token"], "***");
    }

    fn a_secret_in_an_address_is_masked_wherever_it_stands(app) {
        let form = secret_form(&app, IN_QUERY, "tok-secret-9");
        let page = "https://www.example.com/a?x=1&token=tok-secret-9&access_token=abc-abc-abc#api_key=k9k9";
        let headers = [
            ("Content-Type", JSON),
            ("Referer", page),
            ("X-Original-URI", "/f/k?token=tok-secret-9"),
            ("X-Note", "has tok-secret-9 in it"),
        ];
        let body = |n: u32| json!({"phone": format!("1380000738{n}"), "need": "租", "referrer": page,
            "网址": "https://e.example/?token=tok-secret-9&x=2", "tok": "tok-secret-9"});
        let kept = receipt_of(
            &app,
            &send(&app, &form, "?token=tok-secret-9", &headers, body(0).to_string()).expect(202),
        );
        let masked = "https://www.example.com/a?x=1&token=***&access_token=***#api_key=***";
        assert_eq!(
            (&kept["raw"]["headers"]["referer"], &kept["raw"]["headers"]["x-original-uri"]),
            (&json!(masked), &json!("/f/k?token=***"))
        );
        assert_eq!(
            (&kept["raw"]["headers"]["x-note"], &kept["consent"]["page_url"]),
            (&json!("has *** in it"), &json!(masked))
        );
        let made = inquiry(&app, &kept);
        assert_eq!(
            (&made["source"]["page_url"], &made["source"]["referrer"]),
            (&json!(masked), &json!(masked))
        );
        assert_eq!(made["custom"], json!({"网址": "https://e.example/?token=***&x=2", "tok": "***"}));
        assert!(
            !made.to_string().contains("tok-secret-9")
                && !kept["values"].to_string().contains("tok-secret-9")
        );
        // Only the bytes that came have it, where a sender has written it into them.
        assert_eq!(came(&kept), body(0).to_string().into_bytes());
        let again = replay(&app, &kept);
        assert_eq!(
            (again["outcome"].as_str(), &again["values"], &again["custom"]),
            (Some("accepted"), &kept["values"], &kept["custom"])
        );
        // The page's own field goes before the header, and is masked alike. A wrong secret is one as well.
        let own = json!({"need": "租", "phone": "13800007389",
            "page_url": "https://e.example/?sig=abc&token=nearly-right"});
        send(
            &app,
            &form,
            "?token=nearly-right",
            &[("Content-Type", JSON), ("Referer", "https://e.example/?token=nearly-right")],
            own.to_string(),
        )
        .expect(401);
        let failed = newest(&app, &form);
        assert_eq!(
            (&failed["raw"]["headers"]["referer"], &failed["values"]["page_url"]),
            (&json!("https://e.example/?token=***"), &json!("https://e.example/?sig=***&token=***"))
        );
    }

    fn a_secret_may_come_in_one_of_several_places_and_once(app) {
        let form = form(
            &app,
            json!({"proof": {"kind": "secret", "in": ["header:X-Token", "query:token"],
                "secret": "tok-secret-7"}}),
        );
        for (query, headers) in [
            ("", &[("X-Token", "tok-secret-7")][..]),
            ("?token=tok-secret-7", &[]),
            ("?token=tok-secret-7&token=tok-secret-7", &[]),
        ] {
            let all = [&[("Content-Type", JSON)], headers].concat();
            let kept = receipt_of(
                &app,
                &send(
                    &app,
                    &form,
                    query,
                    &all,
                    json!({"need": format!("租{query}{}", headers.len())}).to_string(),
                )
                .expect(202),
            );
            assert!(!kept.to_string().contains("tok-secret-7"), "{kept}");
            assert_eq!(replay(&app, &kept)["outcome"], "accepted", "{query}");
        }
        for (query, headers) in [
            ("?token=x&token=tok-secret-7", &[][..]),
            ("?token=tok-secret-7&token=x", &[]),
            ("", &[("X-Token", "tok-secret-7"), ("X-Token", "x")]),
        ] {
            let all = [&[("Content-Type", JSON)], headers].concat();
            send(&app, &form, query, &all, "{\"need\":\"租\"}").refused(401, "proof_failed");
            let failed = newest(&app, &form);
            assert_eq!(replay(&app, &failed)["outcome"], "failed", "{query}");
        }
    }

    fn managers_count_the_new_spam(app) {
        let (form, manager) = (form(&app, json!({})), app.login_in(Role::Manager, Some("东区")));
        submit(&app, &form, json!({"need": "x", "_gotcha": "1"}));
        app.advance(Duration::hours(2));
        let since = app.clock.now();
        for n in 0..3 {
            submit(&app, &form, json!({"need": format!("x{n}"), "_gotcha": "1"}));
        }
        submit(&app, &form, json!({"need": "真的"}));
        let manager = app.login_as(manager.id());
        let list = manager
            .get(&format!("{RECEIPTS}?outcome=spam&received_from={since}&count=true&limit=1"))
            .expect(200)
            .json;
        assert_eq!((list["total"].as_i64(), list["data"].as_array().unwrap().len()), (Some(3), 1));
        let figures = app.nobody().get("/metrics").expect(200).text;
        for outcome in ["spam", "accepted"] {
            assert!(
                figures.contains(&format!("leaddock_receipts_total{{outcome=\"{outcome}\"}}")),
                "{outcome}"
            );
        }
        // To the manager: there is nobody to whom the accepted one could be given.
        app.mails();
    }

    fn lists_are_the_newest_first_and_without_what_came(app) {
        let (form, other) = (
            form(&app, json!({"profile": {"external_id": "$.no", "ignore": ["no"]}})),
            form(&app, json!({})),
        );
        let first = submit(&app, &form, json!({"no": "A 1", "phone": "13800007310", "need": "甲"}));
        app.advance(Duration::hours(1));
        let noon = app.clock.now();
        submit(&app, &form, json!({"no": "A 1", "phone": "13800007310", "need": "甲"}));
        submit(&app, &form, json!({"no": "B", "_gotcha": "x"}));
        app.advance(Duration::hours(1));
        post(&app, &form, &json!({})).refused(422, "empty");
        submit(&app, &other, json!({"need": "别的"}));

        let all = receipts(&app, &form);
        assert_eq!(outcomes(&app, &form), ["accepted", "duplicate", "spam", "failed"]);
        assert_eq!(all[3]["id"], first["id"]);
        assert!(all.iter().all(|row| row.get("raw").is_none() && row["form_id"] == form["id"]));
        let admin = operator(&app);
        let of = |query: &str| -> Vec<Value> { admin.all(&format!("{RECEIPTS}?form={}&{query}", id(&form))) };
        let inquiry_id = first["inquiry_id"].as_str().unwrap();
        for (query, wanted) in [
            ("outcome=failed", &all[..1]),
            ("outcome=spam,failed", &all[..2]),
            ("external_id=A%201", &all[2..]),
            ("external_id=A", &[]),
            (&format!("inquiry={inquiry_id}"), &all[2..]),
            (&format!("received_from={noon}"), &all[..3]),
            (&format!("received_to={noon}"), &all[3..]),
            ("received_from=2026-11-23&received_to=2026-11-24", &all[..]),
            ("received_to=2026-11-23", &[]),
        ] {
            assert_eq!(of(query), wanted, "{query}");
            assert_eq!(of(&format!("limit=1&{query}")), wanted, "{query}");
            assert_eq!(
                admin
                    .get(&format!("{RECEIPTS}?form={}&count=true&limit=1&{query}", id(&form)))
                    .expect(200)
                    .json["total"],
                json!(wanted.len())
            );
        }
        assert_eq!(admin.all(RECEIPTS).len(), 5);
        for bad in [
            "outcome=lost",
            "form=x",
            "inquiry=x",
            "received_from=x",
            "limit=0",
            "limit=201",
            "cursor=x",
            "colour=red",
        ] {
            admin.get(&format!("{RECEIPTS}?{bad}")).expect(400);
        }
    }

    fn agents_see_no_receipts(app) {
        let form = form(&app, json!({}));
        let kept = submit(&app, &form, json!({"need": "甲"}));
        let (agent, manager) = (app.login(Role::Agent), app.login_in(Role::Manager, Some("东区")));
        let (one, again) = (format!("{RECEIPTS}/{}", id(&kept)), format!("{RECEIPTS}/{}/replay", id(&kept)));
        for answer in [agent.get(RECEIPTS), agent.get(&one), ask_again(&agent, &kept)] {
            answer.refused(403, "forbidden");
        }
        for answer in [app.nobody().get(RECEIPTS), app.nobody().get(&one), ask_again(&app.nobody(), &kept)] {
            answer.refused(401, "unauthenticated");
        }
        assert_eq!(
            (manager.get(&one).expect(200).json, ids(&manager.all(RECEIPTS))),
            (kept.clone(), vec![id(&kept)])
        );
        ask_again(&manager, &kept).expect(200);
        for absent in ["rcp_00000000000000000000000000", "x"] {
            manager.get(&format!("{RECEIPTS}/{absent}")).refused(404, "not_found");
            ask_again(&manager, &json!({"id": absent})).refused(404, "not_found");
        }
        for method in ["DELETE", "PATCH", "PUT"] {
            app.admin()
                .send(method, &one, &[("Content-Type", JSON)], Some(b"{}".to_vec()))
                .refused(405, "method_not_allowed");
        }
        app.admin().post(&again, &json!({"not_spam": "yes", "x": 1})).finds_fault_with(&["/not_spam", "/x"]);
        app.admin().post_bytes(&again, JSON, "{").refused(400, "bad_json");
    }

    fn no_body_is_none_however_it_is_sent(app) {
        let kept = submit(&app, &form(&app, json!({})), json!({"need": "甲"}));
        let again = format!("{RECEIPTS}/{}/replay", id(&kept));
        ask_again(app.admin(), &kept).expect(200);
        // In chunks, of which there are none.
        app.admin().act(&again).expect(200);
        app.admin().post_bytes(&again, JSON, "").expect(200);
        app.admin().post(&again, &json!({})).expect(200);
    }

    fn receipts_age_out_and_inquiries_stay(app) {
        let form = form(&app, json!({"profile": {"external_id": "$.no", "ignore": ["no"]}}));
        let old = submit(&app, &form, json!({"no": 1, "phone": "13800007360", "need": "甲"}));
        let spam = submit(&app, &form, json!({"no": 2, "need": "乙", "_gotcha": "x"}));
        app.advance(Duration::days(30));
        let young = submit(&app, &form, six("丙"));
        let aged = |days: i64| app.write(move |tx| age_out(tx, Duration::days(days))).unwrap();
        assert!(!aged(31));
        assert_eq!(receipts(&app, &form).len(), 3);
        assert!(!aged(29), "there are no more");
        assert_eq!(ids(&receipts(&app, &form)), [id(&young)]);
        for gone in [&old, &spam] {
            operator(&app).get(&format!("{RECEIPTS}/{}", id(gone))).refused(404, "not_found");
            ask_again(&operator(&app), gone).refused(404, "not_found");
        }
        let made = inquiry(&app, &old);
        assert_eq!((&made["need"], inquiries(&app, &form).len()), (&json!("甲"), 2));
        assert!(!events(&app, &made, "inquiry.received").is_empty());
        // The sender's id is known as ever.
        assert_eq!(
            told(&submit(&app, &form, json!({"no": 1, "phone": "13800007361", "need": "丁"}))),
            ("duplicate", vec![], &made["id"])
        );
        let answer = send(&app, &form, "", &[("Content-Type", URLENCODED)], "no=2&need=乙").expect(202);
        assert_eq!(told(&receipt_of(&app, &answer)).0, "accepted");
    }
}
