//! What others own is not told by anything that an agent is answered: not by counts, cursors, searches,
//! reports or errors. What each role reaches at all is tested with the records, and in policy.rs.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, follow_up, give, id, move_to, own, path, q};
use crate::support::dice::Dice;
use crate::support::{Answer, Client, TestApp, each_database};

const FOLLOW_UPS: &str = "/api/v1/follow-ups";
const NOTIFICATIONS: &str = "/api/v1/notifications";
const OVERVIEW: &str = "/api/v1/reports/overview";
/// Requests that are made up, besides the pages that they lead to.
const REQUESTS: usize = 300;

/// An inquiry much like the others: the same few words, numbers and places come again and again, whoever owns
/// it.
fn alike(dice: &mut Dice) -> Value {
    let tax = f64::from(u32::try_from(dice.below(40)).unwrap()) * 25.0;
    json!({"need": dice.of(&["求租厂房", "求购土地", "办公室租赁", "warehouse 100%"]),
        "company": dice.of(&["启澜精密机械有限公司", "云帆科技", "Acme_Park"]),
        "contact": dice.of(&["周启澜", "陈默"]), "tags": [dice.of(&["急", "老客户", "a b", "园区"])],
            "message": dice.of(&["下午联系", "请尽快", "call back"]),
        "facts": {"need_kind": dice.of(&["factory_rent", "land", "office_rent"]),
            "region_code": dice.of(&["320500", "320505", "310000"]),
            "tax_wan_per_year": tax, "area_min_sqm": tax * 10.0, "area_max_sqm": tax * 20.0}})
}

/// Lets somebody work on his own: other statuses, plans, calls.
fn work_on(app: &TestApp, owner: &Client, inquiry: &Value, dice: &mut Dice) {
    for status in ["contacted", "viewing", "lost"] {
        if dice.below(3) == 0 {
            move_to(owner, inquiry, status);
        }
    }
    if dice.below(2) == 0 {
        let due_at = app.clock.now().plus(Duration::minutes(i64::try_from(dice.below(6000)).unwrap() + 1));
        follow_up(
            owner,
            inquiry,
            json!({"kind": dice.of(&["call", "visit"]), "due_at": due_at, "note": "看一号厂房"}),
        );
    }
    if dice.below(2) == 0 {
        follow_up(
            owner,
            inquiry,
            json!({"kind": "call", "outcome": dice.of(&["reached", "no_answer"]), "note": "看一号厂房"}),
        );
    }
}

/// A filter, a sort, a search, a page: some of each.
fn list_query(dice: &mut Dice, ids: &[String]) -> String {
    let mut parts = Vec::new();
    for _ in 0..dice.below(4) {
        let number = dice.below(900).to_string();
        let some_id = ids[dice.below(ids.len())].clone();
        parts.push(match dice.below(16) {
            0 => format!("status={}", dice.of(&["new", "contacted,viewing", "lost", "signed", "lots"])),
            1 => format!("category={}", dice.of(&["open", "lost", "open,won"])),
            2 => format!("assignee={}", dice.of(&["me", "none", "me,none", &some_id])),
            3 => format!("team={some_id}"),
            4 => format!("need_kind={}", dice.of(&["land", "factory_rent,office_rent", "spam"])),
            5 => format!("region={}", dice.of(&["32", "3205", "310000", "9", "x"])),
            6 => format!("tag={}", dice.of(&["%E6%80%A5", "%E5%9B%AD%E5%8C%BA", "nothing"])),
            7 => format!("tax_min={number}"),
            8 => format!("tax_max={number}"),
            9 => format!("area_min={number}0"),
            10 => format!("area_max={number}0"),
            11 => format!(
                "received_from={}",
                dice.of(&["2026-11-23", "2026-11-23T02:00:00Z", "2026-11-24", "soon"])
            ),
            12 => {
                format!("received_to={}", dice.of(&["2026-11-23", "2026-11-24", "2026-11-23T02:00:00.001Z"]))
            }
            13 => format!("updated_since={}", dice.of(&["2026-11-23", "2026-11-23T02:00:00.001Z"])),
            _ => q(dice.of(&[
                "厂房",
                "云帆",
                "启澜",
                "park",
                "100%",
                "e_p",
                "有限公司",
                "下午",
                "土地",
                "没有的词",
                "号",
            ])),
        });
    }
    if dice.below(2) == 0 {
        parts.push(format!(
            "sort={}{}",
            dice.of(&["", "-"]),
            dice.of(&["received_at", "updated_at", "next_follow_up_at", "tax"])
        ));
    }
    if dice.below(2) == 0 {
        parts.push("count=true".to_owned());
    }
    parts.push(format!("limit={}", dice.of(&["1", "2", "3", "7", "50", "200", "0"])));
    // Two of a kind are one too many, and told so.
    parts.join("&")
}

