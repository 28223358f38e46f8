//! The policy from outside: every operation, by everybody, against its table in the document and in the
//! program; a refusal changes nothing. Which records a role reaches in lists is tested with the records, what
//! a key is for besides in keys.rs.

use std::collections::BTreeMap;

use chrono::Duration;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use leaddock::access::policy::KeyScope;
use leaddock::access::{Permission, Reach, Role};
use leaddock::platform::db::DbConnection;
use serde_json::{Value, json};

use crate::operations::{OPEN, OPERATIONS};
use crate::support::desk::{USERS, follow_up, give, id};
use crate::support::{Client, PASSWORD, TestApp, each_database};

/// What may change though somebody is refused: that he tried is told, and a key of his is kept for another
/// time.
const APART: [&str; 3] = ["audit", "readiness_probe", "idempotency_keys"];

/// The operations of the document, each with the permission that this test knows for it.
fn operations(app: &TestApp) -> Vec<(String, String, Permission, Value)> {
    let document = app.nobody().get("/openapi.json").expect(200).json;
    let mut all = Vec::new();
    for (pattern, methods) in
        document["paths"].as_object().unwrap().iter().filter(|(pattern, _)| pattern.starts_with("/api/"))
    {
        for (method, operation) in methods.as_object().unwrap() {
            if OPEN.contains(&(method.as_str(), pattern.as_str())) {
                assert!(
                    operation["x-permission"].is_null() && operation["x-reach"].is_null(),
                    "{method} {pattern} is open"
                );
                continue;
            }
            let known = OPERATIONS.iter().find(|(m, p, _)| m == method && p == pattern);
            let (.., permission) =
                known.unwrap_or_else(|| panic!("{method} {pattern} is in no table of this test"));
            all.push((method.clone(), pattern.clone(), *permission, operation.clone()));
        }
    }
    assert_eq!(all.len(), OPERATIONS.len(), "an operation of the table is gone");
    all
}

/// Bodies that a caller without the permission might send: good ones.
fn good_bodies() -> Vec<Vec<u8>> {
    let good = [
        json!({"email": "new@example.com", "name": "新人", "role": "admin"}),
        json!({"name": "改名", "role": "admin"}),
        json!({"name": "改名"}),
        json!({"name": "钥匙", "scopes": ["admin", "write"]}),
        json!({"current_password": PASSWORD, "new_password": "a-brand-new-passphrase-77"}),
        json!({"code": "000000"}),
        json!({"company": "改名"}),
        json!({"status": "contacted"}),
        json!({"auto": true}),
        json!({"kind": "call", "outcome": "reached"}),
        json!({"outcome": "reached"}),
        json!({"url": "https://hooks.example.com/", "events": ["*"]}),
        json!({"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"}),
        json!({"type": "wecom", "name": "群", "url": "https://robot.invalid/x"}),
        json!({}),
    ];
    good.iter().map(|body| body.to_string().into_bytes()).collect()
}

/// And what is at fault in each way.
fn bad_bodies() -> Vec<Vec<u8>> {
    [
        json!({"nonsense": [1, 2]}).to_string().into_bytes(),
        b"".to_vec(),
        b"{".to_vec(),
        vec![b'['; 1000],
        vec![b' '; (1 << 20) + 1],
    ]
    .into()
}

/// Everything that the database holds, table by table, but what stands apart.
fn content(app: &TestApp) -> BTreeMap<String, String> {
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
            // The quoted columns of each table, as one line.
            "SELECT m.name AS name, group_concat('quote(\"' || c.name || '\")', ' || ''|'' || ') AS \
             text FROM sqlite_master AS m \
             JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE \
             VIRTUAL%' AND m.name NOT LIKE 'sqlite_%' GROUP BY m.name"
        } else {
            "SELECT table_name::text AS name, 'line::text' AS text FROM information_schema.tables WHERE \
            table_schema = 'public'"
        };
        let tables: Vec<Told> = sql_query(tables).load(read.conn)?;
        let of_table = |table: Told| {
            let Told { name, text } = table;
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
        let all: Vec<String> =
            tables.into_iter().filter(|table| !APART.contains(&table.name.as_str())).map(of_table).collect();
        Ok(sql_query(all.join(" UNION ALL ")).load::<Told>(read.conn)?)
    });
    let all: BTreeMap<String, String> = rows.into_iter().map(|row| (row.name, row.text)).collect();
    assert!(
        ["users", "sessions", "events", "inquiries", "api_keys"].iter().all(|table| !all[*table].is_empty()),
        "the tables are seen"
    );
    all
}

