//! Many at once who take, give and lose inquiries: never two owners, no limit is passed, and afterwards all
//! counts are right. The search for an order that explains all answers is in `support/register.rs`.
//! `LEADDOCK_RACE_ROUNDS=20` runs as many rounds, each with 300 inquiries.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Duration;
use leaddock::access::Role;
use leaddock::kernel::clock::Clock;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use crate::support::assignment::{
    POOL, POOL_SETTINGS, SLA, assign, available, claim, decisions, decline, events, fall_back_to, fallback,
    nothing_is_dealt_out, now, release, set,
};
use crate::support::desk::{INQUIRIES, create, move_to, total};
use crate::support::dice::Dice;
use crate::support::register::{Call, Outcome, Record, is_linearizable};
use crate::support::{Answer, Client, Database, TestApp, at_once, each_database};

const CLAIMERS: usize = 16;

/// How many rounds, and inquiries in each.
#[expect(clippy::disallowed_methods, reason = "a test asks how long it runs")]
fn rounds() -> (usize, usize) {
    match std::env::var("LEADDOCK_RACE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()) {
        Some(rounds) => (rounds, 300),
        None => (1, 12),
    }
}

/// The people of a race, each with a client of one of the servers.
struct Race {
    admins: Vec<Client>,
    agents: Vec<Client>,
    names: HashMap<String, usize>,
    clock: Clock,
}

impl Race {
    /// Of as many agents as that, by turns on these servers.
    fn on(servers: &[&TestApp], agents: usize) -> Self {
        let app = servers[0];
        let ids: Vec<UserId> = (0..agents).map(|_| app.add_user(Role::Agent, None)).collect();
        let name = |user: &UserId| {
            let user = app.admin().get(&format!("/api/v1/users/{user}")).expect(200).json;
            user["name"].as_str().unwrap().to_owned()
        };
        let names = ids.iter().enumerate().map(|(number, user)| (name(user), number)).collect();
        let server = |number: usize| servers[number % servers.len()];
        let agents = ids.iter().enumerate().map(|(number, user)| server(number).login_as(*user)).collect();
        let admins = (0..2).map(|number| server(number).login_as(app.admin().id())).collect();
        nothing_is_dealt_out(app.admin());
        set(app.admin(), SLA, json!({"ladder": [], "first_contact_minutes": null}));
        let limits = json!({"claims_per_day": 1_000_000, "holding_max": 1_000_000, "cool_down_hours": 0});
        set(app.admin(), POOL_SETTINGS, limits);
        Self { admins, agents, names, clock: app.clock.clone() }
    }

    fn number(&self, user: &Value) -> Option<usize> {
        self.agents.iter().position(|agent| *user == json!(agent.id()))
    }

    /// An answer in the words of histories.
    fn outcome(&self, answer: &Answer) -> Outcome {
        match (answer.status, answer.code()) {
            (200 | 204, _) => Outcome::Done,
            (404, _) => Outcome::NotFound,
            (409, "not_assigned") => Outcome::NotAssigned,
            (409, "already_taken") => {
                let name = answer.json["taken_by"]["name"].as_str();
                Outcome::TakenBy(name.and_then(|name| self.names.get(name)).copied().unwrap_or(usize::MAX))
            }
            _ => panic!("{}", answer.text),
        }
    }

    /// What everybody does about some inquiries at the same time, by inquiry.
    fn run(&self, inquiries: &[Value], seed: u64) -> Vec<Vec<Record>> {
        let order = AtomicUsize::new(0);
        let records = at_once(CLAIMERS + self.admins.len(), |number| {
            let mut dice = Dice::seeded(seed * 1000 + u64::try_from(number).unwrap());
            let mut records = Vec::new();
            for (at, inquiry) in inquiries.iter().enumerate() {
                let mut call = |call: Call, act: &dyn Fn() -> Answer| {
                    self.clock.advance(Duration::milliseconds(1));
                    let begin = order.fetch_add(1, Ordering::SeqCst);
                    let outcome = self.outcome(&act());
                    let end = order.fetch_add(1, Ordering::SeqCst);
                    records.push((at, Record { call, outcome, begin, end }));
                    outcome
                };
                match number.checked_sub(CLAIMERS) {
                    None => {
                        let agent = &self.agents[number];
                        let is_done = call(Call::Claim(number), &|| claim(agent, inquiry)) == Outcome::Done;
                        if is_done && dice.below(3) > 0 || dice.below(8) == 0 {
                            call(Call::Release(number), &|| release(agent, inquiry));
                        }
                    }
                    Some(admin) => {
                        let (admin, to) = (&self.admins[admin], dice.below(CLAIMERS));
                        match dice.below(4) {
                            0 => drop(call(Call::TakeAway, &|| release(admin, inquiry))),
                            1 => {
                                let body = json!({"assignee_id": self.agents[to].id()});
                                call(Call::Assign(to), &|| assign(admin, inquiry, body.clone()));
                            }
                            _ => {}
                        }
                    }
                }
            }
            records
        });
        let mut histories = vec![Vec::new(); inquiries.len()];
        for (at, record) in records.into_iter().flatten() {
            histories[at].push(record);
        }
        histories
    }
}