/// One request: the method, where to, and a body.
type Request = (&'static str, String, Option<Value>);

/// Requests of an agent's, none of which changes anything.
fn requests(mine: &[String], ids: &[String]) -> Vec<Request> {
    let mut dice = Dice::seeded(7);
    let mut all: Vec<Request> = Vec::new();
    while all.len() < REQUESTS {
        let some = ids[dice.below(ids.len())].clone();
        let one = format!("{INQUIRIES}/{some}");
        let of_mine = format!("{INQUIRIES}/{}", mine[dice.below(mine.len())]);
        let page = format!("limit={}{}", dice.of(&["1", "3", "200"]), dice.of(&["", "&count=true"]));
        all.push(match dice.below(20) {
            0..=7 => ("GET", format!("{INQUIRIES}?{}", list_query(&mut dice, ids)), None),
            8 => ("GET", one, None),
            9 => ("GET", format!("{of_mine}/timeline?{page}"), None),
            10 => (
                "GET",
                format!("{}/{}?{page}", dice.of(&[&one, &of_mine]), dice.of(&["timeline", "follow-ups"])),
                None,
            ),
            11 | 12 => (
                "GET",
                format!("{FOLLOW_UPS}?bucket={}&{page}", dice.of(&["overdue", "today", "upcoming", "done"])),
                None,
            ),
            13 => ("GET", format!("{FOLLOW_UPS}?assignee={}&{page}", dice.of(&["me", "none", &some])), None),
            14 => (
                "GET",
                format!(
                    "{NOTIFICATIONS}?{page}&{}",
                    dice.of(&["", "status=sent", "status=pending,failed", "event=inquiry.assigned"])
                ),
                None,
            ),
            15 => {
                let by = dice.of(&["group_by=day", "group_by=none", "format=csv"]);
                let whose = dice.of(&[
                    "assignee=me",
                    "assignee=none",
                    "from=2026-11-20&to=2026-11-25",
                    "from=2027-01-01",
                ]);
                ("GET", format!("{OVERVIEW}?{by}&{whose}"), None)
            }
            16 => ("GET", format!("{OVERVIEW}?{}={some}", dice.of(&["assignee", "team", "form"])), None),
            17 => (
                "GET",
                dice.of(&[
                    "/api/v1/me",
                    "/api/v1/teams?count=true",
                    "/api/v1/statuses",
                    USERS,
                    "/api/v1/audit",
                    "/api/v1/api-keys",
                ])
                .to_owned(),
                None,
            ),
            18 => ("PATCH", one, Some(json!({"company": dice.of(&["", "x"]), "nonsense": 1}))),
            _ => ("POST", format!("{FOLLOW_UPS}/{some}/complete"), Some(json!({"outcome": "reached"}))),
        });
    }
    // What is refused for the state it meets, and for nothing else.
    all.push(("POST", format!("{INQUIRIES}/{}/status", mine[0]), Some(json!({"status": "landed"}))));
    all.push(("POST", format!("{INQUIRIES}/{}/assign", mine[0]), Some(json!({"auto": true}))));
    all.push(("POST", INQUIRIES.to_owned(), Some(json!({"need": "x", "assign": ids[ids.len() - 1]}))));
    all.push(("DELETE", format!("{INQUIRIES}/{}", mine[0]), None));
    all
}

/// What was answered, but for what is another with each request.
fn told(answer: &Answer) -> String {
    let mut text = answer.text.clone();
    if let Some(request) = answer.json["request_id"].as_str() {
        text = text.replace(request, "");
    }
    // Whether a connection is closed depends on how fast a body came that nobody reads.
    let own = ["x-request-id", "date", "connection"];
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    format!("{}\n{}\n{text}", answer.status, headers.join("\n"))
}

/// Asks all of it, and follows the pages of each list for a while.
fn ask(client: &Client, requests: &[Request]) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for (method, to, body) in requests {
        let (mut next, mut pages) = (to.clone(), 0);
        loop {
            let bytes = body.as_ref().map(|body| body.to_string().into_bytes());
            let answer = client.send(method, &next, &[("Content-Type", "application/json")], bytes);
            answers.push((format!("{method} {next}"), told(&answer)));
            pages += 1;
            match answer.json["next_cursor"].as_str().filter(|_| pages < 4) {
                Some(cursor) => next = format!("{to}&cursor={cursor}"),
                None => break,
            }
        }
    }
    answers
}

