//! What the server tells of itself: the OpenAPI document, the pages that show it, health and figures.
//! What every answer has is in `floor.rs`, who may call what in `access.rs`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::conformance::{document, resolved, validator};
use crate::support::desk::{INQUIRIES, create, id, path};
use crate::support::each_database;

/// Every operation: its method, its path, and what is said of it.
fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    })
}

/// The parameters of an operation, references followed.
fn parameters(operation: &'static Value) -> impl Iterator<Item = &'static Value> {
    operation["parameters"].as_array().into_iter().flatten().map(resolved)
}

/// The bodies of a request and of the responses, each with the words that say whose it is.
fn bodies(operation: &'static Value) -> Vec<(String, &'static Value)> {
    let id = operation["operationId"].as_str().unwrap();
    let content = |place: String, holder: &'static Value| {
        let kinds = holder["content"].as_object().into_iter().flatten();
        kinds.map(move |(kind, media)| (format!("{id} {place} {kind}"), media)).collect::<Vec<_>>()
    };
    let responses = operation["responses"].as_object().unwrap().iter();
    let mut bodies = content("request".to_owned(), &operation["requestBody"]);
    bodies.extend(responses.flat_map(|(status, response)| content(status.clone(), resolved(response))));
    bodies
}

#[test]
fn the_document_is_openapi_3_1() {
    // Schemas are looked at more closely below: here they are anything.
    let official: Value =
        serde_json::from_str(include_str!("../openapi/schema-3.1-2022-10-07.json")).unwrap();
    let official = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&official).unwrap();
    let faults: Vec<String> =
        official.iter_errors(document()).map(|fault| format!("{} {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(document()["openapi"], "3.1.0");
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name} is no JSON schema");
    }
}

#[test]
fn the_official_schema_would_find_a_fault() {
    let official: Value =
        serde_json::from_str(include_str!("../openapi/schema-3.1-2022-10-07.json")).unwrap();
    let official = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&official).unwrap();
    let mut broken = document().clone();
    broken["paths"]["/api/v1/inquiries"]["get"]["responses"]["200"]
        .as_object_mut()
        .unwrap()
        .remove("description");
    assert!(!official.is_valid(&broken));
}

#[test]
fn every_reference_leads_somewhere() {
    let mut references = Vec::new();
    gather(document(), &mut references);
    assert!(references.len() > 200);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document().pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let ids: Vec<&str> =
        operations().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len());
    for wanted in [
        "inquiries_list",
        "inquiries_create",
        "inquiries_read",
        "inquiries_update",
        "inquiries_delete",
        "inquiries_restore",
        "inquiries_status",
        "inquiries_assign",
        "inquiries_parse",
        "inquiries_timeline_list",
        "inquiries_follow_ups_create",
        "follow_ups_complete",
        "forms_list",
        "forms_create",
        "receipts_replay",
        "reports_read",
        "me_read",
        "auth_login",
        "statuses_list",
        "intake_submit",
        "health_ready",
    ] {
        assert!(distinct.contains(wanted), "{wanted} is not among {distinct:?}");
    }
    for id in distinct {
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{id}");
    }
}

#[test]
fn everything_is_said_in_words() {
    let tags: BTreeSet<&str> = document()["tags"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|tag| tag["description"].is_string())
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut used = BTreeSet::new();
    for (method, path, operation) in operations() {
        let said = |value: &Value| value.as_str().is_some_and(|text| text.len() > 3);
        assert!(said(&operation["summary"]), "{method} {path} has no summary");
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        assert!(tags.contains(tag), "{method} {path}: the tag {tag:?} is not described");
        used.insert(tag);
        for parameter in parameters(operation) {
            assert!(
                said(&parameter["description"]),
                "{method} {path}: {} has no description",
                parameter["name"]
            );
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(said(&resolved(response)["description"]), "{method} {path} {status} has no description");
        }
    }
    assert_eq!(used, tags, "each tag is used");
    assert!(
        document()["info"]["description"].is_string()
            && document()["info"]["license"]["identifier"] == "Apache-2.0"
    );
    assert_eq!(document()["servers"][0]["url"], "/");
}

