//! Who gets an inquiry: the fair turn, with many at once and with two servers, and what managers and admins
//! decide. Who may see an inquiry afterwards is in `access.rs`, who is told of it in `notifications.rs`.

use std::collections::BTreeMap;

use leaddock::access::Role;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, give, id, own, path, six};
use crate::support::{Client, Database, TestApp, at_once, each_database};

/// How many inquiries each of these has.
fn shares(admin: &Client, of: &[UserId]) -> Vec<usize> {
    let rows = admin.all(&format!("{INQUIRIES}?limit=200"));
    of.iter().map(|user| rows.iter().filter(|row| row["assignee_id"] == user.to_string()).count()).collect()
}

/// Nobody has two more than another, and together they have all.
#[track_caller]
fn is_fair(shares: &[usize], of: usize) {
    assert_eq!(shares.iter().sum::<usize>(), of, "{shares:?}");
    assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1, "{shares:?}");
}

/// Gives an inquiry, as a body says.
fn assign(by: &Client, inquiry: &Value, body: Value) -> crate::support::Answer {
    by.post(&format!("{}/assign", path(inquiry)), &body)
}

each_database! {
    fn new_inquiries_go_round(app) {
        let agents: Vec<UserId> =
            ["东区", "西区", "东区"].into_iter().map(|team| app.add_user(Role::Agent, Some(team))).collect();
        app.add_user(Role::Manager, None);
        for n in 0..13 {
            if n % 2 == 0 {
                app.nobody().post("/f/default", &six(&format!("甲{n}"))).expect(202);
            } else {
                app.admin().post(INQUIRIES, &six("乙")).expect(201);
            }
            is_fair(&shares(app.admin(), &agents), n + 1);
        }
        for inquiry in app.admin().all(INQUIRIES) {
            let owner = app
                .admin()
                .get(&format!("{USERS}/{}", inquiry["assignee_id"].as_str().unwrap()))
                .expect(200)
                .json;
            assert_eq!(
                (&inquiry["team_id"], &inquiry["assigned_at"]),
                (&owner["team_id"], &inquiry["received_at"])
            );
            assert_eq!((&owner["role"], &inquiry["accepted_at"]), (&json!("agent"), &json!(null)));
        }
        assert_eq!(app.mails().len(), 13);
    }

    fn forty_at_once_are_dealt_out_fairly(app) {
        let agents: Vec<UserId> = (0..3).map(|_| app.add_user(Role::Agent, None)).collect();
        let admin = app.admin();
        at_once(40, |n| {
            if n % 4 == 0 {
                admin.post(INQUIRIES, &six("乙")).expect(201);
            } else {
                app.nobody().post("/f/default", &six(&format!("甲{n}"))).expect(202);
            }
        });
        is_fair(&shares(admin, &agents), 40);
        assert_eq!(app.mails().len(), 40);
    }

    fn who_cannot_work_gets_none(app) {
        let agents: Vec<UserId> = (0..3).map(|_| app.add_user(Role::Agent, None)).collect();
        let (gone, without) = (app.add_user(Role::Agent, None), app.add_passwordless(Role::Agent));
        let active = |user: UserId, active: bool| {
            app.admin().patch(&format!("{USERS}/{user}"), &json!({"active": active})).expect(200)
        };
        active(gone, false);
        for n in 0..6 {
            app.nobody().post("/f/default", &six(&format!("第1批{n}"))).expect(202);
        }
        assert_eq!(shares(app.admin(), &[agents[0], agents[1], agents[2], gone, without]), [2, 2, 2, 0, 0]);
        // It counts from the next one on, both ways; what he has stays his.
        active(agents[1], false);
        for n in 0..4 {
            app.nobody().post("/f/default", &six(&format!("第2批{n}"))).expect(202);
        }
        assert_eq!(shares(app.admin(), &agents), [4, 2, 4]);
        active(agents[1], true);
        for n in 0..3 {
            app.nobody().post("/f/default", &six(&format!("第3批{n}"))).expect(202);
        }
        assert_eq!(shares(app.admin(), &agents), [5, 3, 5]);
        // One who becomes a manager is out of the round.
        app.admin().patch(&format!("{USERS}/{}", agents[0]), &json!({"role": "manager"})).expect(200);
        for n in 0..2 {
            app.nobody().post("/f/default", &six(&format!("第4批{n}"))).expect(202);
        }
        assert_eq!(shares(app.admin(), &agents), [5, 4, 6]);
        app.mails();
    }

    fn where_nobody_can_work_it_stays_in_the_pool(app) {
        app.add_passwordless(Role::Agent);
        app.add_user(Role::Manager, None);
        app.nobody().post("/f/default", &six("甲")).expect(202);
        let inquiry = app.admin().post(INQUIRIES, &six("乙")).expect(201).json;
        for inquiry in app.admin().all(&format!("{INQUIRIES}?assignee=none")) {
            assert!(
                ["assignee_id", "team_id", "assigned_at"].into_iter().all(|member| inquiry[member].is_null())
            );
        }
        assign(app.admin(), &inquiry, json!({"auto": true})).refused(409, "nobody_eligible");
        let agent = app.add_user(Role::Agent, None);
        assert_eq!(
            assign(app.admin(), &inquiry, json!({"auto": true})).expect(200).json["assignee_id"],
            agent.to_string()
        );
        // One for the new owner, one that invites who has no password, one for the manager of what is nobody's.
        assert_eq!(app.mails().len(), 3);
    }

    fn who_enters_says_whose_it_is(app) {
        let (admin, agent, other) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let manager = app.login_in(Role::Manager, Some("东区"));
        let owner = |client: &Client, assign: Value| {
            client.post(INQUIRIES, &json!({"need": "x", "assign": assign})).expect(201).json["assignee_id"]
                .clone()
        };
        // An agent keeps it himself unless he says otherwise, a manager and an admin have it dealt out.
        assert_eq!(agent.post(INQUIRIES, &six("甲")).expect(201).json["assignee_id"], agent.id().to_string());
        assert_eq!(
            [owner(&agent, json!(null)), owner(&agent, json!("me"))],
            [json!(agent.id()), json!(agent.id())]
        );
        assert_eq!(owner(&agent, json!("none")), json!(null));
        let dealt = [
            owner(&agent, json!("auto")),
            owner(&manager, json!(null)),
            owner(admin, json!("auto")),
            owner(admin, json!(null)),
        ];
        assert_eq!(dealt, [json!(agent.id()), json!(other.id()), json!(agent.id()), json!(other.id())]);
        assert_eq!(
            [owner(&manager, json!("me")), owner(admin, json!("me")), owner(&manager, json!("none"))],
            [json!(manager.id()), json!(admin.id()), json!(null)]
        );
        assert_eq!(
            [owner(&manager, json!(agent.id())), owner(admin, json!(other.id()))],
            [json!(agent.id()), json!(other.id())]
        );

        agent.post(INQUIRIES, &json!({"need": "x", "assign": agent.id()})).refused(403, "forbidden");
        agent.post(INQUIRIES, &json!({"need": "x", "assign": other.id()})).refused(403, "forbidden");
        // Outside his team there is nobody whom a manager could choose.
        manager.post(INQUIRIES, &json!({"need": "x", "assign": other.id()})).finds_fault_with(&["/assign"]);
        let (gone, without) = (app.add_user(Role::Agent, None), app.add_passwordless(Role::Agent));
        admin.patch(&format!("{USERS}/{gone}"), &json!({"active": false})).expect(200);
        for nobody in [
            json!(gone),
            json!(without),
            json!("usr_00000000000000000000000000"),
            json!("usr_x"),
            json!("somebody"),
            json!(""),
            json!(7),
        ] {
            admin.post(INQUIRIES, &json!({"need": "x", "assign": nobody})).finds_fault_with(&["/assign"]);
        }
        assert_eq!(admin.all(INQUIRIES).len(), 13);
        // A mail for each that somebody else or a rule gave, and the invitation of who has no password.
        assert_eq!(app.mails().len(), 7);
    }

    fn managers_and_admins_give_it_to_another(app) {
        let (admin, agent, other) =
            (app.admin(), app.login_in(Role::Agent, Some("东区")), app.login_in(Role::Agent, Some("东区")));
        let (manager, stranger) =
            (app.login_in(Role::Manager, Some("东区")), app.login_in(Role::Agent, Some("西区")));
        let inquiry = own(&agent, json!({}));
        assign(&agent, &inquiry, json!({"assignee_id": other.id()})).refused(403, "forbidden");
        app.advance(chrono::Duration::minutes(1));

        let given = assign(&manager, &inquiry, json!({"assignee_id": other.id()})).expect(200);
        assert_eq!(
            (&given.json["assignee_id"], &given.json["assigned_at"], &given.json["version"]),
            (&json!(other.id()), &json!(app.clock.now()), &json!(2))
        );
        assert_eq!((given.header("etag"), &given.json["team_id"]), (Some("\"2\""), &inquiry["team_id"]));
        agent.get(&path(&inquiry)).refused(404, "not_found");
        other.get(&path(&inquiry)).expect(200);
        // The present owner again: nothing is written, nobody is told.
        assert_eq!(
            assign(&manager, &inquiry, json!({"assignee_id": other.id()})).expect(200).json,
            given.json
        );

        assign(&manager, &inquiry, json!({"assignee_id": stranger.id()})).finds_fault_with(&["/assignee_id"]);
        let moved = assign(admin, &inquiry, json!({"assignee_id": stranger.id()})).expect(200).json;
        assert_ne!(moved["team_id"], inquiry["team_id"], "the inquiry goes to the team of its owner");
        assign(&manager, &inquiry, json!({"assignee_id": other.id()})).refused(404, "not_found");
        // An administrator can have one too, and then it has no team.
        assert_eq!(
            assign(admin, &inquiry, json!({"assignee_id": admin.id()})).expect(200).json["team_id"],
            json!(null)
        );
        assert_eq!(
            assign(&manager, &inquiry, json!({"assignee_id": agent.id()})).expect(200).json["team_id"],
            inquiry["team_id"]
        );
        let triggers: Vec<Value> = admin
            .all(&format!("{}/timeline", path(&inquiry)))
            .iter()
            .map(|event| event["data"]["trigger"].clone())
            .collect();
        assert_eq!(
            triggers,
            [
                json!("manual"),
                json!("manual"),
                json!("manual"),
                json!("manual"),
                json!("received"),
                json!(null)
            ]
        );
        // Who is told is another file's; what no longer is true is not sent.
        app.mails();
    }

    fn whom_it_cannot_be_given_to(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        let inquiry = own(&agent, json!({}));
        let (gone, without) = (app.add_user(Role::Agent, None), app.add_passwordless(Role::Agent));
        admin.patch(&format!("{USERS}/{gone}"), &json!({"active": false})).expect(200);
        for user in [gone, without] {
            let refused = assign(admin, &inquiry, json!({"assignee_id": user}));
            refused.refused(422, "assignee_inactive");
        }
        for body in [
            json!({"assignee_id": "usr_00000000000000000000000000"}),
            json!({"assignee_id": "usr_x"}),
            json!({"assignee_id": ""}),
            json!({"assignee_id": inquiry["id"]}),
            json!({"assignee_id": 5}),
            json!({"assignee_id": null}),
            json!({}),
            json!({"auto": false}),
            json!({"assignee_id": agent.id(), "auto": true}),
        ] {
            assign(admin, &inquiry, body).finds_fault_with(&["/assignee_id"]);
        }
        assign(admin, &inquiry, json!({"auto": "yes", "to": "me"})).finds_fault_with(&["/auto", "/to"]);
        assert_eq!(admin.get(&path(&inquiry)).expect(200).json, inquiry);
        assert_eq!(app.mails().len(), 1, "the invitation of who has no password");
    }

    fn dealing_out_again_gives_it_to_another(app) {
        let (admin, agents) =
            (app.admin(), [app.login(Role::Agent), app.login(Role::Agent), app.login(Role::Agent)]);
        let inquiry = own(&agents[0], json!({}));
        let mut before = agents[0].id().to_string();
        for _ in 0..7 {
            let after = assign(admin, &inquiry, json!({"auto": true})).expect(200).json["assignee_id"]
                .as_str()
                .unwrap()
                .to_owned();
            assert_ne!(after, before, "the present owner is no candidate");
            before = after;
        }
        for agent in agents.iter().filter(|agent| agent.id().to_string() != before) {
            admin.patch(&format!("{USERS}/{}", agent.id()), &json!({"active": false})).expect(200);
        }
        let alone = admin.get(&path(&inquiry)).expect(200).json;
        assign(admin, &inquiry, json!({"auto": true})).refused(409, "nobody_eligible");
        assert_eq!(admin.get(&path(&inquiry)).expect(200).json, alone);
        app.mails();
    }

    fn of_many_who_give_it_away_each_is_answered(app) {
        let (admin, agents) = (
            app.admin(),
            [
                app.add_user(Role::Agent, None),
                app.add_user(Role::Agent, None),
                app.add_user(Role::Agent, None),
            ],
        );
        let inquiry = give(admin, agents[0], json!({}));
        for answer in at_once(12, |n| assign(admin, &inquiry, json!({"assignee_id": agents[n % 3]}))) {
            assert!(answer.expect(200).json["assignee_id"].is_string());
        }
        // Each step of the history begins where the one before ended, and the last one is what is true.
        let mut steps: Vec<Value> = admin.all(&format!("{}/timeline?limit=200", path(&inquiry)));
        steps.retain(|event| event["type"] == "inquiry.assigned");
        assert_eq!(
            steps[0]["data"]["assignee_id"],
            admin.get(&path(&inquiry)).expect(200).json["assignee_id"]
        );
        for pair in steps.windows(2) {
            assert_eq!(pair[0]["previous"]["assignee_id"], pair[1]["data"]["assignee_id"]);
        }
        app.mails();
    }

    fn deactivating_and_dealing_out_do_not_cross(app) {
        let agents: Vec<UserId> = (0..4).map(|_| app.add_user(Role::Agent, None)).collect();
        let admin = app.admin();
        at_once(12, |n| {
            if n == 5 {
                admin.patch(&format!("{USERS}/{}", agents[1]), &json!({"active": false})).expect(200);
            } else {
                app.nobody().post("/f/default", &six(&format!("甲{n}"))).expect(202);
            }
        });
        // Whatever he got, he got before: from here on there is none.
        let before = shares(admin, &agents);
        assert_eq!(before.iter().sum::<usize>(), 11);
        for n in 0..6 {
            app.nobody().post("/f/default", &six(&format!("第5批{n}"))).expect(202);
        }
        let after = shares(admin, &agents);
        assert_eq!(after[1], before[1]);
        is_fair(&[after[0], after[2], after[3]], 17 - after[1]);
        app.mails();
    }
}

