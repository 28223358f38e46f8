//! What every request meets and every answer has, whatever it is about: ids, problems, languages, limits, queries.
//! The OpenAPI document, health and figures are in `document.rs`; what single operations do, in the other files.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, USERS, create, id, path, six};
use crate::support::{Answer, Client, Database, TestApp, each_database};

/// Words that would tell how the product is made.
const INSIDE: [&str; 13] =
    ["SELECT ", "INSERT ", "UPDATE ", "diesel", "sqlite", "postgres", "constraint", "::", ".rs", "panicked", "stack", "serde", "at line"];

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
    let send = |client: &Client, method: &str, to: &str, more: &[(&'static str, &'static str)], body: Option<Vec<u8>>| {
        let headers = all(more);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
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
        (412, send(admin, "PATCH", &path(&inquiry), &[json_type, ("If-Match", "\"99\"")], Some(b"{}".to_vec()))),
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
        let mut told: Vec<&str> = answers.iter().map(|answer| answer.header("x-request-id").expect("an id")).collect();
        assert!(told.iter().all(|id| id.starts_with("req_")));
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), answers.len());
        assert!(answers.iter().all(|answer| answer.header("x-content-type-options") == Some("nosniff")));
    }

    fn at_most_a_hundred_faults_are_told(app) {
        let members: serde_json::Map<String, Value> = (0..50_000).map(|n| (format!("x{n}"), json!(1))).collect();
        let answer = app.admin().post(INQUIRIES, &Value::Object(members)).refused(422, "invalid");
        assert_eq!(answer.json["errors"].as_array().unwrap().len(), 100);
        let query: Vec<String> = (0..2_000).map(|n| format!("x{n}=1")).collect();
        let answer = app.admin().get(&format!("{INQUIRIES}?{}", query.join("&"))).refused(400, "bad_query");
        assert_eq!(answer.json["errors"].as_array().unwrap().len(), 100);
        let tags = json!({"need": "x", "tags": vec![1; 50_000]});
        let answer = app.admin().post(INQUIRIES, &tags).refused(422, "invalid");
        assert!(answer.json["errors"].as_array().unwrap().len() <= 100);
    }

    fn what_everybody_may_send_is_small(app) {
        let members: serde_json::Map<String, Value> = (0..80_000).map(|n| (format!("x{n}"), json!(1))).collect();
        let large = Value::Object(members);
        for to in ["login", "refresh", "password-reset", "password-reset/confirm"] {
            app.nobody().post(&format!("/api/v1/auth/{to}"), &large).refused(413, "too_large");
            let most = format!("{{\"x\": \"{}\"}}", "x".repeat((16 << 10) - 9));
            app.nobody().post_bytes(&format!("/api/v1/auth/{to}"), "application/json", most.as_str()).refused(422, "invalid");
            app.nobody().post_bytes(&format!("/api/v1/auth/{to}"), "application/json", format!("{most} ")).refused(413, "too_large");
        }
    }

    fn every_refusal_is_a_problem(app) {
        for (status, answer) in refusals(&app, &[]) {
            assert_eq!(answer.status, status, "{}", answer.text);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            assert_eq!(answer.json["status"], status);
            assert_eq!(answer.json["type"], format!("urn:leaddock:problem:{}", answer.code()));
            assert_eq!(answer.json["request_id"].as_str(), answer.header("x-request-id"));
            assert!(!answer.code().is_empty() && answer.code().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
            for words in ["title", "detail"] {
                assert!(!answer.json[words].as_str().unwrap().is_empty() && !chinese(&answer.text), "{}", answer.text);
            }
            assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
            assert_eq!(answer.header("allow").is_some(), status == 405);
        }
        assert_eq!(app.mails().len(), 1, "an invitation");
    }

    fn a_refusal_is_worded_in_chinese_for_who_wants_it(app) {
        let in_english = refusals(&app, &[]);
        app.advance(Duration::seconds(1));
        for ((_, english), (status, answer)) in in_english.iter().zip(refusals(&app, &[("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.5")])) {
            assert_eq!((answer.status, answer.code()), (status, english.code()), "{}", answer.text);
            assert!(chinese(answer.json["title"].as_str().unwrap()) && chinese(answer.json["detail"].as_str().unwrap()), "{}", answer.text);
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
            let headers: Vec<(&str, &str)> = accept.map(|accept| ("Accept-Language", accept)).into_iter().collect();
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
                let answer = client.send(method, to, &[], (method != "GET").then(Vec::new)).refused(405, "method_not_allowed");
                let mut told: Vec<&str> = answer.header("allow").expect("Allow").split(", ").collect();
                told.sort_unstable();
                assert_eq!(told.join(", "), allowed, "{method} {to}");
            }
        }
    }

    fn head_is_get_without_the_body(app) {
        let inquiry = create(app.admin(), json!({}));
        for to in [INQUIRIES.to_owned(), path(&inquiry), "/healthz".to_owned(), "/openapi.json".to_owned(), "/f/default".to_owned(), "/nowhere".to_owned()] {
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
        for to in [INQUIRIES, &path(&inquiry), "/api/v1/me", "/f/default", "/f/default/thanks", "/healthz", "/openapi.json", "/a/password", "/nowhere", "/api/v1"] {
            for client in [app.admin(), &app.nobody()] {
                let (plain, slash) = (client.get(to), client.get(&format!("{to}/")));
                assert_eq!((plain.status, plain.header("etag")), (slash.status, slash.header("etag")), "{to}");
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
        let rest = app.admin().get(&format!("{INQUIRIES}/?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).expect(200);
        assert_eq!(rest.rows().len(), 1);
        let key = [("Idempotency-Key", "slash-1")];
        let made = app.admin().post_with(INQUIRIES, &json!({"need": "仓库", "assign": "none"}), &key).expect(201);
        let again = app.admin().post_with(&format!("{INQUIRIES}/"), &json!({"need": "仓库", "assign": "none"}), &key).expect(201);
        assert_eq!(made.id(), again.id());
        // Other methods are told as they are without it, and more than one slash is another address.
        assert_eq!(app.admin().send("PUT", &format!("{INQUIRIES}/"), &[], Some(Vec::new())).refused(405, "method_not_allowed").header("allow").map(str::len), Some(15));
        app.admin().get(&format!("{INQUIRIES}//")).refused(404, "not_found");
        app.nobody().get("/docs/").expect(200);
    }

    fn a_fault_of_json_tells_where(app) {
        let body = "{\n  \"need\": \"求租厂房\",\n  \"company\": 启澜\n}";
        let answer = app.admin().post_bytes(INQUIRIES, "application/json", body).refused(400, "bad_json");
        assert_eq!((&answer.json["line"], &answer.json["column"]), (&json!(3), &json!(14)));
        assert_eq!(answer.json["errors"][0]["message"], "The JSON cannot be read: line 3, column 14: something is wrong here.");
        let headers = [("Content-Type", "application/json"), ("Accept-Language", "zh")];
        let answer = app.admin().send("POST", INQUIRIES, &headers, Some(body.into())).refused(400, "bad_json");
        assert_eq!(answer.json["errors"][0]["message"], "JSON 语法错误：第 3 行第 14 列，此处有误。");
    }

    fn what_a_query_lacks_is_told_in_words(app) {
        let told = |query: &str, accept: &str| {
            let answer = app.admin().send("GET", &format!("{INQUIRIES}?{query}"), &[("Accept-Language", accept)], None).refused(400, "bad_query");
            let fault = answer.json["errors"][0].clone();
            [&fault["pointer"], &fault["code"], &fault["message"]].map(|text| text.as_str().unwrap().to_owned())
        };
        assert_eq!(told("colour=red", "zh"), ["?colour", "unknown_parameter", "没有名为“colour”的查询参数。"]);
        assert_eq!(told("colour=red", "en")[2], "There is no query parameter named \"colour\".");
        assert_eq!(told("received_from=2026-11-23T08:30:00+08:00", "zh"), ["?received_from", "unescaped_plus", "网址中的加号表示空格，时区偏移的“+”请写作 %2B。"]);
        app.admin().get(&format!("{INQUIRIES}?received_from=2026-11-23T08:30:00%2B08:00")).expect(200);
        assert_eq!(told("received_from=soon", "zh")[2], "应为时间（RFC 3339，例如 2026-11-23T08:30:00Z）或日期（例如 2026-11-23）。");
        assert_eq!(told("team=x", "zh")[2], "应为团队编号。");
        assert_eq!(told("team=x", "en")[2], "Expected a team's id.");
        assert_eq!(told("count=maybe", "zh")[2], "只能是：true、false。");
    }

    fn faults_of_a_body_are_worded_in_both_languages(app) {
        let body = json!({"kind": "call", "due_at": "tomorrow", "note": 5, "nead": 1});
        let inquiry = create(app.admin(), json!({}));
        let told = |accept: &str| -> Vec<String> {
            let headers = [("Content-Type", "application/json"), ("Accept-Language", accept)];
            let answer = app.admin().send("POST", &format!("{}/follow-ups", path(&inquiry)), &headers, Some(body.to_string().into_bytes())).refused(422, "invalid");
            answer.json["errors"].as_array().unwrap().iter().map(|fault| fault["message"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(told("zh"), ["应为时间（RFC 3339），例如 2026-11-23T08:30:00Z。", "没有这个字段，或不允许填写。", "类型应为字符串或空值。"]);
        let english = ["Expected an RFC 3339 time such as 2026-11-23T08:30:00Z.", "There is no such member, or it cannot be written.", "The type must be string or null."];
        assert_eq!(told("en"), english);
    }

    fn json_that_cannot_be_read_is_400(app) {
        let odd: [&[u8]; 10] = [
            b"",
            b"{",
            b"[1,2",
            b"{\"need\": \"x\"",
            b"need=x",
            b"{\"need\": \"\xff\xfe\"}",
            b"{\"need\": \"\\ud800\"}",
            b"\xef\xbb\xbf{}",
            b"nul",
            b"{\"need\": 1e999}",
        ];
        for body in odd {
            app.admin().post_bytes(INQUIRIES, "application/json", body).refused(400, "bad_json");
        }
        for body in ["[]", "\"text\"", "5", "null", "true"] {
            app.admin().post_bytes(INQUIRIES, "application/json", body).expect(422);
        }
        let deep = |levels: usize| format!("{{\"need\": \"x\", \"assign\": \"none\", \"custom\": {}{}}}", "{\"a\":".repeat(levels) + "1", "}".repeat(levels));
        app.admin().post_bytes(INQUIRIES, "application/json", deep(31)).expect(201);
        app.admin().post_bytes(INQUIRIES, "application/json", deep(32)).refused(400, "too_deep");
        app.admin().post_bytes(INQUIRIES, "application/json", "[".repeat(100_000)).refused(400, "too_deep");
    }

    fn json_is_taken_by_any_of_its_names(app) {
        let body = json!({"need": "x", "assign": "none"}).to_string();
        for name in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"] {
            app.admin().post_bytes(INQUIRIES, name, body.clone()).expect(201);
        }
        for name in ["text/plain", "text/csv", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense", ""] {
            app.admin().post_bytes(INQUIRIES, name, body.clone()).refused(415, "unsupported_media_type");
        }
        app.admin().send("POST", INQUIRIES, &[], Some(body.into_bytes())).refused(415, "unsupported_media_type");
    }

    fn a_compressed_body_is_refused(app) {
        let body = json!({"need": "x", "assign": "none"}).to_string().into_bytes();
        for coding in ["gzip", "br", "deflate", "zstd", "x-gzip", "identity, gzip", "nonsense"] {
            let headers = [("Content-Type", "application/json"), ("Content-Encoding", coding)];
            app.admin().send("POST", INQUIRIES, &headers, Some(body.clone())).refused(415, "unsupported_media_type");
            app.nobody().send("POST", "/f/default", &headers, Some(body.clone())).refused(415, "unsupported_media_type");
        }
        assert!(app.admin().all("/api/v1/receipts").is_empty(), "nothing was kept of what nobody could read");
        app.nobody().send("POST", "/f/default", &[("Content-Type", "application/json"), ("Content-Encoding", "identity")], Some(body)).expect(202);
    }

    fn a_body_has_its_limit(app) {
        let padded = |to: usize| {
            let body = json!({"need": "x", "assign": "none"}).to_string();
            let blanks = " ".repeat(to - body.len());
            body + &blanks
        };
        app.admin().post_bytes(INQUIRIES, "application/json", padded(1 << 20)).expect(201);
        app.admin().post_bytes(INQUIRIES, "application/json", padded((1 << 20) + 1)).refused(413, "too_large");
        app.nobody().post_bytes("/f/default", "application/json", padded(64 << 10)).expect(202);
        app.nobody().post_bytes("/f/default", "application/json", padded((64 << 10) + 1)).refused(413, "too_large");
        // One Chinese character takes nine bytes in a form that is sent urlencoded.
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=cut"] {
            let fields = |to: usize| {
                let (before, after) = if kind.contains("cut") { ("--cut\r\nContent-Disposition: form-data; name=\"need\"\r\n\r\n", "\r\n--cut--\r\n") } else { ("need=", "") };
                format!("{before}{}{after}", "x".repeat(to - before.len() - after.len()))
            };
            app.nobody().post_bytes("/f/default", kind, fields(256 << 10)).expect(202);
            app.nobody().post_bytes("/f/default", kind, fields((256 << 10) + 1)).refused(413, "too_large");
        }
        // Whoever sends far too much gets to read the refusal too.
        app.nobody().post_bytes("/f/default", "application/json", padded(16 << 20)).refused(413, "too_large");
    }

    fn an_unknown_query_parameter_is_400_on_every_operation(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let document = admin.get("/openapi.json").expect(200).json;
        let mut asked = 0;
        for (pattern, methods) in
            document["paths"].as_object().unwrap().iter().filter(|(pattern, _)| pattern.starts_with("/api/") && !pattern.ends_with("/login"))
        {
            let to = pattern.replace("{name}", "overview").replace("{id}", id(&inquiry));
            for method in methods.as_object().unwrap().keys() {
                let answer = admin.send(
                    &method.to_uppercase(),
                    &format!("{to}?nonsense=1"),
                    &[("Content-Type", "application/json")],
                    (method != "get").then(|| b"{}".to_vec()),
                );
                // What is not there, or wrong in the body, may be told first; but nothing goes through.
                assert!(matches!(answer.status, 400 | 404 | 422), "{method} {to}: {} {}", answer.status, answer.text);
                if method == "get" && !pattern.contains("{id}") {
                    assert_eq!(answer.refused(400, "bad_query").pointers(), ["?nonsense"], "{to}");
                    asked += 1;
                }
            }
        }
        assert!(asked >= 7, "{asked}");
        admin.get(&format!("{}?nonsense=1", path(&inquiry))).refused(400, "bad_query");
        admin.delete(&format!("{}?nonsense=1", path(&inquiry))).refused(400, "bad_query");
        admin.get(&path(&inquiry)).expect(200);
    }

    fn a_bad_query_is_400_with_all_its_faults(app) {
        for query in [
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=x",
            "limit=",
            "limit=1.5",
            "limit=99999999999999999999",
            "count=maybe",
            "count=1",
            "sort=password_hash",
            "sort=random()",
            "sort=--received_at",
            "status=nonsense",
            "status=new,nonsense",
            "status=new,",
            "category=x",
            "assignee=usr_x",
            "assignee=inq_x",
            "team=x",
            "form=x",
            "need_kind=castle",
            "region=32050a",
            "region=3205074",
            "tax_min=much",
            "tax_max=NaN",
            "area_min=inf",
            "area_max=1,5",
            "received_from=yesterday",
            "received_from=2026-13-01",
            "received_to=2026-02-30",
            "received_to=2026-11-23T25:00:00Z",
            "updated_since=1",
            "tax_min=1&tax_min=2",
            "q=%00",
            "q=a%0Ab",
            "tag=%07",
            "STATUS=new",
            "q=%FF",
        ] {
            let answer = app.admin().get(&format!("{INQUIRIES}?{query}")).refused(400, "bad_query");
            assert!(answer.pointers()[0].starts_with('?'), "{query}: {}", answer.text);
        }
        app.admin().get(&format!("{INQUIRIES}?q={}", "x".repeat(201))).refused(400, "bad_query");
        app.admin().get(&format!("{INQUIRIES}?q={}", "%E5%8E%82".repeat(200))).expect(200);
        let all = app.admin().get(&format!("{INQUIRIES}?limit=0&sort=x&nonsense=1&tax_min=y&status=z")).refused(400, "bad_query");
        assert_eq!(all.pointers(), ["?limit", "?nonsense", "?sort", "?status", "?tax_min"]);
    }

    fn a_cursor_fits_only_the_list_it_came_from(app) {
        let admin = app.admin();
        let inquiries: Vec<Value> = (0..3).map(|_| create(admin, json!({"tags": ["甲"]}))).collect();
        let cursor_of = |to: &str| admin.get(to).expect(200).json["next_cursor"].as_str().expect("a next page").to_owned();
        let good = cursor_of(&format!("{INQUIRIES}?limit=1"));
        admin.get(&format!("{INQUIRIES}?limit=2&cursor={good}")).expect(200);
        admin.get(&format!("{INQUIRIES}?count=true&cursor={good}")).expect(200);

        for foreign in ["sort=received_at", "sort=-updated_at", "sort=tax", "tag=%E7%94%B2", "status=new", "q=x", "assignee=none", "received_from=2020-01-01"] {
            admin.get(&format!("{INQUIRIES}?{foreign}&cursor={good}")).refused(400, "bad_cursor");
        }
        let turned: String = good.chars().rev().collect();
        let longer = format!("{good}A");
        for bad in ["", "abc", "=", "....", "inq_x", &turned, &longer, &good[1..], &good[..good.len() - 1]] {
            admin.get(&format!("{INQUIRIES}?cursor={bad}")).refused(400, "bad_cursor");
        }
        // Every single sign of it counts.
        for at in 0..good.len() {
            let other = if &good[at..=at] == "A" { "B" } else { "A" };
            let bent = format!("{}{other}{}", &good[..at], &good[at + 1..]);
            admin.get(&format!("{INQUIRIES}?cursor={bent}")).refused(400, "bad_cursor");
        }

        // Nor does one list take another's.
        for inquiry in &inquiries {
            for hours in [1, 2] {
                admin
                    .post(&format!("{}/follow-ups", path(inquiry)), &json!({"kind": "call", "due_at": app.clock.now().plus(Duration::hours(hours))}))
                    .expect(201);
            }
        }
        let of_first = cursor_of(&format!("{}/follow-ups?limit=1", path(&inquiries[0])));
        let of_all = cursor_of("/api/v1/follow-ups?limit=1");
        let history = cursor_of(&format!("{}/timeline?limit=1", path(&inquiries[0])));
        for (to, cursor) in [
            (format!("{}/follow-ups", path(&inquiries[1])), &of_first),
            (format!("{}/timeline", path(&inquiries[1])), &history),
            ("/api/v1/follow-ups".to_owned(), &of_first),
            (format!("{}/follow-ups", path(&inquiries[0])), &of_all),
            (USERS.to_owned(), &of_all),
            ("/api/v1/notifications".to_owned(), &history),
            (INQUIRIES.to_owned(), &of_all),
        ] {
            admin.get(&format!("{to}?cursor={cursor}")).refused(400, "bad_cursor");
        }
    }

    fn no_answer_tells_how_the_product_is_made(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let mut answers: Vec<(String, Answer)> = refusals(&app, &[]).into_iter().map(|(status, answer)| (status.to_string(), answer)).collect();
        let odd_words =
            ["%00", "%FF", "%2e%2e", "'", "%22", "inq_'%20OR%201=1", "inq_00000000000000000000000000", "-1", "null", "%F0%9F%98%80", "inq_%E5%8E%82"];
        for odd in odd_words.map(str::to_owned).into_iter().chain(["a".repeat(3000)]) {
            for list in [INQUIRIES, "/api/v1/reports", "/f", "/i"] {
                answers.push((format!("GET {list}/{odd}"), admin.get(&format!("{list}/{odd}"))));
                answers.push((format!("POST {list}/{odd}"), admin.post(&format!("{list}/{odd}"), &json!({}))));
            }
            answers.push((format!("status of {odd}"), admin.post(&format!("{INQUIRIES}/{odd}/status"), &json!({"status": "lost", "reason": "other"}))));
            answers.push((format!("PATCH of {odd}"), admin.patch(&format!("{INQUIRIES}/{odd}"), &json!({"company": "x"}))));
            for name in ["q", "tag", "region", "assignee", "cursor", "received_from", "tax_min"] {
                answers.push((format!("{name}={odd}"), admin.get(&format!("{INQUIRIES}?{name}={odd}"))));
            }
            answers.push((format!("report from {odd}"), admin.get(&format!("/api/v1/reports/overview?from={odd}&team={odd}"))));
        }
        let names = ["need", "company", "phone", "tags", "custom", "facts", "assign", "kind", "due_at", "next", "assignee_id", "team_id", "locale"];
        let places = [
            INQUIRIES.to_owned(),
            USERS.to_owned(),
            "/api/v1/auth/login".to_owned(),
            format!("{}/assign", path(&inquiry)),
            format!("{}/follow-ups", path(&inquiry)),
        ];
        for value in [json!(null), json!(1e308), json!([[]]), json!({"a": {}}), json!("\u{0}"), json!("x".repeat(20_000))] {
            let everything: Value = names.into_iter().map(|name| (name.to_owned(), value.clone())).collect();
            let label = |to: &str| format!("{} to {to}", value.to_string().chars().take(20).collect::<String>());
            for to in &places {
                answers.push((label(to), admin.post(to, &everything)));
                answers.push((label(to), admin.post(to, &value)));
            }
            // One at a time, so that no other fault hides what it does.
            for name in names {
                answers.push((format!("{name}: {}", label("POST")), admin.post(INQUIRIES, &json!({name: value}))));
                answers.push((format!("{name}: {}", label("PATCH")), admin.patch(&path(&inquiry), &json!({name: value}))));
            }
            answers.push((label("login"), admin.post("/api/v1/auth/login", &json!({"email": value, "password": value}))));
            answers.push((label("/f/default"), app.nobody().post("/f/default", &everything)));
        }
        for (asked, answer) in answers {
            assert!(answer.status < 500, "{asked}: {} {}", answer.status, answer.text);
            if answer.status >= 400 {
                let found = INSIDE.iter().find(|word| answer.text.to_lowercase().contains(&word.to_lowercase()));
                assert!(found.is_none(), "{asked}: {found:?} in {}", answer.text);
            }
        }
        // The agent of the refusals has got what went through.
        app.mails();
    }
}

// Limits and proxies know no database: one is enough.

#[test]
fn too_many_submissions_are_refused_for_a_while() {
    let app = TestApp::start_with(Database::Sqlite, |settings| settings.limits.intake_per_minute = 2).unwrap();
    let nobody = app.nobody();
    for left in [1, 0] {
        let answer = nobody.post("/f/default", &six(&format!("甲{left}"))).expect(202);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"intake\";q=2;w=60"));
        assert!(answer.header("ratelimit").unwrap().starts_with(&format!("\"intake\";r={left};")), "{:?}", answer.headers);
    }
    let refused = nobody.post("/f/default", &six("甲")).refused(429, "too_many_requests");
    let wait: u64 = refused.header("retry-after").expect("Retry-After").parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert!(refused.header("ratelimit").unwrap().starts_with("\"intake\";r=0;"));
    // The limit is the form's: the rest of the desk goes on.
    app.admin().get(INQUIRIES).expect(200);
    assert_eq!(app.admin().all(INQUIRIES).len(), 2);
}

#[test]
fn too_many_logins_are_refused_for_a_while() {
    let app = TestApp::start_with(Database::Sqlite, |settings| settings.limits.login_per_minute = 3).unwrap();
    let admin = app.admin();
    let guess = json!({"email": "who@example.com", "password": "a-guess-of-a-password"});
    for _ in 0..2 {
        let answer = app.nobody().post("/api/v1/auth/login", &guess).refused(401, "wrong_login");
        assert_eq!(answer.header("ratelimit-policy"), Some("\"login\";q=3;w=60"));
    }
    let refused = app.nobody().post("/api/v1/auth/login", &guess).refused(429, "too_many_requests");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    // A session that stands is not touched.
    admin.get("/api/v1/me").expect(200);
}

#[test]
fn a_login_that_cannot_be_read_counts_as_well() {
    let unreadable: [(&str, &str, &[u8], u16); 4] = [
        ("/api/v1/auth/login", "application/json", b"{", 400),
        ("/api/v1/auth/password-reset", "text/csv", b"x", 415),
        ("/api/v1/auth/password-reset/confirm", "application/json", b"{}", 422),
        ("/a/password", "application/x-www-form-urlencoded", b"token=x", 400),
    ];
    for (to, kind, body, status) in unreadable {
        let app = TestApp::start_with(Database::Sqlite, |settings| settings.limits.login_per_minute = 2).unwrap();
        let send = || app.nobody().send("POST", to, &[("Content-Type", kind)], Some(body.to_vec()));
        assert_eq!([send().status, send().status, send().status], [status, status, 429], "{to}");
    }
}

/// Sends requests as bytes, and reads what comes until the connection ends.
fn raw(app: &TestApp, requests: &str) -> String {
    use std::io::{Read, Write};
    let mut connection = std::net::TcpStream::connect(app.address.trim_start_matches("http://")).unwrap();
    connection.write_all(requests.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_method_that_somebody_made_up_makes_no_figure_of_its_own() {
    let app = TestApp::start(Database::Sqlite).unwrap();
    let made_up = |n: usize| raw(&app, &format!("MADEUP{n} /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    let series = || {
        let figures = app.nobody().get("/metrics").expect(200).text;
        assert!(!figures.contains("MADEUP"), "{figures}");
        figures.lines().filter(|line| !line.starts_with('#')).count()
    };
    assert!(made_up(0).starts_with("HTTP/1.1 405"));
    series();
    let before = series();
    for n in 1..300 {
        made_up(n);
    }
    assert_eq!(series(), before);
}

#[test]
fn a_reader_that_does_not_read_is_cut_off() {
    use std::io::{ErrorKind, Write};
    use std::time::{Duration, Instant};
    let app = TestApp::start_with(Database::Sqlite, |settings| settings.server.send_timeout_seconds = 1).unwrap();
    let mut connection = std::net::TcpStream::connect(app.address.trim_start_matches("http://")).unwrap();
    connection.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    let ended = loop {
        assert!(Instant::now() < until, "the connection is still there");
        match connection.write(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n") {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            Err(error) => break error.kind(),
        }
    };
    assert!(matches!(ended, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted), "{ended:?}");
    app.nobody().get("/healthz").expect(200);
}

#[test]
fn only_a_trusted_proxy_speaks_for_others() {
    let behind = |trusted: &[&str]| {
        let trusted: Vec<_> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        TestApp::start_with(Database::Sqlite, |settings| {
            settings.server.trusted_proxies = trusted;
            settings.limits.intake_per_minute = 1;
        })
        .unwrap()
    };
    let from = |app: &TestApp, address: &str, to: &str| app.nobody().send("GET", to, &[("X-Forwarded-For", address)], None);
    let submit = |app: &TestApp, address: &str| app.nobody().post_with("/f/default", &six("甲"), &[("X-Forwarded-For", address)]).status;

    let open = behind(&[]);
    from(&open, "203.0.113.9", "/metrics").expect(200);
    assert_eq!([submit(&open, "203.0.113.1"), submit(&open, "203.0.113.2")], [202, 429], "the peer counts, whatever it says");

    let proxied = behind(&["127.0.0.0/8"]);
    from(&proxied, "203.0.113.9", "/metrics").refused(404, "not_found");
    from(&proxied, "127.0.0.1", "/metrics").expect(200);
    assert_eq!([submit(&proxied, "203.0.113.1"), submit(&proxied, "203.0.113.2"), submit(&proxied, "203.0.113.1")], [202, 202, 429]);

    // All lines are one list; what is no address is nobody, who is never this machine, and all of them are counted as one.
    let lines = |app: &TestApp, lines: &[&str]| {
        let headers: Vec<_> = lines.iter().map(|line| ("X-Forwarded-For", *line)).collect();
        (app.nobody().send("GET", "/metrics", &headers, None).status, app.nobody().post_with("/f/default", &six("甲"), &headers).status)
    };
    assert_eq!(lines(&proxied, &["127.0.0.1", "203.0.113.20"]), (404, 202));
    assert_eq!(lines(&proxied, &["198.51.100.1", "203.0.113.20:4711"]), (404, 429), "whatever the client writes before");
    for nobody in ["unknown", "127.0.0.1:", "[127.0.0.1]"] {
        assert_eq!(lines(&proxied, &[nobody]), (404, if nobody == "unknown" { 202 } else { 429 }), "{nobody}");
    }
    assert_eq!(lines(&proxied, &["[2001:db8::1]:99"]), (404, 202));
    assert_eq!(lines(&proxied, &["2001:db8::ffff:1"]), (404, 429), "a subscriber has a /64");
    assert_eq!(proxied.admin().get("/api/v1/receipts").expect(200).rows()[1]["remote_ip"], Value::Null);

    let public = TestApp::start_with(Database::Sqlite, |settings| {
        settings.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        settings.server.metrics_public = true;
    })
    .unwrap();
    from(&public, "203.0.113.9", "/metrics").expect(200);
}
