//! Forms and other sites: which origins may submit and read (CORS), and what other sites load.
//! The hosted page is in browsers.rs.

use serde_json::{Value, json};

use crate::browsers::{of, tags};
use crate::support::intake::{JSON, URLENCODED, door, form, inquiries, newest, outcomes, send};
use crate::support::{Answer, PUBLIC_URL, TestApp, each_database};

const ALLOW: &str = "access-control-allow-origin";

fn ask(app: &TestApp, form: &Value, origin: &str) -> Answer {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    app.nobody().send("OPTIONS", &door(form), &headers, None)
}

/// What an answer tells pages of other origins.
fn cors(answer: &Answer) -> Vec<String> {
    answer
        .headers
        .keys()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

fn post_from(app: &TestApp, form: &Value, origin: &str, kind: &str, body: &str) -> Answer {
    send(app, form, "", &[("Origin", origin), ("Content-Type", kind)], body)
}

each_database! {
    fn pages_of_allowed_origins_submit_and_read(app) {
        let form =
            form(&app, json!({"allowed_origins": ["https://Good.example:443", "http://localhost:5173"]}));
        for origin in ["https://good.example", "http://localhost:5173", PUBLIC_URL] {
            let asked = ask(&app, &form, origin).expect(204);
            assert_eq!(
                (asked.header(ALLOW), asked.header("access-control-allow-methods")),
                (Some(origin), Some("POST"))
            );
            let allowed = asked.header("access-control-allow-headers").unwrap().to_lowercase();
            assert!(
                ["content-type", "idempotency-key", "x-requested-with"]
                    .iter()
                    .all(|name| allowed.contains(name)),
                "{allowed}"
            );
            assert!(
                asked.header("access-control-max-age").unwrap().parse::<u32>().unwrap() > 0
                    && asked.header("vary").unwrap().contains("Origin")
            );
            let answer =
                post_from(&app, &form, origin, JSON, &json!({"need": origin}).to_string()).expect(202);
            assert_eq!(
                (answer.header(ALLOW), answer.header("access-control-allow-credentials")),
                (Some(origin), None)
            );
            assert!(answer.header("vary").unwrap().contains("Origin"));
            // It reads as well why it was refused, whatever the reason.
            for (kind, body, status) in [
                (JSON, "{}", 422),
                (JSON, "{", 400),
                ("text/csv", "x", 415),
                (JSON, &"x".repeat(70_000), 413),
            ] {
                assert_eq!(
                    post_from(&app, &form, origin, kind, body).expect(status).header(ALLOW),
                    Some(origin),
                    "{status}"
                );
            }
        }
        // Who is no page of another site is not asked where it comes from.
        let bare = send(&app, &form, "", &[("Content-Type", JSON)], r#"{"need": "none"}"#).expect(202);
        assert!(cors(&bare).is_empty());
    }

    fn other_origins_do_neither(app) {
        let form = form(&app, json!({"allowed_origins": ["https://good.example"]}));
        for origin in [
            "https://evil.example",
            "null",
            "https://good.example.evil.test",
            "https://evilgood.example",
            "http://good.example",
            "https://good.example:8443",
            "https://GOOD.example.",
            "https://good.example/",
            "https://good.example, https://evil.example",
            "good.example",
            "*",
            "\u{e9}",
        ] {
            assert!(cors(&ask(&app, &form, origin).expect(204)).is_empty(), "{origin}");
            for (kind, body) in
                [(JSON, r#"{"need": "x"}"#), ("text/plain", r#"{"need": "x"}"#), (URLENCODED, "need=x")]
            {
                let answer = post_from(&app, &form, origin, kind, body);
                assert!(cors(&answer).is_empty(), "{origin}");
                answer.refused(403, "origin_not_allowed");
            }
            // Names of the server itself that a client may write do not help.
            send(
                &app,
                &form,
                "",
                &[
                    ("Origin", origin),
                    ("Content-Type", JSON),
                    ("X-Forwarded-Host", "evil.example"),
                    ("Forwarded", "host=evil.example"),
                ],
                "{}",
            )
            .expect(403);
        }
        assert!(
            inquiries(&app, &form).is_empty()
                && outcomes(&app, &form).iter().all(|outcome| outcome == "failed")
        );
        let kept = newest(&app, &form);
        assert!(kept["reasons"].as_array().unwrap().contains(&json!("origin_not_allowed")), "{kept}");
    }

    fn without_a_list_any_page_submits_and_none_reads(app) {
        let (open, any) = (form(&app, json!({})), form(&app, json!({"allowed_origins": ["*"]})));
        for origin in ["https://any.example", "null"] {
            assert!(cors(&ask(&app, &open, origin).expect(204)).is_empty());
            assert!(
                cors(&post_from(&app, &open, origin, URLENCODED, &format!("need={origin}")).expect(202))
                    .is_empty()
            );
            let (asked, answer) = (
                ask(&app, &any, origin).expect(204),
                post_from(&app, &any, origin, JSON, &json!({"need": origin}).to_string()).expect(202),
            );
            for answer in [asked, answer] {
                assert!(matches!(answer.header(ALLOW), Some("*")) || answer.header(ALLOW) == Some(origin));
                assert_eq!(answer.header("access-control-allow-credentials"), None);
            }
        }
        app.nobody()
            .send("OPTIONS", "/f/no-such-form", &[("Origin", "https://any.example")], None)
            .refused(404, "not_found");
    }

    fn other_sites_load_the_page_by_a_script_or_a_picture(app) {
        let (form, other) = (form(&app, json!({})), form(&app, json!({})));
        let get = |form: &Value, file: &str| {
            let liar = [
                ("Host", "evil.example"),
                ("X-Forwarded-Host", "evil.example"),
                ("Forwarded", "host=evil.example"),
            ];
            let answer = app.nobody().send("GET", &format!("{}/{file}", door(form)), &liar, None).expect(200);
            assert!(!answer.text.contains("evil.example"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            answer
        };
        let script = get(&form, "embed.js");
        assert!(
            script.header("content-type").unwrap().starts_with("text/javascript")
                && script.text.contains(&format!("\"{PUBLIC_URL}{}\"", door(&form)))
        );
        assert!(!script.text.contains("document.write") && !script.text.contains("innerHTML"));
        let pictures = [
            get(&form, "qr.svg"),
            get(&form, "qr.svg?utm_content=zhang"),
            get(&other, "qr.svg"),
            get(&form, "qr.svg?other=1"),
        ];
        for picture in &pictures {
            assert!(picture.header("content-type").unwrap().starts_with("image/svg+xml"));
            let tags = tags(&picture.text);
            assert!(tags.iter().any(|(tag, attributes)| tag == "svg" && of(attributes, "viewBox").is_some()));
            assert!(
                !tags.iter().any(|(tag, _)| matches!(tag.as_str(), "script" | "foreignObject" | "image"))
            );
        }
        assert_eq!(
            (
                pictures[0].text == pictures[1].text,
                pictures[0].text == pictures[2].text,
                pictures[0].text == pictures[3].text
            ),
            (false, false, true)
        );
        for file in ["embed.js", "qr.svg", "thanks", ""] {
            app.nobody().get(&format!("/f/no-such-form/{file}")).refused(404, "not_found");
        }
    }
}
