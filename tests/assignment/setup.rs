//! People, rules, settings and an inquiry, made by hand: what the core looks at.
//! What is expected of it is in the tests.

use std::sync::Arc;

use leaddock::access::Role;
use leaddock::assignment::availability::Availability;
use leaddock::assignment::decision::roster::{Person, Roster, Settings};
use leaddock::assignment::pool::PoolSettings;
use leaddock::assignment::rules::{Rule, Then, When};
use leaddock::assignment::terms::SlaSettings;
use leaddock::calendar::{Calendar, WorkingTime};
use leaddock::facts::Facts;
use leaddock::inquiries::model::{Channel, Content, Deadlines, Items};
use leaddock::inquiries::{Inquiry, Source, Status};
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::error::{Faults, INVALID};
use leaddock::kernel::id::{FormId, InquiryId, RuleId, TeamId, UserId};
use leaddock::platform::db::types::Json;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn user(n: usize) -> UserId {
    UserId::from_uuid(number(n))
}

pub fn team(n: usize) -> TeamId {
    TeamId::from_uuid(number(n))
}

pub fn rule_id(n: usize) -> RuleId {
    RuleId::from_uuid(number(n))
}

pub fn form(n: usize) -> FormId {
    FormId::from_uuid(number(n))
}

fn number(n: usize) -> Uuid {
    Uuid::from_u128(u128::try_from(n).unwrap() + 1)
}

/// An agent who takes anything, of the first team.
pub fn person(n: usize) -> Person {
    with(n, &json!({}))
}

/// An agent of the first team with this availability.
pub fn with(n: usize, availability: &Value) -> Person {
    Person {
        id: user(n),
        name: format!("u{n}"),
        role: Role::Agent,
        team: Some(team(0)),
        is_active: true,
        availability: availability_of(availability),
    }
}

pub fn availability_of(document: &Value) -> Availability {
    serde_json::from_value(document.clone()).unwrap()
}

/// The codes of what is wrong, each behind its pointer.
pub fn faults(check: impl FnOnce(&mut Faults)) -> Vec<String> {
    let mut faults = Faults::default();
    check(&mut faults);
    let refused = faults.none_or(&INVALID).err();
    let faults = refused.iter().flat_map(|error| error.field_faults());
    faults.map(|fault| format!("{} {}", fault.pointer, fault.kind.code)).collect()
}

/// A rule that takes everything.
pub fn rule(n: usize, then: &Value) -> Rule {
    rule_for(n, &json!({}), then)
}

pub fn rule_for(n: usize, when: &Value, then: &Value) -> Rule {
    let when: When = serde_json::from_value(when.clone()).unwrap();
    let then: Then = serde_json::from_value(then.clone()).unwrap();
    Rule {
        id: rule_id(n),
        position: i32::try_from(n).unwrap(),
        name: format!("r{n}"),
        active: true,
        is_fallback: false,
        conditions: Json(when),
        action: Json(then),
        version: 1,
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    }
}

pub fn working(document: &Value) -> WorkingTime {
    let calendar: Calendar = serde_json::from_value(document.clone()).unwrap();
    WorkingTime::new(&calendar, chrono_tz::Asia::Shanghai)
}

/// Settings whose working time is that of this calendar.
pub fn settings(calendar: &Value) -> Settings {
    Settings { working: working(calendar), pool: PoolSettings::default(), sla: SlaSettings::default() }
}

pub fn roster(people: Vec<Person>, rules: Vec<Rule>) -> Roster {
    Roster::of(people, rules, settings(&json!({}))).unwrap()
}

/// A new inquiry that nobody owns, with these facts.
pub fn inquiry(facts: &Value) -> Inquiry {
    let facts: Facts = serde_json::from_value(facts.clone()).unwrap();
    let received_at = at("2027-03-01T00:00:00Z");
    Inquiry {
        id: InquiryId::from_uuid(number(0)),
        content: Content {
            items: Items { need: Some("求租厂房".to_owned()), ..Items::default() },
            phone_e164: None,
            facts: Json(Arc::new(facts)),
            custom: Json(Map::new()),
            source: Json(Source::of(Channel::Form)),
        },
        status: Status::New,
        reason: None,
        tags: Json(Vec::new()),
        form_id: Some(form(0)),
        assignee_id: None,
        team_id: None,
        duplicate_of: None,
        received_at,
        assigned_at: None,
        accepted_at: None,
        first_contacted_at: None,
        last_contacted_at: None,
        next_follow_up_at: None,
        closed_at: None,
        created_at: received_at,
        updated_at: received_at,
        deleted_at: None,
        version: 1,
        status_changed_at: None,
        deadlines: Deadlines::default(),
    }
}
