//! What a person at a browser sees beside the form itself: errors as pages with what they typed, the start
//! page, a form's own look, and that every address begins with the public URL. The form in detail is in
//! browsers.rs, what a browser makes of it in tests/browser.

use chrono::Duration;
use leaddock::access::Role;
use leaddock::platform::config::PublicUrl;
use serde_json::{Value, json};

use crate::browsers::{fill_in, of, page, tags, value};
use crate::support::desk::{USERS, create, give, path};
use crate::support::intake::{
    BROWSER, FORMS, JSON, URLENCODED, change, door, form, inquiries, operator, receipts, send,
};
use crate::support::{Answer, Database, TestApp, each_database};

const SUB_PATH: &str = "https://park.example/crm";
pub const SVG: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E%3Cpath \
    d='M0 0h9v9z'/%3E%3C/svg%3E";

/// What a browser asks for an address with.
pub fn visit(app: &TestApp, method: &str, path: &str, more: &[(&str, &str)]) -> Answer {
    let headers =
        [&[("Accept", BROWSER), ("Accept-Language", "zh-CN"), ("Sec-Fetch-Mode", "navigate")], more].concat();
    app.nobody().send(method, path, &headers, if method == "GET" { None } else { Some(b"need=x".to_vec()) })
}

/// A page in our look, of this status, that says this.
#[track_caller]
pub fn is_page(answer: Answer, status: u16, words: &str) -> Answer {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, Some("text/html; charset=utf-8")),
        "{}",
        answer.text
    );
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("img-src data:"), "{policy}");
    let all = tags(&answer.text);
    assert_eq!(all.iter().filter(|(tag, _)| tag == "h1").count(), 1);
    assert!(
        answer.text.contains(words) && answer.text.contains("Leaddock</footer>"),
        "{words}: {}",
        answer.text
    );
    assert!(answer.header("x-request-id").is_some() && answer.header("cache-control") == Some("no-store"));
    answer
}

fn started_with(change: impl Fn(&mut leaddock::platform::config::Settings)) -> Vec<TestApp> {
    [Database::Sqlite, Database::Postgres]
        .into_iter()
        .filter_map(|database| TestApp::start_with(database, &change))
        .collect()
}

fn under_a_path() -> Vec<TestApp> {
    started_with(|settings| settings.server.public_url = PublicUrl::parse(SUB_PATH))
}