/// What a caller shows himself with.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    /// Nothing, or what is worth nothing.
    Nothing,
    Session(Role),
    /// A key of an admin's.
    Key(KeyScope),
}

struct Caller {
    what: &'static str,
    client: Client,
    shown: Shown,
    /// Whose inquiry, plan, team and session it is that is asked for.
    owner: bool,
    /// Whether he has nothing to do with them.
    foreign: bool,
}

fn caller(what: &'static str, client: &Client, shown: Shown) -> Caller {
    Caller {
        what,
        client: client.clone(),
        shown,
        owner: what == "their agent",
        foreign: what.starts_with("another"),
    }
}

/// A desk at work: who walks, and the things that are asked for.
struct Scene {
    owner: Client,
    admin: Client,
    strangers: Vec<Caller>,
    things: BTreeMap<&'static str, String>,
}

fn scene(app: &TestApp) -> Scene {
    // All of them could do everything, if they were let in.
    let expired = app.login(Role::Admin);
    app.advance(Duration::minutes(15));
    let admin = app.admin().clone();
    let gone = app.login(Role::Admin);
    admin.patch(&format!("{USERS}/{}", gone.id()), &json!({"active": false})).expect(200);
    let login = app
        .nobody()
        .post("/api/v1/auth/login", &json!({"email": app.email(admin.id()), "password": PASSWORD}))
        .expect(200);
    let refreshing = app.nobody().with_token(login.json["refresh_token"].as_str().unwrap());

    let owner = app.login_in(Role::Agent, Some("东区"));
    let inquiry = give(&admin, owner.id(), json!({}));
    let plan = follow_up(
        &admin,
        &inquiry,
        json!({"kind": "call", "due_at": app.clock.now().plus(Duration::days(1))}),
    );
    app.mails();
    let notification = admin.all("/api/v1/notifications")[0].clone();
    let key = admin.post("/api/v1/api-keys", &json!({"name": "钥匙", "scopes": ["read"]})).expect(201);
    let session = owner.all("/api/v1/me/sessions")[0].clone();
    let receipt = app
        .nobody()
        .post("/f/default", &json!({"need": "求租仓库", "_gotcha": "kept, and nobody is told"}))
        .expect(202);
    let team = owner.get("/api/v1/me").expect(200).json["team_id"].as_str().unwrap().to_owned();
    let rule = json!({"name": "规则", "when": {"keywords": ["夜里"]}, "then": {"strategy": "pool"}});
    let rule = admin.post("/api/v1/assignment-rules", &rule).expect(201);
    // Nothing is posted there.
    let hook = json!({"url": "https://hooks.example.com/", "events": ["*"], "active": false});
    let hook = admin.post("/api/v1/webhooks", &hook).expect(201);
    let robot = json!({"type": "wecom", "name": "群", "url": "https://robot.invalid/", "active": false});
    let robot = admin.post("/api/v1/channels", &robot).expect(201);
    let schedule = json!({"name": "周报", "reports": [{"report": "overview"}], "period": "yesterday",
        "every": "day", "at": "08:30", "receivers": [owner.id()], "active": false});
    let schedule = owner.post("/api/v1/report-schedules", &schedule).expect(201);
    let things = [
        ("report-schedules", schedule.id()),
        ("webhooks", hook.id()),
        ("assignment-rules", rule.id()),
        ("channels", robot.id()),
        ("inquiries", id(&inquiry).to_owned()),
        ("follow-ups", id(&plan).to_owned()),
        ("notifications", id(&notification).to_owned()),
        ("users", owner.id().to_string()),
        ("teams", team),
        ("api-keys", key.id()),
        ("me", id(&session).to_owned()),
        ("forms", id(&admin.all("/api/v1/forms")[0]).to_owned()),
        ("receipts", receipt.json["receipt_id"].as_str().unwrap().to_owned()),
    ];
    let strangers = [
        ("nobody", &app.nobody()),
        ("who has left", &gone),
        ("an old access token", &expired),
        ("a refresh token", &refreshing),
    ];
    let strangers = strangers.map(|(what, client)| caller(what, client, Shown::Nothing)).into();
    Scene { owner, admin, strangers, things: things.into() }
}

