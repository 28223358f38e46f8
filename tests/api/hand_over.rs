//! Hand-over: the plan, and that the run does exactly that. How rules choose is tested elsewhere.
//! What a leaving user's login still opens is in `access.rs`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use crate::support::assignment::{
    assign, available, claim, decisions, events_of, fall_back_to, kinds, nothing_is_dealt_out, now, rule,
};
use crate::support::desk::{USERS, create, give, id, move_to, own, plan};
use crate::support::{Answer, Client, Database, TestApp, at_once, each_database};

fn hand_over(by: &Client, user: UserId, body: Value) -> Answer {
    by.post(&format!("{USERS}/{user}/hand-over"), &body)
}

/// Who owns each of these now, as far as somebody sees.
fn owners(by: &Client, inquiries: &[Value]) -> Vec<Value> {
    inquiries.iter().map(|inquiry| now(by, inquiry)["assignee_id"].clone()).collect()
}

/// Where each of these goes by a plan.
fn planned(answer: &Value, inquiries: &[Value]) -> Vec<Value> {
    let items = answer["items"].as_array().unwrap();
    let of = |inquiry: &Value| items.iter().find(|item| item["inquiry_id"] == inquiry["id"]).unwrap();
    inquiries.iter().map(|inquiry| of(inquiry)["assignee_id"].clone()).collect()
}