#[test]
fn every_part_of_a_path_is_a_parameter() {
    for (method, path, operation) in operations() {
        let mut wanted: Vec<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let mut named: Vec<&str> = parameters(operation)
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        wanted.sort_unstable();
        named.sort_unstable();
        assert_eq!(wanted, named, "{method} {path}");
        for parameter in parameters(operation).filter(|parameter| parameter["in"] == "path") {
            let shaped = parameter["schema"]["pattern"].is_string() || parameter["schema"]["enum"].is_array();
            assert!(shaped && parameter["required"] == true, "{method} {path}: {parameter}");
        }
    }
}

#[test]
fn security_and_headers_are_told() {
    for (method, path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        let permitted = operation["x-permission"].is_string();
        assert_eq!(permitted, operation["x-reach"].is_object(), "{id} says who may call it");
        let security =
            operation["security"].as_array().unwrap_or_else(|| panic!("{id} says how one is let in"));
        let ways: BTreeSet<&str> =
            security.iter().flat_map(|way| way.as_object().unwrap().keys()).map(String::as_str).collect();
        let wanted: &[&str] = match operation["x-permission"].as_str() {
            Some("me.write" | "report_schedules.write") => &["bearer"],
            Some(_) => &["bearer", "key"],
            // Whoever shows an API key there is counted by it.
            None if id == "intake_submit" => &["bearer", "key"],
            None => &[],
        };
        assert_eq!(ways, wanted.iter().copied().collect(), "{id}");
        let has = |name: &str| {
            parameters(operation).any(|parameter| parameter["name"] == name && parameter["in"] == "header")
        };
        assert_eq!(has("Accept-Language"), path.starts_with("/api/") || path.starts_with("/f/"), "{id}");
        let kept = method == "post" && permitted && !NOT_KEPT.contains(&id);
        assert_eq!(has("Idempotency-Key"), kept || id == "intake_submit", "{id}");
        let statuses = operation["responses"].as_object().unwrap();
        assert_eq!(has("If-Match"), statuses.contains_key("412"), "{id}");
        // A page asks its sender's challenge, too.
        assert_eq!(
            permitted || ["intake_submit", "intake_page"].contains(&id),
            statuses.contains_key("403"),
            "{id}"
        );
        for status in ["413", "415", "422"].iter().filter(|_| !operation["requestBody"].is_null()) {
            assert!(statuses.contains_key(*status), "{id} takes a body, but never answers {status}");
        }
    }
}

/// What answers with a secret, is about the session that asks, or changes nothing.
const NOT_KEPT: &[&str] = &[
    "api_keys_create",
    "auth_logout",
    "me_calendar_feed_create",
    "me_totp_create",
    "webhooks_create",
    "webhooks_rotate_secret",
    "inquiries_parse",
    "forms_dry_run",
    "assignment_rules_simulate",
    "channels_test",
];

#[test]
fn every_body_has_an_example_that_fits_it() {
    let (mut examples, mut chinese) = (0, 0);
    for (_, _, operation) in operations() {
        for (whose, media) in bodies(operation) {
            let example = media.get("example").unwrap_or_else(|| panic!("{whose} has no example"));
            fits(&whose, &media["schema"], example);
            examples += 1;
            chinese +=
                usize::from(example.to_string().chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));
        }
    }
    assert!(examples > 200 && chinese > 150, "{examples} examples, {chinese} in Chinese");
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            fits(name, &json!({"$ref": format!("#/components/schemas/{name}")}), example);
        }
    }
}

#[track_caller]
fn fits(whose: &str, schema: &Value, example: &Value) {
    let fault = validator(schema, false)
        .iter_errors(example)
        .next()
        .map(|fault| format!("{} {fault}", fault.instance_path()));
    assert_eq!(fault, None, "the example of {whose} does not fit: {example}");
    let text = example.to_string();
    assert!(!text.contains("\"?\""), "a text of {whose} has no example: give it one beside its type: {text}");
}

