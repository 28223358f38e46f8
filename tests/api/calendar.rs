//! The calendar: what is set and refused in it, when something would be due by it, and that the time zone of
//! the organisation counts at once everywhere. The reckoning is tested beside `src/calendar`.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use serde_json::{Value, json};

use crate::support::assignment::{
    CALENDAR, available, claim, document, fall_back_to, reason_of, release, set,
};
use crate::support::desk::{create, own, path, plan};
use crate::support::{Client, TestApp, at_once, each_database};

const PREVIEW: &str = "/api/v1/settings/calendar/preview";

fn defaults() -> Value {
    let day = json!([["09:00", "18:00"]]);
    json!({"timezone": null,
        "week": {"1": day, "2": day, "3": day, "4": day, "5": day, "6": [], "7": []},
        "holidays": [], "make_up_days": []})
}

/// When something would be due, in UTC.
#[track_caller]
fn due(client: &Client, query: &str) -> String {
    client.get(&format!("{PREVIEW}?{query}")).expect(200).json["due_at"].as_str().unwrap().to_owned()
}

/// An admin logged in at the present hour.
fn admin(app: &TestApp) -> Client {
    app.login_as(app.admin().id())
}

each_database! {
    fn it_begins_with_its_defaults(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let first = admin.get(CALENDAR).expect(200);
        assert_eq!(document(first.json.clone()), defaults());
        assert_eq!((first.header("etag"), &first.json["version"]), (Some("\"1\""), &json!(1)));
        assert!(first.json.get("id").is_none() && first.json["created_at"].is_string());
        assert_eq!(agent.get(CALENDAR).expect(200).json, first.json);
        // Its defaults written down are no change.
        let same = admin.put(CALENDAR, &defaults()).expect(200);
        assert_eq!((same.header("etag"), &same.json), (Some("\"1\""), &first.json));
        assert_eq!(document(admin.put(CALENDAR, &json!({})).expect(200).json), defaults());
    }

    fn what_is_put_is_kept_and_the_rest_takes_its_default(app) {
        let admin = app.admin();
        app.advance(Duration::minutes(1));
        let full = json!({"timezone": "America/New_York",
            "week": {"1": [["00:00", "12:00"], ["12:00", "24:00"]], "7": [["10:00", "16:00"]]},
            "holidays": [{"date": "2027-02-09", "name": "初三"}, {"date": "2027-02-08"}],
            "make_up_days": [{"date": "2027-02-20"}, {"date": "2027-02-06", "as": 5, "name": "补班"}]});
        let set = admin.put_if(CALENDAR, &full, "\"1\"").expect(200);
        assert_eq!((set.header("etag"), &set.json["updated_at"]), (Some("\"2\""), &json!(app.clock.now())));
        assert_eq!(
            document(set.json.clone()),
            json!({"timezone": "America/New_York",
                "week": {"1": [["00:00", "12:00"], ["12:00", "24:00"]], "2": [], "3": [], "4": [], "5": [],
                    "6": [], "7": [["10:00", "16:00"]]},
                "holidays": [{"date": "2027-02-08", "name": null}, {"date": "2027-02-09", "name": "初三"}],
                "make_up_days": [{"date": "2027-02-06", "as": 5, "name": "补班"},
                    {"date": "2027-02-20", "as": 1, "name": null}]})
        );
        assert_eq!(admin.get(CALENDAR).expect(200).json, set.json);
        admin.put_if(CALENDAR, &json!({}), "\"1\"").refused(412, "stale");
        admin.put_if(CALENDAR, &json!({}), "1").refused(400, "bad_if_match");
        assert_eq!(admin.get(CALENDAR).expect(200).json, set.json);
        admin.put_if(CALENDAR, &full, "W/\"2\"").expect(200);
        let again = admin.put_if(CALENDAR, &json!({}), "*").expect(200);
        assert_eq!((document(again.json.clone()), again.header("etag")), (defaults(), Some("\"3\"")));
    }

    fn every_fault_is_named_at_once(app) {
        let admin = app.admin();
        admin
            .put(
                CALENDAR,
                &json!({"timezone": "Mars/Base",
                "week": {"0": [], "1": [["18:00", "09:00"], ["9:00", "10:00"], ["10:00"]],
                    "2": [["09:00", "12:00"], ["11:00", "13:00"], ["24:00", "24:00"]], "a/b": [],
                    "3": [["09:00", "24:01"], ["09:00", "09:00"]]},
                "holidays": [{"date": "2027-02-30"}, {"date": "2027-2-1"}, {"date": "1969-12-31"},
                    {"date": "2027-02-08"}, {"date": "2027-02-08", "name": "长".repeat(101)}],
                "make_up_days": [{"date": "2027-02-08"}, {"date": "2027-02-21", "as": 8},
                    {"date": "", "as": 0, "name": "两\n行"}]}),
            )
            .finds_fault_with(&[
                "/timezone",
                "/week/0",
                "/week/1/0",
                "/week/1/1",
                "/week/1/2",
                "/week/2/1",
                "/week/2/2",
                "/week/3/0",
                "/week/3/1",
                "/week/a~1b",
                "/holidays/0/date",
                "/holidays/1/date",
                "/holidays/2/date",
                "/holidays/4/date",
                "/holidays/4/name",
                "/make_up_days/0/date",
                "/make_up_days/1/as",
                "/make_up_days/2/as",
                "/make_up_days/2/date",
                "/make_up_days/2/name",
            ]);
        admin
            .put(
                CALENDAR,
                &json!({"timezone": 8, "week": {"1": "09:00", "2": [["09:00", 18]]},
                "holidays": [{}, {"date": 1, "day": 2}], "make_up_days": {}, "surprise": true}),
            )
            .finds_fault_with(&[
                "/timezone",
                "/week/1",
                "/week/2/0/1",
                "/holidays/0/date",
                "/holidays/1/date",
                "/holidays/1/day",
                "/make_up_days",
                "/surprise",
            ]);
        admin.put(CALENDAR, &json!({"week": null})).finds_fault_with(&["/week"]);
        let dates: Vec<Value> = (0..1001).map(|n| json!({"date": format!("{}-01-01", 1970 + n)})).collect();
        let answer = admin.put(CALENDAR, &json!({"holidays": dates})).refused(422, "invalid");
        assert!(answer.pointers().contains(&"/holidays".to_owned()), "{}", answer.text);
        assert_eq!(document(admin.get(CALENDAR).expect(200).json), defaults());
    }

    fn agents_and_managers_read_it_and_do_not_write_it(app) {
        for client in [app.login(Role::Agent), app.login(Role::Manager)] {
            client.get(CALENDAR).expect(200);
            client.get(PREVIEW).expect(200);
            client.put(CALENDAR, &defaults()).refused(403, "forbidden");
            client.put(CALENDAR, &json!({"timezone": "UTC"})).refused(403, "forbidden");
        }
        app.nobody().get(CALENDAR).refused(401, "unauthenticated");
        app.nobody().get(PREVIEW).refused(401, "unauthenticated");
        assert_eq!(app.admin().get(CALENDAR).expect(200).json["version"], 1);
    }

    fn it_says_when_something_would_be_due(app) {
        let agent = app.login(Role::Agent);
        let nothing = agent.get(PREVIEW).expect(200).json;
        assert_eq!(
            nothing,
            json!({"from": app.clock.now(), "due_at": app.clock.now(),
                "due_at_local": "2026-11-23T10:00:00+08:00", "timezone": "Asia/Shanghai"})
        );
        set(
            app.admin(),
            CALENDAR,
            json!({"holidays": [{"date": "2026-11-25"}],
            "make_up_days": [{"date": "2026-11-28", "as": 3}]}),
        );
        for (asked, when) in [
            ("minutes=480", "2026-11-23T10:00:00.000Z"),
            ("minutes=481", "2026-11-24T01:01:00.000Z"),
            ("from=2026-11-24T17:59:00%2B08:00&minutes=2", "2026-11-26T01:01:00.000Z"),
            ("from=2026-11-27T10:00:00Z&minutes=1", "2026-11-28T01:01:00.000Z"),
            ("from=2026-11-29T00:00:00Z&minutes=0", "2026-11-29T00:00:00.000Z"),
            ("working_days=2", "2026-11-26T02:00:00.000Z"),
            ("from=2026-11-27T02:00:00Z&working_days=2", "2026-11-30T02:00:00.000Z"),
            ("days=2", "2026-11-25T02:00:00.000Z"),
            ("days=0", "2026-11-23T02:00:00.000Z"),
        ] {
            assert_eq!(due(&agent, asked), when, "{asked}");
        }
        // A date is its first moment where the organisation is.
        assert_eq!(due(&agent, "from=2026-11-24&days=0"), "2026-11-23T16:00:00.000Z");
    }

    fn a_preview_that_cannot_be_is_refused(app) {
        let admin = app.admin();
        for (query, pointers) in [
            ("minutes=-1", &["?minutes"][..]),
            ("minutes=x&days=1.5&from=soon", &["?days", "?from", "?minutes"]),
            ("minutes=1&days=1", &["?minutes"]),
            ("working_days=1&days=1", &["?minutes"]),
            ("days=401", &["?days"]),
            ("hours=1", &["?hours"]),
        ] {
            let refused = admin.get(&format!("{PREVIEW}?{query}")).refused(400, "bad_query");
            assert_eq!(refused.pointers(), pointers, "{query}");
        }
        set(admin, CALENDAR, json!({"week": {}}));
        for query in ["minutes=1", "working_days=1"] {
            admin.get(&format!("{PREVIEW}?{query}")).refused(422, "no_working_time");
        }
        assert_eq!(due(admin, "days=3"), "2026-11-26T02:00:00.000Z");
        assert_eq!(due(admin, "minutes=0"), "2026-11-23T02:00:00.000Z");
        // A year is worked through if it has to be, but no more than 400 days.
        set(
            admin,
            CALENDAR,
            json!({"week": {}, "make_up_days": [{"date": "2027-12-28"}],
            "holidays": []}),
        );
        admin.get(&format!("{PREVIEW}?minutes=1")).refused(422, "no_working_time");
        set(
            admin,
            CALENDAR,
            json!({"week": {"1": [["09:00", "09:01"]]},
            "make_up_days": [{"date": "2027-12-27"}]}),
        );
        assert_eq!(due(admin, "minutes=1"), "2026-11-30T01:01:00.000Z");
    }

    fn another_time_zone_counts_at_once_for_follow_ups(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        // Ten at night in Shanghai; in Los Angeles it is six in the morning of that day.
        let late = plan(&app, &agent, &inquiry, Duration::hours(12));
        let tomorrow = plan(&app, &agent, &inquiry, Duration::hours(15));
        let bucket = |name: &str| {
            let rows = agent.all(&format!("/api/v1/follow-ups?bucket={name}"));
            rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
        };
        let in_list = |name: &str| agent.get("/api/v1/me/worklist").expect(200).json["counts"][name].clone();
        assert_eq!(
            (bucket("today"), bucket("upcoming")),
            (vec![late["id"].clone()], vec![tomorrow["id"].clone()])
        );
        assert_eq!(in_list("today"), 1);
        // There it is still Sunday evening: both come on the next date.
        set(app.admin(), CALENDAR, json!({"timezone": "America/Los_Angeles"}));
        assert_eq!((bucket("today").len(), bucket("upcoming").len()), (0, 2));
        assert_eq!(in_list("today"), 0);
        set(app.admin(), CALENDAR, json!({"timezone": "UTC"}));
        assert_eq!((bucket("today").len(), in_list("today")), (2, json!(2)));
        set(app.admin(), CALENDAR, json!({"timezone": null}));
        assert_eq!(in_list("today"), 1);
    }

    fn another_time_zone_counts_at_once_for_lists_and_reports(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let received = |date: &str| {
            let list = format!("/api/v1/inquiries?received_from={date}&count=true&limit=1");
            admin.get(&list).expect(200).json["total"].clone()
        };
        let reported = |date: &str| {
            let report = format!("/api/v1/reports/overview?from={date}&to={date}");
            let report = admin.get(&report).expect(200).json;
            (report["totals"]["received"].clone(), report["timezone"].clone())
        };
        assert_eq!((received("2026-11-23"), received("2026-11-24")), (json!(1), json!(0)));
        assert_eq!(reported("2026-11-23"), (json!(1), json!("Asia/Shanghai")));
        set(admin, CALENDAR, json!({"timezone": "America/Los_Angeles"}));
        assert_eq!((received("2026-11-22"), received("2026-11-23")), (json!(1), json!(0)));
        assert_eq!(reported("2026-11-22"), (json!(1), json!("America/Los_Angeles")));
        assert_eq!(reported("2026-11-23").0, json!(0));
        let local = admin.get(&format!("{PREVIEW}?from=2026-11-23T02:00:00Z")).expect(200).json;
        assert_eq!(local["due_at_local"], "2026-11-22T18:00:00-08:00");
        assert_eq!(admin.get(&path(&inquiry)).expect(200).json["version"], 1);
    }

    fn another_time_zone_counts_at_once_for_daily_limits(app) {
        let agent = app.login(Role::Agent);
        app.clock.set(Timestamp::parse("2026-11-23T15:00:00Z").unwrap());
        let one = admin(&app);
        set(&one, "/api/v1/settings/pool", json!({"cool_down_hours": 0, "claims_per_day": 1}));
        available(&one, agent.id(), json!({"daily_max": 1}));
        let next = |by: &Client| create(by, json!({"assign": "auto"}));
        assert_eq!(next(&one)["assignee_id"], json!(agent.id()), "eleven at night");
        app.clock.set(Timestamp::parse("2026-11-23T16:30:00Z").unwrap());
        let two = admin(&app);
        // Half past midnight in Shanghai, half past four in the afternoon in Accra.
        set(&two, CALENDAR, json!({"timezone": "Africa/Accra"}));
        let left = next(&two);
        assert_eq!(
            (&left["assignee_id"], reason_of(&two, &left, agent.id())),
            (&json!(null), json!("full_day"))
        );
        set(&two, CALENDAR, json!({"timezone": null}));
        let given = next(&two);
        assert_eq!(given["assignee_id"], json!(agent.id()));
        assert_eq!(next(&two)["assignee_id"], json!(null), "that was the one of the 24th");
        set(&two, CALENDAR, json!({"timezone": "Africa/Accra"}));
        available(&two, agent.id(), json!({"daily_max": 3}));
        assert_eq!(next(&two)["assignee_id"], json!(agent.id()), "in Accra both were on one date");
        assert_eq!(next(&two)["assignee_id"], json!(null));
        // Claims are counted by the same date.
        let agent = app.login_as(agent.id());
        release(&agent, &given).expect(204);
        claim(&agent, &left).expect(200);
        claim(&agent, &given).refused(409, "claims_per_day_reached");
        set(&two, CALENDAR, json!({"timezone": "Pacific/Kiritimati"}));
        claim(&agent, &given).refused(409, "claims_per_day_reached");
        set(&two, CALENDAR, json!({"timezone": "Africa/Accra"}));
        app.clock.set(Timestamp::parse("2026-11-24T00:00:00Z").unwrap());
        claim(&app.login_as(agent.id()), &given).expect(200);
        app.mails();
    }

    fn a_change_of_the_time_zone_beside_decisions_passes_no_limit(app) {
        let agents: Vec<_> = (0..2).map(|_| app.add_user(Role::Agent, None)).collect();
        let one = app.admin();
        for agent in &agents {
            available(one, *agent, json!({"daily_max": 5}));
        }
        fall_back_to(one, json!({"strategy": "round_robin"}));
        at_once(12, |n| match n % 4 {
            // Every one of these is on the 23rd of November.
            0 => drop(set(one, CALENDAR, json!({"timezone": if n == 4 { "Asia/Tokyo" } else { "UTC" }}))),
            _ => (0..3).for_each(|_| drop(create(one, json!({"assign": "auto"})))),
        });
        for agent in agents {
            let list = format!("/api/v1/inquiries?assignee={agent}&count=true&limit=1");
            assert_eq!(one.get(&list).expect(200).json["total"], 5);
        }
        app.mails();
    }
}