fn pool_of(admin: &Client, count: usize) -> Vec<Value> {
    (0..count).map(|_| create(admin, json!({}))).collect()
}

/// Many claim, release and assign: each inquiry's history is one call after another.
fn everybody_claims(servers: &[&TestApp]) {
    let race = Race::on(servers, CLAIMERS);
    let admin = servers[0].admin();
    let (rounds, count) = rounds();
    let (mut calls, mut retaken) = (0, 0);
    for round in 0..rounds {
        let inquiries = pool_of(admin, count);
        servers[0].advance(Duration::milliseconds(1));
        let histories = race.run(&inquiries, u64::try_from(round).unwrap());
        for (inquiry, history) in inquiries.iter().zip(&histories) {
            let owner = now(admin, inquiry)["assignee_id"].clone();
            let at_last = race.number(&owner);
            assert!(is_linearizable(history, at_last), "round {round}: {at_last:?} after {history:#?}");
            let taken =
                |record: &&Record| matches!(record.call, Call::Claim(_)) && record.outcome == Outcome::Done;
            calls += history.len();
            retaken += history.iter().filter(taken).count().saturating_sub(1);
            // Within one millisecond the ids of two servers are in no order.
            if servers.len() == 1 {
                owners_follow_each_other(admin, inquiry);
            }
        }
        counts_are_right(servers[0], &race.agents);
        println!("round {round}: {calls} calls so far, {retaken} claims of what was given back");
        empty(admin, &inquiries);
    }
    servers.iter().for_each(|app| drop(app.mails()));
}

/// Each step of the history begins where the one before ended.
#[track_caller]
fn owners_follow_each_other(admin: &Client, inquiry: &Value) {
    let mut owner = Value::Null;
    for event in events(admin, inquiry) {
        if let Some(after) = event["data"].get("assignee_id").filter(|_| event["type"] != "inquiry.received")
        {
            assert_eq!(event["previous"]["assignee_id"], owner, "{event}");
            owner = after.clone();
        }
    }
    assert_eq!(now(admin, inquiry)["assignee_id"], owner);
}

fn empty(admin: &Client, inquiries: &[Value]) {
    for inquiry in inquiries {
        let answer = release(admin, inquiry);
        assert!(matches!(answer.status, 204 | 409), "{}", answer.text);
    }
}