#[test]
fn every_page_and_file_leads_through_a_public_url_with_a_path() {
    for app in under_a_path() {
        let made = form(&app, json!({"key": "park", "allowed_origins": ["https://shop.example"]}));
        let shown = page(&app, &made, "", "zh").text;
        assert!(
            tags(&shown).iter().any(|(tag, form)| tag == "form" && of(form, "action") == Some("/crm/f/park")),
            "{shown}"
        );
        let sent = fill_in(&app, &made, &[("need", "厂房")]).expect(303);
        assert_eq!(sent.header("location"), Some("/crm/f/park/thanks"));
        assert!(app.nobody().get("/f/park/thanks").expect(200).text.contains("href=\"/crm/f/park\""));
        let framed = page(&app, &made, "?embed=1", "zh").text;
        assert!(
            framed.contains("src=\"/crm/f/frame.js\"") && framed.contains("action=\"/crm/f/park?embed=1\""),
            "{framed}"
        );
        for (path, link) in
            [("/", "/crm/f/default"), ("/", "/crm/docs/"), ("/i/inq_x", "/crm/docs/"), ("/nowhere", "/crm/")]
        {
            assert!(
                visit(&app, "GET", path, &[]).text.contains(&format!("href=\"{link}\"")),
                "{path} to {link}"
            );
        }
        assert!(
            app.nobody().get("/a/password?token=x").expect(200).text.contains("action=\"/crm/a/password\"")
        );

        assert!(
            app.nobody()
                .get("/f/park/embed.js")
                .expect(200)
                .text
                .contains("\"https://park.example/crm/f/park\"")
        );
        let code = qrcode::QrCode::new("https://park.example/crm/f/park?utm_source=poster").unwrap();
        let picture = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(240, 240).build();
        assert_eq!(app.nobody().get("/f/park/qr.svg?utm_source=poster").expect(200).text, picture);

        assert_eq!(app.nobody().get("/docs").expect(303).header("location"), Some("/crm/docs/"));
        assert!(
            app.nobody()
                .get("/docs/swagger-initializer.js")
                .expect(200)
                .text
                .contains("\"/crm/openapi.json\"")
        );
        let servers = app.nobody().get("/openapi.json").expect(200).json["servers"].clone();
        assert_eq!((&servers[0]["url"], &servers[1]["url"]), (&json!(SUB_PATH), &json!("/crm")));

        // Origins have no path.
        let headers = [("Origin", "https://park.example"), ("Content-Type", JSON)];
        let read = send(&app, &made, "", &headers, r#"{"need": "x"}"#).expect(202);
        assert_eq!(read.header("access-control-allow-origin"), Some("https://park.example"));
        send(&app, &made, "", &[("Origin", SUB_PATH), ("Content-Type", JSON)], "{}").expect(403);
    }
}

#[test]
fn what_is_made_is_at_the_public_url() {
    for app in under_a_path() {
        let admin = app.admin();
        let inquiry = create(admin, json!({"assign": "none"}));
        let due = app.clock.now().plus(Duration::days(3));
        let made = [
            (USERS, json!({"email": "neu@example.com", "name": "新", "role": "agent"})),
            ("/api/v1/teams", json!({"name": "一组"})),
            ("/api/v1/api-keys", json!({"name": "官网", "scopes": ["intake"]})),
            (FORMS, json!({"name": "官网"})),
            ("/api/v1/inquiries", json!({"need": "x", "assign": "none"})),
            (&format!("{}/follow-ups", path(&inquiry)), json!({"kind": "call", "due_at": due})),
        ];
        for (at, body) in made {
            let key = [("Idempotency-Key", at)];
            for _ in 0..2 {
                let answer = admin.post_with(at, &body, &key).expect(201);
                let location =
                    answer.header("location").unwrap_or_else(|| panic!("{at} has no Location")).to_owned();
                let inside = location.strip_prefix("/crm").unwrap_or_else(|| panic!("{location}"));
                assert!(inside.starts_with("/api/v1/") && inside.ends_with(&answer.id()), "{location}");
                assert!(inside.contains("/api-keys/") || admin.get(inside).status == 200, "{inside}");
            }
        }
        let agent = app.add_user(Role::Agent, None);
        let inquiry = give(admin, agent, json!({}));
        let mails = app.mails();
        let to_agent = mails.iter().find(|mail| mail.to == app.email(agent)).unwrap();
        let link = format!("{SUB_PATH}/i/{}", inquiry["id"].as_str().unwrap());
        assert!(
            to_agent.text.contains(&link) && to_agent.html.contains(&format!("href=\"{link}\"")),
            "{}",
            to_agent.text
        );
        let invited = mails.iter().find(|mail| mail.to == "neu@example.com").unwrap();
        assert!(invited.text.contains(&format!("{SUB_PATH}/a/password?token=")), "{}", invited.text);
    }
}

each_database! {
    fn a_person_at_a_browser_gets_a_page_for_every_error(app) {
        let made = form(&app, json!({"key": "park", "allowed_origins": ["https://shop.example"]}));
        let proven = form(
            &app,
            json!({"key": "proven", "proof": {"kind": "secret", "in": "query:k", "secret": "geheim"}}),
        );
        is_page(visit(&app, "GET", "/f/none", &[]), 404, "没有这个页面");
        is_page(visit(&app, "GET", "/f/none/thanks", &[]), 404, "没有这个页面");
        is_page(visit(&app, "POST", "/f/none", &[("Content-Type", URLENCODED)]), 404, "没有这个页面");
        is_page(visit(&app, "GET", "/wp-login.php", &[("Accept-Language", "zh")]), 404, "返回首页");
        let wrong =
            is_page(visit(&app, "PUT", "/f/park", &[("Content-Type", URLENCODED)]), 405, "不能这样使用");
        assert!(wrong.header("allow").unwrap().contains("POST"));
        is_page(visit(&app, "POST", "/", &[("Content-Type", URLENCODED)]), 404, "没有这个页面");
        is_page(visit(&app, "POST", "/f/park", &[("Content-Type", "text/csv")]), 415, "无法识别提交的格式");
        is_page(
            visit(&app, "POST", &door(&proven), &[("Content-Type", URLENCODED)]),
            401,
            "无法确认提交来源",
        );
        is_page(
            visit(
                &app,
                "POST",
                &door(&made),
                &[("Content-Type", URLENCODED), ("Origin", "https://evil.example")],
            ),
            403,
            "不允许提交到此表单",
        );
        // In English, too.
        let english =
            app.nobody().send("GET", "/f/none", &[("Accept", BROWSER), ("Accept-Language", "en")], None);
        is_page(english, 404, "There is no such page");
        // Programs hear of problems, as ever: those that say so, scripts of pages, and all that ask the API.
        for headers in [
            &[("Accept", "application/json")][..],
            &[],
            &[("Accept", BROWSER), ("X-Requested-With", "XMLHttpRequest")],
            &[("Accept", BROWSER), ("Sec-Fetch-Mode", "cors")],
        ] {
            for path in ["/f/none", "/nowhere", "/"] {
                app.nobody().send("GET", path, headers, None).refused(404, "not_found");
            }
        }
        for path in ["/api/v1/nowhere", "/api/v1/forms/x"] {
            assert_eq!(
                visit(&app, "GET", path, &[]).header("content-type"),
                Some("application/problem+json"),
                "{path}"
            );
        }
    }

    fn the_start_page_says_what_this_is_and_where_to_go(app) {
        let chinese = is_page(visit(&app, "GET", "/", &[]), 200, "告诉我们您的需求");
        assert!(
            chinese.text.contains("href=\"/f/default\"")
                && chinese.text.contains("href=\"/docs/\"")
                && chinese.text.contains("厂房")
        );
        let english = app.nobody().send("GET", "/", &[("Accept", BROWSER), ("Accept-Language", "en")], None);
        is_page(english, 200, "Tell us what you need");
        // It leads nowhere where there is nothing, and looks like the form it leads to.
        let default = operator(&app).all(FORMS).into_iter().find(|form| form["key"] == "default").unwrap();
        change(&app, &default, json!({"page": {"colour": "#7a1fa2", "logo": SVG}}));
        assert!(visit(&app, "GET", "/", &[]).expect(200).text.contains("--accent: #7a1fa2"));
        change(&app, &default, json!({"active": false}));
        let closed = is_page(visit(&app, "GET", "/", &[]), 200, "接口文档");
        assert!(!closed.text.contains("/f/default") && !closed.text.contains("#7a1fa2"));
    }

    fn what_is_too_large_is_not_lost(app) {
        let made = form(&app, json!({"key": "park"}));
        let token = value(&page(&app, &made, "", "zh").text, "_t");
        let long = "厂房3000平米，".repeat(10_000);
        let sent = fill_in(
            &app,
            &made,
            &[("_t", &token), ("need", &long), ("company", "启澜精密"), ("公司名称", "另一家")],
        );
        let shown = is_page(sent, 413, "内容都还在");
        assert_eq!(
            (value(&shown.text, "need"), value(&shown.text, "company"), value(&shown.text, "_t")),
            (long, "启澜精密".to_owned(), token)
        );
        assert!(shown.text.contains("role=\"alert\"") && receipts(&app, &made).is_empty());
        // As much as the fields of a page take: nine bytes for a Chinese character.
        let whole = "厂".repeat(9_000);
        fill_in(&app, &made, &[("need", &whole), ("message", &whole)]).expect(303);
        app.nobody().post(&door(&made), &json!({"need": "x".repeat(70_000)})).refused(413, "too_large");
        // Beyond all measure there is only a page that says so; programs are told so in any case.
        is_page(fill_in(&app, &made, &[("need", &"x".repeat(3 << 20))]), 413, "内容太多了");
        app.nobody().form(&door(&made), &[("need", &"x".repeat(300_000))], JSON).refused(413, "too_large");
    }

    fn the_password_page_looks_like_the_others(app) {
        let shown = is_page(visit(&app, "GET", "/a/password?token=x", &[]), 200, "设置密码");
        assert!(shown.text.contains("prefers-color-scheme: dark") && shown.text.contains("noindex"));
        is_page(visit(&app, "PUT", "/a/password", &[("Content-Type", URLENCODED)]), 405, "不能这样使用");
        let without = is_page(visit(&app, "GET", "/a/password", &[]), 200, "从邮件中打开完整的链接");
        assert!(!without.text.contains("<form"));
    }
}

#[test]
fn who_sends_too_much_keeps_what_they_typed() {
    for app in started_with(|settings| settings.limits.intake_per_minute = 1) {
        let made = form(&app, json!({"key": "park", "page": {"title": "启航产业园"}}));
        let token = value(&page(&app, &made, "", "zh").text, "_t");
        app.advance(Duration::seconds(3));
        fill_in(&app, &made, &[("_t", &token), ("need", "厂房"), ("phone", "13800138000")]).expect(303);
        let again = [
            ("_t", token.as_str()),
            ("need", "另求仓库 <b>2000</b> 平"),
            ("company", "启澜"),
            ("utm_source", "poster"),
        ];
        let shown = is_page(fill_in(&app, &made, &again), 429, "启航产业园");
        assert!(shown.header("retry-after").is_some() && shown.header("ratelimit").is_some());
        for (name, wanted) in again {
            assert_eq!(value(&shown.text, name), wanted, "{name}");
        }
        assert!(shown.text.contains("role=\"alert\"") && shown.text.contains("您填写的内容都还在"));
        app.nobody().post(&door(&made), &json!({"need": "x"})).refused(429, "too_many_requests");
        assert_eq!(receipts(&app, &made).len(), 1, "what was not taken left nothing");
    }
}

#[test]
fn who_sets_a_password_too_often_keeps_the_link() {
    for app in started_with(|settings| settings.limits.login_per_minute = 1) {
        let fill = || {
            app.nobody().form(
                "/a/password",
                &[
                    ("token", "der-link"),
                    ("password", "a-brand-new-passphrase"),
                    ("again", "a-brand-new-passphrase"),
                ],
                BROWSER,
            )
        };
        fill().expect(422);
        let shown = is_page(fill(), 429, "Set your password");
        assert!(
            shown.text.contains("value=\"der-link\"")
                && !shown.text.contains("passphrase")
                && shown.header("retry-after").is_some()
        );
    }
}

#[test]
fn a_database_that_is_away_loses_nothing_that_was_typed() {
    let app = TestApp::start(Database::Sqlite).unwrap();
    let made = form(&app, json!({"key": "park"}));
    let token = value(&page(&app, &made, "", "zh").text, "_t");
    app.advance(Duration::seconds(3));
    let typed = [("_t", token.as_str()), ("need", "厂房3000平"), ("company", "启澜精密")];
    let locked = app.lock_out();
    let shown = is_page(fill_in(&app, &made, &typed), 503, "您填写的内容都还在");
    assert!(shown.header("retry-after").is_some());
    drop(locked);
    let kept: Vec<(&str, String)> =
        ["_t", "need", "company"].into_iter().map(|name| (name, value(&shown.text, name))).collect();
    let kept: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(kept, typed);
    fill_in(&app, &made, &kept).expect(303);
    assert_eq!(
        inquiries(&app, &made).iter().map(|inquiry| &inquiry["company"]).collect::<Vec<&Value>>(),
        [&json!("启澜精密")]
    );
}
