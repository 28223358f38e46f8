//! Group robots as tests set them up, and what was said in a group.
//! The group itself is in `robot_receiver.rs`.

use serde_json::{Value, json};

use super::desk::{id, own, with};
use super::robot_receiver::{Received, RobotReceiver};
use super::{Client, Database, PUBLIC_URL, TestApp};

pub const CHANNELS: &str = "/api/v1/channels";
/// An app whose robots may be on this machine.
pub fn open(database: Database) -> Option<TestApp> {
    TestApp::start_with(database, |settings| settings.webhooks.allow_private_hosts = true)
}

/// The same as `each_database!` with such an app.
macro_rules! with_robots {
    ($(fn $name:ident($app:ident) $body:block)*) => {
        $(mod $name {
            #[allow(unused_imports, reason = "not every test uses everything around it")]
            use super::*;

            fn body($app: TestApp) $body

            #[test]
            fn sqlite() {
                body(open(Database::Sqlite).unwrap());
            }

            #[test]
            fn postgres() {
                if let Some(app) = open(Database::Postgres) {
                    body(app);
                }
            }
        })*
    };
}

/// Makes a robot of a kind.
#[track_caller]
pub fn robot(admin: &Client, kind: &str, at: &RobotReceiver, more: Value) -> Value {
    let new = with(json!({"type": kind, "name": "招商群", "url": at.url()}), more);
    admin.post(CHANNELS, &new).expect(201).json
}

pub fn at(robot: &Value) -> String {
    format!("{CHANNELS}/{}", id(robot))
}

/// A robot as it is now.
#[track_caller]
pub fn now(admin: &Client, robot: &Value) -> Value {
    admin.get(&at(robot)).expect(200).json
}

/// Makes so many inquiries that are given to their maker, of which nobody is mailed.
pub fn given(agent: &Client, count: usize) -> Vec<Value> {
    (0..count).map(|n| own(agent, json!({"company": format!("第{n}家")}))).collect()
}

/// The links that were said, in their order.
pub fn links(received: &[Received]) -> Vec<String> {
    let lines = received.iter().flat_map(Received::lines);
    lines.map(|line| line.split(" → ").nth(1).expect("a link").to_owned()).collect()
}

pub fn link(inquiry: &Value) -> String {
    format!("{PUBLIC_URL}/i/{}", id(inquiry))
}
pub(crate) use with_robots;
