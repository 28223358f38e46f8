//! What is understood of what people write: shown for a text alone, kept with an inquiry, read again by a
//! newer parser. How a text is understood is tested in tests/facts and in `src/facts`; here are only texts
//! that leave no doubt.

use leaddock::access::Role;
use leaddock::facts::Facts;
use leaddock::inquiries::Inquiry;
use leaddock::inquiries::resubmission::reparse;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, create, id, path};
use crate::support::intake::{JSON, events, everything, form, inquiry, submit};
use crate::support::{Client, TestApp, each_database};

const PARSE: &str = "/api/v1/inquiries/parse";
const CLEAR: &str = "需求：求租厂房，3000-5000平方米；用途：汽车零部件机加工；税收：年税收约300万元；公司：岫川精密机械有限公司；联系人：周启澜；手机号：13800007700";

#[track_caller]
fn facts(client: &Client, text: &str) -> Value {
    let answer = client.post(PARSE, &json!({"text": text})).expect(200).json;
    assert_eq!(answer.as_object().unwrap().keys().collect::<Vec<_>>(), ["facts"]);
    answer["facts"].clone()
}

/// The words that a fact stands at.
#[track_caller]
fn words(facts: &Value, text: &str, name: &str) -> String {
    let span = facts["spans"][name].as_array().unwrap_or_else(|| panic!("no place of {name} in {facts}"));
    let [start, end] = [&span[0], &span[1]].map(|at| usize::try_from(at.as_u64().unwrap()).unwrap());
    assert!(start < end && end <= text.chars().count(), "{name}: {start}–{end}");
    text.chars().skip(start).take(end - start).collect()
}

/// Lays another reading over an inquiry's facts, as a newer parser would.
fn read_again(app: &TestApp, made: &Value, read: Value) -> bool {
    let (id, read): (leaddock::kernel::id::InquiryId, Facts) =
        (id(made).parse().unwrap(), serde_json::from_value(read).unwrap());
    app.write(move |tx| {
        let before: Inquiry = leaddock::inquiries::store::by_id(tx.conn, id)?.expect("it is there");
        reparse(tx, &before, &read, "2")
    })
    .unwrap()
}

#[track_caller]
fn now(app: &TestApp, made: &Value) -> Value {
    app.admin().get(&path(made)).expect(200).json
}

