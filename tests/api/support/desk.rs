//! The trade of the tests: inquiries as somebody sends them, and the steps that most tests begin with.
//! No assertion about the product stands here, but that the step itself succeeded.

use chrono::Duration;
use leaddock::inquiries::model::{Channel, Items};
use leaddock::inquiries::{NewInquiry, Source};
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use super::{Answer, Client, TestApp};

pub const INQUIRIES: &str = "/api/v1/inquiries";
pub const USERS: &str = "/api/v1/users";
pub const SIX: [&str; 6] = ["need", "usage", "tax", "company", "contact", "phone"];

/// The six items, with a mark in the company's name to find them by.
pub fn six(mark: &str) -> Value {
    json!({"need": "求租厂房，3000-5000平方米", "usage": "汽车零部件机加工", "tax": "年税收约300万元",
        "company": format!("苏州{mark}精密机械有限公司"), "contact": "周启澜", "phone": "138 0013 8000"})
}

/// Two objects as one; what the second has wins.
pub fn with(mut base: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

/// Makes an inquiry that nobody owns unless `more` says so.
#[track_caller]
pub fn create(client: &Client, more: Value) -> Value {
    client.post(INQUIRIES, &with(with(six("启澜"), json!({"assign": "none"})), more)).expect(201).json
}

/// Makes an inquiry that its maker owns: he gets no mail about it.
#[track_caller]
pub fn own(client: &Client, more: Value) -> Value {
    create(client, with(json!({"assign": "me"}), more))
}

/// Makes an inquiry of somebody else's, who is to be mailed.
#[track_caller]
pub fn give(from: &Client, to: UserId, more: Value) -> Value {
    create(from, with(json!({"assign": to}), more))
}

/// Where an inquiry is.
pub fn path(inquiry: &Value) -> String {
    format!("{INQUIRIES}/{}", id(inquiry))
}

pub fn id(thing: &Value) -> &str {
    thing["id"].as_str().expect("an id")
}

pub fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(id).collect()
}

/// Moves an inquiry to a status, with a reason where one is needed.
pub fn move_to(client: &Client, inquiry: &Value, status: &str) -> Answer {
    let reason = matches!(status, "lost" | "invalid").then_some("other");
    client.post(&format!("{}/status", path(inquiry)), &json!({"status": status, "reason": reason}))
}

/// Plans a call `ahead` of now.
#[track_caller]
pub fn plan(app: &TestApp, client: &Client, inquiry: &Value, ahead: Duration) -> Value {
    follow_up(client, inquiry, json!({"kind": "call", "due_at": app.clock.now().plus(ahead)}))
}

/// Records or plans a follow-up.
#[track_caller]
pub fn follow_up(client: &Client, inquiry: &Value, body: Value) -> Value {
    client.post(&format!("{}/follow-ups", path(inquiry)), &body).expect(201).json
}

/// How many inquiries a caller sees under these filters.
#[track_caller]
pub fn total(client: &Client, query: &str) -> i64 {
    client.get(&format!("{INQUIRIES}?count=true&limit=1&{query}")).expect(200).json["total"]
        .as_i64()
        .expect("a total")
}

/// The companies of a list, in its order.
pub fn companies(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["company"].as_str().unwrap()).collect()
}

/// The companies that a caller finds under these filters, sorted; page by page it is the same, and so is the
/// count.
#[track_caller]
pub fn found(client: &Client, query: &str) -> String {
    let rows = client.all(&format!("{INQUIRIES}?{query}"));
    let mut names = companies(&rows);
    assert_eq!(total(client, query), i64::try_from(rows.len()).unwrap(), "{query}");
    assert_eq!(companies(&client.all(&format!("{INQUIRIES}?limit=1&{query}"))), names, "{query}");
    names.sort_unstable();
    names.concat()
}

/// A search in the form of a query.
pub fn q(words: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish()
}

/// An inquiry as lists show it: without how its facts were read.
pub fn listed(inquiry: &Value) -> Value {
    let mut listed = inquiry.clone();
    for member in ["text", "spans", "confidence"] {
        listed["facts"].as_object_mut().unwrap().remove(member);
    }
    listed
}

/// An inquiry of a company without anything else, to be laid down past the API where many are needed.
pub fn plain(company: &str) -> NewInquiry {
    NewInquiry::new(Items { company: Some(company.to_owned()), ..Items::default() }, Source::of(Channel::Api))
}
