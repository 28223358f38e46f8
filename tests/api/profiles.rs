//! What a profile may cost: its bounds when it is written, its bounds when a submission is read, and that
//! nobody waits for it. In these builds nothing may be compiled or read on a thread that holds a database
//! connection: it would end in a 500.

use leaddock::intake::forms::store;
use leaddock::kernel::id::FormId;
use serde_json::{Map, Value, json};

use crate::support::desk::{id, with};
use crate::support::intake::{
    FORMS, JSON, change, form, inquiries, inquiry, newest, outcomes, place, post, reasons, replay, send,
    submit,
};
use crate::support::{at_once, each_database};

/// Selectors with so many expressions.
fn expressions(count: usize) -> Value {
    let steps = |n: usize| (0..10).map(|k| json!({"regex": format!("(\\d+{n}{k}|.*)")})).collect::<Vec<_>>();
    let map = (0..count / 10).map(|n| (format!("utm_x{n}"), json!({"from": "need", "transform": steps(n)})));
    json!({"map": map.collect::<Map<_, _>>()})
}

each_database! {
    fn what_costs_too_much_is_refused_when_it_is_written(app) {
        let (admin, made) = (app.admin(), form(&app, json!({})));
        let need = |selector: Value| json!({"profile": {"map": {"need": selector}}});
        let steps = |steps: Value| need(json!({"from": "a", "transform": steps}));
        let table: Map<String, Value> = (0..1_001).map(|n| (n.to_string(), json!("x"))).collect();
        let many: Map<String, Value> = (0..51).map(|n| (format!("utm_{n}"), json!("a"))).collect();
        let cases: Vec<(Value, &[&str])> = vec![
            (need(json!("$..*..*..*")), &["/profile/map/need"]),
            (need(json!("$[?@..a]")), &["/profile/map/need"]),
            (need(json!("$[?search(@.a, 'x')]")), &["/profile/map/need"]),
            (need(json!("$[0,0,0,0][0,0,0,0]")), &["/profile/map/need"]),
            (need(json!(format!("$.{}", "a".repeat(500)))), &["/profile/map/need"]),
            (need(json!(vec!["a"; 21])), &["/profile/map/need"]),
            (need(json!({"value": "x".repeat(1_001)})), &["/profile/map/need/value"]),
            (steps(json!(vec!["trim"; 21])), &["/profile/map/need/transform"]),
            (
                steps(json!([{"split": ","}, {"prefix": "x".repeat(1_001)}])),
                &["/profile/map/need/transform/1/prefix"],
            ),
            (
                steps(json!([{"join": "x".repeat(101)}, {"lookup": table}])),
                &["/profile/map/need/transform/0/join", "/profile/map/need/transform/1/lookup"],
            ),
            (steps(json!([{"regex": "(a{200}){200}"}])), &["/profile/map/need/transform/0/regex"]),
            (json!({"profile": {"map": many}}), &["/profile/map"]),
            (
                json!({"profile": {"entries": {"each": "$..a", "value": "$..b",
                    "options": {"each": "$..c"}}}}),
                &["/profile/entries/options/each", "/profile/entries/value"],
            ),
            (json!({"profile": expressions(310)}), &["/profile"]),
            (json!({"profile": {"parse_json": vec!["$..a"; 11]}}), &["/profile"]),
            (json!({"profile": {"ignore": ["x".repeat(200 << 10)]}}), &["/profile"]),
            (json!({"proof": {"message": "{body}{body}{body}"}}), &["/proof/message"]),
            (
                json!({"allowed_origins": ["https://*.example"], "redirect_url": "https://*.example/"}),
                &["/allowed_origins/0", "/redirect_url"],
            ),
        ];
        for (settings, pointers) in &cases {
            admin.post(FORMS, &with(json!({"name": "x"}), settings.clone())).finds_fault_with(pointers);
            admin.patch(&place(&made), settings).finds_fault_with(pointers);
        }
        // Many small changes do not add up to more than one may hold.
        for n in 0..20 {
            let answer = admin.patch(&place(&made),
                &json!({"profile": {"synonyms": {"need": vec![format!("{n}{}", "x".repeat(190)); 199],
                    "tax": vec!["y".repeat(190); 199], "usage": vec!["z".repeat(190); 199]},
                        "ignore": vec!["w".repeat(100); n * 10]}}));
            match n {
                ..13 => drop(answer.expect(200)),
                17.. => drop(answer.finds_fault_with(&["/profile"])),
                // About there it is full.
                _ => {}
            }
        }
        admin.get(&place(&made)).expect(200);
    }

    fn a_profile_that_makes_too_much_loses_nothing(app) {
        let long = "厂".repeat(330);
        let form = form(
            &app,
            json!({"profile": {"map": {
            "need": {"from": "need",
                "transform": [{"split": ","}, {"prefix": long}, {"join": ","}, {"split": ","},
                    {"suffix": long}, "lower"]},
            "message": {"from": "$..*", "all": true}}}}),
        );
        let words = ["租"; 900].join(",");
        let kept = submit(&app, &form, json!({"need": words, "phone": "13800007811"}));
        assert_eq!((kept["outcome"].as_str(), reasons(&kept)), (Some("accepted"), vec!["transform_failed"]));
        // The steps that fit were done: taken apart, and put together again.
        assert_eq!(inquiry(&app, &kept)["need"], words.replace(',', "、"));
        // A body that is as wide or as deep as one may be.
        let wide = format!("{{\"a\": [{}1], \"phone\": \"13800007812\"}}", "1,".repeat(30_000));
        let deep = format!(
            "{{\"phone\": \"13800007813\", \"a\": {}{}1{}{}}}",
            "{\"a\":".repeat(15),
            "[".repeat(15),
            "]".repeat(15),
            "}".repeat(15)
        );
        for body in [wide, deep] {
            send(&app, &form, "", &[("Content-Type", JSON)], body).expect(202);
            assert_eq!(newest(&app, &form)["outcome"], "accepted");
        }
    }

    fn a_form_that_was_stored_before_the_limits_takes_submissions_and_can_be_changed(app) {
        let made = form(
            &app,
            json!({"profile": {"map": {"usage": "做什么"}},
                "proof": {"kind": "secret", "in": "query:token", "secret": "a-word"}}),
        );
        let form_id: FormId = id(&made).parse().unwrap();
        app.write(move |tx| {
            let before = store::by_id(tx.conn, form_id)?.unwrap();
            let mut after = before.clone();
            after.version += 1;
            after.profile.0 = expressions(310).as_object().cloned().unwrap();
            store::update(tx, &before, &after)
        })
        .unwrap();
        let say = |query: &str, words: Value| {
            send(&app, &made, query, &[("Content-Type", JSON)], words.to_string())
        };
        // What is beyond the limits is left out; the words are kept, and the proof is asked for.
        say("?token=a-word", json!({"need": "求租厂房", "phone": "13800007820"})).expect(202);
        say("", json!({"need": "求租厂房", "phone": "13800007821"})).expect(401);
        app.admin().get(&place(&made)).expect(200);
        change(&app, &made, json!({"profile": {"map": null}}));
        change(&app, &made, json!({"profile": {"map": {"usage": "做什么"}}}));
        say("?token=a-word", json!({"做什么": "包装", "phone": "13800007822"})).expect(202);
        assert_eq!(newest(&app, &made)["values"]["usage"], "包装");
        app.mails();
    }

    fn entries_beyond_the_bound_are_left_out_and_told(app) {
        let form =
            form(&app, json!({"profile": {"entries": {"each": "$.a[*]", "key": "$.k", "value": "$.v"}}}));
        let entries: Vec<Value> = (0..1_200).map(
            |n| json!({"k": if n == 0 { "phone".to_owned() } else { "x".to_owned() },
                "v": if n == 0 { "13800007815" } else { "1" }})).collect();
        let kept = submit(&app, &form, json!({"a": entries}));
        assert_eq!((kept["outcome"].as_str(), reasons(&kept)), (Some("accepted"), vec!["transform_failed"]));
        assert_eq!(
            (kept["values"]["phone"].as_str(), kept["custom"].as_object().unwrap().len()),
            (Some("13800007815"), 999)
        );
    }

    fn text_in_text_in_text_ends(app) {
        let form = form(
            &app,
            json!({"profile": {"parse_json": ["$.a", "$.a.a", "$.a.a.a", "$.a.a.a.a"], "leftover": "drop"}}),
        );
        let nested =
            (0..4).fold("[1]".to_owned(), |inner, _| json!({"a": inner, "phone": "13800007817"}).to_string());
        send(&app, &form, "", &[("Content-Type", JSON)], nested).expect(202);
        let deep = json!({"a": format!("{}{}", "[".repeat(33), "]".repeat(33)), "phone": "13800007816"});
        assert_eq!(reasons(&submit(&app, &form, deep)), ["json_failed"]);
    }

    fn intake_goes_on_while_a_heavy_form_is_written_and_replayed(app) {
        let (heavy, plain) = (form(&app, json!({"profile": expressions(300)})), form(&app, json!({})));
        let kept = submit(&app, &heavy, json!({"need": "求租", "phone": "13800007820"}));
        at_once(6, |n| match n {
            0 => drop(change(&app, &heavy, json!({"name": "又改"}))),
            1 => drop(replay(&app, &kept)),
            2 => drop(
                app.admin()
                    .post(
                        &format!("{}/dry-run", place(&heavy)),
                        &json!({"body": "{\"need\":\"租\"}", "content_type": JSON}),
                    )
                    .expect(200),
            ),
            3 => drop(app.admin().get(&format!("{FORMS}?limit=200")).expect(200)),
            n => drop(
                post(&app, &plain, &json!({"need": "租", "phone": format!("1380000783{n}")})).expect(202),
            ),
        });
        assert_eq!(
            (outcomes(&app, &plain), inquiries(&app, &heavy).len()),
            (vec!["accepted".to_owned(); 2], 1)
        );
    }

    fn what_is_sent_while_a_form_changes_is_read_by_what_counts(app) {
        let form =
            form(&app, json!({"proof": {"kind": "secret", "in": "query:token", "secret": "first-secret"}}));
        let secrets = ["first-secret", "second-secret", "third-secret", "fourth-secret"];
        for pair in secrets.windows(2) {
            let statuses = at_once(9, |n| match n {
                0 => change(&app, &form, json!({"proof": {"secret": pair[1]}}))["version"]
                    .as_i64()
                    .map_or(0, |_| 200),
                n => {
                    let body =
                        json!({"need": format!("{n}"), "phone": format!("13800007{n}{}", pair[1].len())});
                    let query = format!("?token={}", pair[usize::from(n % 2 == 0)]);
                    send(&app, &form, &query, &[("Content-Type", JSON)], body.to_string()).status
                }
            });
            assert!(statuses.iter().all(|status| [200, 202, 401].contains(status)), "{statuses:?}");
            // After the change only the new one counts.
            send(&app, &form, &format!("?token={}", pair[0]), &[("Content-Type", JSON)], "{\"need\":\"x\"}")
                .expect(401);
            send(&app, &form, &format!("?token={}", pair[1]), &[("Content-Type", JSON)], "{\"need\":\"x\"}")
                .expect(202);
        }
        assert!(id(&form).starts_with("frm_"));
    }
}