#[track_caller]
fn same(before: &[(String, String)], after: &[(String, String)]) {
    for (was, is) in before.iter().zip(after) {
        assert_eq!(was, is);
    }
    assert_eq!(before.len(), after.len());
}

each_database! {
    fn what_others_own_changes_nothing_for_an_agent(app) {
        let mut dice = Dice::seeded(1);
        let (admin, agent) = (app.admin(), app.login_in(Role::Agent, Some("东区")));
        let others: Vec<Client> = vec![
            app.login_in(Role::Agent, Some("东区")),
            app.login_in(Role::Agent, Some("西区")),
            app.login(Role::Manager),
            admin.clone(),
        ];

        // A desk at work: what is the agent's, and a little of the others'.
        let mut mine = Vec::new();
        for n in 0..24 {
            let inquiry = if n % 4 == 0 {
                give(admin, agent.id(), alike(&mut dice))
            } else {
                own(&agent, alike(&mut dice))
            };
            work_on(&app, &agent, &inquiry, &mut dice);
            mine.push(id(&inquiry).to_owned());
        }
        let theirs = own(&others[1], alike(&mut dice));
        let pool = create(admin, alike(&mut dice));
        let binned = create(admin, alike(&mut dice));
        admin.delete(&path(&binned)).expect(204);
        let planned = agent.all(FOLLOW_UPS);
        assert!(planned.len() > 10);
        assert_eq!(app.mails().len(), 6);
        let mut ids = mine.clone();
        ids.extend([&theirs, &pool, &binned, &planned[0]].map(|thing| id(thing).to_owned()));
        let team = agent.get("/api/v1/me").expect(200).json["team_id"].as_str().unwrap().to_owned();
        ids.extend([
            agent.id().to_string(),
            others[0].id().to_string(),
            others[1].id().to_string(),
            team,
            "inq_00000000000000000000000000".to_owned(),
        ]);
        // Not among those that are asked to be completed: what is still open of the agent's own.
        let open: Vec<&str> = planned.iter().filter(|plan| plan["done_at"].is_null()).map(id).collect();
        ids.retain(|id| !open.contains(&id.as_str()));

        let asked = requests(&mine, &ids);
        let before = ask(&agent, &asked);
        assert!(before.len() > REQUESTS + 100);
        for status in ["200", "400", "403", "404", "422"] {
            assert!(
                before.iter().filter(|(_, told)| told.starts_with(status)).count() >= 2,
                "answers {status} are among them"
            );
        }
        same(&before, &ask(&agent, &asked));

        // Everybody else gets busy, at the same moment, on much the same things.
        let mut foreign = Vec::new();
        for n in 0..200 {
            let inquiry = match n % 5 {
                0 => create(admin, alike(&mut dice)),
                1 => give(admin, others[0].id(), alike(&mut dice)),
                _ => own(&others[n % 4], alike(&mut dice)),
            };
            let owner = if n % 5 == 1 { &others[0] } else { &others[n % 4] };
            if n % 5 != 0 {
                work_on(&app, owner, &inquiry, &mut dice);
                follow_up(
                    owner,
                    &inquiry,
                    json!({"kind": "call",
                        "due_at": app.clock.now().plus(Duration::hours(i64::try_from(n).unwrap() + 1))}),
                );
            } else if n % 2 == 0 {
                admin.delete(&path(&inquiry)).expect(204);
            }
            // What is nobody's can be seen in the pool.
            if n % 5 != 0 {
                foreign.push(id(&inquiry).to_owned());
            }
        }
        admin.post("/api/v1/teams", &json!({"name": "南区"})).expect(201);
        admin.post("/api/v1/api-keys", &json!({"name": "x", "scopes": ["read"]})).expect(201);
        app.login_in(Role::Agent, Some("北区"));
        same(&before, &ask(&agent, &asked));
        // And once more when their mails have left and their texts can be found.
        assert_eq!(app.mails().len(), 40);
        same(&before, &ask(&agent, &asked));

        // What is there now is, to him, what was never there.
        let told = |to: &str| told(&agent.get(to));
        for tail in ["", "/timeline", "/follow-ups"] {
            let absent = told(&format!("{INQUIRIES}/inq_00000000000000000000000000{tail}"));
            for id in foreign.iter().step_by(9) {
                assert_eq!(told(&format!("{INQUIRIES}/{id}{tail}")), absent);
            }
        }
    }
}
