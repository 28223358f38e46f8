//! The trade of the intake tests: forms as an operator makes them, submissions as senders post them, and
//! where to look what became of them. No assertion about the product stands here, but that the step itself
//! succeeded.

use std::collections::BTreeMap;

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use leaddock::platform::db::DbConnection;
use serde_json::{Value, json};

use super::desk::{INQUIRIES, id, path, with};
use super::{Answer, Client, TestApp};

pub const FORMS: &str = "/api/v1/forms";
pub const RECEIPTS: &str = "/api/v1/receipts";
pub const JSON: &str = "application/json";
pub const URLENCODED: &str = "application/x-www-form-urlencoded";
/// What a browser accepts when somebody submits a page.
pub const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// The administrator, logged in again if the clock has moved past the last login.
pub fn operator(app: &TestApp) -> Client {
    let admin = app.admin();
    if admin.get("/api/v1/me").status == 200 { admin.clone() } else { app.login_as(admin.id()) }
}

/// Makes a form.
#[track_caller]
pub fn form(app: &TestApp, settings: Value) -> Value {
    operator(app).post(FORMS, &with(json!({"name": "园区官网"}), settings)).expect(201).json
}

/// Changes a form.
#[track_caller]
pub fn change(app: &TestApp, form: &Value, patch: Value) -> Value {
    operator(app).patch(&place(form), &patch).expect(200).json
}

/// Where a form is managed.
pub fn place(form: &Value) -> String {
    format!("{FORMS}/{}", id(form))
}

/// Where a form takes submissions.
pub fn door(form: &Value) -> String {
    format!("/f/{}", form["key"].as_str().expect("a key"))
}

/// A submission of exactly these bytes, whatever becomes of it. The query begins with its question mark.
#[track_caller]
pub fn send(
    app: &TestApp,
    form: &Value,
    query: &str,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> Answer {
    app.nobody().send("POST", &format!("{}{query}", door(form)), headers, Some(body.into()))
}

/// A submission in JSON, whatever becomes of it.
#[track_caller]
pub fn post(app: &TestApp, form: &Value, body: &Value) -> Answer {
    app.nobody().post(&door(form), body)
}

/// A submission in JSON that is answered as usual; its receipt.
#[track_caller]
pub fn submit(app: &TestApp, form: &Value, body: Value) -> Value {
    receipt_of(app, &post(app, form, &body).expect(202))
}

/// The receipt that an answer tells of.
#[track_caller]
pub fn receipt_of(app: &TestApp, answer: &Answer) -> Value {
    receipt(app, answer.json["receipt_id"].as_str().expect("a receipt"))
}

#[track_caller]
pub fn receipt(app: &TestApp, id: &str) -> Value {
    operator(app).get(&format!("{RECEIPTS}/{id}")).expect(200).json
}

/// The receipts of a form, the newest first.
#[track_caller]
pub fn receipts(app: &TestApp, form: &Value) -> Vec<Value> {
    operator(app).all(&format!("{RECEIPTS}?form={}", id(form)))
}

/// The newest receipt of a form, with what came.
#[track_caller]
pub fn newest(app: &TestApp, form: &Value) -> Value {
    receipt(app, id(receipts(app, form).first().expect("a receipt")))
}

/// What became of the submissions of a form, the oldest first.
#[track_caller]
pub fn outcomes(app: &TestApp, form: &Value) -> Vec<String> {
    receipts(app, form).iter().rev().map(|receipt| receipt["outcome"].as_str().unwrap().to_owned()).collect()
}

/// Asks that a receipt be taken in again.
#[track_caller]
pub fn ask_again(client: &Client, receipt: &Value) -> Answer {
    client.send("POST", &format!("{RECEIPTS}/{}/replay", id(receipt)), &[], Some(Vec::new()))
}

/// Takes a receipt in again.
#[track_caller]
pub fn replay(app: &TestApp, receipt: &Value) -> Value {
    ask_again(&operator(app), receipt).expect(200).json
}

/// The bytes that came.
pub fn came(receipt: &Value) -> Vec<u8> {
    data_encoding::BASE64.decode(receipt["raw"]["body_base64"].as_str().expect("a body").as_bytes()).unwrap()
}

/// The reasons of a receipt.
pub fn reasons(receipt: &Value) -> Vec<&str> {
    receipt["reasons"].as_array().unwrap().iter().map(|reason| reason.as_str().unwrap()).collect()
}

/// The inquiry that a receipt belongs to.
#[track_caller]
pub fn inquiry(app: &TestApp, receipt: &Value) -> Value {
    operator(app)
        .get(&format!(
            "{INQUIRIES}/{}",
            receipt["inquiry_id"].as_str().unwrap_or_else(|| panic!("no inquiry: {receipt}"))
        ))
        .expect(200)
        .json
}

/// The inquiries that came of a form, the newest first.
#[track_caller]
pub fn inquiries(app: &TestApp, form: &Value) -> Vec<Value> {
    operator(app).all(&format!("{INQUIRIES}?form={}", id(form)))
}

/// What was told of an inquiry under this name, the oldest first.
#[track_caller]
pub fn events(app: &TestApp, inquiry: &Value, kind: &str) -> Vec<Value> {
    let mut events = operator(app).all(&format!("{}/timeline", path(inquiry)));
    events.retain(|event| event["type"] == kind);
    events.reverse();
    events
}

/// Every row of every table.
pub fn everything(app: &TestApp) -> BTreeMap<String, String> {
    #[derive(QueryableByName)]
    struct Told {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        text: String,
    }
    let rows = app.read(|read| {
        let is_sqlite = matches!(read.conn, DbConnection::Sqlite(_));
        let tables = if is_sqlite {
            "SELECT m.name AS name, group_concat('quote(\"' || c.name || '\")', ' || ''|'' || ') AS \
             text FROM sqlite_master AS m \
             JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE \
             VIRTUAL%' AND m.name NOT LIKE 'sqlite_%' GROUP BY m.name"
        } else {
            "SELECT table_name::text AS name, 'line::text' AS text FROM information_schema.tables WHERE \
            table_schema = 'public'"
        };
        let of_table = |Told { name, text }: Told| {
            let together = if is_sqlite {
                "group_concat(line, char(10))"
            } else {
                "string_agg(line, chr(10) ORDER BY line)"
            };
            let from = if is_sqlite { format!("\"{name}\"") } else { format!("\"{name}\" AS line") };
            format!(
                "SELECT '{name}' AS name, coalesce((SELECT {together} FROM (SELECT {text} AS line FROM \
                {from} ORDER BY 1) AS lines), '') AS text"
            )
        };
        let all: Vec<String> = sql_query(tables).load(read.conn)?.into_iter().map(of_table).collect();
        Ok(sql_query(all.join(" UNION ALL ")).load::<Told>(read.conn)?)
    });
    // The probe is written by itself.
    rows.into_iter().map(|row| (row.name, row.text)).filter(|(name, _)| name != "readiness_probe").collect()
}
