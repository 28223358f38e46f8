//! Holds every answer that any test gets against the OpenAPI document: its status, its headers, its content
//! type and its body. What the document itself must be is in `document.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::{Draft, Validator};
use leaddock::app;
use serde_json::{Value, json};

use super::client::Answer;

/// Headers that are told of where they are sent.
const HEADERS: [&str; 8] = [
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Idempotency-Replayed",
    "WWW-Authenticate",
    "Content-Disposition",
];
/// What any operation may answer: the method is not taken, it took too long, something broke.
const ANYWHERE: [u16; 3] = [405, 408, 500];
/// Bytes of a body that is held against its schema.
const BODY_MAX: usize = 256 << 10;

/// The document, as it is printed.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| app::document(None).unwrap())
}

/// The document's components in which no object of a response has a member that is not named.
fn strict_components() -> &'static Value {
    static COMPONENTS: OnceLock<Value> = OnceLock::new();
    COMPONENTS.get_or_init(|| {
        let mut components = document()["components"].clone();
        let parts: Vec<String> = components["schemas"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|schema| schema["allOf"].as_array().into_iter().flatten())
            .filter_map(|part| part["$ref"].as_str())
            .map(str::to_owned)
            .collect();
        for (name, schema) in components["schemas"].as_object_mut().unwrap() {
            let is_part = parts.contains(&format!("#/components/schemas/{name}"));
            if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() && !is_part
            {
                schema["additionalProperties"] = json!(false);
            }
        }
        components
    })
}

/// What checks values of a schema of the document.
pub fn validator(schema: &Value, strict: bool) -> Arc<Validator> {
    static KNOWN: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let key = format!("{strict} {schema}");
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap();
    let made = known.entry(key).or_insert_with(|| {
        let components = if strict { strict_components() } else { &document()["components"] };
        let whole = json!({"allOf": [schema], "components": components});
        Arc::new(
            jsonschema::options()
                .with_draft(Draft::Draft202012)
                .should_validate_formats(true)
                .build(&whole)
                .unwrap(),
        )
    });
    Arc::clone(made)
}

/// A value that a reference leads to, or the value itself.
pub fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => document().pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}

/// The operation that answers a request, if it is in the document.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    // One slash at the end changes nothing; more of them are another address.
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    // No id and no key has a dot in it: that is a file beside them.
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == segments.len()
            && pattern
                .iter()
                .zip(&segments)
                .all(|(part, segment)| part == segment || (part.starts_with('{') && !segment.contains('.')))
    };
    let paths = document()["paths"].as_object().unwrap().iter().filter(|(pattern, _)| fits(pattern));
    // Of two that fit, the one that names more of it.
    let (_, item) = paths.min_by_key(|(pattern, _)| pattern.matches('{').count())?;
    item.get(method.to_lowercase())
}

/// Ends the test if an answer is another one than the document says.
#[track_caller]
pub fn check(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let who = format!(
        "{} answers {} {}",
        operation["operationId"],
        answer.status,
        answer.text.chars().take(400).collect::<String>()
    );
    let Some(response) = operation["responses"].get(answer.status.to_string()) else {
        assert!(ANYWHERE.contains(&answer.status), "{who}: the document knows no such status");
        return;
    };
    let response = resolved(response);
    assert!(answer.header("x-request-id").is_some(), "{who}: it has no id");
    for name in HEADERS {
        let (documented, sent) = (response["headers"].get(name).is_some(), answer.header(name).is_some());
        assert!(documented || !sent, "{who}: the document knows no {name}");
        let always = matches!(name, "ETag" | "Location" | "Retry-After");
        assert!(sent || !documented || !always, "{who}: it has no {name}");
    }
    // A form may say what its senders are answered.
    if operation["operationId"] != "intake_submit" || answer.status >= 400 {
        check_body(response, answer, &who);
    }
}

#[track_caller]
fn check_body(response: &'static Value, answer: &Answer, who: &str) {
    if answer.text.is_empty() {
        // There may be nothing to measure yet.
        assert!(
            response.get("content").is_none_or(|content| content.get("text/plain").is_some()),
            "{who}: it has no body"
        );
        return;
    }
    let essence =
        answer.header("content-type").unwrap_or_default().split(';').next().unwrap().trim().to_owned();
    let Some(media) = response["content"].get(&essence) else {
        panic!("{who}: the document knows no {essence} here")
    };
    if !essence.ends_with("json") || answer.text.len() > BODY_MAX {
        return;
    }
    if let Some(fault) = validator(&media["schema"], true).iter_errors(&answer.json).next() {
        panic!("{who}: {} {fault}", fault.instance_path());
    }
}