each_database! {
    fn the_run_does_what_the_plan_says(app) {
        let (admin, leaver) = (app.admin(), app.login(Role::Agent));
        let (one, two) = (app.login(Role::Agent), app.login(Role::Agent));
        fall_back_to(admin, json!({"strategy": "round_robin", "weights": {one.id().to_string(): 3}}));
        rule(admin, "池", json!({"keywords": ["留下"]}), json!({"strategy": "pool"}));
        rule(
            admin,
            "改走",
            json!({"keywords": ["改走"]}),
            json!({"strategy": "user", "user_ids": [leaver.id()], "otherwise": "next"}),
        );
        let mut mine: Vec<Value> = (0..6).map(|_| own(&leaver, json!({}))).collect();
        mine.push(own(&leaver, json!({"usage": "留下"})));
        mine.push(own(&leaver, json!({"usage": "改走"})));
        let closed = own(&leaver, json!({}));
        move_to(&leaver, &closed, "signed").expect(200);
        move_to(&leaver, &mine[0], "contacted").expect(200);
        let task = plan(&app, &leaver, &mine[0], Duration::days(2));
        plan(&app, &leaver, &closed, Duration::days(2));
        available(admin, two.id(), json!({"open_max": 2}));
        let heard = || admin.get("/api/v1/changes").expect(200).json;
        let before = heard();
        let dry = hand_over(admin, leaver.id(), json!({})).expect(200).json;
        assert_eq!(
            [&dry["user_id"], &dry["dry_run"], &dry["inquiries"], &dry["follow_ups"], &dry["to_pool"]],
            [&json!(leaver.id()), &json!(true), &json!(8), &json!(1), &json!(1)]
        );
        assert_eq!(
            hand_over(admin, leaver.id(), json!({"dry_run": true, "to": "auto"})).expect(200).json,
            dry
        );
        assert_eq!(owners(admin, &mine), vec![json!(leaver.id()); 8]);
        assert_eq!(heard(), before);
        let to = planned(&dry, &mine);
        assert!(!to.contains(&json!(leaver.id())));
        assert_eq!(to.iter().filter(|to| **to == json!(two.id())).count(), 2, "a full one gets no more");
        assert_eq!(to[6], json!(null));

        let done = hand_over(admin, leaver.id(), json!({"dry_run": false})).expect(200).json;
        assert_eq!((&done["items"], &done["per_user"]), (&dry["items"], &dry["per_user"]));
        assert_eq!((&done["dry_run"], owners(admin, &mine)), (&json!(false), to));
        assert_eq!(now(admin, &closed)["assignee_id"], json!(leaver.id()), "what is closed stays");
        let task = admin.get(&format!("/api/v1/follow-ups/{}", id(&task))).expect(200).json;
        assert_eq!(task["assignee_id"], now(admin, &mine[0])["assignee_id"]);
        for inquiry in &mine {
            let latest = decisions(admin, inquiry).remove(0);
            assert_eq!(
                (&latest["trigger"], &latest["previous_assignee_id"]),
                (&json!("hand_over"), &json!(leaver.id()))
            );
            let candidates = latest["candidates"].as_array().unwrap();
            assert!(candidates.iter().all(|one| one["user_id"] != json!(leaver.id())));
        }
        assert_eq!(events_of(admin, &mine[6], "inquiry.released").len(), 1);
        assert_eq!(now(admin, &mine[0])["status"], "contacted");
        // One mail each, with all that they got.
        let mails = app.mails();
        assert_eq!(mails.len(), 2);
        for row in done["per_user"].as_array().unwrap() {
            let user: UserId = row["user_id"].as_str().unwrap().parse().unwrap();
            let mail = mails.iter().find(|mail| mail.to == app.email(user)).expect("a mail to each");
            let items = done["items"].as_array().unwrap();
            let theirs: Vec<&Value> =
                items.iter().filter(|item| item["assignee_id"] == row["user_id"]).collect();
            assert_eq!(json!(theirs.len()), row["inquiries"]);
            for item in theirs {
                let link = format!("/i/{}", item["inquiry_id"].as_str().unwrap());
                assert!(mail.text.contains(&link) && mail.html.contains(&link));
            }
            assert!(mail.subject.contains(&row["inquiries"].to_string()));
        }
        // Nothing is left.
        let again = hand_over(admin, leaver.id(), json!({"dry_run": false})).expect(200).json;
        assert_eq!((&again["inquiries"], &again["items"]), (&json!(0), &json!([])));
        assert!(app.mails().is_empty());
    }

    fn it_goes_to_the_pool_or_to_one_user(app) {
        let (admin, leaver, heir) =
            (app.admin(), app.login(Role::Agent), app.login_in(Role::Agent, Some("东区")));
        let mine = [own(&leaver, json!({})), own(&leaver, json!({}))];
        let dry = hand_over(admin, leaver.id(), json!({"to": "pool"})).expect(200).json;
        assert_eq!((&dry["to_pool"], &dry["per_user"]), (&json!(2), &json!([])));
        let to_heir = json!({"dry_run": false, "to": heir.id()});
        // Full or away: whoever says so means it.
        available(admin, heir.id(), json!({"open_max": 0, "paused": true}));
        let done = hand_over(admin, leaver.id(), to_heir).expect(200).json;
        assert_eq!(planned(&done, &mine), vec![json!(heir.id()); 2]);
        let row = now(admin, &mine[0]);
        assert_eq!(row["team_id"], heir.get("/api/v1/me").expect(200).json["team_id"]);
        assert_eq!(row["accepted_at"], json!(null));
        let latest = decisions(admin, &mine[0]).remove(0);
        assert_eq!((&latest["by"]["type"], &latest["rules"]), (&json!("user"), &json!([])));
        assert_eq!(app.mails().len(), 1);
        hand_over(admin, heir.id(), json!({"dry_run": false, "to": "pool"})).expect(200);
        assert_eq!(owners(admin, &mine), [json!(null), json!(null)]);
        assert_eq!(kinds(admin, &mine[0]).last().unwrap(), "released");
        assert!(app.mails().is_empty());
    }

    fn bad_wishes_are_refused_with_pointers(app) {
        let (admin, leaver) = (app.admin(), app.login(Role::Agent));
        let (gone, without) = (app.add_user(Role::Agent, None), app.add_passwordless(Role::Agent));
        let mine = [own(&leaver, json!({}))];
        admin.patch(&format!("{USERS}/{gone}"), &json!({"active": false})).expect(200);
        for to in [
            json!(gone),
            json!(without),
            json!(leaver.id()),
            json!("usr_00000000000000000000000000"),
            json!("somebody"),
            json!(""),
            json!("me"),
        ] {
            for dry in [true, false] {
                hand_over(admin, leaver.id(), json!({"dry_run": dry, "to": to})).finds_fault_with(&["/to"]);
            }
        }
        hand_over(admin, leaver.id(), json!({"dry_run": "no", "to": 7, "from": 1}))
            .finds_fault_with(&["/dry_run", "/from", "/to"]);
        hand_over(admin, leaver.id(), json!({"dry_run": null, "to": null}))
            .finds_fault_with(&["/dry_run", "/to"]);
        admin.act(&format!("{USERS}/{}/hand-over", leaver.id())).refused(415, "unsupported_media_type");
        assert_eq!(owners(admin, &mine), [json!(leaver.id())]);
        app.mails();
    }

    fn managers_hand_over_within_their_team_and_agents_nothing(app) {
        let admin = app.admin();
        let manager = app.login_in(Role::Manager, Some("东区"));
        let (theirs, heir, stranger) = (
            app.login_in(Role::Agent, Some("东区")),
            app.login_in(Role::Agent, Some("东区")),
            app.login_in(Role::Agent, Some("西区")),
        );
        let mine = [own(&theirs, json!({}))];
        hand_over(&manager, stranger.id(), json!({})).refused(404, "not_found");
        hand_over(&manager, theirs.id(), json!({"to": stranger.id()})).finds_fault_with(&["/to"]);
        for agent in [&theirs, &heir] {
            hand_over(agent, theirs.id(), json!({})).refused(403, "forbidden");
        }
        for id in ["usr_00000000000000000000000000", "x"] {
            admin.post(&format!("{USERS}/{id}/hand-over"), &json!({})).refused(404, "not_found");
        }
        app.nobody()
            .post(&format!("{USERS}/{}/hand-over", theirs.id()), &json!({}))
            .refused(401, "unauthenticated");
        hand_over(&manager, theirs.id(), json!({"to": heir.id()})).expect(200);
        // Of somebody who is inactive by now, too.
        admin.patch(&format!("{USERS}/{}", theirs.id()), &json!({"active": false})).expect(200);
        let done =
            hand_over(&manager, theirs.id(), json!({"dry_run": false, "to": heir.id()})).expect(200).json;
        assert_eq!(planned(&done, &mine), [json!(heir.id())]);
        assert_eq!(app.mails().len(), 1);
    }

    fn where_nobody_is_left_it_lies_in_the_pool_and_managers_hear_of_it(app) {
        let (admin, leaver) = (app.admin(), app.login(Role::Agent));
        let manager = app.login(Role::Manager);
        let mine: [Value; 3] = std::array::from_fn(|_| own(&leaver, json!({})));
        let dry = hand_over(admin, leaver.id(), json!({})).expect(200).json;
        assert_eq!((&dry["to_pool"], planned(&dry, &mine)), (&json!(3), vec![json!(null); 3]));
        hand_over(admin, leaver.id(), json!({"dry_run": false})).expect(200);
        assert_eq!(owners(admin, &mine), vec![json!(null); 3]);
        for inquiry in &mine {
            assert_eq!(kinds(admin, inquiry), ["received", "assigned", "released", "unassigned"]);
            assert_eq!(decisions(admin, inquiry)[0]["trigger"], "hand_over");
        }
        let mails = app.mails();
        assert!(mails.len() == 1 && mails[0].to == app.email(manager.id()), "{}", mails.len());
        // One mail names what followed within the minute, also if the last of it has an owner by now.
        let other = app.login(Role::Agent);
        assign(admin, &mine[2], json!({"assignee_id": other.id()})).expect(200);
        app.mails();
        app.advance(Duration::minutes(1));
        let merged = app.mails();
        assert!(merged.len() == 1 && merged[0].to == app.email(manager.id()), "{}", merged.len());
        assert!(merged[0].text.contains(id(&mine[1])));
        app.advance(Duration::minutes(1));
        assert!(app.mails().is_empty());
    }

    fn a_key_hands_over_once_and_two_at_once_do_not_cross(app) {
        let (admin, leaver) = (app.admin(), app.login(Role::Agent));
        let heirs: Vec<UserId> = (0..3).map(|_| app.add_user(Role::Agent, None)).collect();
        let mine: Vec<Value> = (0..6).map(|_| own(&leaver, json!({}))).collect();
        let body = json!({"dry_run": false});
        let to = format!("{USERS}/{}/hand-over", leaver.id());
        let first = admin.post_with(&to, &body, &[("Idempotency-Key", "k")]).expect(200);
        let again = admin.post_with(&to, &body, &[("Idempotency-Key", "k")]).expect(200);
        assert_eq!((first.text, again.header("idempotency-replayed")), (again.text.clone(), Some("true")));
        assert_eq!(app.mails().len(), 3);
        // Each goes once, whoever asks, while new ones come in.
        nothing_is_dealt_out(admin);
        let before = owners(admin, &mine);
        let first = heirs[0];
        at_once(6, |n| match n {
            0 | 1 => {
                drop(hand_over(admin, first, json!({"dry_run": false, "to": heirs[1 + n % 2]})).expect(200))
            }
            2 => drop(give(admin, first, json!({}))),
            _ => drop(claim(&leaver, &create(admin, json!({}))).expect(200)),
        });
        for (inquiry, owner) in mine.iter().zip(before) {
            let moved = events_of(admin, inquiry, "inquiry.assigned").len();
            assert_eq!(moved, if owner == json!(first) { 3 } else { 2 });
        }
        app.mails();
    }
}

