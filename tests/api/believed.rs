//! Whom a submission is believed to come from: reasons for spam, page tokens, nonces, challenges, consent.
//! What becomes of one that is believed is in verdicts.rs.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::desk::with;
use crate::support::intake::{
    BROWSER, FORMS, JSON, RECEIPTS, door, form, inquiries, inquiry, newest, outcomes, post, reasons,
    receipt_of, receipts, send, submit,
};
use crate::support::{at_once, each_database};
use crate::verdicts::{became, seen, token};

each_database! {
    fn spam_is_kept_with_its_reasons_and_told_to_nobody(app) {
        app.login(Role::Agent);
        let form =
            form(&app, json!({"profile": {"spam": {"honeypots": ["_gotcha", "fax2"], "max_links": 2}}}));
        let long = "想找一处带行车的厂房，最好在高速出口附近，月底之前可以安排看房";
        // Words that say nothing of what is looked for: who says that is hardly ever kept for links alone.
        let empty = "你好，详情请看下面几个地方，欢迎随时来问，谢谢，再见，祝一切都好";
        for (wanted, body) in [
            ("honeypot", json!({"fax2": "1"})),
            ("honeypot", json!({"_gotcha": "http://x.example"})),
            (
                "links",
                json!({"message": format!(
                    "{empty} http://a.example http://b.example www.c.example {empty}")}),
            ),
            ("links", json!({"message": "https://x.example/aaaaaaaaaaaaaaaaaaaaaaaa 买"})),
            ("markup", json!({"need": "<A HREF=x>x</a>"})),
            ("markup", json!({"usage": "[url=x]x[/url]"})),
            ("markup", json!({"别的": "<script>"})),
            (
                "foreign_script",
                json!({"message": "Недорого и быстро продвигаем сайты в поиске для вас http://x.example"}),
            ),
            ("token_invalid", json!({"_t": "AAAA"})),
        ] {
            let kept = submit(&app, &form, with(json!({"phone": "13800007460"}), body.clone()));
            assert_eq!(
                (&kept["outcome"], reasons(&kept), &kept["inquiry_id"]),
                (&json!("spam"), vec![wanted], &Value::Null),
                "{body}"
            );
        }
        assert!(inquiries(&app, &form).is_empty() && app.mails().is_empty());
        for (n, body) in [
            json!({"message": format!("{long} https://www.example.com")}),
            json!({"message": "Мы ищем завод площадью 2000 кв.м"}),
            json!({"message": "代开发票 贷款"}),
            json!({"need": "=1+1", "message": "面积 < 2000 & 层高 > 8"}),
            json!({"_gotcha": " ", "fax2": ""}),
        ]
        .into_iter()
        .enumerate()
        {
            let (outcome, _) =
                became(&app, &form, with(json!({"phone": format!("1380000747{n}")}), body.clone()));
            assert_eq!(outcome, "accepted", "{body}");
        }
        assert_eq!(app.mails().len(), 5);
    }

    fn nobody_can_tell_from_the_answer_what_became_of_it(app) {
        let form = form(
            &app,
            json!({"profile": {"test": {"at": "$.t", "equals": ["1"]}},
                "redirect_url": "https://www.example.com/ok"}),
        );
        let bodies = [
            json!({"phone": "13800007480", "need": "甲"}),
            json!({"phone": "13800007480", "need": "乙"}),
            json!({"phone": "13800007480", "need": "甲"}),
            json!({"phone": "13800007481", "_gotcha": "x"}),
            json!({"phone": "13800007482", "t": "1"}),
            json!({"need": "没有电话"}),
        ];
        let answers: Vec<String> = bodies.iter().map(|body| seen(&post(&app, &form, body))).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        assert_eq!(outcomes(&app, &form), ["accepted", "accepted", "duplicate", "spam", "test", "accepted"]);
        let page = |body: &Value| {
            send(&app, &form, "", &[("Content-Type", JSON), ("Accept", BROWSER)], body.to_string())
                .expect(303)
        };
        let pages: Vec<String> = bodies
            .iter()
            .map(|body| seen(&page(&with(body.clone(), json!({"company": "再一家"})))))
            .collect();
        assert!(
            pages.iter().all(|answer| *answer == pages[0] && answer.contains("https://www.example.com/ok")),
            "{pages:#?}"
        );
    }

    fn of_copies_of_a_page_that_are_sent_at_once_five_are_believed(app) {
        let form = form(&app, json!({}));
        let sent = token(&app, &form);
        app.advance(Duration::seconds(20));
        at_once(12, |n| {
            post(&app, &form, &json!({"_t": sent, "need": format!("a{n}"), "email": format!("a{n}@example.com")}))
                .expect(202)
        });
        let kept = receipts(&app, &form);
        let count = |outcome: &str| kept.iter().filter(|receipt| receipt["outcome"] == outcome).count();
        assert_eq!((count("accepted"), count("spam")), (5, 7), "{kept:#?}");
        let spam = kept.iter().filter(|receipt| receipt["outcome"] == "spam");
        assert!(spam.map(reasons).all(|reasons| reasons == ["token_reused"]), "{kept:#?}");
    }

    fn a_page_s_token_tells_how_long_it_was_filled_in(app) {
        let (form, strict) = (
            form(&app, json!({})),
            form(&app, json!({"profile": {"spam": {"token_required": true, "min_fill_seconds": 10}}})),
        );
        let sent = |form: &Value, token: &str, need: &str| {
            let kept = submit(
                &app,
                form,
                json!({"_t": token, "need": need, "email": format!("{need}@example.com")}),
            );
            (kept["outcome"].as_str().unwrap().to_owned(), reasons(&kept).join(" "))
        };
        let is = |outcome: &str, reasons: &str| (outcome.to_owned(), reasons.to_owned());
        let first = token(&app, &form);
        app.advance(Duration::milliseconds(1_999));
        assert_eq!(sent(&form, &first, "a"), is("spam", "too_fast"));
        app.advance(Duration::milliseconds(1));
        for need in ["b", "c", "d", "e"] {
            assert_eq!(sent(&form, &first, need), is("accepted", ""), "{need}");
        }
        // A refused one was no use of it; the sixth use is one too many.
        post(&app, &form, &json!({"_t": first})).refused(422, "empty");
        assert_eq!(sent(&form, &first, "f"), is("spam", "token_reused"));
        // After a day it tells nothing any more.
        app.advance(Duration::hours(24));
        assert_eq!(sent(&form, &first, "g"), is("accepted", ""));
        let good = token(&app, &strict);
        assert_eq!(sent(&strict, &first, "h"), is("spam", "token_invalid"), "of another form");
        assert_eq!(became(&app, &strict, json!({"need": "i"})).0, "spam");
        assert_eq!(reasons(&newest(&app, &strict)), ["token_missing"]);
        app.advance(Duration::seconds(10));
        assert_eq!(sent(&strict, &good, "j"), is("accepted", ""));
        let (start, last) = good.split_at(good.len() - 1);
        assert_eq!(
            sent(&strict, &format!("{start}{}", if last == "A" { "B" } else { "A" }), "k"),
            is("spam", "token_invalid")
        );
        // Another server of this desk knows it too, after a restart as well.
        let next = token(&app, &strict);
        let (key, admin, app) = (door(&strict), app.admin().id(), app.restarted());
        app.advance(Duration::seconds(10));
        let kept = app.nobody().post(&key, &json!({"_t": next, "need": "l"})).expect(202);
        assert_eq!(
            app.login_as(admin)
                .get(&format!("{RECEIPTS}/{}", kept.json["receipt_id"].as_str().unwrap()))
                .expect(200)
                .json["outcome"],
            "accepted"
        );
    }

    fn the_page_that_it_came_from_is_its_source(app) {
        let form = form(&app, json!({}));
        let sent = |body: &str| {
            receipt_of(
                &app,
                &send(
                    &app,
                    &form,
                    "",
                    &[("Content-Type", JSON), ("Referer", "https://www.example.com/seite")],
                    body,
                )
                .expect(202),
            )
        };
        for (body, wanted) in [
            (r#"{"need": "a"}"#, "https://www.example.com/seite"),
            (r#"{"need": "b", "来源页面": "https://m.example.com/x"}"#, "https://m.example.com/x"),
        ] {
            assert_eq!(inquiry(&app, &sent(body))["source"]["page_url"], wanted);
        }
    }

    fn a_nonce_counts_once_and_a_time_must_be_near(app) {
        let form = form(
            &app,
            json!({"proof": {"kind": "hash", "algorithm": "sha256", "in": "query:sign",
                "message": "{query:ts}|{query:nonce}|{body}|{secret}", "secret": "s1",
            "nonce": "query:nonce", "timestamp": "query:ts", "max_age_seconds": 300}}),
        );
        let sent = |ts: &str, nonce: &str, need: &str| {
            let body = json!({"need": need, "email": format!("{need}@example.com")}).to_string();
            let sign = data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{ts}|{nonce}|{body}|s1")));
            send(&app, &form, &format!("?ts={ts}&nonce={nonce}&sign={sign}"), &[("Content-Type", JSON)], body)
        };
        let now = || app.clock.now().millis();
        let (seconds, millis) = ((now() / 1000).to_string(), now().to_string());
        let first = sent(&seconds, "n1", "a").expect(202);
        let again = sent(&seconds, "n1", "b").expect(202);
        assert_eq!(seen(&again), seen(&first));
        let kept = receipt_of(&app, &again);
        assert_eq!(
            (&kept["outcome"], reasons(&kept), &kept["inquiry_id"]),
            (&json!("duplicate"), vec!["replayed_nonce"], &receipt_of(&app, &first)["inquiry_id"])
        );
        sent(&millis, "n2", "c").expect(202);
        for off in [-301, 301, -2_000_000_000] {
            sent(&(now() / 1000 + off).to_string(), "n3", "d").refused(401, "proof_failed");
        }
        for odd in ["", "x", "0", "1e9", "99999999999999999999"] {
            sent(odd, "n3", "d").refused(401, "proof_failed");
        }
        for off in [-300, 300] {
            sent(&(now() / 1000 + off).to_string(), &format!("n{off}"), &format!("e{off}")).expect(202);
        }
        sent(&seconds, "n3", "d").expect(202);
        assert_eq!(inquiries(&app, &form).len(), 5);
        app.advance(Duration::hours(24) + Duration::seconds(1));
        let later = receipt_of(&app, &sent(&(now() / 1000).to_string(), "n1", "f").expect(202));
        assert_eq!(later["outcome"], "accepted");
    }

    fn a_challenge_is_no_submission(app) {
        let form = form(
            &app,
            json!({"proof": {"challenge": {"when": "query:hub.verify_token", "equals": "vt-1",
                "echo": "query:hub.challenge"}}}),
        );
        let ask = |method: &str, query: &str| {
            app.nobody().send(method, &format!("{}?{query}", door(&form)), &[], None)
        };
        for method in ["GET", "POST"] {
            let answer =
                ask(method, "hub.mode=subscribe&hub.verify_token=vt-1&hub.challenge=11582").expect(200);
            assert_eq!(
                (
                    answer.text.as_str(),
                    answer.header("content-type"),
                    answer.header("x-content-type-options")
                ),
                ("11582", Some("text/plain; charset=utf-8"), Some("nosniff"))
            );
            ask(method, "hub.verify_token=vt-2&hub.challenge=1").refused(403, "challenge_failed");
            for odd in
                ["%3Cscript%3E%01".to_owned(), "x".repeat(257), "%E4%BA%8C".to_owned(), "a%0D%0Ab".to_owned()]
            {
                assert_eq!(
                    ask(method, &format!("hub.verify_token=vt-1&hub.challenge={odd}")).status,
                    403,
                    "{odd}"
                );
            }
        }
        assert_eq!(
            ask("GET", &format!("hub.verify_token=vt-1&hub.challenge={}", "x".repeat(256)))
                .expect(200)
                .text
                .len(),
            256
        );
        assert!(ask("GET", "need=x").expect(200).text.contains("<form"));
        let body = app.admin().post(FORMS,
            &json!({"name": "b", "proof": {"challenge": {"when": "$.type", "equals": "verify",
                "echo": "$.challenge", "body": "{\"challenge\":\"{echo}\"}",
                    "content_type": JSON}}})).expect(201).json;
        assert_eq!(
            post(&app, &body, &json!({"type": "verify", "challenge": "abc"})).expect(200).json,
            json!({"challenge": "abc"})
        );
        assert!(receipts(&app, &form).is_empty() && receipts(&app, &body).is_empty());
        submit(&app, &body, json!({"need": "x"}));
    }

    fn what_somebody_agreed_to_is_kept_as_they_saw_it(app) {
        let text = "同意贵司联系我，\n并保存资料";
        let form = form(&app, json!({"consent": {"text": text, "version": "2026-11", "required": true}}));
        let sent = |n: usize, more: Value| {
            let body = with(
                json!({"phone": format!("138000075{n:02}"), "need": "x",
                    "page_url": "https://www.example.com/p"}),
                more,
            );
            let headers = [("Content-Type", JSON), ("User-Agent", "Probe/1")];
            receipt_of(&app, &send(&app, &form, "", &headers, body.to_string()).expect(202))["consent"]
                .clone()
        };
        for (n, yes) in [
            json!(true),
            json!(1),
            json!("on"),
            json!("YES"),
            json!("y"),
            json!("agree"),
            json!("同意"),
            json!("是"),
            json!("1"),
        ]
        .into_iter()
        .enumerate()
        {
            let wanted = json!({"given": true, "version": "2026-11",
                "text_sha256": data_encoding::HEXLOWER.encode(&Sha256::digest(text)), "at": app.clock.now(),
                "page_url": "https://www.example.com/p", "ip": "127.0.0.1", "user_agent": "Probe/1"});
            assert_eq!(sent(n, json!({"consent": yes, "consent_version": "2026-11"})), wanted, "{yes}");
        }
        for (n, no) in
            [json!({"consent": false}), json!({"consent": "no"}), json!({"consent": "off"}), json!({})]
                .into_iter()
                .enumerate()
        {
            assert_eq!(sent(20 + n, with(json!({"consent_version": "2026-11"}), no))["given"], false);
        }
        let old = sent(30, json!({"consent": "on", "consent_version": "1999"}));
        assert_eq!(
            (&old["given"], &old["version"], &old["text_sha256"]),
            (&json!(false), &json!("1999"), &Value::Null)
        );
        assert_eq!(sent(31, json!({"consent": "on"}))["given"], false);
        // A synonym, as the sites name it.
        assert_eq!(sent(32, json!({"隐私": "同意", "consent_version": "2026-11"}))["given"], true);
        assert!(inquiries(&app, &form).iter().all(|made| made["custom"] == json!({})));
    }
}
