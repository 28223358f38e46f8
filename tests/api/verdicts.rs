//! What becomes of a submission that is taken: new, the same again, somebody who is known, a change, a trial,
//! spam. Nonces, challenges, consent. How it is read is in senders.rs, how it is taken in again in
//! receipts.rs.

use std::collections::HashSet;

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{USERS, id, move_to, path, with};
use crate::support::intake::{
    JSON, door, events, form, inquiries, inquiry, newest, outcomes, post, reasons, receipt_of, receipts,
    send, submit,
};
use crate::support::{Answer, Database, TestApp, at_once, each_database};

/// What became of a submission: the outcome, and the inquiry.
#[track_caller]
pub fn became(app: &TestApp, form: &Value, body: Value) -> (String, Value) {
    let kept = submit(app, form, body);
    (kept["outcome"].as_str().unwrap().to_owned(), kept["inquiry_id"].clone())
}

/// What everybody sees of an answer, without what must differ.
pub fn seen(answer: &Answer) -> String {
    let mut headers: Vec<String> =
        answer.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.retain(|line| !["x-request-id", "date", "ratelimit"].iter().any(|own| line.starts_with(own)));
    headers.sort();
    let receipt = answer.json["receipt_id"].as_str().unwrap_or("none");
    format!("{} {headers:?} {}", answer.status, answer.text.replace(receipt, &"x".repeat(receipt.len())))
}