/// What a caller is answered who is not let through, by the table of the document, which is the program's.
fn refusal(operation: &Value, permission: Permission, shown: Shown) -> Option<(u16, &'static str)> {
    let (told, meant) = match shown {
        Shown::Nothing => return Some((401, "unauthenticated")),
        Shown::Session(role) => {
            (operation["x-reach"][role.word()] != "–", permission.reach(role) != Reach::Nothing)
        }
        Shown::Key(scope) => {
            let told = operation["x-key-scopes"].as_array().unwrap().iter().any(|word| word == scope.word());
            // The keys of this test are an admin's.
            (
                told && operation["x-reach"][Role::Admin.word()] != "–",
                permission.key_scopes().contains(&scope) && permission.reach(Role::Admin) != Reach::Nothing,
            )
        }
    };
    assert_eq!(told, meant, "the document and the program differ: {operation}");
    (!told).then_some((403, "forbidden"))
}

/// Each of these callers tries every operation.
fn walk(app: &TestApp, scene: &Scene, callers: &[&Caller]) {
    for (method, pattern, permission, operation) in operations(app) {
        let kind = pattern.split('/').nth(3).unwrap();
        let one = pattern.contains("{id}");
        let real = if one { scene.things[kind].clone() } else { String::new() };
        let calls = |client: &Client, id: &str, bodies: Vec<Vec<u8>>| -> Vec<(u16, String)> {
            let to = pattern
                .replace("{name}/drill", "overview/drill?cell=received")
                .replace("{name}", "overview")
                .replace("{id}", id);
            let to = to.replace("{did}", "dlv_00000000000000000000000000");
            let bodies = if matches!(method.as_str(), "get" | "delete") {
                vec![None]
            } else {
                bodies.into_iter().map(Some).collect()
            };
            let call = |body| {
                client.send(
                    &method.to_uppercase(),
                    &to,
                    &[("Content-Type", "application/json"), ("Idempotency-Key", "walk")],
                    body,
                )
            };
            bodies.into_iter().map(call).map(|answer| (answer.status, answer.code().to_owned())).collect()
        };
        let before = content(app);
        let (refused, let_in): (Vec<&Caller>, Vec<&Caller>) = callers
            .iter()
            .copied()
            .partition(|caller| refusal(&operation, permission, caller.shown).is_some());
        for caller in refused {
            let wanted = refusal(&operation, permission, caller.shown).unwrap();
            for (status, code) in calls(&caller.client, &real, [good_bodies(), bad_bodies()].concat()) {
                assert_eq!((status, code.as_str()), wanted, "{method} {pattern} by {}", caller.what);
            }
            assert_eq!(content(app), before, "{method} {pattern} by {} changed something", caller.what);
        }
        for caller in &let_in {
            let out_of_reach = match kind {
                "me" => one && !caller.owner,
                "report-schedules" => one && (caller.foreign || caller.what == "their manager"),
                "inquiries" | "follow-ups" | "teams" | "users" => one && caller.foreign,
                _ => false,
            };
            let told =
                |status: u16, code: &str| format!("{method} {pattern} by {}: {status} {code}", caller.what);
            if out_of_reach {
                let answers = calls(&caller.client, &real, [good_bodies(), bad_bodies()].concat());
                for (status, code) in &answers {
                    assert!(matches!(status, 400 | 404 | 413 | 422), "{}", told(*status, code));
                }
                assert!(answers.iter().any(|(status, _)| *status == 404), "{}", told(0, "never found"));
                assert_eq!(content(app), before, "{method} {pattern} by {} changed something", caller.what);
            } else if method == "get" {
                for (status, code) in calls(&caller.client, &real, Vec::new()) {
                    assert_eq!(status, 200, "{}", told(status, &code));
                }
            }
        }
        // Who may, is told something else: about what is not there, or of his nonsense, so that little
        // changes.
        for caller in let_in {
            let prefix = real.split('_').next().unwrap();
            let client = if pattern.ends_with("/logout") {
                app.login_as(caller.client.id())
            } else {
                caller.client.clone()
            };
            let bodies = if one {
                [good_bodies(), bad_bodies()].concat()
            } else {
                vec![json!({"nonsense": [1, 2]}).to_string().into_bytes()]
            };
            for (status, code) in calls(&client, &format!("{prefix}_00000000000000000000000000"), bodies) {
                assert!(
                    !matches!(status, 401 | 403 | 405 | 500..),
                    "{method} {pattern} by {}: {status} {code}",
                    caller.what
                );
                assert!(
                    !one || matches!(status, 400 | 404 | 413 | 422),
                    "{method} {pattern} by {}: {status} {code}",
                    caller.what
                );
            }
        }
    }
}

