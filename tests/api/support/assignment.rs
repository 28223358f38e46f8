//! Who gets what: settings, rules and availability as tests set them, and the steps of owners.
//! No assertion about the product is made here, but that the step itself succeeded.

use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use super::desk::{USERS, path};
use super::{Answer, Client};

pub const RULES: &str = "/api/v1/assignment-rules";
pub const ORDER: &str = "/api/v1/assignment-rules/order";
pub const SIMULATE: &str = "/api/v1/assignment-rules/simulate";
pub const POOL: &str = "/api/v1/pool";
pub const CALENDAR: &str = "/api/v1/settings/calendar";
pub const POOL_SETTINGS: &str = "/api/v1/settings/pool";
pub const SLA: &str = "/api/v1/settings/sla";

/// A document without what the server adds to it.
pub fn document(mut answered: Value) -> Value {
    for member in ["id", "created_at", "updated_at", "version", "warnings"] {
        answered.as_object_mut().unwrap().remove(member);
    }
    answered
}

/// Changes some members of a settings document.
#[track_caller]
pub fn set(admin: &Client, document_at: &str, members: Value) -> Value {
    let mut wanted = document(admin.get(document_at).expect(200).json);
    for (name, value) in members.as_object().unwrap() {
        wanted[name] = value.clone();
    }
    admin.put(document_at, &wanted).expect(200).json
}

/// Where the availability of a user is.
pub fn availability(user: UserId) -> String {
    format!("{USERS}/{user}/availability")
}

/// Sets the availability of a user; what is absent takes its default.
#[track_caller]
pub fn available(by: &Client, user: UserId, members: Value) -> Value {
    by.put(&availability(user), &members).expect(200).json
}

/// The rule that comes last.
#[track_caller]
pub fn fallback(admin: &Client) -> Value {
    admin.all(RULES).pop().expect("there is always a fallback")
}

/// What the fallback does from now on.
#[track_caller]
pub fn fall_back_to(admin: &Client, then: Value) -> Value {
    let last = fallback(admin);
    admin.patch(&rule_path(&last), &json!({"then": then})).expect(200).json
}

/// From now on new inquiries lie in the pool.
#[track_caller]
pub fn nothing_is_dealt_out(admin: &Client) {
    fall_back_to(admin, json!({"strategy": "pool"}));
}

/// Makes a rule that comes last but for the fallback.
#[track_caller]
pub fn rule(admin: &Client, name: &str, when: Value, then: Value) -> Value {
    admin.post(RULES, &json!({"name": name, "when": when, "then": then})).expect(201).json
}

pub fn rule_path(rule: &Value) -> String {
    format!("{RULES}/{}", super::desk::id(rule))
}

/// An action on an inquiry, without a body.
#[track_caller]
pub fn act(by: &Client, inquiry: &Value, action: &str) -> Answer {
    by.act(&format!("{}/{action}", path(inquiry)))
}

#[track_caller]
pub fn accept(by: &Client, inquiry: &Value) -> Answer {
    act(by, inquiry, "accept")
}

#[track_caller]
pub fn claim(by: &Client, inquiry: &Value) -> Answer {
    act(by, inquiry, "claim")
}

#[track_caller]
pub fn decline(by: &Client, inquiry: &Value) -> Answer {
    by.post(&format!("{}/decline", path(inquiry)), &json!({"reason": "不熟悉这个片区"}))
}

#[track_caller]
pub fn release(by: &Client, inquiry: &Value) -> Answer {
    by.post(&format!("{}/release", path(inquiry)), &json!({"reason": "手上太多"}))
}

#[track_caller]
pub fn assign(by: &Client, inquiry: &Value, body: Value) -> Answer {
    by.post(&format!("{}/assign", path(inquiry)), &body)
}

/// The events of an inquiry, the oldest first.
#[track_caller]
pub fn events(by: &Client, inquiry: &Value) -> Vec<Value> {
    let mut events = by.all(&format!("{}/timeline?limit=200", path(inquiry)));
    events.reverse();
    events
}

/// The events of one kind, the oldest first.
#[track_caller]
pub fn events_of(by: &Client, inquiry: &Value, kind: &str) -> Vec<Value> {
    let mut events = events(by, inquiry);
    events.retain(|event| event["type"] == kind);
    events
}

/// The kinds of the events of an inquiry, the oldest first, without `inquiry.`.
#[track_caller]
pub fn kinds(by: &Client, inquiry: &Value) -> Vec<String> {
    let kind = |event: &Value| event["type"].as_str().unwrap().trim_start_matches("inquiry.").to_owned();
    events(by, inquiry).iter().map(kind).collect()
}

/// The decisions about an inquiry, the latest first.
#[track_caller]
pub fn decisions(by: &Client, inquiry: &Value) -> Vec<Value> {
    by.all(&format!("{}/assignments", path(inquiry)))
}

/// Why each candidate of the latest decision was chosen or not.
#[track_caller]
pub fn reason_of(by: &Client, inquiry: &Value, user: UserId) -> Value {
    let latest = decisions(by, inquiry).remove(0);
    let candidates = latest["candidates"].as_array().unwrap().clone();
    let of_user = candidates.into_iter().find(|one| one["user_id"] == json!(user));
    of_user.map_or(Value::Null, |one| one["reason"].clone())
}

/// An inquiry as it is now.
#[track_caller]
pub fn now(by: &Client, inquiry: &Value) -> Value {
    by.get(&path(inquiry)).expect(200).json
}