/// The token of a form's page, as it is shown now.
#[track_caller]
pub fn token(app: &TestApp, form: &Value) -> String {
    let page = app.nobody().get(&door(form)).expect(200).text;
    page.split_once("name=\"_t\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

/// Eight people send the same word to a form at once, to two servers where there can be two; it counts once.
#[track_caller]
fn once_each(app: &TestApp, settings: Value) {
    let (form, second) = (form(app, settings), (app.database == Database::Postgres).then(|| app.second()));
    let addresses = [app, second.as_ref().unwrap_or(app)].map(TestApp::nobody);
    for once in 0..6 {
        app.advance(Duration::seconds(1));
        let body = |k: usize| {
            json!({"once": format!("x{once}"), "key": "s",
            "phone": format!("138000077{once}{k}"), "need": format!("第{once}{k}")})
        };
        at_once(8, |k| addresses[k % 2].post(&door(&form), &body(k)).expect(202));
        let mut became = outcomes(app, &form).split_off(8 * once);
        became.sort();
        assert_eq!(
            (inquiries(app, &form).len(), became[0].as_str(), became[1].as_str()),
            (once + 1, "accepted", "duplicate"),
            "{became:?}"
        );
    }
}

each_database! {
    fn who_can_be_reached_and_says_what_for_is_no_spam_for_a_weak_reason(app) {
        let form = form(&app, json!({}));
        let say = |n: u32, need: &str| json!({"need": need, "phone": format!("138000075{n:02}")});
        // A prefilled page that is sent at once.
        let first = token(&app, &form);
        let kept = submit(&app, &form, with(say(0, "求租厂房 2000平"), json!({"_t": first.clone()})));
        assert_eq!((kept["outcome"].as_str(), reasons(&kept)), (Some("accepted"), vec!["too_fast"]));
        assert!(kept["inquiry_id"].is_string());
        // Nine people with one page that somebody has sent around.
        app.advance(Duration::seconds(20));
        for n in 1..=9 {
            let kept = submit(&app, &form, with(say(n, "求租厂房 3000平"), json!({"_t": first.clone()})));
            assert_eq!(kept["outcome"], "accepted", "{n}");
            assert_eq!(reasons(&kept).contains(&"token_reused"), n >= 5, "{n}");
        }
        // A firm's own site in a short text.
        let kept = submit(&app, &form, say(20, "www.qilan-precision.com 租厂房2000平"));
        assert_eq!((kept["outcome"].as_str(), reasons(&kept)), (Some("accepted"), vec!["links"]));
        let kept = submit(
            &app,
            &form,
            json!({"need": "https://www.example.com/a/b/c 租厂房2000平", "email": "zhou@example.com"}),
        );
        assert_eq!(kept["outcome"], "accepted");
        // Whoever cannot be reached, says nothing that is looked for, or gives another reason as well, is
        // what it was.
        for (body, wanted) in [
            (json!({"need": "www.qilan-precision.com 租厂房2000平"}), vec!["links"]),
            (json!({"message": "www.qilan-precision.com", "phone": "13800007521"}), vec!["links"]),
            (
                with(say(22, "www.qilan-precision.com 租厂房2000平"), json!({"_gotcha": "x"})),
                vec!["honeypot", "links"],
            ),
            (with(say(23, "求租厂房 2000平 <a href=x>x</a>"), json!({})), vec!["markup"]),
        ] {
            let kept = submit(&app, &form, body.clone());
            assert_eq!((kept["outcome"].as_str(), reasons(&kept)), (Some("spam"), wanted), "{body}");
        }
    }

    fn files_that_a_proven_service_adds_are_no_links(app) {
        let files = |host: &str| json!((0..5).map(|n| format!("https://{host}/{n}.pdf")).collect::<Vec<_>>());
        let body = |n: u32| json!({"need": "看看", "phone": format!("138000076{n:02}"),
            "附件": files("files.example"), "图": [{"name": "a", "url": "https://files.example/a.png"}]});
        let open = form(&app, json!({}));
        let kept = submit(&app, &open, body(1));
        assert_eq!((kept["outcome"].as_str(), reasons(&kept)), (Some("spam"), vec!["links"]));
        let proven =
            form(&app, json!({"proof": {"kind": "secret", "in": "query:token", "secret": "files-secret"}}));
        let kept = receipt_of(
            &app,
            &send(&app, &proven, "?token=files-secret", &[("Content-Type", JSON)], body(2).to_string())
                .expect(202),
        );
        assert_eq!((kept["outcome"].as_str(), reasons(&kept)), (Some("accepted"), vec![]));
        // What a person types in a form of that service counts as before.
        let typed = json!({"message": "http://a.example http://b.example http://c.example http://d.example",
            "phone": "13800007603"});
        let kept = receipt_of(
            &app,
            &send(&app, &proven, "?token=files-secret", &[("Content-Type", JSON)], typed.to_string())
                .expect(202),
        );
        assert_eq!(kept["outcome"], "spam");
    }

    fn the_same_again_is_a_duplicate_for_a_day(app) {
        let (form, other) = (form(&app, json!({})), form(&app, json!({})));
        for (n, who) in [
            json!({"phone": "138 0000 7400"}),
            json!({"email": "zhou@example.com"}),
            json!({"wechat": "zhou_7400"}),
        ]
        .into_iter()
        .enumerate()
        {
            let said = |words: &str, company: &str| {
                with(json!({"need": words, "company": company, "楼层": "一"}), who.clone())
            };
            let (outcome, first) = became(&app, &form, said("求租厂房 2000平", "重湖样厂"));
            assert_eq!(outcome, "accepted");
            let twin = with(
                said("求租厂房２０００平 ", "重湖 样厂"),
                json!({"utm_source": "x", "page_url": "https://e.example/", "楼层": "二"}),
            );
            assert_eq!(became(&app, &form, twin), ("duplicate".to_owned(), first.clone()));
            // Other words, or another form, are not the same. A known number joins what is there; nobody else
            // does.
            became(&app, &form, said("求租厂房 3000平", "重湖样厂"));
            became(&app, &other, said("求租厂房 2000平", "重湖样厂"));
            assert_eq!(inquiries(&app, &form).len() + inquiries(&app, &other).len(), [1, 4, 7][n], "{who}");
        }
        app.advance(Duration::hours(24) - Duration::seconds(1));
        let late = || json!({"need": "求租厂房 2000平", "company": "重湖样厂", "email": "zhou@example.com"});
        assert_eq!(became(&app, &form, late()).0, "duplicate");
        app.advance(Duration::seconds(2));
        assert_eq!(became(&app, &form, late()).0, "accepted");
        assert_eq!(inquiries(&app, &form).len(), 6);
        assert!(app.mails().is_empty());
    }

    fn a_number_is_one_however_it_is_written(app) {
        let form = form(&app, json!({}));
        let (_, first) = became(&app, &form, json!({"phone": "13800007401", "need": "租"}));
        for written in ["138 0000 7401", "+86 138-0000-7401", "１３８００００７４０１", "0086 13800007401"]
        {
            assert_eq!(
                became(&app, &form, json!({"phone": written, "need": "租"})),
                ("duplicate".to_owned(), first.clone()),
                "{written}"
            );
        }
    }

    fn who_cannot_be_told_apart_may_say_the_same_a_minute_later(app) {
        let form = form(&app, json!({}));
        let (_, first) = became(&app, &form, json!({"need": "没有联系方式"}));
        app.advance(Duration::seconds(59));
        assert_eq!(became(&app, &form, json!({"need": "没有联系方式"})), ("duplicate".to_owned(), first));
        app.advance(Duration::seconds(2));
        assert_eq!(became(&app, &form, json!({"need": "没有联系方式"})).0, "accepted");
        assert_eq!(inquiries(&app, &form).len(), 2);
    }

    fn a_storm_of_the_same_is_one_inquiry(app) {
        let agent = app.login(Role::Agent);
        for profile in [json!({}), json!({"external_id": "$.no", "ignore": ["no"]})] {
            let form = form(&app, json!({"profile": profile}));
            let number = if profile == json!({}) { "13800007410" } else { "13800007411" };
            let body = json!({"need": "求租", "phone": number, "company": "连点样厂", "no": "x"});
            let told: HashSet<String> = at_once(20, |_| {
                post(&app, &form, &body).expect(202).json["receipt_id"].as_str().unwrap().to_owned()
            })
            .into_iter()
            .collect();
            let mut became = outcomes(&app, &form);
            became.sort();
            assert_eq!(
                (told.len(), became[0].as_str(), became[1..].iter().all(|outcome| outcome == "duplicate")),
                (20, "accepted", true),
                "{became:?}"
            );
            assert_eq!(inquiries(&app, &form).len(), 1);
            assert_eq!(
                receipts(&app, &form)
                    .iter()
                    .map(|kept| kept["inquiry_id"].as_str().unwrap())
                    .collect::<HashSet<_>>()
                    .len(),
                1
            );
            let [mail] = &app.mails()[..] else { panic!("one mail") };
            assert_eq!(mail.to, app.email(agent.id()));
        }
    }

    fn the_same_number_at_once_is_one_person(app) {
        let form = form(&app, json!({}));
        at_once(8, |n| {
            post(&app, &form, &json!({"phone": "13800007412", "need": format!("第{n}种说法")})).expect(202)
        });
        assert_eq!(
            (outcomes(&app, &form), inquiries(&app, &form).len()),
            (vec!["accepted".to_owned(); 8], 1)
        );
        assert_eq!(events(&app, &inquiries(&app, &form)[0], "inquiry.repeated").len(), 7);
    }

    fn whoever_has_many_closed_inquiries_joins_the_open_one(app) {
        let form = form(&app, json!({}));
        let ask = |n: u32| {
            submit(&app, &form, json!({"phone": "13800007430", "company": format!("第{n}家样厂"),
                "need": format!("租厂房 {n}000平")}))
        };
        let open = ask(1);
        for n in 2..=26 {
            let closed = inquiry(&app, &ask(n));
            move_to(app.admin(), &closed, "invalid").expect(200);
        }
        let again = submit(
            &app,
            &form,
            json!({"phone": "13800007430", "company": "第1家样厂", "need": "改要 2500平"}),
        );
        assert_eq!((&again["inquiry_id"], reasons(&again)), (&open["inquiry_id"], vec!["known_person"]));
    }

    fn one_id_at_once_is_one_inquiry(app) {
        once_each(&app, json!({"profile": {"external_id": "$.once", "ignore": ["once"]}}));
    }

    fn one_nonce_at_once_counts_once(app) {
        once_each(
            &app,
            json!({"profile": {"ignore": ["once"]},
                "proof": {"kind": "secret", "in": "$.key", "secret": "s", "nonce": "$.once"}}),
        );
    }

    fn a_person_who_is_known_joins_and_the_owner_hears_of_it(app) {
        let (form, other, agent) = (form(&app, json!({})), form(&app, json!({})), app.login(Role::Agent));
        let first = inquiry(
            &app,
            &submit(
                &app,
                &form,
                json!({"phone": "13800007420", "need": "租厂房 1000平", "contact": "古先生"}),
            ),
        );
        assert_eq!(
            (first["assignee_id"].as_str(), app.mails().len()),
            (Some(agent.id().to_string().as_str()), 1)
        );
        for (locale, subject, words) in
            [("zh-CN", "再次咨询", "改要 2500平 靠地铁"), ("en", "inquired again", "改要 3500平 靠高速")]
        {
            app.admin().patch(&format!("{USERS}/{}", agent.id()), &json!({"locale": locale})).expect(200);
            let kept = submit(
                &app,
                &other,
                json!({"phone": "+86 138 0000 7420", "need": words, "company": "后来样厂", "层高": "8米"}),
            );
            assert_eq!(
                (&kept["outcome"], reasons(&kept), &kept["inquiry_id"]),
                (&json!("accepted"), vec!["known_person"], &first["id"])
            );
            let [mail] = &app.mails()[..] else { panic!("one mail") };
            assert!(
                mail.subject.contains(subject) && mail.text.contains(words) && mail.html.contains(words),
                "{} {}",
                mail.subject,
                mail.text
            );
            assert!(
                ["古先生", "13800007420", "7420", "后来样厂", "138"]
                    .iter()
                    .all(|word| !mail.subject.contains(word)),
                "{}",
                mail.subject
            );
            assert_eq!((&mail.to, mail.thread.as_deref()), (&app.email(agent.id()), Some(id(&first))));
        }
        let after = inquiry(&app, &newest(&app, &other));
        assert_eq!(
            (&after["need"], &after["contact"], &after["assignee_id"], &after["status"]),
            (&first["need"], &first["contact"], &first["assignee_id"], &first["status"])
        );
        assert_eq!((&after["company"], &after["custom"]["层高"]), (&json!("后来样厂"), &json!("8米")));
        let repeated = events(&app, &after, "inquiry.repeated");
        assert_eq!(
            (
                repeated.len(),
                &repeated[0]["data"]["words"]["need"],
                &repeated[0]["data"]["filled"]["company"]
            ),
            (2, &json!("改要 2500平 靠地铁"), &json!("后来样厂"))
        );
        assert_eq!((inquiries(&app, &other).len(), inquiries(&app, &form).len()), (0, 1));
    }

    fn without_an_owner_the_managers_hear_of_it(app) {
        let form = form(&app, json!({}));
        let made = inquiry(&app, &submit(&app, &form, json!({"phone": "13800007421", "need": "甲"})));
        let managers = [app.login(Role::Manager), app.login(Role::Manager)];
        app.login(Role::Agent);
        assert!(made["assignee_id"].is_null());
        submit(&app, &form, json!({"phone": "13800007421", "need": "乙"}));
        let mut told: Vec<String> = app.mails().into_iter().map(|mail| mail.to).collect();
        told.sort();
        assert_eq!(told, managers.map(|manager| app.email(manager.id())));
        // The same again is told to nobody.
        submit(&app, &form, json!({"phone": "13800007421", "need": "乙"}));
        assert!(app.mails().is_empty());
    }

    fn another_company_or_a_closed_inquiry_is_a_new_one(app) {
        let form = form(&app, json!({}));
        let of = |phone: &str, need: &str, company: &str| {
            became(&app, &form, json!({"phone": phone, "need": need, "company": company})).1
        };
        let first = of("13800007430", "甲", "岭上（苏州）精工");
        let second = of("13800007430", "乙", "别家样厂");
        assert_ne!(first, second, "a broker's second client");
        assert_eq!(of("13800007430", "丙", "岭上(苏州) 精工"), first);
        assert_eq!(of("13800007430", "丁", ""), second, "the newest");
        assert_eq!(
            (of("13800007431", "戊", ""), of("13800007432", "己", "")).0,
            of("13800007431", "庚", "补上样厂")
        );
        for (phone, status) in [("13800007433", "lost"), ("13800007434", "invalid")] {
            let closed = submit(&app, &form, json!({"phone": phone, "need": "旧"}));
            move_to(app.admin(), &inquiry(&app, &closed), status).expect(200);
            assert_ne!(of(phone, "新", ""), closed["inquiry_id"], "{status}");
        }
        let thrown = submit(&app, &form, json!({"phone": "13800007435", "need": "旧"}));
        app.admin().delete(&path(&inquiry(&app, &thrown))).expect(204);
        assert_ne!(of("13800007435", "新", ""), thrown["inquiry_id"]);
        let worked = submit(&app, &form, json!({"phone": "13800007436", "need": "旧"}));
        move_to(app.admin(), &inquiry(&app, &worked), "contacted").expect(200);
        assert_eq!(of("13800007436", "新", ""), worked["inquiry_id"]);
    }

    fn events_and_trials_do_what_they_say(app) {
        let form = form(
            &app,
            json!({"profile": {"external_id": "$.id", "ignore": ["id", "action", "trial"],
                "test": {"at": "$.trial", "equals": [true, "yes", 1]},
            "event": {"at": "$.action", "create": ["new"], "update": ["edit"], "delete": ["gone"]}}}),
        );
        for (body, reasons) in [
            (json!({"trial": true}), json!([])),
            (json!({"trial": "yes"}), json!([])),
            (json!({"trial": 1}), json!([])),
            (json!({"action": "ping"}), json!(["event"])),
        ] {
            let kept = submit(&app, &form, with(json!({"id": "0", "phone": "13800007440"}), body));
            assert_eq!(
                (&kept["outcome"], &kept["reasons"], &kept["inquiry_id"]),
                (&json!("test"), &reasons, &Value::Null)
            );
        }
        // A trial may be empty.
        assert_eq!(became(&app, &form, json!({"action": "ping"})).0, "test");
        let said = |action: &str, more: Value| {
            with(json!({"id": "A1", "action": action, "trial": false, "phone": "13800007441"}), more)
        };
        let (outcome, first) =
            became(&app, &form, said("new", json!({"company": "旧名", "need": "租厂房", "usage": "冲压"})));
        assert_eq!(outcome, "accepted");
        assert_eq!(
            became(&app, &form, said("new", json!({"company": "另一个"}))),
            ("duplicate".to_owned(), first.clone())
        );
        let to = format!("/api/v1/inquiries/{}", first.as_str().unwrap());
        app.admin().patch(&to, &json!({"need": "人工改过"})).expect(200);
        let changed =
            submit(&app, &form, said("edit", json!({"company": "新名", "need": "发送方改", "楼层": "一"})));
        assert_eq!(
            (&changed["outcome"], &changed["inquiry_id"], &changed["external_id"]),
            (&json!("accepted"), &first, &json!("A1"))
        );
        let made = inquiry(&app, &changed);
        assert_eq!(
            (&made["company"], &made["need"], &made["usage"], &made["custom"]),
            (&json!("新名"), &json!("人工改过"), &json!("冲压"), &json!({"楼层": "一"}))
        );
        assert_eq!(
            became(&app, &form, json!({"id": "A1", "action": "gone"})),
            ("accepted".to_owned(), first.clone())
        );
        assert_eq!(app.admin().get(&to).expect(200).json, made);
        assert_eq!(
            (
                events(&app, &made, "inquiry.sender_updated").len(),
                events(&app, &made, "inquiry.sender_deleted").len()
            ),
            (1, 1)
        );
        // A change of what is not known makes it, and so does a submission that names no event.
        assert_eq!(
            became(&app, &form, json!({"id": "B2", "action": "edit", "phone": "13800007442"})).0,
            "accepted"
        );
        assert_eq!(became(&app, &form, json!({"id": "C3", "phone": "13800007443"})).0, "accepted");
        assert_eq!(
            became(&app, &form, json!({"id": "D4", "action": "gone"})),
            ("accepted".to_owned(), Value::Null)
        );
        assert_eq!(inquiries(&app, &form).len(), 3);
    }

    fn a_repeat_may_be_a_change(app) {
        let form =
            form(&app, json!({"profile": {"external_id": "$.no", "repeat": "update", "ignore": ["no"]}}));
        let (_, first) = became(&app, &form, json!({"no": 7, "phone": "13800007450", "need": "500平"}));
        assert_eq!(
            became(&app, &form, json!({"no": 7, "phone": "13800007450", "need": "500平"})),
            ("duplicate".to_owned(), first.clone())
        );
        let kept = submit(&app, &form, json!({"no": "7", "phone": "13800007450", "need": "800平"}));
        assert_eq!(
            (&kept["outcome"], &kept["inquiry_id"], &inquiry(&app, &kept)["need"]),
            (&json!("accepted"), &first, &json!("800平"))
        );
        // An id is one form's own.
        let other = crate::support::intake::form(&app, json!({"profile": {"external_id": "$.no"}}));
        assert_ne!(became(&app, &other, json!({"no": 7, "need": "别的"})).1, first);
    }
}
