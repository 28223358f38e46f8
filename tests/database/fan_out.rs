//! From the event log to what is posted and said: each webhook and each robot gets each event once, in order,
//! however many nodes fan out at once. What is posted is tested in tests/api.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use futures_util::future::join;
use leaddock::kernel::id::{EventId, RobotId, WebhookId};
use leaddock::notifications::events::{DisabledReason, WebhookDisabled};
use leaddock::notifications::robots::model::NewRobot;
use leaddock::notifications::robots::{self, kind::RobotKind, schema::robot_facts};
use leaddock::notifications::webhooks::model::{NewWebhook, Replay};
use leaddock::notifications::webhooks::{self, Targets, schema::webhook_deliveries};
use leaddock::platform::config::PublicUrl;
use leaddock::platform::db::{Db, Parts};
use leaddock::platform::delivery::schema::deliveries;
use leaddock::platform::delivery::store as delivery;
use leaddock::platform::events::{self, NO_SUBJECT};
use leaddock::platform::jobs::Next;
use leaddock::platform::outbound::AddressPolicy;

use crate::setup::{Database, Home, each_database};

const HOOKS: usize = 3;
const EVENTS: usize = 700;

fn make_listeners(home: &Home) {
    let targets =
        Targets { policy: AddressPolicy::Any, own: PublicUrl::parse("https://park.example").unwrap() };
    let hook = |pattern: &str| NewWebhook {
        url: "https://hooks.example/x".to_owned(),
        events: vec![pattern.to_owned()],
        active: true,
        description: None,
        include_personal: false,
    };
    let robot = NewRobot {
        kind: RobotKind::Wecom,
        name: "robot".to_owned(),
        url: "https://hooks.example/y".to_owned(),
        secret: None,
        events: vec!["webhook.*".to_owned()],
        team_id: None,
        active: true,
    };
    home.write(move |tx| {
        for _ in 0..HOOKS {
            webhooks::actions::create(tx, &hook("*"), &targets)?;
        }
        webhooks::actions::create(tx, &hook("sla.*"), &targets)?;
        robots::actions::create(tx, robot.clone(), AddressPolicy::Any).map(drop)
    })
    .unwrap();
}

fn happen(home: &Home, count: usize) {
    home.write(move |tx| {
        (0..count).try_for_each(|_| {
            let fact = WebhookDisabled { webhook_id: tx.id(), reason: DisabledReason::Gone };
            tx.record(NO_SUBJECT, &fact).map(drop)
        })
    })
    .unwrap();
    while home.runtime.block_on(events::publish(&home.db)).unwrap() == Next::Immediately {}
}

async fn fan_out(db: &Db) {
    while webhooks::fan_out(db).await.unwrap() == Next::Immediately {}
    while robots::fan_out(db).await.unwrap() == Next::Immediately {}
}

/// What listeners have by now, each in the order in which it got it.
fn had(home: &Home) -> (Vec<Vec<EventId>>, Vec<EventId>) {
    home.read(|read| {
        let posts: Vec<(WebhookId, EventId)> = webhook_deliveries::table
            .order(webhook_deliveries::id)
            .select((webhook_deliveries::webhook_id, webhook_deliveries::event_id))
            .load(read.conn)?;
        let facts: Vec<(RobotId, EventId)> = robot_facts::table
            .order(robot_facts::id)
            .select((robot_facts::robot_id, robot_facts::event_id))
            .load(read.conn)?;
        let mut hooks: Vec<WebhookId> = posts.iter().map(|(hook, _)| *hook).collect();
        hooks.sort_unstable();
        hooks.dedup();
        let of = |hook: &WebhookId| {
            posts.iter().filter(|(of, _)| of == hook).map(|(_, event)| *event).collect::<Vec<_>>()
        };
        Ok((hooks.iter().map(of).collect(), facts.into_iter().map(|(_, event)| event).collect()))
    })
    .unwrap()
}

/// All events, in the order of the log.
fn log(home: &Home) -> Vec<EventId> {
    home.read(|read| Ok(events::entries_after(read, 0, 10_000)?.into_iter().map(|entry| entry.id).collect()))
        .unwrap()
}

each_database! {
    fn each_listener_gets_each_event_once_and_in_order(database) {
        let Some(home) = Home::new(database) else { return };
        happen(&home, 5);
        make_listeners(&home);
        let before = log(&home).len();
        for count in [1, EVENTS, 3] {
            happen(&home, count);
            home.runtime.block_on(fan_out(&home.db));
        }
        let log = log(&home).split_off(before);
        let (posted, said) = had(&home);
        assert!(posted == vec![log.clone(); HOOKS], "nothing for who wants other events, or from before");
        assert!(said == log);
    }
}

/// How many posts wait.
fn waiting(home: &Home) -> usize {
    let waiting = || deliveries::table.filter(deliveries::next_attempt_at.is_not_null());
    let count: i64 = home.read(move |read| Ok(waiting().count().get_result(read.conn)?)).unwrap();
    count.try_into().unwrap()
}

each_database! {
    fn what_is_posted_again_leaves_room_for_what_happens_now(database) {
        let Some(home) = Home::new(database) else { return };
        happen(&home, 450);
        let targets =
            Targets { policy: AddressPolicy::Any, own: PublicUrl::parse("https://park.example").unwrap() };
        let hook = home
            .write(move |tx| {
                let new = NewWebhook {
                    url: "https://hooks.example/x".to_owned(),
                    events: vec!["*".to_owned()],
                    active: true,
                    description: None,
                    include_personal: false,
                };
                let hook = webhooks::actions::create(tx, &new, &targets)?;
                let replay = Replay {
                    webhook_id: hook.id,
                    from_event_id: EventId::floor(tx.now.minus(chrono::Duration::days(1))),
                    until_event_id: EventId::floor(tx.now.plus(chrono::Duration::days(1))),
                    last_position: events::last_position(tx.conn)?,
                    after_event_id: None,
                };
                webhooks::store::insert_replay(tx, &replay)?;
                Ok(hook.id)
            })
            .unwrap();
        for portion in [200, 200, 50, 0] {
            home.runtime.block_on(fan_out(&home.db));
            assert_eq!(waiting(&home), portion);
            home.write(move |tx| delivery::give_up(tx, "webhook", &hook.to_string(), "over")).unwrap();
        }
        let is_running = home.read(move |read| webhooks::store::is_replaying(read.conn, hook)).unwrap();
        assert!(!is_running);
    }
}

#[test]
fn nodes_that_fan_out_at_once_do_not_double_anything() {
    let Some(home) = Home::new(Database::Postgres) else { return };
    let (other, _) = Db::open(&home.options, Parts::new(home.clock.clone(), &[])).unwrap();
    make_listeners(&home);
    for count in [1, 2, EVENTS, 1, EVENTS] {
        happen(&home, count);
        home.runtime.block_on(join(fan_out(&home.db), fan_out(&other)));
    }
    // Ids of two nodes within one millisecond are in no order.
    let sorted = |mut ids: Vec<EventId>| {
        ids.sort_unstable();
        ids
    };
    let log = sorted(log(&home));
    let (posted, said) = had(&home);
    assert_eq!(posted.len(), HOOKS);
    assert!(posted.into_iter().all(|had| sorted(had) == log));
    assert!(sorted(said) == log);
    other.close();
}