/// A value that a parameter takes, and one that it does not.
fn values(schema: &Value) -> (String, Option<&'static str>) {
    const ID: &str = "06a9e1t7qdw0x3f8m2c5kz4rpg";
    if let Some(word) = schema["enum"][0].as_str() {
        return (word.to_owned(), Some("no_such_word"));
    }
    match (schema["type"].as_str(), schema["pattern"].as_str(), schema["format"].as_str()) {
        (Some("array"), ..) => values(&schema["items"]),
        (Some("integer"), ..) => {
            (schema["maximum"].to_string(), Some(if schema["minimum"] == 0 { "-1" } else { "0" }))
        }
        (Some("number"), ..) => ("12.5".to_owned(), Some("much")),
        (Some("boolean"), ..) => ("true".to_owned(), Some("maybe")),
        (_, Some(pattern), _) if pattern.starts_with("^(none|") => ("none".to_owned(), Some("x_1")),
        (_, Some(pattern), _) if pattern.starts_with("^(me|none|") => ("me".to_owned(), Some("usr_1")),
        (_, Some(pattern), _) if pattern.contains("custom") => ("facts.region".to_owned(), Some("facts.x")),
        (_, Some("^[A-T][0-9]{0,4}$"), _) => ("C38".to_owned(), Some("38")),
        (_, Some("^[a-z_]+\\.[a-z_.]+$"), _) => ("inquiry.assigned".to_owned(), Some("Inquiry")),
        (_, Some("^[0-9]{1,6}$"), _) => ("3205".to_owned(), Some("江苏")),
        (_, Some(pattern), _) => {
            (format!("{}_{ID}", pattern.trim_start_matches('^').split('_').next().unwrap()), Some("x_1"))
        }
        (_, _, Some("date")) => ("2026-11-01".to_owned(), Some("2026-13-01")),
        _ if schema["oneOf"].is_array() => ("2026-11-01T00:00:00Z".to_owned(), Some("yesterday")),
        _ => ("x".to_owned(), None),
    }
}