#[test]
fn of_very_many_the_first_thousand_go_at_once() {
    let app = TestApp::start(Database::Sqlite).unwrap();
    let (admin, leaver, heir) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
    at_once(7, |_| (0..143).for_each(|_| drop(own(&leaver, json!({"need": "求租厂房"})))));
    let to = |is_dry: bool| json!({"dry_run": is_dry, "to": heir.id()});
    let plan = hand_over(admin, leaver.id(), to(true)).expect(200).json;
    assert_eq!((&plan["inquiries"], &plan["has_more"]), (&json!(1_000), &json!(true)));
    let done = hand_over(admin, leaver.id(), to(false)).expect(200).json;
    assert_eq!((&done["items"], &done["has_more"]), (&plan["items"], &json!(true)));
    let rest = hand_over(admin, leaver.id(), to(false)).expect(200).json;
    assert_eq!((&rest["inquiries"], &rest["has_more"]), (&json!(1), &json!(false)));
    // One mail each time, which lists the first hundred and says how many there are.
    let [mail, last] = &app.mails()[..] else { panic!("two mails") };
    assert_eq!(mail.text.matches("/inquiries/").count() + mail.text.matches("/i/inq_").count(), 100);
    assert!(mail.text.contains("1000 条") && mail.text.contains("另有 900 条"), "{}", mail.text);
    assert!(mail.html.contains("另有 900 条") && !last.text.contains("另有"));
}