each_database! {
    fn the_document_says_what_the_policy_says(app) {
        for (method, pattern, permission, operation) in operations(&app) {
            assert_eq!(operation["x-permission"], permission.word(), "{method} {pattern}");
            let reach: BTreeMap<String, String> = Role::ALL
                .iter()
                .map(|role| (role.word().to_owned(), permission.reach(*role).word().to_owned()))
                .collect();
            assert_eq!(operation["x-reach"], json!(reach), "{method} {pattern}");
            let scopes: Vec<&str> = permission.key_scopes().iter().map(|scope| scope.word()).collect();
            assert_eq!(operation["x-key-scopes"], json!(scopes), "{method} {pattern}");
        }
        for permission in Permission::ALL {
            assert!(
                OPERATIONS.iter().any(|(.., asked)| asked == permission),
                "{} is asked for nowhere",
                permission.word()
            );
        }
    }

    fn each_operation_opens_to_its_roles_only(app) {
        let scene = scene(&app);
        let callers = [
            caller("their agent", &scene.owner, Shown::Session(Role::Agent)),
            caller("another agent", &app.login_in(Role::Agent, Some("西区")), Shown::Session(Role::Agent)),
            caller(
                "their manager",
                &app.login_in(Role::Manager, Some("东区")),
                Shown::Session(Role::Manager),
            ),
            caller(
                "another manager",
                &app.login_in(Role::Manager, Some("西区")),
                Shown::Session(Role::Manager),
            ),
            caller("an admin", &scene.admin, Shown::Session(Role::Admin)),
        ];
        let everybody: Vec<&Caller> = scene.strangers.iter().chain(&callers).collect();
        walk(&app, &scene, &everybody);
    }

    fn each_operation_opens_to_keys_of_its_scopes_only(app) {
        let scene = scene(&app);
        let callers: Vec<Caller> = KeyScope::ALL
            .iter()
            .map(|scope| {
                let key = scene
                    .admin
                    .post("/api/v1/api-keys", &json!({"name": scope.word(), "scopes": [scope.word()]}))
                    .expect(201);
                caller(
                    scope.word(),
                    &app.nobody().with_token(key.json["secret"].as_str().unwrap()),
                    Shown::Key(*scope),
                )
            })
            .collect();
        assert_eq!(callers.len(), 5);
        walk(&app, &scene, &callers.iter().collect::<Vec<_>>());
    }
}
