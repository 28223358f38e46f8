//! One-tap links: what a GET shows, what a POST does, once, and what serves no more.
//! How a token is signed is tested beside `notifications/links/token.rs`.

use std::collections::BTreeMap;

use chrono::Duration;
use leaddock::access::Role;
use leaddock::platform::mail::Letter;
use regex::Regex;
use serde_json::{Value, json};

use crate::support::desk::{follow_up, give, id, own, path};
use crate::support::{Client, PUBLIC_URL, TestApp, at_once, each_database};

const JSON: &str = "application/json";

/// The paths of the links in a mail, by what they do; text and HTML have the same.
fn links(mail: &Letter) -> BTreeMap<String, String> {
    let pattern =
        Regex::new(&format!(r"{PUBLIC_URL}(/a/([a-z_]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")).unwrap();
    let of = |text: &str| -> BTreeMap<String, String> {
        pattern.captures_iter(text).map(|found| (found[2].to_owned(), found[1].to_owned())).collect()
    };
    let (text, html) = (of(&mail.text), of(&mail.html));
    assert_eq!(text, html);
    text
}

/// The links of the one mail that waits.
fn only_links(app: &TestApp) -> BTreeMap<String, String> {
    let [mail] = &app.mails()[..] else { panic!("one mail") };
    links(mail)
}

fn press(client: &Client, link: &str, fields: &[(&str, &str)]) -> crate::support::Answer {
    client.form(link, fields, JSON)
}

fn events(client: &Client, inquiry: &Value, kind: &str) -> Vec<Value> {
    let mut all = client.all(&format!("{}/timeline", path(inquiry)));
    all.retain(|event| event["type"] == kind);
    all
}

fn name_of(admin: &Client, of: &Client) -> Value {
    admin.get(&format!("/api/v1/users/{}", of.id())).expect(200).json["name"].clone()
}

