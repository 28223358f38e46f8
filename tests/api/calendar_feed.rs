//! The calendar feed: one's own open plans as iCalendar, at an address that is a secret. What single lines
//! look like is tested beside the writer, in `src/follow_ups/calendar_feed/ics.rs`.

use std::collections::BTreeMap;

use chrono::Duration;
use leaddock::access::Role;
use leaddock::follow_ups::calendar_feed::model::{BYTES_MAX, EVENTS_MAX};
use leaddock::follow_ups::model::Kind;
use leaddock::follow_ups::{self, FollowUp};
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::InquiryId;
use leaddock::platform::config::PublicUrl;
use serde_json::json;

use crate::support::desk::{USERS, follow_up, give, id, own, path, plan};
use crate::support::{Answer, Client, PUBLIC_URL, TestApp, each_database};

const FEED: &str = "/api/v1/me/calendar-feed";

/// Begins a feed, and returns where it is on this server.
#[track_caller]
fn begin(client: &Client) -> String {
    let answer = client.act(FEED).expect(201);
    let url = answer.json["url"].as_str().unwrap();
    url.strip_prefix(PUBLIC_URL).unwrap_or_else(|| panic!("{url}")).to_owned()
}

#[track_caller]
fn read(app: &TestApp, path: &str) -> Answer {
    app.nobody().get(path).expect(200)
}

/// The events of a feed by their UIDs: names and values, read as a calendar program reads them.
#[track_caller]
fn events(feed: &Answer) -> BTreeMap<String, BTreeMap<String, String>> {
    assert!(feed.text.ends_with("END:VCALENDAR\r\n"), "{}", feed.text);
    let mut events = BTreeMap::new();
    let mut event: Option<BTreeMap<String, String>> = None;
    for line in feed.text.replace("\r\n ", "").split_terminator("\r\n") {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
        match (name, value) {
            ("BEGIN", "VEVENT") => event = Some(BTreeMap::new()),
            ("END", "VEVENT") => {
                let event = event.take().unwrap();
                events.insert(event["UID"].clone(), event);
            }
            _ => {
                if let Some(event) = &mut event {
                    let before = event.insert(name.to_owned(), unescaped(value));
                    assert_eq!(before, None, "{name} is there twice");
                }
            }
        }
    }
    events
}

fn unescaped(value: &str) -> String {
    let plain = value.replace("\\\\", "\u{0}").replace("\\n", "\n").replace("\\;", ";").replace("\\,", ",");
    plain.replace('\u{0}', "\\")
}

/// The event of a plan.
fn uid(plan: &serde_json::Value) -> String {
    format!("{}@leaddock", id(plan))
}

fn uids(feed: &Answer) -> Vec<String> {
    events(feed).into_keys().collect()
}