/// How often each was named by events of a kind.
fn counted(app: &TestApp, kind: &str, counts: impl Fn(&Value) -> bool) -> HashMap<String, i64> {
    app.work();
    let (mut counted, mut after) = (HashMap::new(), 0);
    loop {
        let page = app.admin().get(&format!("/api/v1/changes?types={kind}&after={after}")).expect(200).json;
        for event in page["data"].as_array().unwrap().iter().filter(|event| counts(event)) {
            *counted.entry(event["data"]["assignee_id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        after = page["next_after"].as_i64().unwrap();
        if page["has_more"] == false {
            return counted;
        }
    }
}

/// What decisions count agrees with lists and events, and credits sum to nought.
#[track_caller]
fn counts_are_right(app: &TestApp, agents: &[Client]) {
    let admin = app.admin();
    let by_rules = counted(app, "inquiry.assigned", |event| event["data"]["rule_id"].is_string());
    let before = fallback(admin)["then"].clone();
    let everybody: Vec<UserId> = agents.iter().map(Client::id).collect();
    fall_back_to(admin, json!({"strategy": "round_robin", "user_ids": everybody}));
    let open: Vec<i64> =
        agents.iter().map(|agent| total(admin, &format!("assignee={}&category=open", agent.id()))).collect();
    let inquiry = create(admin, json!({"assign": "auto"}));
    let decision = decisions(admin, &inquiry).remove(0);
    let candidates = decision["candidates"].as_array().unwrap();
    let mut credits = 0.0;
    for (agent, open) in agents.iter().zip(open) {
        let of = candidates.iter().find(|one| one["user_id"] == json!(agent.id())).unwrap();
        let today = by_rules.get(&agent.id().to_string()).copied().unwrap_or(0);
        assert_eq!((&of["open"], &of["today"]), (&json!(open), &json!(today)), "{of}");
        credits += of["credit"].as_f64().unwrap();
    }
    assert!(credits.abs() < 1e-3, "credits sum to {credits}");
    release(admin, &inquiry).expect(204);
    fall_back_to(admin, before);
}

/// Counts one down when its worker ends, in whichever way.
struct AtWork<'a>(&'a AtomicUsize);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Claims, releases, declines, status changes and new inquiries at once: no limit is passed, ever.
fn nobody_gets_too_much(servers: &[&TestApp]) {
    const OPEN_MAX: i64 = 4;
    const CLAIMS: i64 = 9;
    let race = Race::on(servers, 4);
    let admin = servers[0].admin();
    set(admin, POOL_SETTINGS, json!({"claims_per_day": CLAIMS}));
    let ids: Vec<UserId> = race.agents.iter().map(Client::id).collect();
    for user in &ids {
        available(admin, *user, json!({"open_max": OPEN_MAX}));
    }
    let pool = pool_of(admin, 30);
    fall_back_to(admin, json!({"strategy": "round_robin", "user_ids": ids}));
    let at_work = AtomicUsize::new(12);
    at_once(13, |number| {
        let mut dice = Dice::seeded(u64::try_from(number).unwrap());
        if number == 12 {
            // Whoever looks meanwhile sees no limit passed.
            while at_work.load(Ordering::SeqCst) > 0 {
                for user in &ids {
                    let open = total(&race.admins[1], &format!("assignee={user}&category=open"));
                    assert!(open <= OPEN_MAX, "{open} of {user}");
                }
            }
            return;
        }
        let _at_work = AtWork(&at_work);
        let agent = &race.agents[number % 4];
        for at in 0..20 {
            if number < 3 {
                create(&race.admins[number % 2], json!({"assign": "auto"}));
                continue;
            }
            let answer = claim(agent, &pool[(at * 7 + number) % pool.len()]);
            assert!(
                answer.status == 200
                    || answer.status == 404
                    || ["already_taken", "claims_per_day_reached", "holding_max_reached"]
                        .contains(&answer.code()),
                "{}",
                answer.text
            );
            let mine =
                agent.get(&format!("{INQUIRIES}?category=open&limit=20")).expect(200).json["data"].clone();
            let mine = mine.as_array().unwrap();
            if mine.is_empty() {
                continue;
            }
            // Somebody else may have done it first, with the same login.
            let one = &mine[dice.below(mine.len())];
            let answer = match dice.below(4) {
                0 => release(agent, one),
                1 => decline(agent, one),
                2 => move_to(agent, one, "signed"),
                _ => move_to(agent, one, "contacted"),
            };
            assert!(answer.status < 500, "{}", answer.text);
        }
    });
    let claimed = counted(servers[0], "inquiry.claimed", |_| true);
    assert!(claimed.values().all(|claims| *claims <= CLAIMS), "{claimed:?}");
    for user in &ids {
        assert!(total(admin, &format!("assignee={user}&category=open")) <= OPEN_MAX);
        available(admin, *user, json!({}));
    }
    if servers.len() == 1 {
        let all = admin.all(&format!("{INQUIRIES}?limit=200"));
        all.iter().for_each(|inquiry| owners_follow_each_other(admin, inquiry));
    }
    counts_are_right(servers[0], &race.agents);
    servers.iter().for_each(|app| drop(app.mails()));
}

each_database! {
    fn of_many_who_claim_one_gets_it(app) {
        everybody_claims(&[&app]);
    }

    fn no_limit_is_passed(app) {
        nobody_gets_too_much(&[&app]);
    }

    fn one_agent_who_claims_by_many_hands_stays_within_limits(app) {
        let race = Race::on(&[&app], 1);
        let (admin, agent) = (app.admin(), &race.agents[0]);
        set(admin, POOL_SETTINGS, json!({"claims_per_day": 7, "holding_max": 5}));
        let pool = pool_of(admin, 24);
        let answers = at_once(24, |number| claim(agent, &pool[number]));
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 5);
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.code() == "holding_max_reached"));
        set(admin, POOL_SETTINGS, json!({"holding_max": 100}));
        let rest = agent.all(&format!("{POOL}?limit=200"));
        let answers = at_once(rest.len(), |number| claim(agent, &rest[number]));
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 2);
        // The same one by many hands is one claim.
        set(admin, POOL_SETTINGS, json!({"claims_per_day": 8}));
        let last = agent.all(POOL).remove(0);
        assert!(at_once(8, |_| claim(agent, &last)).iter().all(|answer| answer.status == 200));
        assert_eq!(counted(&app, "inquiry.claimed", |_| true).values().sum::<i64>(), 8);
    }
}

#[test]
fn of_many_who_claim_on_two_servers_one_gets_it() {
    let Some(app) = TestApp::start(Database::Postgres) else { return };
    let other = app.second();
    everybody_claims(&[&app, &other]);
}

#[test]
fn no_limit_is_passed_on_two_servers() {
    let Some(app) = TestApp::start(Database::Postgres) else { return };
    let other = app.second();
    nobody_gets_too_much(&[&app, &other]);
}
