//! Replays of receipts: a submission taken in again after a change of its form, or because it was no spam.
//! What a receipt keeps is in receipts.rs.

use chrono::Duration;
use serde_json::{Value, json};

use crate::receipts::{IN_QUERY, told};
use crate::support::desk::{id, move_to, path};
use crate::support::intake::{
    JSON, RECEIPTS, ask_again, change, events, form, inquiries, inquiry, newest, operator, place, post,
    receipt, receipt_of, receipts, replay, send, submit,
};
use crate::support::{TestApp, at_once, each_database};

#[track_caller]
fn overrule(app: &TestApp, receipt: &Value) -> Value {
    operator(app)
        .post(&format!("{RECEIPTS}/{}/replay", id(receipt)), &json!({"not_spam": true}))
        .expect(200)
        .json
}

each_database! {
    fn a_better_profile_reads_the_same_bytes_again(app) {
        let form = form(&app, json!({}));
        let body = r#"{"field_9": "13800007320", "field_8": "拿地 20亩", "field_7": "茅山电机"}"#;
        let first = receipt_of(&app, &send(&app, &form, "", &[("Content-Type", JSON)], body).expect(202));
        let before = inquiry(&app, &first);
        assert_eq!(
            (&before["phone"], &before["unreachable"], &before["custom"]["field_9"]),
            (&json!("13800007320"), &json!(false), &json!("13800007320"))
        );
        change(&app, &form, json!({"profile": {"map": {"phone": "field_9", "need": "field_8"}}}));
        app.advance(Duration::days(3));
        let again = replay(&app, &first);
        assert_eq!(told(&again), ("accepted", vec![], &first["inquiry_id"]));
        assert_eq!(
            (&again["replayed_at"], &again["received_at"], &again["raw"]),
            (&json!(app.clock.now()), &first["received_at"], &first["raw"])
        );
        assert_eq!(again["values"], json!({"need": "拿地 20亩", "phone": "13800007320"}));
        assert_eq!(receipt(&app, id(&first)), again);
        let made = inquiry(&app, &again);
        assert_eq!(
            (&made["phone"], &made["need"], &made["unreachable"]),
            (&json!("13800007320"), &json!("拿地 20亩"), &json!(false))
        );
        let [event] = &events(&app, &made, "inquiry.sender_updated")[..] else { panic!("one change") };
        assert_eq!(
            (&event["actor"]["type"], &event["data"]["changes"]["need"]),
            (&json!("form"), &json!("拿地 20亩"))
        );
        // Once more changes nothing, and there is never a second one.
        replay(&app, &first);
        assert_eq!(inquiry(&app, &first), made);
        assert_eq!(
            (inquiries(&app, &form).len(), events(&app, &made, "inquiry.sender_updated").len()),
            (1, 1)
        );
    }

    fn a_corrected_secret_finds_what_was_refused(app) {
        let form = form(
            &app,
            json!({"proof": {"kind": "hash", "algorithm": "sha256", "in": "header:X-Sign",
                "message": "{body}{secret}", "secret": "mistyped"}}),
        );
        let body = r#"{"phone": "13800007330", "need": "租"}"#;
        let sign =
            data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(format!("{body}right")));
        send(&app, &form, "", &[("Content-Type", JSON), ("X-Sign", &sign)], body)
            .refused(401, "proof_failed");
        let lost = newest(&app, &form);
        // What it would say is seen already, so that nobody is lost.
        assert_eq!(lost["values"]["phone"], "13800007330");
        assert_eq!(told(&replay(&app, &lost)), ("failed", vec!["proof_failed"], &Value::Null));
        change(&app, &form, json!({"proof": {"secret": "right"}}));
        let found = replay(&app, &lost);
        assert_eq!(
            (&found["outcome"], &found["reasons"], &found["answer"]["status"]),
            (&json!("accepted"), &json!([]), &json!(401))
        );
        assert_eq!((inquiry(&app, &found)["need"].as_str(), inquiries(&app, &form).len()), (Some("租"), 1));
        assert_eq!(inquiry(&app, &found)["received_at"], app.clock.now().to_string());
    }

    fn a_secret_that_is_masked_is_compared_by_its_digest(app) {
        for (place, prefix, query, header) in [
            (IN_QUERY, "", "?token=new%2B1&a=b", ""),
            ("header:X-Token", "Bearer ", "", "Bearer new+1"),
            ("header:Authorization", "Bearer ", "", "Bearer new+1"),
        ] {
            let form = form(
                &app,
                json!({"proof": {"kind": "secret", "in": place, "secret": "old", "prefix": prefix}}),
            );
            let name = place.strip_prefix("header:").unwrap_or("X-None");
            let body = json!({"need": place}).to_string();
            send(&app, &form, query, &[("Content-Type", JSON), (name, header)], body)
                .refused(401, "proof_failed");
            let lost = newest(&app, &form);
            for wrong in ["***", "new", "new+1 "] {
                change(&app, &form, json!({"proof": {"secret": wrong}}));
                assert_eq!(told(&replay(&app, &lost)).0, "failed", "{place} {wrong}");
            }
            change(&app, &form, json!({"proof": {"secret": "newest", "previous_secret": "new+1"}}));
            assert_eq!(told(&replay(&app, &lost)).0, "accepted", "{place}");
            assert_eq!(inquiries(&app, &form).len(), 1);
        }
    }

    fn the_age_of_a_submission_is_that_of_its_arrival(app) {
        let form = form(
            &app,
            json!({"proof": {"kind": "secret", "in": "$.key", "secret": "wrong", "timestamp": "$.ts",
                "max_age_seconds": 60}, "profile": {"ignore": ["ts", "key"]}}),
        );
        let now = app.clock.now().millis() / 1000;
        for ts in [now, now - 61] {
            post(&app, &form, &json!({"ts": ts, "key": "right", "need": format!("{ts}")}))
                .refused(401, "proof_failed");
        }
        change(&app, &form, json!({"proof": {"secret": "right"}}));
        app.advance(Duration::days(2));
        let [late, in_time] = &receipts(&app, &form)[..] else { panic!("two") };
        assert_eq!((told(&replay(&app, late)).0, told(&replay(&app, in_time)).0), ("failed", "accepted"));
    }

    fn who_says_that_it_is_no_spam_is_believed(app) {
        let form = form(&app, json!({}));
        let spam = submit(
            &app,
            &form,
            json!({"phone": "13800007340", "need": "租厂房", "_gotcha": "filled by the browser"}),
        );
        assert_eq!(told(&spam), ("spam", vec!["honeypot"], &Value::Null));
        assert_eq!(told(&replay(&app, &spam)), ("spam", vec!["honeypot"], &Value::Null));
        let saved = overrule(&app, &spam);
        assert_eq!(told(&saved).0, "accepted");
        assert_eq!((&inquiry(&app, &saved)["need"], inquiries(&app, &form).len()), (&json!("租厂房"), 1));
        assert_eq!(told(&overrule(&app, &spam)), ("accepted", vec![], &saved["inquiry_id"]));
        // The same again is a duplicate of it.
        assert_eq!(
            told(&submit(&app, &form, json!({"phone": "13800007340", "need": "租厂房"}))),
            ("duplicate", vec![], &saved["inquiry_id"])
        );
        assert_eq!(inquiries(&app, &form).len(), 1);
    }

    fn what_was_saved_from_the_spam_is_never_doubled(app) {
        let form = form(&app, json!({}));
        // Nobody can be told from it: neither a number nor an address would join the two.
        let spam = submit(&app, &form, json!({"need": "租厂房", "_gotcha": "x"}));
        let saved = overrule(&app, &spam);
        replay(&app, &spam);
        assert_eq!(told(&overrule(&app, &spam)), ("accepted", vec![], &saved["inquiry_id"]));
        assert_eq!(inquiries(&app, &form).len(), 1);
    }

    fn what_was_accepted_once_is_never_doubled(app) {
        let form = form(&app, json!({}));
        let kept = submit(&app, &form, json!({"need": "租仓库", "trial": "1"}));
        let proven = json!({"proof": {"kind": "secret", "in": "$.x", "secret": "s"}});
        for odd in [proven, json!({"profile": {"test": {"at": "$.trial", "equals": ["1"]}}})] {
            change(&app, &form, odd);
            replay(&app, &kept);
            change(&app, &form, json!({"profile": null, "proof": null}));
            assert_eq!(told(&replay(&app, &kept)), ("accepted", vec![], &kept["inquiry_id"]));
            assert_eq!(inquiries(&app, &form).len(), 1);
        }
    }

    fn a_replay_by_several_at_once_makes_one_inquiry(app) {
        let form = form(
            &app,
            json!({"proof": {"kind": "secret", "in": "$.key", "secret": "mistyped"},
                "profile": {"ignore": ["key"]}}),
        );
        let admin = app.admin();
        for n in 0..5 {
            post(&app, &form, &json!({"key": "right", "need": format!("第{n}")}))
                .refused(401, "proof_failed");
        }
        change(&app, &form, json!({"proof": {"secret": "right"}}));
        for lost in receipts(&app, &form) {
            let made: Vec<Value> =
                at_once(6, |_| ask_again(admin, &lost).expect(200).json["inquiry_id"].clone());
            assert!(made.iter().all(|id| *id == made[0]), "{made:?}");
        }
        assert_eq!(inquiries(&app, &form).len(), 5);
    }

    fn a_replay_never_moves_what_a_user_edited(app) {
        let form = form(&app, json!({"profile": {"auto_map": false, "map": {"contact": "a", "phone": "c"}}}));
        let kept = submit(
            &app,
            &form,
            json!({"a": "王经理", "b": "甲公司", "c": "13800007350", "d": "三楼", "e": "求租厂房 800平"}),
        );
        let made = inquiry(&app, &kept);
        app.admin()
            .patch(
                &path(&made),
                &json!({"contact": "王建国", "tax": "300万", "facts": {"area_min_sqm": 900}}),
            )
            .expect(200);
        app.admin().patch(&path(&made), &json!({"tax": null})).expect(200);
        change(
            &app,
            &form,
            json!({"profile": {"map": {"contact": "b", "company": "b", "tax": "d", "need": "e"}}}),
        );
        assert_eq!(told(&replay(&app, &kept)).0, "accepted");
        let after = inquiry(&app, &kept);
        // A user's word stays, also that there is none.
        assert_eq!(
            (&after["contact"], &after["tax"], &after["company"]),
            (&json!("王建国"), &Value::Null, &json!("甲公司"))
        );
        assert_eq!(
            (&after["facts"]["area_min_sqm"], &after["need"], &after["facts"]["need_kind"]),
            (&json!(900), &json!("求租厂房 800平"), &json!("factory_rent"))
        );
        // Nor does it bring back what somebody closed or threw away.
        move_to(app.admin(), &after, "lost").expect(200);
        replay(&app, &kept);
        assert_eq!(inquiry(&app, &kept)["status"], "lost");
        app.admin().delete(&path(&after)).expect(204);
        replay(&app, &kept);
        app.admin().get(&path(&after)).refused(404, "not_found");
        assert_eq!(inquiries(&app, &form).len(), 0);
    }

    fn a_form_that_is_gone_can_still_be_asked_again(app) {
        let form = form(&app, json!({}));
        let spam = submit(&app, &form, json!({"need": "租厂房", "_gotcha": "x"}));
        app.admin().delete(&place(&form)).expect(204);
        assert_eq!(told(&overrule(&app, &spam)).0, "accepted");
    }
}
