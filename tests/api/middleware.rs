//! What every request meets and every answer has, whatever it is about: ids, problems, languages, limits,
//! queries. The OpenAPI document, health and figures are in `document.rs`; what single operations do, in the
//! other files.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, path};
use crate::support::{Answer, Client, TestApp, each_database};

/// Words that would tell how the product is made.
const INSIDE: [&str; 13] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "diesel",
    "sqlite",
    "postgres",
    "constraint",
    "::",
    ".rs",
    "panicked",
    "stack",
    "serde",
    "at line",
];

/// One refusal of each kind that can be provoked from outside.
fn refusals(app: &TestApp, headers: &[(&str, &str)]) -> Vec<(u16, Answer)> {
    let (admin, agent, nobody) = (app.admin(), app.login(Role::Agent), app.nobody());
    let inquiry = create(admin, json!({}));
    let email = json!({"email": "taken@example.com", "name": "先到", "role": "agent"});
    admin.post(USERS, &email);
    let json_type = ("Content-Type", "application/json");
    let all = |more: &[(&'static str, &'static str)]| -> Vec<(String, String)> {
        headers.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let send = |client: &Client,
                method: &str,
                to: &str,
                more: &[(&'static str, &'static str)],
                body: Option<Vec<u8>>| {
        let headers = all(more);
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        client.send(method, to, &headers, body)
    };
    vec![
        (400, send(admin, "POST", INQUIRIES, &[json_type], Some(b"{".to_vec()))),
        (400, send(admin, "GET", "/api/v1/inquiries?limit=many", &[], None)),
        (401, send(&nobody, "GET", "/api/v1/me", &[], None)),
        (403, send(&agent, "GET", USERS, &[], None)),
        (404, send(admin, "GET", "/nowhere", &[], None)),
        (404, send(admin, "GET", "/api/v1/inquiries/inq_x", &[], None)),
        (405, send(admin, "PUT", INQUIRIES, &[json_type], Some(b"{}".to_vec()))),
        (409, send(admin, "POST", USERS, &[json_type], Some(email.to_string().into_bytes()))),
        (
            412,
            send(admin, "PATCH", &path(&inquiry), &[json_type, ("If-Match", "\"99\"")], Some(b"{}".to_vec())),
        ),
        (413, send(admin, "POST", INQUIRIES, &[json_type], Some(vec![b' '; (1 << 20) + 1]))),
        (415, send(admin, "POST", INQUIRIES, &[("Content-Type", "text/csv")], Some(b"need".to_vec()))),
        (422, send(admin, "POST", INQUIRIES, &[json_type], Some(b"{}".to_vec()))),
        (422, send(admin, "POST", USERS, &[json_type], Some(b"{\"email\": 5}".to_vec()))),
    ]
}

fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

each_database! {
    fn every_answer_has_a_request_id_of_its_own(app) {
        let (admin, nobody) = (app.admin(), app.nobody());
        let answers = [
            admin.get("/api/v1/me").expect(200),
            admin.get(INQUIRIES).expect(200),
            admin.post(INQUIRIES, &json!({"need": "x", "assign": "none"})).expect(201),
            nobody.get("/healthz").expect(200),
            nobody.get("/readyz").expect(200),
            nobody.get("/openapi.json").expect(200),
            nobody.get("/docs/").expect(200),
            nobody.get("/f/default").expect(200),
            nobody.get("/nowhere").expect(404),
            nobody.get("/api/v1/me").expect(401),
            nobody.send("PUT", "/f/default", &[], None).expect(405),
            nobody.post_bytes("/f/default", "application/json", "{").expect(400),
        ];
        let mut told: Vec<&str> =
            answers.iter().map(|answer| answer.header("x-request-id").expect("an id")).collect();
        assert!(told.iter().all(|id| id.starts_with("req_")));
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), answers.len());
        assert!(answers.iter().all(|answer| answer.header("x-content-type-options") == Some("nosniff")));
    }

    fn every_refusal_is_a_problem(app) {
        for (status, answer) in refusals(&app, &[]) {
            assert_eq!(answer.status, status, "{}", answer.text);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            assert_eq!(answer.json["status"], status);
            assert_eq!(answer.json["type"], format!("urn:leaddock:problem:{}", answer.code()));
            assert_eq!(answer.json["request_id"].as_str(), answer.header("x-request-id"));
            assert!(
                !answer.code().is_empty()
                    && answer
                        .code()
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            );
            for words in ["title", "detail"] {
                assert!(
                    !answer.json[words].as_str().unwrap().is_empty() && !chinese(&answer.text),
                    "{}",
                    answer.text
                );
            }
            assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
            assert_eq!(answer.header("allow").is_some(), status == 405);
        }
        assert_eq!(app.mails().len(), 1, "an invitation");
    }

    fn a_refusal_is_worded_in_chinese_for_who_wants_it(app) {
        let in_english = refusals(&app, &[]);
        app.advance(Duration::seconds(1));
        for ((_, english), (status, answer)) in
            in_english.iter().zip(refusals(&app, &[("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.5")]))
        {
            assert_eq!((answer.status, answer.code()), (status, english.code()), "{}", answer.text);
            assert!(
                chinese(answer.json["title"].as_str().unwrap())
                    && chinese(answer.json["detail"].as_str().unwrap()),
                "{}",
                answer.text
            );
            for fault in answer.json["errors"].as_array().into_iter().flatten() {
                assert!(chinese(fault["message"].as_str().unwrap()), "{fault}");
            }
        }
        assert_eq!(app.mails().len(), 1, "an invitation");
    }

    fn the_language_is_the_one_wanted_most(app) {
        for (accept, wanted) in [
            (None, false),
            (Some(""), false),
            (Some("en"), false),
            (Some("fr-FR"), false),
            (Some("en-GB, zh;q=0.1"), false),
            (Some("!!!"), false),
            (Some("*"), false),
            (Some("zh"), true),
            (Some("zh-TW"), true),
            (Some("en;q=0.3, zh;q=0.8"), true),
            (Some("fr, zh;q=0.4"), true),
            (Some("ZH-cn"), true),
        ] {
            let headers: Vec<(&str, &str)> =
                accept.map(|accept| ("Accept-Language", accept)).into_iter().collect();
            let answer = app.nobody().send("GET", "/nowhere", &headers, None).expect(404);
            assert_eq!(chinese(answer.json["title"].as_str().unwrap()), wanted, "{accept:?}");
            // A page speaks its form's language to who wants none of ours.
            let page = app.nobody().send("GET", "/f/default", &headers, None).expect(200);
            let wants_english = accept.is_some_and(|accept| accept.contains("en") && !wanted);
            assert_eq!(page.text.contains("<html lang=\"en\">"), wants_english, "{accept:?}");
        }
    }

    fn a_wrong_method_is_told_the_right_ones(app) {
        let inquiry = create(app.admin(), json!({}));
        for (method, to, allowed) in [
            ("PUT", INQUIRIES, "GET, HEAD, POST"),
            ("DELETE", INQUIRIES, "GET, HEAD, POST"),
            ("PUT", &path(&inquiry), "DELETE, GET, HEAD, PATCH"),
            ("GET", "/api/v1/auth/login", "POST"),
            ("PATCH", "/api/v1/statuses", "GET, HEAD"),
            ("GET", &format!("{}/assign", path(&inquiry)), "POST"),
            ("POST", "/api/v1/reports/overview", "GET, HEAD"),
            ("PUT", "/f/default", "GET, HEAD, OPTIONS, POST"),
            ("POST", "/f/default/thanks", "GET, HEAD"),
            ("DELETE", "/i/inq_x", "GET, HEAD"),
            ("POST", "/healthz", "GET, HEAD"),
            ("DELETE", "/metrics", "GET, HEAD"),
            ("POST", "/openapi.json", "GET, HEAD"),
            ("POST", "/docs", "GET, HEAD"),
            ("POST", "/docs/", "GET, HEAD"),
        ] {
            for client in [app.admin(), &app.nobody()] {
                let answer = client
                    .send(method, to, &[], (method != "GET").then(Vec::new))
                    .refused(405, "method_not_allowed");
                let mut told: Vec<&str> = answer.header("allow").expect("Allow").split(", ").collect();
                told.sort_unstable();
                assert_eq!(told.join(", "), allowed, "{method} {to}");
            }
        }
    }

    fn head_is_get_without_the_body(app) {
        let inquiry = create(app.admin(), json!({}));
        for to in [
            INQUIRIES.to_owned(),
            path(&inquiry),
            "/healthz".to_owned(),
            "/openapi.json".to_owned(),
            "/f/default".to_owned(),
            "/nowhere".to_owned(),
        ] {
            let (full, head) = (app.admin().get(&to), app.admin().send("HEAD", &to, &[], None));
            assert_eq!((head.status, head.text.as_str()), (full.status, ""), "{to}");
            for name in ["content-type", "etag"] {
                assert_eq!(head.header(name), full.header(name), "{to}");
            }
        }
    }

    fn an_unknown_address_is_404_also_without_a_credential(app) {
        for to in [
            "/",
            "/nowhere",
            "/api/v1",
            "/api/v1/",
            "/api/v2/inquiries",
            "/api/v1/inquiries/a/b/c",
            "/f",
            "/f/no-such-form",
            "/F/default",
        ] {
            app.nobody().get(to).refused(404, "not_found");
            app.admin().post(to, &json!({})).refused(404, "not_found");
        }
    }

    fn a_slash_at_the_end_changes_nothing(app) {
        let inquiry = create(app.admin(), json!({}));
        let without = |text: &str| text.split("\"request_id\"").next().unwrap_or_default().to_owned();
        for to in [
            INQUIRIES,
            &path(&inquiry),
            "/api/v1/me",
            "/f/default",
            "/f/default/thanks",
            "/healthz",
            "/openapi.json",
            "/a/password",
            "/nowhere",
            "/api/v1",
        ] {
            for client in [app.admin(), &app.nobody()] {
                let (plain, slash) = (client.get(to), client.get(&format!("{to}/")));
                assert_eq!(
                    (plain.status, plain.header("etag")),
                    (slash.status, slash.header("etag")),
                    "{to}"
                );
                if !to.starts_with("/f/default") && to != "/a/password" {
                    assert_eq!(without(&plain.text), without(&slash.text), "{to}");
                }
            }
        }
        app.admin().post(&format!("{INQUIRIES}/"), &json!({"need": "厂房", "assign": "none"})).expect(201);
        app.admin().patch(&format!("{}/", path(&inquiry)), &json!({"need": "土地"})).expect(200);
        app.nobody().post("/f/default/", &json!({"need": "办公室"})).expect(202);
        assert_eq!(app.admin().get(&format!("{INQUIRIES}/?count=true&limit=1")).expect(200).json["total"], 3);
        // A page goes on wherever the slash is; a key counts for both.
        let first = app.admin().get(&format!("{INQUIRIES}?limit=2")).expect(200).json;
        let rest = app
            .admin()
            .get(&format!("{INQUIRIES}/?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()))
            .expect(200);
        assert_eq!(rest.rows().len(), 1);
        let key = [("Idempotency-Key", "slash-1")];
        let made =
            app.admin().post_with(INQUIRIES, &json!({"need": "仓库", "assign": "none"}), &key).expect(201);
        let again = app
            .admin()
            .post_with(&format!("{INQUIRIES}/"), &json!({"need": "仓库", "assign": "none"}), &key)
            .expect(201);
        assert_eq!(made.id(), again.id());
        // Other methods are told as they are without it, and more than one slash is another address.
        assert_eq!(
            app.admin()
                .send("PUT", &format!("{INQUIRIES}/"), &[], Some(Vec::new()))
                .refused(405, "method_not_allowed")
                .header("allow")
                .map(str::len),
            Some(15)
        );
        app.admin().get(&format!("{INQUIRIES}//")).refused(404, "not_found");
        app.nobody().get("/docs/").expect(200);
    }

    fn no_answer_tells_how_the_product_is_made(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let mut answers: Vec<(String, Answer)> =
            refusals(&app, &[]).into_iter().map(|(status, answer)| (status.to_string(), answer)).collect();
        let odd_words = [
            "%00",
            "%FF",
            "%2e%2e",
            "'",
            "%22",
            "inq_'%20OR%201=1",
            "inq_00000000000000000000000000",
            "-1",
            "null",
            "%F0%9F%98%80",
            "inq_%E5%8E%82",
        ];
        for odd in odd_words.map(str::to_owned).into_iter().chain(["a".repeat(3000)]) {
            for list in [INQUIRIES, "/api/v1/reports", "/f", "/i"] {
                answers.push((format!("GET {list}/{odd}"), admin.get(&format!("{list}/{odd}"))));
                answers
                    .push((format!("POST {list}/{odd}"), admin.post(&format!("{list}/{odd}"), &json!({}))));
            }
            answers.push((
                format!("status of {odd}"),
                admin.post(
                    &format!("{INQUIRIES}/{odd}/status"),
                    &json!({"status": "lost", "reason": "other"}),
                ),
            ));
            answers.push((
                format!("PATCH of {odd}"),
                admin.patch(&format!("{INQUIRIES}/{odd}"), &json!({"company": "x"})),
            ));
            for name in ["q", "tag", "region", "assignee", "cursor", "received_from", "tax_min"] {
                answers.push((format!("{name}={odd}"), admin.get(&format!("{INQUIRIES}?{name}={odd}"))));
            }
            answers.push((
                format!("report from {odd}"),
                admin.get(&format!("/api/v1/reports/overview?from={odd}&team={odd}")),
            ));
        }
        let names = [
            "need",
            "company",
            "phone",
            "tags",
            "custom",
            "facts",
            "assign",
            "kind",
            "due_at",
            "next",
            "assignee_id",
            "team_id",
            "locale",
        ];
        let places = [
            INQUIRIES.to_owned(),
            USERS.to_owned(),
            "/api/v1/auth/login".to_owned(),
            format!("{}/assign", path(&inquiry)),
            format!("{}/follow-ups", path(&inquiry)),
        ];
        for value in [
            json!(null),
            json!(1e308),
            json!([[]]),
            json!({"a": {}}),
            json!("\u{0}"),
            json!("x".repeat(20_000)),
        ] {
            let everything: Value = names.into_iter().map(|name| (name.to_owned(), value.clone())).collect();
            let label =
                |to: &str| format!("{} to {to}", value.to_string().chars().take(20).collect::<String>());
            for to in &places {
                answers.push((label(to), admin.post(to, &everything)));
                answers.push((label(to), admin.post(to, &value)));
            }
            // One at a time, so that no other fault hides what it does.
            for name in names {
                answers.push((
                    format!("{name}: {}", label("POST")),
                    admin.post(INQUIRIES, &json!({name: value})),
                ));
                answers.push((
                    format!("{name}: {}", label("PATCH")),
                    admin.patch(&path(&inquiry), &json!({name: value})),
                ));
            }
            answers.push((
                label("login"),
                admin.post("/api/v1/auth/login", &json!({"email": value, "password": value})),
            ));
            answers.push((label("/f/default"), app.nobody().post("/f/default", &everything)));
        }
        for (asked, answer) in answers {
            assert!(answer.status < 500, "{asked}: {} {}", answer.status, answer.text);
            if answer.status >= 400 {
                let found =
                    INSIDE.iter().find(|word| answer.text.to_lowercase().contains(&word.to_lowercase()));
                assert!(found.is_none(), "{asked}: {found:?} in {}", answer.text);
            }
        }
        // The agent of the refusals has got what went through.
        app.mails();
    }
}
