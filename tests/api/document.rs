//! What the server tells of itself: the OpenAPI document, the pages that show it, health and figures.
//! What every answer has is in `floor.rs`, who may call what in `access.rs`.

use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, create, id, path};
use crate::support::each_database;

/// What can be called before anybody is logged in.
const OPEN: &[&str] = &["/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/password-reset", "/api/v1/auth/password-reset/confirm"];

each_database! {
    fn the_document_holds_together(app) {
        let document = app.nobody().get("/openapi.json").expect(200).json;
        assert!(document["openapi"].as_str().unwrap().starts_with("3."));
        let mut references = Vec::new();
        gather(&document, &mut references);
        assert!(references.len() > 20);
        for reference in references {
            let pointer = reference.strip_prefix('#').expect("a reference within the document");
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
        for (to, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                assert!(operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2')), "{method} {to}");
                let open = !to.starts_with("/api/") || OPEN.contains(&to.as_str());
                assert_eq!(operation["security"].is_array(), !open, "{method} {to}");
                assert_eq!(operation["x-reach"].is_object(), !open, "{method} {to} says who may call it");
                for name in to.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                    assert!(operation["parameters"].as_array().unwrap().iter().any(|p| p["name"] == name && p["in"] == "path"), "{method} {to}: {name}");
                }
            }
        }
    }

    fn every_operation_of_the_document_is_there(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let plan = admin.post(&format!("{}/follow-ups", path(&inquiry)), &json!({"kind": "call", "due_at": app.clock.now()})).expect(201);
        let document = admin.get("/openapi.json").expect(200).json;
        let mut operations = 0;
        for (pattern, methods) in document["paths"].as_object().unwrap() {
            let real = match pattern.split('/').nth(3) {
                Some("users") => admin.id().to_string(),
                Some("follow-ups") => plan.id(),
                _ => id(&inquiry).to_owned(),
            };
            let to = pattern.replace("{name}", "overview").replace("{key}", "default").replace("{id}", &real);
            for method in methods.as_object().unwrap().keys() {
                operations += 1;
                let answer = app.nobody().send(&method.to_uppercase(), &to, &[], None);
                assert!(!matches!(answer.status, 404 | 405 | 500..), "{method} {to}: {}", answer.status);
                // With a credential an empty call finds what is meant too; but there are no notifications to retry.
                if method != "delete" && !pattern.starts_with("/api/v1/notifications/") {
                    let answer = admin.send(&method.to_uppercase(), &to, &[], None);
                    assert!(!matches!(answer.status, 404 | 405 | 500..), "{method} {to}: {} {}", answer.status, answer.text);
                }
            }
        }
        assert!(operations >= 25, "{operations}");
    }

    fn the_docs_come_from_inside(app) {
        let nobody = app.nobody();
        assert_eq!(nobody.get("/docs").expect(303).header("location"), Some("/docs/"));
        let page = nobody.get("/docs/").expect(200);
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
        let mut parts = 0;
        for attribute in ["src=\"", "href=\""] {
            for part in page.text.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                assert!(!part.contains("//"), "{part} is somewhere else");
                let answer = nobody.get(&format!("/docs/{}", part.trim_start_matches("./"))).expect(200);
                assert!(!answer.text.contains("https://unpkg.com") && !answer.text.contains("cdn.jsdelivr.net"), "{part}");
                parts += 1;
            }
        }
        assert!(parts >= 3, "{parts}");
        assert!(nobody.get("/docs/swagger-initializer.js").expect(200).text.contains("/openapi.json"));
    }

    fn health_says_what_there_is(app) {
        for to in ["/healthz", "/readyz"] {
            let answer = app.nobody().get(to).expect(200);
            assert_eq!((&answer.json["status"], &answer.json["version"]), (&json!("ok"), &json!(env!("CARGO_PKG_VERSION"))));
        }
    }

    fn figures_are_told_in_the_format_of_prometheus(app) {
        app.admin().get(INQUIRIES).expect(200);
        let answer = app.nobody().get("/metrics").expect(200);
        assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
        assert!(answer.text.contains("# TYPE leaddock_http_requests_total counter"));
        for line in answer.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            assert!(name.starts_with("leaddock_") && value.parse::<f64>().is_ok(), "{line}");
        }
        // A route stands there as its pattern: an id in it would make a row for every inquiry.
        assert!(!answer.text.contains("inq_") && !answer.text.contains("usr_"));
    }
}

fn gather<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| gather(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, references)),
        _ => {}
    }
}