each_database! {
    fn the_server_tells_what_is_printed(app) {
        let served = app.nobody().get("/openapi.json").expect(200).json;
        let url = leaddock::platform::config::PublicUrl::parse(served["servers"][0]["url"].as_str().unwrap());
        let printed = leaddock::app::document(url.as_ref()).unwrap();
        assert!(served == printed, "/openapi.json and `leaddock print openapi` are one document");
        assert_eq!(served["servers"][0]["url"], "https://leads.example.com");
    }

    fn each_parameter_is_taken_as_it_is_described(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let mut tried = 0;
        for (method, pattern, operation) in
            operations().filter(|(method, path, _)| *method == "get" && path.starts_with("/api/"))
        {
            // What is behind a figure is asked of one; the funnel takes every parameter.
            let report = if pattern.ends_with("/drill") { "funnel" } else { "overview" };
            let to = pattern.replace("{name}", report).replace("{id}", id(&inquiry));
            let figure = if pattern.ends_with("/drill") { "cell=reached&" } else { "" };
            for parameter in parameters(operation)
                .filter(|parameter| parameter["in"] == "query")
                // Their values are those of an answer.
                .filter(|parameter| !["cursor", "cell", "row", "chart"].contains(&parameter["name"].as_str().unwrap()))
            {
                let name = parameter["name"].as_str().unwrap();
                let (good, bad) = values(&parameter["schema"]);
                let encoded =
                    |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let fits = validator(&parameter["schema"], false);
                let value = if parameter["schema"]["type"] == "array" { json!([good]) } else { typed(&good) };
                assert!(fits.is_valid(&value), "{method} {pattern} {name}: {good} is not described");
                let answer = admin.get(&format!("{to}?{figure}{name}={}", encoded(&good)));
                assert_ne!(answer.status, 400, "{name}={good} {}", answer.text);
                if let Some(bad) = bad {
                    let value =
                        if parameter["schema"]["type"] == "array" { json!([bad]) } else { typed(bad) };
                    assert!(!fits.is_valid(&value), "{method} {pattern} {name}: {bad} is described");
                    assert_eq!(
                        admin.get(&format!("{to}?{figure}{name}={}", encoded(bad))).expect(400).pointers(),
                        [format!("?{name}")]
                    );
                }
                if let Some(max) = parameter["schema"]["maxLength"]
                    .as_u64()
                    .or(parameter["schema"]["items"]["maxLength"].as_u64())
                {
                    let long = "x".repeat(usize::try_from(max).unwrap());
                    assert_ne!(admin.get(&format!("{to}?{figure}{name}={long}")).status, 400);
                    admin.get(&format!("{to}?{figure}{name}={long}x")).expect(400);
                }
                tried += 1;
            }
            assert_eq!(
                admin.get(&format!("{to}?no_such_parameter=1")).expect(400).pointers(),
                ["?no_such_parameter"],
                "{to}"
            );
        }
        assert!(tried > 60, "{tried}");
    }

    fn every_operation_of_the_document_is_there(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({}));
        let plan = admin
            .post(
                &format!("{}/follow-ups", path(&inquiry)),
                &json!({"kind": "call", "due_at": app.clock.now()}),
            )
            .expect(201);
        let rule = id(&admin.all("/api/v1/assignment-rules")[0]).to_owned();
        let hook = json!({"url": "https://hooks.example.com/", "events": ["*"], "active": false});
        let hook = admin.post("/api/v1/webhooks", &hook).expect(201).id();
        let robot = json!({"type": "wecom", "name": "群", "url": "https://robot.invalid/", "active": false});
        let robot = admin.post("/api/v1/channels", &robot).expect(201).id();
        let document = admin.get("/openapi.json").expect(200).json;
        let mut operations = 0;
        for (pattern, methods) in document["paths"].as_object().unwrap() {
            let real = match pattern.split('/').nth(3) {
                Some("users") => admin.id().to_string(),
                Some("follow-ups") => plan.id(),
                Some("assignment-rules") => rule.clone(),
                Some("webhooks") => hook.clone(),
                Some("channels") => robot.clone(),
                _ => id(&inquiry).to_owned(),
            };
            let to = pattern.replace("{name}", "overview").replace("{key}", "default").replace("{id}", &real);
            let to = to.replace("{did}", "dlv_00000000000000000000000000");
            for method in methods.as_object().unwrap().keys() {
                operations += 1;
                let answer = app.nobody().send(&method.to_uppercase(), &to, &[], None);
                assert!(!matches!(answer.status, 404 | 405 | 500..), "{method} {to}: {}", answer.status);
                // With a credential an empty call finds what is meant too; but there are no notifications to
                // retry, and no deliveries.
                let is_there = !pattern.starts_with("/api/v1/notifications/") && !pattern.contains("{did}");
                if method != "delete" && is_there {
                    let answer = admin.send(&method.to_uppercase(), &to, &[], None);
                    assert!(
                        !matches!(answer.status, 404 | 405 | 500..),
                        "{method} {to}: {} {}",
                        answer.status,
                        answer.text
                    );
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
                assert!(
                    !answer.text.contains("https://unpkg.com") && !answer.text.contains("cdn.jsdelivr.net"),
                    "{part}"
                );
                parts += 1;
            }
        }
        assert!(parts >= 3, "{parts}");
        assert!(nobody.get("/docs/swagger-initializer.js").expect(200).text.contains("/openapi.json"));
    }

    fn health_says_what_there_is(app) {
        for to in ["/healthz", "/readyz"] {
            let answer = app.nobody().get(to).expect(200);
            assert_eq!(
                (&answer.json["status"], &answer.json["version"]),
                (&json!("ok"), &json!(env!("CARGO_PKG_VERSION")))
            );
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

/// A parameter's text as the value that it stands for.
fn typed(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => json!(text),
    }
}
