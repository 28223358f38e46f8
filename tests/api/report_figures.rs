//! What the figures of reports mean, on small histories that are followed by eye.
//! That image and log agree is tested in `reports_agree.rs`, the overview in `reports.rs`.

use chrono::Duration;
use diesel::RunQueryDsl;
use leaddock::access::Role;
use leaddock::kernel::clock::Timestamp;
use serde_json::{Value, json};

use crate::support::assignment::{assign, claim, fall_back_to, release};
use crate::support::desk::{INQUIRIES, create, follow_up, move_to, own, path, plan};
use crate::support::{Client, TestApp, each_database};

fn report(client: &Client, name: &str, query: &str) -> Value {
    client.get(&format!("/api/v1/reports/{name}?{query}")).expect(200).json
}

/// The rows by the text of a column.
fn row<'a>(report: &'a Value, column: &str, key: &Value) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| &row[column] == key).unwrap_or_else(|| panic!("no row {key} in {report}"))
}

fn reached(client: &Client, inquiry: &Value) -> Value {
    follow_up(client, inquiry, json!({"kind": "call", "outcome": "reached"}))
}

fn anew(app: &TestApp, client: &Client) -> Client {
    app.login_as(client.id())
}

each_database! {
    fn going_back_and_losing_take_nothing_from_the_funnel(app) {
        let agent = app.login(Role::Agent);
        let lives: [&[&str]; 4] = [
            &["contacted", "viewing", "contacted"],
            &["qualified", "negotiating", "lost"],
            &["signed", "landed"],
            &["invalid"],
        ];
        for statuses in lives {
            let inquiry = own(&anew(&app, &agent), json!({}));
            for status in statuses {
                app.advance(Duration::hours(12));
                move_to(&anew(&app, &agent), &inquiry, status).expect(200);
            }
        }
        let agent = anew(&app, &agent);
        let funnel = report(&agent, "funnel", "");
        let column = |key: &str| {
            funnel["rows"].as_array().unwrap().iter().map(|row| row[key].clone()).collect::<Vec<_>>()
        };
        assert_eq!(column("reached"), [4, 3, 3, 3, 2, 1, 1].map(|n| json!(n)));
        assert_eq!(column("here"), [0, 1, 0, 0, 0, 0, 1].map(|n| json!(n)));
        assert_eq!(column("lost"), [0, 0, 0, 0, 1, 0, 0].map(|n| json!(n)));
        assert_eq!(column("invalid"), [1, 0, 0, 0, 0, 0, 0].map(|n| json!(n)));
        assert_eq!(column("from_previous")[1..], [0.75, 1.0, 1.0, 0.6667, 0.5, 1.0].map(|n| json!(n)));
        assert_eq!((&column("from_previous")[0], &column("from_first")[6]), (&json!(null), &json!(0.25)));
        assert_eq!(column("days_p50"), [0.0, 0.5, 0.5, 1.0, 0.5, 0.5, 1.0].map(|n| json!(n)));
        assert_eq!(
            funnel["totals"],
            json!({"date": null, "label": null, "stage": null, "reached": 4, "here": 2, "lost": 1, "invalid": 1,
                "from_previous": null, "from_first": 0.25, "days_p50": null})
        );
        let why = report(&agent, "lost-reasons", "");
        assert_eq!(why["rows"].as_array().unwrap().len(), 2);
        let lost = row(&why, "reason", &json!("lost:other"));
        assert_eq!((&lost["closed"], &lost["rank_viewing"], &lost["days_p50"]), (&json!(1), &json!(1), &json!(1.5)));
        let stays = report(&agent, "time-in-status", "");
        let viewing = row(&stays, "status", &json!("viewing"));
        assert_eq!((&viewing["ended"], &viewing["p50_days"], &viewing["ongoing"]), (&json!(1), &json!(0.5), &json!(0)));
        assert_eq!(row(&stays, "status", &json!("contacted"))["ongoing"], 1);
    }

    fn behind_a_figure_are_the_very_things_that_it_counts(app) {
        let admin = app.login(Role::Admin);
        let submit = |need: &str| {
            app.nobody().post("/f/default", &json!({"need": need, "phone": "13812345678"})).expect(202)
        };
        submit("求租厂房两千平米");
        let inquiry = admin.all(INQUIRIES).remove(0);
        assign(&admin, &inquiry, json!({"assignee_id": app.login(Role::Agent).id()})).expect(200);
        // Recorded before what is overdue, and after it.
        reached(&admin, &inquiry);
        let overdue = plan(&app, &admin, &inquiry, Duration::hours(1));
        plan(&app, &admin, &inquiry, Duration::days(9));
        app.advance(Duration::hours(2));
        let admin = anew(&app, &admin);
        submit("还要十个车位");
        let behind = |query: &str| {
            let things = admin.get(&format!("/api/v1/reports/{query}")).expect(200).json["data"].clone();
            let thing = |member: &str| things.as_array().unwrap().iter().map(|thing| thing[member].clone()).collect::<Vec<_>>();
            (thing("id"), thing("type"))
        };
        for report in ["overview", "agents"] {
            let (ids, _) = behind(&format!("{report}/drill?cell=overdue_follow_ups"));
            assert_eq!(ids, [overdue["id"].clone()], "{report}");
        }
        let (ids, types) = behind("sources/drill?cell=repeats");
        assert_eq!((ids.len(), types), (1, vec![json!("inquiry.repeated")]));
        app.mails();
    }

    fn a_plan_of_a_closed_one_is_overdue_in_any_period(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        plan(&app, &agent, &inquiry, Duration::hours(1));
        agent.post(&format!("{}/status", path(&inquiry)), &json!({"status": "lost", "reason": "price"})).expect(200);
        app.advance(Duration::days(60));
        let agent = anew(&app, &agent);
        let listed = agent.get("/api/v1/follow-ups?bucket=overdue&count=true").expect(200).json["total"].clone();
        for via in ["", "via=log"] {
            assert_eq!(report(&agent, "agents", via)["totals"]["overdue_follow_ups"], listed, "{via}");
        }
        app.mails();
    }

    fn what_a_newer_version_wrote_is_left_out(app) {
        let agent = app.login(Role::Agent);
        let ours = own(&agent, json!({}));
        reached(&agent, &ours);
        own(&agent, json!({}));
        // Of these events it can say nothing.
        for kind in ["inquiry.assigned", "inquiry.status_changed"] {
            let broken = format!("UPDATE events SET data = '{{\"later\": 1}}' WHERE kind = '{kind}'");
            app.write(move |tx| Ok(diesel::sql_query(broken.clone()).execute(tx.conn).map(drop)?)).unwrap();
        }
        let admin = app.login(Role::Admin);
        for via in ["", "&via=log"] {
            let all = report(&admin, "overview", &format!("group_by=none{via}"))["totals"].clone();
            assert_eq!((&all["received"], &all["assigned"]), (&json!(2), &json!(0)), "{via}");
        }
        app.mails();
    }

    fn a_report_as_of_before_1900_is_a_workbook_too(app) {
        let admin = app.login(Role::Admin);
        for query in ["overview?as_of=1899-12-30T00:00:00Z", "ageing?as_of=0001-01-01T00:00:00Z"] {
            let file = admin.get(&format!("/api/v1/reports/{query}&format=xlsx"));
            assert_eq!(file.status, 200, "{query}");
        }
        app.mails();
    }

    fn only_a_status_has_cases_behind_its_probability(app) {
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        move_to(&agent, &inquiry, "lost").expect(200);
        own(&agent, json!({}));
        let drill = |query: &str| {
            agent.get(&format!("/api/v1/reports/forecast/drill?cell=basis&{query}")).expect(200).json
        };
        let of_status = drill("group_by=status&row=new");
        assert_eq!((&of_status["figure"], &of_status["total"]), (&json!(1), &json!(1)));
        let of_agent = drill(&format!("group_by=agent&row={}", agent.id()));
        assert_eq!((&of_agent["figure"], &of_agent["total"]), (&json!(null), &json!(0)));
        app.mails();
    }

    fn what_lies_in_the_bin_is_counted_as_of_then_and_not_shown(app) {
        let admin = app.login(Role::Admin);
        let inquiry = create(&admin, json!({"company": "样品厂"}));
        app.advance(Duration::minutes(1));
        let then = app.clock.now();
        app.advance(Duration::minutes(1));
        admin.delete(&path(&inquiry)).expect(204);
        let drill = format!("/api/v1/reports/overview/drill?cell=received&as_of={then}");
        let behind = admin.get(&drill).expect(200).json;
        assert_eq!((&behind["total"], &behind["data"][0]["id"]), (&json!(1), &inquiry["id"]));
        assert_eq!((&behind["data"][0]["deleted"], &behind["data"][0]["company"]), (&json!(true), &json!(null)));
        let page = admin.get(&format!("/dashboard/overview/drill?cell=received&as_of={then}")).expect(200);
        assert!(!page.text.contains("样品厂"));
        app.mails();
    }

    fn the_time_of_an_agent_begins_with_their_ownership(app) {
        let (one, other) = (app.login(Role::Agent), app.login(Role::Agent));
        let inquiry = own(&one, json!({"facts": {"tax_wan_per_year": 12.5}}));
        app.advance(Duration::hours(2));
        assign(&app.login(Role::Admin), &inquiry, json!({"assignee_id": other.id()})).expect(200);
        app.advance(Duration::minutes(10));
        let other = anew(&app, &other);
        reached(&other, &inquiry);
        let admin = app.login(Role::Admin);
        let agents = report(&admin, "agents", "");
        let (first, second) = (row(&agents, "agent", &json!(one.id())), row(&agents, "agent", &json!(other.id())));
        let of = |row: &Value| ["assigned", "accepted", "contacted", "done", "open"].map(|key| row[key].clone());
        assert_eq!(of(first), [1, 0, 0, 0, 0].map(|n| json!(n)));
        assert_eq!(of(second), [1, 1, 1, 1, 1].map(|n| json!(n)));
        assert_eq!((&first["response_p50_minutes"], &second["response_p50_minutes"]), (&json!(null), &json!(10.0)));
        assert_eq!((&second["expected_tax_wan"], &agents["totals"]["expected_tax_wan"]), (&json!(12.5), &json!(12.5)));
        // The person waited from the receipt on.
        let waits = report(&admin, "response-times", "group_by=agent");
        assert_eq!(waits["rows"].as_array().unwrap().len(), 1);
        assert_eq!((&waits["rows"][0]["agent"], &waits["rows"][0]["p50_minutes"]), (&json!(other.id()), &json!(130.0)));
        app.mails();
    }

    fn working_minutes_are_those_of_the_calendar_in_force_now(app) {
        // Monday, 17:20 in Shanghai; the hours are 9 to 18.
        app.clock.set(Timestamp::parse("2026-11-23T09:20:00Z").unwrap());
        let agent = app.login(Role::Agent);
        let inquiry = own(&agent, json!({}));
        app.clock.set(Timestamp::parse("2026-11-24T01:25:00Z").unwrap());
        reached(&anew(&app, &agent), &inquiry);
        let admin = app.login(Role::Admin);
        let before = report(&admin, "response-times", "group_by=none");
        let totals = &before["totals"];
        assert_eq!((&totals["p50_minutes"], &totals["p50_work_minutes"]), (&json!(965.0), &json!(65.0)));
        assert_eq!((&totals["within_1440"], &totals["within_60"]), (&json!(1), &json!(0)));
        let calendar = admin.get("/api/v1/settings/calendar").expect(200).json;
        let week: Value = (1..=7).map(|day| (day.to_string(), json!([["09:00", "17:30"]]))).collect::<serde_json::Map<_, _>>().into();
        let changed = json!({"timezone": calendar["timezone"], "week": week, "holidays": [], "make_up_days": []});
        admin.put("/api/v1/settings/calendar", &changed).expect(200);
        let after = report(&admin, "response-times", "group_by=none");
        assert_eq!((&after["totals"]["p50_minutes"], &after["totals"]["p50_work_minutes"]), (&json!(965.0), &json!(35.0)));
        assert!(after["calendar_version"].as_i64() > before["calendar_version"].as_i64());
    }

    fn the_pool_says_how_long_something_lay_there(app) {
        let (one, other) = (app.login(Role::Agent), app.login(Role::Agent));
        let inquiry = own(&one, json!({}));
        create(&app.login(Role::Admin), json!({}));
        release(&one, &inquiry).expect(204);
        app.advance(Duration::minutes(30));
        claim(&anew(&app, &other), &inquiry).expect(200);
        let totals = &report(&app.login(Role::Admin), "pool", "")["totals"];
        let of = |keys: &[&str]| keys.iter().map(|key| totals[*key].clone()).collect::<Vec<_>>();
        assert_eq!(of(&["entered", "from_received", "from_released", "claimed", "waiting"]), [2, 1, 1, 1, 1].map(|n| json!(n)));
        assert_eq!(totals["wait_p50_minutes"], 30.0);
        app.mails();
    }

    fn plans_are_kept_late_missed_or_ahead(app) {
        let agent = app.login(Role::Agent);
        let inquiries: Vec<Value> = (0..4).map(|_| own(&agent, json!({}))).collect();
        let plans: Vec<Value> =
            [2, 2, 2, 72].iter().zip(&inquiries).map(|(hours, inquiry)| plan(&app, &agent, inquiry, Duration::hours(*hours))).collect();
        let complete = |client: &Client, plan: &Value, outcome: &str| {
            client.post(&format!("/api/v1/follow-ups/{}/complete", plan["id"].as_str().unwrap()), &json!({"outcome": outcome})).expect(200);
        };
        app.advance(Duration::hours(3));
        let agent = anew(&app, &agent);
        complete(&agent, &plans[0], "reached");
        app.advance(Duration::hours(24));
        let agent = anew(&app, &agent);
        complete(&agent, &plans[1], "no_answer");
        let totals = report(&agent, "follow-ups", "group_by=none&from=2026-11-20&to=2026-12-01")["totals"].clone();
        let of = |keys: &[&str]| keys.iter().map(|key| totals[*key].clone()).collect::<Vec<_>>();
        assert_eq!(of(&["due", "on_time", "late", "missed", "upcoming"]), [4, 1, 1, 1, 1].map(|n| json!(n)));
        assert_eq!((&totals["on_time_share"], &totals["done"], &totals["real_contacts"]), (&json!(0.3333), &json!(2), &json!(1)));
        let ages = report(&agent, "ageing", "");
        let totals = &ages["totals"];
        assert_eq!((&totals["open"], &totals["overdue"], &totals["no_plan"], &totals["never_contacted"]), (&json!(4), &json!(1), &json!(2), &json!(3)));
        assert_eq!(ages["rows"].as_array().unwrap().len(), 8, "every band");
        app.mails();
    }

    fn a_forecast_says_on_how_many_cases_it_is_based(app) {
        let agent = app.login(Role::Agent);
        for statuses in [&["viewing", "signed"][..], &["viewing", "lost"], &["contacted", "lost"], &["viewing"]] {
            let inquiry = own(&agent, json!({"facts": {"tax_wan_per_year": 100, "area_max_sqm": 500.5}}));
            for status in statuses {
                move_to(&agent, &inquiry, status).expect(200);
            }
        }
        let forecast = report(&agent, "forecast", "");
        let statuses: Vec<&str> = forecast["rows"].as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["new", "contacted", "qualified", "viewing", "negotiating"]);
        let viewing = row(&forecast, "status", &json!("viewing"));
        // One of two came to a deal, and one more in two more.
        assert_eq!((&viewing["probability"], &viewing["basis"]), (&json!(0.5), &json!(2)));
        assert_eq!((&viewing["weighted_tax_wan"], &viewing["area_sqm"]), (&json!(50.0), &json!(500.5)));
        assert_eq!(row(&forecast, "status", &json!("new"))["probability"], 0.4);
        assert_eq!(forecast["totals"]["probability"], json!(null));
        let behind = agent.get("/api/v1/reports/forecast/drill?cell=basis&row=viewing").expect(200).json;
        assert_eq!((&behind["figure"], &behind["total"]), (&json!(2), &json!(2)));
    }

    fn turns_are_reckoned_from_the_decisions(app) {
        let admin = app.login(Role::Admin);
        let (one, other) = (app.login(Role::Agent), app.login(Role::Agent));
        fall_back_to(&admin, json!({"strategy": "round_robin", "user_ids": [one.id(), other.id()], "weights": {one.id().to_string(): 3}}));
        for number in 0..8 {
            app.nobody().post("/f/default", &json!({"need": "求租厂房", "phone": format!("138 0013 80{number:02}")})).expect(202);
        }
        let fairness = report(&admin, "fairness", "");
        let of = |user: &Client, key: &str| row(&fairness, "agent", &json!(user.id()))[key].clone();
        assert_eq!((of(&one, "expected"), of(&one, "actual"), of(&one, "deviation")), (json!(6.0), json!(6), json!(0.0)));
        assert_eq!((of(&other, "expected"), of(&other, "actual")), (json!(2.0), json!(2)));
        assert_eq!((&fairness["totals"]["eligible"], &fairness["totals"]["actual"]), (&json!(8), &json!(8)));
        app.mails();
    }

    fn what_is_past_never_changes(app) {
        let agent = app.login(Role::Agent);
        let facts = json!({"need_kind": "factory_rent", "tax_wan_per_year": 300, "region_code": "320583", "area_min_sqm": 3000});
        let inquiries: Vec<Value> = (0..5).map(|_| own(&agent, json!({"facts": facts}))).collect();
        plan(&app, &agent, &inquiries[0], Duration::hours(1));
        app.advance(Duration::hours(5));
        let agent = anew(&app, &agent);
        reached(&agent, &inquiries[1]);
        move_to(&agent, &inquiries[2], "lost").expect(200);
        app.advance(Duration::hours(1));
        let at = app.clock.now();
        app.advance(Duration::seconds(6));
        let admin = app.login(Role::Admin);
        let names: Vec<String> = admin.get("/api/v1/reports").expect(200).json["data"].as_array().unwrap().iter().map(|report| report["report"].as_str().unwrap().to_owned()).collect();
        let all = |client: &Client| -> Vec<Value> {
            names.iter().map(|name| {
                let report = report(client, name, &format!("as_of={at}"));
                json!([report["rows"], report["totals"]])
            }).collect()
        };
        let before = all(&admin);
        app.advance(Duration::days(2));
        let (agent, admin) = (anew(&app, &agent), app.login(Role::Admin));
        move_to(&agent, &inquiries[2], "contacted").expect(200);
        reached(&agent, &inquiries[0]);
        follow_up(&agent, &inquiries[3], json!({"kind": "call", "outcome": "reached", "done_at": "2026-11-20T02:00:00Z"}));
        agent.patch(&path(&inquiries[4]), &json!({"facts": {"tax_wan_per_year": null, "need_kind": "land", "region_code": "310115"}, "phone": null})).expect(200);
        admin.delete(&path(&inquiries[1])).expect(204);
        create(&admin, json!({}));
        assert_eq!(all(&admin), before);
        let now = &report(&admin, "overview", "group_by=none")["totals"];
        assert_eq!((&now["received"], &now["expected_tax_wan"]), (&json!(5), &json!(1200.0)));
        app.mails();
    }

    fn nothing_depends_on_what_others_own(app) {
        let (east, west) = (app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let manager = app.login_in(Role::Manager, Some("东区"));
        let names: Vec<String> = manager.get("/api/v1/reports").expect(200).json["data"].as_array().unwrap().iter().map(|report| report["report"].as_str().unwrap().to_owned()).collect();
        let mine = own(&east, json!({"facts": {"tax_wan_per_year": 10}}));
        reached(&east, &mine);
        let all = |clients: [&Client; 2]| -> Vec<String> {
            let of = |client: &Client| {
                let texts = names.iter().flat_map(|name| ["", "?compare=previous", "?format=csv", "?format=svg"].map(|query| {
                    client.get(&format!("/api/v1/reports/{name}{query}")).expect(200).text
                }));
                texts.collect::<Vec<_>>()
            };
            clients.into_iter().flat_map(of).collect()
        };
        let before = all([&east, &manager]);
        let theirs = own(&west, json!({"facts": {"tax_wan_per_year": 99}}));
        reached(&west, &theirs);
        move_to(&west, &theirs, "signed").expect(200);
        assert_eq!(all([&east, &manager]), before);
        // What they do not reach is nought, whatever they ask for.
        for query in [format!("assignee={}", west.id()), "team=none".to_owned()] {
            assert_eq!(report(&east, "overview", &query)["totals"]["received"], 0, "{query}");
        }
        east.get(&format!("/api/v1/reports/agents/drill?cell=open&row={}", west.id())).refused(400, "bad_query");
    }
}