each_database! {
    fn a_text_is_understood_and_nothing_is_stored(app) {
        let admin = app.admin();
        let before = everything(&app);
        let read = facts(admin, CLEAR);
        for (name, wanted) in [
            ("need_kind", json!("factory_rent")),
            ("area_min_sqm", json!(3000)),
            ("area_max_sqm", json!(5000)),
            ("tax_wan_per_year", json!(300)),
            ("company", json!("岫川精密机械有限公司")),
            ("contact", json!("周启澜")),
            ("phone", json!("+8613800007700")),
        ] {
            let same = read[name] == wanted
                || read[name].as_f64().is_some_and(|number| Some(number) == wanted.as_f64());
            assert!(same, "{name}: {}", read[name]);
        }
        assert_eq!(
            (&read["text"], read["parser_version"].as_str().is_some_and(|version| !version.is_empty())),
            (&json!(CLEAR), true)
        );
        // Absent is what the text does not say.
        let members = read.as_object().unwrap();
        assert!(
            members.values().all(|value| !value.is_null())
                && !members.contains_key("email")
                && !members.contains_key("uscc")
        );
        for confidence in read["confidence"].as_object().unwrap().values() {
            assert!((0.0..=1.0).contains(&confidence.as_f64().unwrap()));
        }
        assert_eq!(everything(&app), before);
    }

    fn places_are_counted_in_code_points(app) {
        for before in ["", "😀😀 ", "e\u{301}𠮷𠮷\n\t", "👨‍👩‍👧‍👦。"] {
            let text = format!(
                "{before}公司：岫川精密机械有限公司；联系人：周启澜；手机号：13800007701；税收：300万元"
            );
            let read = facts(app.admin(), &text);
            for (name, wanted) in
                [("company", "岫川精密机械有限公司"), ("contact", "周启澜"), ("phone", "13800007701")]
            {
                assert_eq!(words(&read, &text, name), wanted, "{text}");
            }
        }
    }

    fn who_may_ask_and_what_is_no_text(app) {
        let agent = app.login(Role::Agent);
        assert_eq!(facts(&agent, CLEAR)["contact"], "周启澜");
        let key = |scopes: Value| {
            let key =
                app.admin().post("/api/v1/api-keys", &json!({"name": "k", "scopes": scopes})).expect(201);
            app.nobody().with_token(key.json["secret"].as_str().unwrap())
        };
        for (scope, allowed) in
            [("read", true), ("write", true), ("intake", false), ("reports", false), ("admin", false)]
        {
            assert_eq!(
                key(json!([scope])).post(PARSE, &json!({"text": "x"})).status,
                if allowed { 200 } else { 403 },
                "{scope}"
            );
        }
        app.nobody().post(PARSE, &json!({"text": "x"})).refused(401, "unauthenticated");
        for bad in [
            json!({}),
            json!({"text": ""}),
            json!({"text": " \n\u{3000}"}),
            json!({"text": 5}),
            json!({"text": null}),
            json!({"text": "厂".repeat(65_537)}),
        ] {
            agent.post(PARSE, &bad).finds_fault_with(&["/text"]);
        }
        agent.post(PARSE, &json!({"text": "x", "more": 1})).finds_fault_with(&["/more"]);
        agent.post_bytes(PARSE, JSON, "{").refused(400, "bad_json");
        agent.get(PARSE).refused(404, "not_found");
        // Whatever is written, the answer comes.
        for odd in [
            "1".repeat(5_000),
            "\u{202e}".repeat(500),
            "万亿".repeat(1_000),
            "<".repeat(5_000),
            "\u{0}\u{7}".to_owned(),
            "税".to_owned() + &"0".repeat(5_000) + "万",
        ] {
            facts(&agent, &odd);
        }
    }

    fn a_submission_is_kept_with_its_facts(app) {
        let form = form(&app, json!({}));
        let kept = submit(
            &app,
            &form,
            json!({"需求": "求租厂房 2000平方米", "公司": "岫川精密机械有限公司", "手机": "13800007710", "备注": "年税收300万元",
                "层高": "8米"}),
        );
        let made = inquiry(&app, &kept);
        let text = made["facts"]["text"].as_str().unwrap();
        // Each value behind its label, one a line; what no item took as well.
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        for line in ["需求：求租厂房 2000平方米", "公司：岫川精密机械有限公司", "层高：8米"]
        {
            assert!(lines.contains(&line), "{text}");
        }
        assert_eq!(
            (words(&made["facts"], text, "company").as_str(), words(&made["facts"], text, "phone").as_str()),
            ("岫川精密机械有限公司", "13800007710")
        );
        assert_eq!(
            (&made["facts"]["need_kind"], &made["facts"]["phone"]),
            (&json!("factory_rent"), &json!("+8613800007710"))
        );
        // A number that stands in another item only is one to call.
        let hidden = inquiry(&app, &submit(&app, &form, json!({"备注": "请打 13800007711 找我"})));
        assert_eq!(
            (&hidden["phone"], &hidden["phone_e164"], &hidden["unreachable"]),
            (&json!("13800007711"), &json!("+8613800007711"), &json!(false))
        );
    }

    fn a_text_fills_what_no_field_filled(app) {
        let form = form(&app, json!({}));
        let made = inquiry(
            &app,
            &submit(&app, &form, json!({"text": CLEAR, "company": "自填样厂", "message": "先看房"})),
        );
        for (item, wanted) in [
            ("need", "求租厂房，3000-5000平方米"),
            ("usage", "汽车零部件机加工"),
            ("tax", "年税收约300万元"),
            ("company", "自填样厂"),
            ("contact", "周启澜"),
            ("phone", "13800007700"),
            ("phone_e164", "+8613800007700"),
        ] {
            assert_eq!(made[item], wanted, "{item}");
        }
        assert_eq!(made["message"], format!("先看房\n{CLEAR}"));
        assert!(made["facts"]["text"].as_str().unwrap().starts_with(CLEAR));
        // Without labels the whole is the need, the rest the words that facts stand at.
        let blob = "求租昆山厂房2000平方米，联系人王经理，电话13800007712";
        let loose = inquiry(&app, &submit(&app, &form, json!({"全文": blob})));
        assert_eq!(
            (&loose["need"], &loose["message"], &loose["phone"], &loose["contact"]),
            (&json!(blob), &json!(blob), &json!("13800007712"), &json!("王经理"))
        );
        assert_eq!((&loose["tax"], &loose["unreachable"]), (&Value::Null, &json!(false)));
    }

    fn an_inquiry_that_a_user_enters_is_read_as_well(app) {
        let made = app.admin().post(INQUIRIES,
            &json!({"text": CLEAR, "contact": "周总", "assign": "none",
                "facts": {"need_kind": "land", "tax_wan_per_year": 280,
                    "uscc": "91320500MA1AAAAA0A"}})).expect(201).json;
        for (item, wanted) in [
            ("need", "求租厂房，3000-5000平方米"),
            ("company", "岫川精密机械有限公司"),
            ("contact", "周总"),
            ("phone", "13800007700"),
            ("message", CLEAR),
        ] {
            assert_eq!(made[item], wanted, "{item}");
        }
        // What the user knows goes before what is read, and has no place in the text.
        let facts = &made["facts"];
        assert_eq!(
            (&facts["need_kind"], facts["tax_wan_per_year"].as_f64(), &facts["uscc"]),
            (&json!("land"), Some(280.0), &json!("91320500MA1AAAAA0A"))
        );
        assert_eq!(facts["area_min_sqm"].as_f64(), Some(3000.0));
        for part in ["spans", "confidence"] {
            assert!(
                ["need_kind", "tax_wan_per_year", "uscc"].iter().all(|name| facts[part].get(*name).is_none())
                    && facts[part].get("area_min_sqm").is_some(),
                "{part}"
            );
        }
        assert_eq!(
            (
                app.admin().all(&format!("{INQUIRIES}?need_kind=land")).len(),
                app.admin().all(&format!("{INQUIRIES}?need_kind=factory_rent")).len()
            ),
            (1, 0)
        );
    }

    fn what_was_read_is_not_for_a_user_to_write(app) {
        let made = app.admin().post(INQUIRIES, &json!({"text": CLEAR, "assign": "none"})).expect(201).json;
        for (name, value) in [
            ("text", json!("别的")),
            ("spans", json!({"phone": [0, 1]})),
            ("confidence", json!({"phone": 2})),
            ("parser_version", json!("x")),
        ] {
            // Refused or passed over, either is right.
            let entered = app
                .admin()
                .post(INQUIRIES, &json!({"text": CLEAR, "assign": "none", "facts": {name: value}}));
            assert!(
                entered.status == 422 || entered.json["facts"] == made["facts"],
                "{name}: {}",
                entered.text
            );
            app.admin().patch(&path(&made), &json!({"facts": {name: value}}));
            app.admin().patch(&path(&made), &json!({"facts": {name: null}}));
            assert_eq!(now(&app, &made)["facts"], made["facts"], "{name}");
        }
    }

    fn places_stay_true_when_the_sender_changes_what_it_sent(app) {
        let form =
            form(&app, json!({"profile": {"external_id": "$.no", "repeat": "update", "ignore": ["no"]}}));
        let made = inquiry(
            &app,
            &submit(
                &app,
                &form,
                json!({"no": 1, "需求": "求租厂房", "公司": "岫川精密机械有限公司", "手机": "13800007720"}),
            ),
        );
        app.admin().patch(&path(&made), &json!({"facts": {"need_kind": "land"}})).expect(200);
        submit(
            &app,
            &form,
            json!({"no": 1, "需求": "求租厂房 2000平方米，一楼，带行车", "公司": "岫川精密机械有限公司", "手机": "13800007720"}),
        );
        let facts = now(&app, &made)["facts"].clone();
        assert_eq!((&facts["need_kind"], facts["area_min_sqm"].as_f64()), (&json!("land"), Some(2000.0)));
        let text = facts["text"].as_str().unwrap();
        assert!(text.contains("带行车"), "{text}");
        assert_eq!(
            (words(&facts, text, "company").as_str(), words(&facts, text, "phone").as_str()),
            ("岫川精密机械有限公司", "13800007720")
        );
    }

    fn a_newer_parser_reads_again_and_moves_no_user_s_word(app) {
        let made = create(app.admin(), json!({"need": "求租厂房 2000平方米", "facts": {"industry": "冲压"}}));
        app.admin()
            .patch(&path(&made), &json!({"facts": {"need_kind": "land", "contact": null}}))
            .expect(200);
        let before = now(&app, &made);
        let mut read = before["facts"].as_object().unwrap().clone();
        for (name, value) in [
            ("need_kind", json!("office_rent")),
            ("industry", json!("机加工")),
            ("contact", json!("机器")),
            ("area_min_sqm", json!(2500)),
            ("region_code", json!("320583")),
        ] {
            read.insert(name.to_owned(), value);
        }
        read.insert("confidence".to_owned(),
            json!({"need_kind": 0.9, "industry": 0.9, "contact": 0.9, "area_min_sqm": 0.9,
                "region_code": 0.9}));
        read.insert("parser_version".to_owned(), json!("2"));
        let read = Value::Object(read);
        app.advance(chrono::Duration::minutes(5));
        assert!(read_again(&app, &made, read.clone()));
        let after = now(&app, &made);
        let facts = &after["facts"];
        assert_eq!(
            (&facts["need_kind"], &facts["industry"], facts.get("contact")),
            (&json!("land"), &json!("冲压"), None)
        );
        assert_eq!(
            (facts["area_min_sqm"].as_f64(), &facts["region_code"], &facts["parser_version"]),
            (Some(2500.0), &json!("320583"), &json!("2"))
        );
        assert!(
            facts["confidence"].get("need_kind").is_none()
                && facts["confidence"].get("region_code").is_some()
        );
        for (item, words) in before
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "facts" | "version" | "updated_at"))
        {
            assert_eq!(after[item], *words, "{item}");
        }
        let [event] = &events(&app, &made, "inquiry.reparsed")[..] else { panic!("one event") };
        assert_eq!(
            (
                &event["actor"]["type"],
                &event["data"]["parser_version"],
                &event["data"]["facts"]["region_code"]
            ),
            (&json!("system"), &json!("2"), &json!("320583"))
        );
        assert!(
            event["data"]["facts"].get("need_kind").is_none()
                && event["data"]["facts"].get("spans").is_none()
        );
        // The same once more is no news; and lists find by what is read.
        assert!(!read_again(&app, &made, read));
        assert_eq!((now(&app, &made), events(&app, &made, "inquiry.reparsed").len()), (after, 1));
        assert_eq!(app.admin().all(&format!("{INQUIRIES}?region=320583")).len(), 1);
    }

    fn the_version_is_left_alone_by_work_in_the_background(app) {
        let made = create(app.admin(), json!({"need": "求租厂房 2000平方米"}));
        assert!(read_again(
            &app,
            &made,
            json!({"region_code": "320583", "confidence": {"region_code": 0.9}, "parser_version": "2"})
        ));
        assert_eq!(now(&app, &made)["version"], made["version"]);
        app.admin().patch_if(&path(&made), &json!({"tags": ["急"]}), "\"1\"").expect(200);
    }
}