each_database! {
    fn looking_changes_nothing(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = give(admin, agent.id(), json!({}));
        let links = only_links(&app);
        assert_eq!(links.keys().collect::<Vec<_>>(), ["accept", "decline", "no_answer", "reached"]);
        let before = (admin.get(&path(&inquiry)).expect(200).json, admin.all(&format!("{}/timeline", path(&inquiry))));
        for link in links.values() {
            for _ in 0..3 {
                let page = app.nobody().get(link).expect(200);
                assert!(page.text.contains("<form method=\"post\"") && !page.text.contains("138"), "{}", page.text);
                assert_eq!(
                    [page.header("cache-control"), page.header("referrer-policy"), page.header("x-robots-tag")],
                    [Some("no-store"), Some("no-referrer"), Some("noindex")]
                );
                assert!(!page.text.contains("src=\"http") && !page.text.contains("周启澜"));
            }
            app.nobody().send("HEAD", link, &[], None).expect(200);
            assert!(app.nobody().send("OPTIONS", link, &[], None).status < 500);
        }
        let after = (admin.get(&path(&inquiry)).expect(200).json, admin.all(&format!("{}/timeline", path(&inquiry))));
        assert_eq!(before, after);
    }

    fn a_press_acts_once_whoever_presses(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = give(admin, agent.id(), json!({}));
        let links = only_links(&app);
        let mut outcomes: Vec<String> = at_once(6, |_| {
            let pressed = press(&app.nobody(), &links["accept"], &[]).expect(200);
            assert_eq!(pressed.header("set-cookie"), None);
            pressed.json["outcome"].as_str().unwrap().to_owned()
        });
        outcomes.sort();
        assert_eq!(outcomes, ["already_done", "already_done", "already_done", "already_done", "already_done", "done"]);
        let [accepted] = &events(admin, &inquiry, "inquiry.accepted")[..] else { panic!("once") };
        assert_eq!(
            (&accepted["actor"]["type"], &accepted["actor"]["id"], &accepted["actor"]["name"]),
            (&json!("link"), &json!(agent.id()), &name_of(admin, &agent))
        );
        press(&app.nobody(), &links["decline"], &[("reason", "晚了")]).refused(409, "already_accepted");
        for _ in 0..2 {
            let page = app.nobody().form(&links["reached"], &[], "*/*").expect(200);
            assert!(page.header("content-type").unwrap().starts_with("text/html"));
        }
        assert_eq!(events(admin, &inquiry, "follow_up.done").len(), 1);
        assert_ne!(admin.get(&path(&inquiry)).expect(200).json["first_contacted_at"], json!(null));
    }

    fn declining_needs_a_reason(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = give(admin, agent.id(), json!({}));
        let decline = only_links(&app)["decline"].clone();
        press(&app.nobody(), &decline, &[]).expect(422).finds_fault_with(&["/reason"]);
        let long = "长".repeat(1_001);
        press(&app.nobody(), &decline, &[("reason", &long)]).expect(422).finds_fault_with(&["/reason"]);
        let page = app.nobody().form(&decline, &[("reason", " ")], "text/html").expect(422);
        assert!(page.text.contains("<form method=\"post\"") && page.text.contains("role=\"alert\""));
        assert_eq!(press(&app.nobody(), &decline, &[("reason", "太远")]).expect(200).json["outcome"], "done");
        let [declined] = &events(admin, &inquiry, "inquiry.declined")[..] else { panic!("once") };
        assert_eq!(declined["data"]["reason"], "太远");
        assert_eq!(press(&app.nobody(), &decline, &[("reason", "太远")]).expect(200).json["outcome"], "already_done");
    }

    fn the_second_sees_who_has_it(app) {
        let (admin, agent, other) = (app.admin(), app.login(Role::Agent), app.login(Role::Agent));
        let inquiry = give(admin, agent.id(), json!({}));
        let links = only_links(&app);
        let assign = json!({"assignee_id": other.id()});
        admin.post(&format!("{}/assign", path(&inquiry)), &assign).expect(200);
        let name = name_of(admin, &other);
        for action in ["accept", "reached", "decline"] {
            let refused = press(&app.nobody(), &links[action], &[("reason", "x")]).refused(409, "already_taken");
            assert_eq!(refused.json["taken_by"]["name"], name);
        }
        let page = app.nobody().form(&links["accept"], &[], "text/html").expect(409);
        assert!(page.text.contains(name.as_str().unwrap()), "{}", page.text);
        let release = json!({"reason": "x"});
        admin.post(&format!("{}/release", path(&inquiry)), &release).expect(204);
        let refused = press(&app.nobody(), &links["accept"], &[]).refused(409, "already_taken");
        assert_eq!(refused.json["taken_by"], json!(null));
        assert!(events(admin, &inquiry, "follow_up.done").is_empty());
        // Each who had heard of it hears that it has moved on.
        app.mails();
    }

    fn links_end(app) {
        let (admin, agent) = (app.admin().clone(), app.login(Role::Agent));
        let inquiry = give(&admin, agent.id(), json!({}));
        let links = only_links(&app);
        for forged in ["/a/x", "/a/accept..", &links["accept"].replace("accept", "reached")] {
            app.nobody().get(forged).expect(404);
            press(&app.nobody(), forged, &[]).refused(404, "not_found");
        }
        app.advance(Duration::hours(24));
        app.nobody().get(&links["accept"]).expect(410);
        press(&app.nobody(), &links["accept"], &[]).refused(410, "link_expired");
        let admin = app.login_as(admin.id());
        assert_eq!(admin.get(&path(&inquiry)).expect(200).json["accepted_at"], json!(null));
        app.mails();
        give(&admin, agent.id(), json!({}));
        let fresh = only_links(&app);
        admin.patch(&format!("/api/v1/users/{}", agent.id()), &json!({"active": false})).expect(200);
        press(&app.nobody(), &fresh["accept"], &[]).refused(410, "link_expired");
        let page = app.nobody().form(&fresh["accept"], &[], "text/html").expect(410);
        assert!(page.text.contains("<h1>") && !page.text.contains("<form"));
    }

    fn a_reminder_s_link_completes_its_plan(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let due = app.clock.now().plus(Duration::minutes(5));
        let plan = follow_up(&agent, &inquiry, json!({"kind": "viewing", "due_at": due, "note": "看房"}));
        app.advance(Duration::minutes(5));
        let links = only_links(&app);
        assert_eq!(links.keys().collect::<Vec<_>>(), ["no_answer", "reached"]);
        assert_eq!(press(&app.nobody(), &links["no_answer"], &[]).expect(200).json["outcome"], "done");
        let done = agent.get(&format!("/api/v1/follow-ups/{}", id(&plan))).expect(200).json;
        assert_eq!((&done["outcome"], &done["note"]), (&json!("no_answer"), &json!("看房")));
        assert_eq!(agent.all(&format!("{}/follow-ups", path(&inquiry))).len(), 1);
        // The call after that is one of its own.
        assert_eq!(press(&app.nobody(), &links["reached"], &[]).expect(200).json["outcome"], "done");
        assert_eq!(agent.all(&format!("{}/follow-ups", path(&inquiry))).len(), 2);
    }

    fn two_plans_of_one_inquiry_in_one_mail_are_completed_by_their_own_links(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let due = app.clock.now().plus(Duration::minutes(5));
        let plans = ["call", "visit"]
            .map(|kind| follow_up(&agent, &inquiry, json!({"kind": kind, "due_at": due, "note": kind})));
        app.advance(Duration::minutes(5));
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        let pattern = Regex::new(r"/a/reached\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+").unwrap();
        let reached: Vec<&str> = pattern.find_iter(&mail.text).map(|found| found.as_str()).collect();
        assert_eq!(reached.len(), 2, "{}", mail.text);
        for outcome in ["done", "already_done"] {
            for link in &reached {
                assert_eq!(press(&app.nobody(), link, &[]).expect(200).json["outcome"], outcome);
            }
        }
        for plan in &plans {
            let done = agent.get(&format!("/api/v1/follow-ups/{}", id(plan))).expect(200).json;
            assert_eq!(done["outcome"], "reached");
        }
        assert_eq!(agent.all(&format!("{}/follow-ups", path(&inquiry))).len(), 2, "no call besides");
    }

    fn one_click_ends_the_digests(app) {
        const PREFERENCES: &str = "/api/v1/me/notification-preferences";
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        // Today at 10:00 in Shanghai, which is a Monday.
        follow_up(&agent, &inquiry, json!({"kind": "call", "due_at": app.clock.now().plus(Duration::hours(2))}));
        agent.put(PREFERENCES, &json!({"digest": {"daily": "11:00"}})).expect(200);
        app.advance(Duration::hours(1));
        let [mail] = &app.mails()[..] else { panic!("one mail") };
        let link = mail.unsubscribe.as_ref().unwrap().strip_prefix(PUBLIC_URL).unwrap().to_owned();
        app.nobody().get(&link).expect(200);
        let agent = app.login_as(agent.id());
        assert_eq!(agent.get(PREFERENCES).expect(200).json["digest"], json!({"daily": "11:00"}));
        for outcome in ["done", "already_done"] {
            let pressed = press(&app.nobody(), &link, &[("List-Unsubscribe", "One-Click")]).expect(200);
            assert_eq!(pressed.json["outcome"], outcome);
        }
        assert_eq!(agent.get(PREFERENCES).expect(200).json["digest"], json!({"daily": null}));
    }
}