#[test]
fn two_servers_deal_out_of_one_turn() {
    let Some(app) = TestApp::start(Database::Postgres) else { return };
    let other = app.second();
    let agents: Vec<UserId> = (0..3).map(|_| app.add_user(Role::Agent, None)).collect();
    let admins = [app.admin().clone(), other.login_as(app.admin().id())];
    at_once(40, |n| {
        let server = if n % 2 == 0 { &app } else { &other };
        if n % 5 == 0 {
            admins[n % 2].post(INQUIRIES, &six("乙")).expect(201);
        } else {
            server.nobody().post("/f/default", &six(&format!("甲{n}"))).expect(202);
        }
    });
    is_fair(&shares(&admins[0], &agents), 40);
    is_fair(&shares(&admins[1], &agents), 40);

    // Both look for what is to be sent at the same time: each inquiry has one owner, who is told once.
    let sent: Vec<_> =
        at_once(2, |n| if n == 0 { app.mails() } else { other.mails() }).into_iter().flatten().collect();
    assert_eq!(sent.len(), 40);
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for notification in admins[0].all("/api/v1/notifications?limit=200") {
        assert_eq!(notification["status"], "sent");
        *told.entry(notification["inquiry_id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let inquiries = admins[0].all(&format!("{INQUIRIES}?limit=200"));
    assert!(inquiries.iter().all(|inquiry| told.get(id(inquiry)) == Some(&1)) && told.len() == 40);
    let letters: std::collections::BTreeSet<&str> = sent.iter().map(|letter| letter.id.as_str()).collect();
    assert_eq!(letters.len(), 40, "no mail left twice");
}

#[test]
fn a_key_holds_on_both_of_two_servers() {
    let Some(app) = TestApp::start(Database::Postgres) else { return };
    let other = app.second();
    let agent = app.login(Role::Agent);
    let servers = [agent.clone(), other.login_as(agent.id())];
    let answers =
        at_once(12, |n| servers[n % 2].post_with(INQUIRIES, &six("甲"), &[("Idempotency-Key", "k")]));
    let made: Vec<String> = answers
        .into_iter()
        .filter(|answer| answer.status != 409)
        .map(|answer| answer.expect(201).id())
        .collect();
    assert!(!made.is_empty() && made.iter().all(|id| *id == made[0]));
    assert_eq!(agent.all(INQUIRIES).len(), 1);
    // A change on the one is seen on the other at once, and so is the end of a session.
    let inquiry = create(app.admin(), json!({"assign": "none"}));
    app.admin().patch(&format!("{USERS}/{}", agent.id()), &json!({"active": false})).expect(200);
    servers[1].get(&path(&inquiry)).refused(401, "unauthenticated");
}