each_database! {
    fn a_plan_is_an_event(app) {
        let agent = app.login(Role::Agent);
        let company = "启澜精密机械".repeat(33) + "公司";
        assert_eq!(company.chars().count(), 200);
        let inquiry = own(&agent, json!({"company": company, "need": "求租厂房, 3000平; 一楼", "contact": "王小北"}));
        let note = format!("先看三号厂房；\\ 带图纸, 样品; 行车\n第二行 {}", "长".repeat(3_000));
        let due = "2026-11-25T14:00:00+08:00";
        let planned = follow_up(&agent, &inquiry, json!({"kind": "viewing", "due_at": due, "note": note}));

        let to = begin(&agent);
        let token = to.strip_prefix("/calendar/").and_then(|rest| rest.strip_suffix(".ics")).unwrap();
        let is_of_a_token = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        assert!(token.len() >= 22 && token.chars().all(is_of_a_token), "{to}");
        let feed = read(&app, &to);
        assert_eq!(feed.header("content-type"), Some("text/calendar; charset=utf-8"));
        assert_eq!(feed.header("cache-control"), Some("private, no-cache"));
        assert!(feed.text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"), "{}", feed.text);
        for line in feed.text.split("\r\n") {
            assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
        }
        let all = events(&feed);
        let event = &all[&uid(&planned)];
        let expected = [
            ("UID", uid(&planned)),
            ("DTSTAMP", "20261123T020000Z".to_owned()),
            ("SEQUENCE", "0".to_owned()),
            ("DTSTART", "20261125T060000Z".to_owned()),
            ("DURATION", "PT30M".to_owned()),
            ("SUMMARY", format!("看房 · {company} · 求租厂房, 3000平; 一楼")),
            ("DESCRIPTION", note),
            ("URL", format!("{PUBLIC_URL}/i/{}", id(&inquiry))),
        ];
        assert_eq!(*event, expected.map(|(name, value)| (name.to_owned(), value)).into());
        let head = app.nobody().send("HEAD", &to, &[], None).expect(200);
        assert_eq!((head.text.as_str(), head.header("etag")), ("", feed.header("etag")));
    }

    fn words_are_in_the_reader_s_language(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({"company": "甲公司", "need": null}));
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        let to = begin(&agent);
        assert_eq!(events(&read(&app, &to))[&uid(&planned)]["SUMMARY"], "电话 · 甲公司");
        agent.patch("/api/v1/me", &json!({"locale": "en"})).expect(200);
        let english = read(&app, &to);
        assert_eq!(events(&english)[&uid(&planned)]["SUMMARY"], "Call · 甲公司");
        assert!(english.text.contains("X-WR-CALNAME:Follow-ups · "), "{}", english.text);
    }

    fn nobody_can_be_called_or_named_by_it(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({"company": "甲公司 13912345678", "need": "求租厂房，联系 139 1234 5678 周启澜",
            "contact": "周启澜", "phone": "0512-66881234", "email": "zhou@qilan.example",
            "wechat": "zhou_qilan88"}));
        let note = "打 138-0013-8000 或 0512 6688 1234 找周启澜，微信 zhou_qilan88，zhou@qilan.example，周三下午看房";
        let planned = follow_up(&agent, &inquiry,
            json!({"kind": "call", "due_at": app.clock.now().plus(Duration::days(1)), "note": note}));
        let all = events(&read(&app, &begin(&agent)));
        let text = all[&uid(&planned)].values().cloned().collect::<Vec<_>>().join("\n");
        for hidden in ["1391234", "139 1234", "5678", "138-0013", "6688", "周启澜", "zhou"] {
            assert!(!text.contains(hidden), "{hidden} is in {text}");
        }
        for shown in ["甲公司", "求租厂房", "周三下午看房"] {
            assert!(text.contains(shown), "{shown} is not in {text}");
        }
    }

    fn a_title_holds_the_beginning_of_what_is_wanted(app) {
        let agent = app.login(Role::Agent);
        // A number at the cut is hidden as a whole.
        let need = format!("{}13912345678，{}", "厂".repeat(195), "房".repeat(5_000));
        let inquiry = own(&agent, json!({"company": null, "need": need}));
        let planned = plan(&app, &agent, &inquiry, Duration::days(1));
        let summary = &events(&read(&app, &begin(&agent)))[&uid(&planned)]["SUMMARY"];
        assert_eq!(*summary, format!("电话 · {}*****…", "厂".repeat(195)));
    }

    fn only_one_s_own_open_plans_are_in_it(app) {
        let (agent, colleague) = (app.login(Role::Agent), app.login(Role::Agent));
        let admin = app.admin();
        let mine = own(&agent, json!({}));
        let theirs = own(&colleague, json!({}));
        let binned = own(&agent, json!({}));
        let day = Duration::days(1);
        let [open, done, others, in_bin] = [&mine, &mine, &theirs, &binned].map(|inquiry| {
            let client = if id(inquiry) == id(&theirs) { &colleague } else { &agent };
            plan(&app, client, inquiry, day)
        });
        let of_admin = begin(admin);
        assert!(uids(&read(&app, &of_admin)).is_empty(), "what one reaches is not one's own");
        let to = begin(&agent);
        let mut all = [uid(&open), uid(&done), uid(&in_bin)];
        all.sort();
        assert_eq!(uids(&read(&app, &to)), all);

        let complete = format!("/api/v1/follow-ups/{}/complete", id(&done));
        agent.post(&complete, &json!({"outcome": "reached"})).expect(200);
        admin.send("DELETE", &path(&binned), &[], None).expect(204);
        assert_eq!(uids(&read(&app, &to)), [uid(&open)]);
        admin.act(&format!("{}/restore", path(&binned))).expect(200);
        assert_eq!(uids(&read(&app, &to)).len(), 2);

        admin.post(&format!("{}/assign", path(&theirs)), &json!({"assignee_id": agent.id()})).expect(200);
        app.mails();
        assert!(uids(&read(&app, &to)).contains(&uid(&others)), "with the inquiry comes its plan");
        assert!(uids(&read(&app, &begin(&colleague))).is_empty());
    }

    fn what_was_not_done_stays_for_thirty_days(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let [late, later] = [Duration::days(30), Duration::days(30) + Duration::seconds(1)]
            .map(|ago| plan(&app, &agent, &inquiry, -ago));
        let to = begin(&agent);
        assert_eq!(uids(&read(&app, &to)), [uid(&late)]);
        app.advance(Duration::seconds(1));
        assert!(uids(&read(&app, &to)).is_empty(), "{later}");
        app.mails();
    }

    fn a_new_address_ends_the_old(app) {
        let agent = app.login(Role::Agent);
        let first = begin(&agent);
        let second = begin(&agent);
        assert_ne!(first, second);
        let ended = app.nobody().get(&first).refused(404, "not_found");
        read(&app, &second);
        let other = begin(&app.login(Role::Agent));
        agent.send("DELETE", FEED, &[], None).expect(204);
        agent.send("DELETE", FEED, &[], None).expect(204);
        let deleted = app.nobody().get(&second).refused(404, "not_found");
        let unknown = app.nobody().get("/calendar/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics");
        let unknown = unknown.refused(404, "not_found");
        for other in [&deleted, &unknown] {
            assert_eq!(ended.json["detail"], other.json["detail"]);
        }
        for none in ["/calendar/.ics", "/calendar/x", "/calendar/%FF.ics", &second.replace(".ics", "")] {
            assert_eq!(app.nobody().get(none).status, 404, "{none}");
        }
        app.nobody().post(&other, &json!({})).refused(405, "method_not_allowed");
        read(&app, &other);
        let third = begin(&agent);
        read(&app, &format!("{third}?from=a-program"));
    }

    fn it_ends_with_the_account_and_does_not_come_back(app) {
        let agent = app.login(Role::Agent);
        let to = begin(&agent);
        let account = format!("{USERS}/{}", agent.id());
        app.admin().patch(&account, &json!({"name": "改名", "role": "manager"})).expect(200);
        read(&app, &to);
        app.admin().patch(&account, &json!({"active": false})).expect(200);
        app.nobody().get(&to).refused(404, "not_found");
        app.admin().patch(&account, &json!({"active": true})).expect(200);
        app.nobody().get(&to).refused(404, "not_found");
        read(&app, &begin(&app.login_as(agent.id())));
    }

    fn what_has_not_changed_is_not_sent_again(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        let first = plan(&app, &agent, &inquiry, Duration::days(1));
        let to = begin(&agent);
        let tag = |feed: &Answer| feed.header("etag").unwrap().to_owned();
        let before = tag(&read(&app, &to));
        let known = |tag: &str| app.nobody().send("GET", &to, &[("If-None-Match", tag)], None);
        for same in [before.clone(), format!("W/{before}"), format!("\"other\", {before}"), "*".to_owned()] {
            let unchanged = known(&same).expect(304);
            assert_eq!((unchanged.text.as_str(), tag(&unchanged)), ("", before.clone()), "{same}");
        }
        known("\"other\"").expect(200);
        app.advance(Duration::minutes(5));
        known(&before).expect(304);
        let mut tags = vec![before];
        let mut changed = |what: &str| {
            let now = tag(&known(tags.last().unwrap()).expect(200));
            assert!(!tags.contains(&now), "{what}");
            tags.push(now);
        };
        agent.patch(&path(&inquiry), &json!({"company": "改名公司"})).expect(200);
        changed("another company");
        agent.patch(&path(&inquiry), &json!({"contact": "求租"})).expect(200);
        changed("another contact, who is hidden");
        plan(&app, &agent, &inquiry, Duration::days(2));
        changed("another plan");
        let done = format!("/api/v1/follow-ups/{}/complete", id(&first));
        agent.post(&done, &json!({"outcome": "reached"})).expect(200);
        changed("one less");
        agent.patch("/api/v1/me", &json!({"locale": "en"})).expect(200);
        changed("another language");
    }

    fn only_so_many_plans_are_in_it_and_the_next_ones(app) {
        let agent = app.login(Role::Agent);
        let inquiry: InquiryId = id(&own(&agent, json!({}))).parse().unwrap();
        let now = app.clock.now();
        lay_down(&app, inquiry, EVENTS_MAX + 1, now, None);
        let to = begin(&agent);
        let all = events(&read(&app, &to));
        assert_eq!(all.len(), EVENTS_MAX);
        let starts: Vec<&String> = all.values().map(|event| &event["DTSTART"]).collect();
        let last = now.plus(Duration::minutes(i64::try_from(EVENTS_MAX).unwrap()));
        let last = last.utc().format("%Y%m%dT%H%M%SZ").to_string();
        assert!(starts.iter().all(|start| **start < last), "the last one is left out");
    }

    fn only_so_much_text_is_read_for_it(app) {
        let agent = app.login(Role::Agent);
        let inquiry: InquiryId = id(&own(&agent, json!({}))).parse().unwrap();
        let note = "x".repeat(10_000);
        let many = BYTES_MAX / note.len() + 1;
        let (user, now) = (agent.id(), app.clock.now());
        lay_down(&app, inquiry, many, now, Some(note));
        let plans = app.read(move |read| {
            let user = leaddock::access::store::by_id(read.conn, user)?.unwrap();
            Ok(follow_ups::calendar_feed::store::feed(read.conn, user, now)?.plans.len())
        });
        assert!((many - 50..many).contains(&plans), "{plans} of {many}");
    }

    fn it_is_a_secret_and_no_key_begins_one(app) {
        let agent = app.login(Role::Agent);
        let to = begin(&agent);
        let kept = agent.post_with(FEED, &json!({}), &[("Idempotency-Key", "one")]).expect(201);
        let again = agent.post_with(FEED, &json!({}), &[("Idempotency-Key", "one")]).expect(201);
        assert_ne!(kept.json["url"], again.json["url"], "the answer is kept nowhere");
        app.nobody().get(&to).refused(404, "not_found");
        let scopes = ["intake", "read", "write", "reports", "admin"];
        let key = app.admin().post("/api/v1/api-keys", &json!({"name": "钥匙", "scopes": scopes})).expect(201);
        let program = app.nobody().with_token(key.json["secret"].as_str().unwrap());
        program.act(FEED).refused(403, "forbidden");
        program.send("DELETE", FEED, &[], None).refused(403, "forbidden");
    }

    fn a_plan_of_somebody_else_s_making_is_the_owner_s(app) {
        let agent = app.login(Role::Agent);
        let inquiry = give(app.admin(), agent.id(), json!({}));
        let planned = plan(&app, app.admin(), &inquiry, Duration::days(1));
        app.mails();
        assert_eq!(uids(&read(&app, &begin(&agent))), [uid(&planned)]);
    }
}

/// Plans of an inquiry, a minute apart, past the API.
fn lay_down(app: &TestApp, inquiry: InquiryId, many: usize, from: Timestamp, note: Option<String>) {
    app.write(move |tx| {
        for n in 0..many {
            let plan = FollowUp {
                id: tx.id(),
                inquiry_id: inquiry,
                kind: Kind::Call,
                due_at: Some(from.plus(Duration::minutes(i64::try_from(n).unwrap()))),
                done_at: None,
                outcome: None,
                note: note.clone(),
                author_id: None,
                announced_due_at: None,
                created_at: tx.now,
                updated_at: tx.now,
                version: 1,
            };
            follow_ups::store::insert(tx, &plan)?;
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn below_a_path_the_address_has_it() {
    let started = TestApp::start_with(crate::support::Database::Sqlite, |settings| {
        settings.server.public_url = PublicUrl::parse("https://leads.example.com/crm");
    });
    let app = started.unwrap();
    let url = app.login(Role::Agent).act(FEED).expect(201).json["url"].as_str().unwrap().to_owned();
    let to = url.strip_prefix("https://leads.example.com/crm").unwrap();
    read(&app, to);
}
