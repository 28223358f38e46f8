//! Completes the OpenAPI document: ids, tags, security, headers, error responses and examples that follow
//! from each operation's parameters. Operations are defined in the rooms' `api.rs`; the document is served by
//! `document.rs`.

use serde_json::{Map, Value, json};

use super::example::{self, Side};
use super::parameter::PERMISSION;
use super::problem;
use crate::kernel::error::Class;

/// The methods that a path may have.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// On an operation: its replies are never stored for an `Idempotency-Key`.
const NOT_KEPT: &str = "x-not-kept";
/// On an operation without permission: its replies are stored for an `Idempotency-Key` all the same.
const KEPT: &str = "x-kept";
/// On an operation: it is used from browsers, and its errors are pages.
const PAGES: &str = "x-pages";
/// On an operation: its rate limit.
const LIMIT: &str = "x-limit";

/// An error response: class, component name, description, and code and detail of its example.
type RefusalSpec = (Class, &'static str, &'static str, &'static str, &'static str);

const REFUSALS: [RefusalSpec; 11] = [
    (
        Class::Malformed,
        "BadRequest",
        "The JSON, a header, a query parameter or the cursor cannot be read.",
        "bad_query",
        "查询参数有误。",
    ),
    (
        Class::Unauthenticated,
        "Unauthorized",
        "There is no credential, or none that holds.",
        "unauthenticated",
        "请先登录，或提供有效的密钥。",
    ),
    (
        Class::Forbidden,
        "Forbidden",
        "The role, or the scopes of the key, never allow this.",
        "forbidden",
        "您的角色或密钥不允许此操作。",
    ),
    (
        Class::NotFound,
        "NotFound",
        "It does not exist, or is outside the caller's reach.",
        "not_found",
        "没有找到，或不在您的权限范围内。",
    ),
    (Class::Conflict, "Conflict", "It conflicts with the present state.", "already_done", "该跟进已经完成。"),
    (
        Class::PreconditionFailed,
        "PreconditionFailed",
        "`If-Match` names another version.",
        "stale",
        "数据已被他人修改，请重新读取后再试。",
    ),
    (Class::TooLarge, "ContentTooLarge", "The body is too large.", "too_large", "请求体过大。"),
    (
        Class::UnsupportedMediaType,
        "UnsupportedMediaType",
        "The content type is not accepted.",
        "unsupported_media_type",
        "请使用 application/json。",
    ),
    (
        Class::Invalid,
        "UnprocessableContent",
        "It is well-formed, but some values are wrong: all of them are named.",
        "invalid",
        "有些内容需要更正。",
    ),
    (
        Class::TooMany,
        "TooManyRequests",
        "Too many requests; `Retry-After` says when to come back.",
        "too_many_requests",
        "请求过于频繁，请稍后再试。",
    ),
    (
        Class::Unavailable,
        "ServiceUnavailable",
        "The database is not available; `Retry-After` says when to come back.",
        "unavailable",
        "暂时无法使用，请稍后重试。",
    ),
];

/// Headers of responses: name, what it says, an example.
const HEADERS: [(&str, &str, &str); 8] = [
    ("X-Request-Id", "The id of this request, by which the log knows it.", "req_06a9e1t7qdw0x3f8m2c5kz4rpg"),
    ("ETag", "The version of the resource, for `If-Match`.", "\"3\""),
    ("Location", "Where the new resource is.", "/api/v1/inquiries/inq_06a9e1t7qdw0x3f8m2c5kz4rpg"),
    ("Retry-After", "Seconds after which another try makes sense.", "1"),
    (
        "RateLimit",
        "What is left of the limit (draft-ietf-httpapi-ratelimit-headers-10).",
        "\"login\";r=9;t=0",
    ),
    ("RateLimit-Policy", "The limit: requests in a window of seconds.", "\"login\";q=10;w=60"),
    (
        "Idempotency-Replayed",
        "`true`: the answer was given before, under the same `Idempotency-Key`.",
        "true",
    ),
    ("WWW-Authenticate", "The scheme of the credential.", "Bearer"),
];

/// Completes a document.
pub fn complete(mut document: Value) -> Value {
    add_components(&mut document);
    let listed = operations(&document);
    for (path, methods) in &listed {
        for method in methods {
            let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
            let Some(operation) = document
                .get_mut("paths")
                .and_then(|paths| paths.get_mut(path)?.get_mut(method)?.as_object_mut())
            else {
                continue;
            };
            complete_operation(path, method, methods, operation, &schemas);
        }
    }
    document
}

/// Every path with its methods.
fn operations(document: &Value) -> Vec<(String, Vec<String>)> {
    let paths = document.get("paths").and_then(Value::as_object);
    let methods = |item: &Value| {
        METHODS
            .iter()
            .filter(|method| item.get(method).is_some())
            .map(|method| (*method).to_owned())
            .collect()
    };
    paths.into_iter().flatten().map(|(path, item)| (path.clone(), methods(item))).collect()
}

fn add_components(document: &mut Value) {
    let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) else { return };
    if let Some(schemas) = components.get_mut("schemas").and_then(Value::as_object_mut) {
        tidy_schemas(schemas);
    }
    let bearer = "An access token from `/api/v1/auth/login`, or an API key.";
    let schemes = json!({
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": bearer},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key",
            "description": "An API key (`ldk_…`)."},
    });
    components.insert("securitySchemes".to_owned(), schemes);
    let language = json!({
        "name": "Accept-Language", "in": "header", "required": false,
            "schema": {"type": "string", "examples": ["zh-CN"]},
        "description": "The language of messages and labels: Chinese or English; English unless Chinese is \
        wanted more.",
    });
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "description": "The change is made once: the same key again gets the first answer again, for 48 \
        hours.",
    });
    components.insert("parameters".to_owned(), json!({"Accept-Language": language, "Idempotency-Key": key}));
    let header = |(name, about, example): &(&str, &str, &str)| {
        ((*name).to_owned(), json!({"description": about, "schema": {"type": "string"}, "example": example}))
    };
    components.insert("headers".to_owned(), HEADERS.iter().map(header).collect());
    let mut responses = Map::new();
    for refusal in &REFUSALS {
        responses.insert(refusal.1.to_owned(), refusal_response(refusal, false, false));
    }
    let problem = "Any other refusal or failure (RFC 9457).";
    let (example, headers) = (
        problem::example(Class::Internal, "internal", "服务器内部出错，已记录。请提供 request_id 以便查找。"),
        headers(&["X-Request-Id"]),
    );
    responses.insert(
        "Problem".to_owned(),
        json!({"description": problem, "headers": headers,
                "content": {"application/problem+json": problem_content(example)}}),
    );
    components.insert("responses".to_owned(), Value::Object(responses));
}

/// Refers to the row schemas of pages by name, and completes examples.
fn tidy_schemas(schemas: &mut Map<String, Value>) {
    let names: Vec<String> = schemas.keys().cloned().collect();
    for name in &names {
        if let Some(row) = name.strip_prefix("Page_").filter(|row| names.iter().any(|name| name == row))
            && let Some(items) =
                schemas.get_mut(name).and_then(|page| page.pointer_mut("/properties/data/items"))
        {
            *items = json!({"$ref": format!("#/components/schemas/{row}")});
        }
    }
    let parts = Value::Object(schemas.clone());
    for (name, schema) in schemas.iter_mut() {
        let side = if name.ends_with("Request") { Side::Request } else { Side::Response };
        let whole = example::explicit_example(schema).is_some().then(|| example::of(schema, &parts, side));
        if let (Some(whole), Some(schema)) = (whole, schema.as_object_mut()) {
            schema.remove("example");
            schema.insert("examples".to_owned(), json!([whole]));
        }
    }
}

fn headers(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
        .collect()
}

fn problem_content(example: Value) -> Value {
    json!({"schema": {"$ref": "#/components/schemas/Problem"}, "example": example})
}

fn refusal_response(
    (class, _, about, code, words): &RefusalSpec,
    for_browsers: bool,
    limited: bool,
) -> Value {
    let mut names = vec!["X-Request-Id"];
    match class {
        Class::TooMany | Class::Unavailable => names.push("Retry-After"),
        Class::Unauthenticated => names.push("WWW-Authenticate"),
        _ => {}
    }
    if limited || *class == Class::TooMany {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    let mut content =
        json!({"application/problem+json": problem_content(problem::example(*class, code, words))});
    if for_browsers && let Some(content) = content.as_object_mut() {
        content.insert(
            "text/html".to_owned(),
            json!({"schema": {"type": "string"},
                "example": format!("<!doctype html><title>{words}</title>")}),
        );
    }
    json!({"description": about, "headers": headers(&names), "content": content})
}

fn complete_operation(
    path: &str,
    method: &str,
    methods: &[String],
    operation: &mut Map<String, Value>,
    schemas: &Value,
) {
    let permission = remove_permission_parameter(operation);
    let mut has = |mark: &str| operation.remove(mark).is_some();
    let (is_not_kept, is_kept, limited, for_browsers) = (has(NOT_KEPT), has(KEPT), has(LIMIT), has(PAGES));
    let kept = method == "post" && (is_kept || permission.is_some() && !is_not_kept);
    if let Some(permission) = &permission {
        operation.insert(PERMISSION.to_owned(), json!(permission));
    }
    operation.entry("security").or_insert_with(|| {
        if permission.is_some() { json!([{"bearer": []}, {"key": []}]) } else { json!([]) }
    });
    add_parameters(kept, for_browsers || path.starts_with("/api/"), operation);
    name(path, method, methods, operation, schemas);
    add_refusals(path, limited, for_browsers, operation);
    add_request_example(operation, schemas);
    let with_key = has_parameter(operation, "Idempotency-Key");
    for (status, response) in
        operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if let Some(response) = response.as_object_mut().filter(|response| !response.contains_key("$ref")) {
            complete_response(status, with_key, limited, response, schemas);
        }
    }
}

/// Removes the pseudo parameter that names the permission.
fn remove_permission_parameter(operation: &mut Map<String, Value>) -> Option<String> {
    let parameters = operation.get_mut("parameters")?.as_array_mut()?;
    let at = parameters
        .iter()
        .position(|parameter| parameter.get("name").and_then(Value::as_str) == Some(PERMISSION))?;
    parameters.remove(at).get("description").and_then(Value::as_str).map(str::to_owned)
}

fn add_parameters(kept: bool, has_words: bool, operation: &mut Map<String, Value>) {
    let Some(parameters) = operation.entry("parameters").or_insert_with(|| json!([])).as_array_mut() else {
        return;
    };
    let mut add = |name| parameters.push(json!({"$ref": format!("#/components/parameters/{name}")}));
    if kept {
        add("Idempotency-Key");
    }
    if has_words {
        add("Accept-Language");
    }
}

fn has_parameter(operation: &Map<String, Value>, name: &str) -> bool {
    let named = |parameter: &Value| {
        let reference =
            parameter.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
        reference.or_else(|| parameter.get("name").and_then(Value::as_str)) == Some(name)
    };
    operation
        .get("parameters")
        .and_then(Value::as_array)
        .is_some_and(|parameters| parameters.iter().any(named))
}

/// Gives an operation of the API its id and its tag, from its path: `inquiries_list`, `follow_ups_complete`.
fn name(path: &str, method: &str, methods: &[String], operation: &mut Map<String, Value>, schemas: &Value) {
    let Some(rest) = path.strip_prefix("/api/v1/") else { return };
    let mut words: Vec<String> =
        rest.split('/').filter(|part| !part.starts_with('{')).map(|part| part.replace('-', "_")).collect();
    let tag = rest.split('/').next().unwrap_or_default();
    let has = |method: &str| methods.iter().any(|one| one == method);
    let verb = match method {
        "get" if is_list(operation, schemas) => Some("list"),
        // A sub-resource, such as the timeline, is a list; other reads are of a single resource.
        "get" => Some("read"),
        "post" if has("get") || has("delete") => Some("create"),
        "patch" | "put" => Some("update"),
        "delete" => Some("delete"),
        _ => None,
    };
    words.extend(verb.map(str::to_owned));
    operation.insert("operationId".to_owned(), json!(words.join("_")));
    operation.insert("tags".to_owned(), json!([tag]));
}

/// Whether what is read is a list: an object with `data`.
fn is_list(operation: &Map<String, Value>, schemas: &Value) -> bool {
    let schema = operation
        .get("responses")
        .and_then(|responses| responses.pointer("/200/content/application~1json/schema/$ref"));
    let name = schema.and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
    name.and_then(|name| schemas.get(name)).is_some_and(|schema| schema.pointer("/properties/data").is_some())
}

/// Adds the error responses that follow from an operation's parameters.
fn add_refusals(path: &str, limited: bool, for_browsers: bool, operation: &mut Map<String, Value>) {
    let in_api = path.starts_with("/api/");
    let (permitted, has_body) = (operation.contains_key(PERMISSION), operation.contains_key("requestBody"));
    let keyed = has_parameter(operation, "Idempotency-Key");
    let comes = |class: Class| match class {
        Class::Malformed => in_api || has_body,
        Class::Unauthenticated | Class::Forbidden => permitted,
        Class::NotFound => path.contains('{'),
        Class::PreconditionFailed => has_parameter(operation, "If-Match"),
        Class::TooLarge | Class::UnsupportedMediaType => has_body,
        Class::Invalid => has_body || keyed,
        Class::TooMany => limited,
        Class::Unavailable => in_api || for_browsers,
        _ => false,
    };
    let coming: Vec<&RefusalSpec> = REFUSALS.iter().filter(|refusal| comes(refusal.0)).collect();
    let Some(responses) = operation.entry("responses").or_insert_with(|| json!({})).as_object_mut() else {
        return;
    };
    for refusal in &coming {
        responses.entry(problem::status(refusal.0).as_str()).or_insert_with(|| json!({}));
    }
    for refusal in &REFUSALS {
        let Some(response) = responses.get_mut(problem::status(refusal.0).as_str()) else { continue };
        *response = if for_browsers || limited {
            refusal_response(refusal, for_browsers, limited)
        } else {
            json!({"$ref": format!("#/components/responses/{}", refusal.1)})
        };
    }
    responses.insert("default".to_owned(), json!({"$ref": "#/components/responses/Problem"}));
    responses.sort_keys();
}

fn add_request_example(operation: &mut Map<String, Value>, schemas: &Value) {
    let content = operation.get_mut("requestBody").and_then(|body| body.get_mut("content")?.as_object_mut());
    for (_, media) in content.into_iter().flatten() {
        add_example(media, schemas, Side::Request);
    }
}

/// Gives a body the example that follows from its schema, unless it has one.
fn add_example(media: &mut Value, schemas: &Value, side: Side) {
    let Some(media) = media
        .as_object_mut()
        .filter(|media| !media.contains_key("example") && !media.contains_key("examples"))
    else {
        return;
    };
    if let Some(schema) = media.get("schema") {
        let example = example::of(schema, schemas, side);
        media.insert("example".to_owned(), example);
    }
}

fn complete_response(
    status: &str,
    with_key: bool,
    limited: bool,
    response: &mut Map<String, Value>,
    schemas: &Value,
) {
    if response.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        response.insert("description".to_owned(), json!(response_description(status, response, schemas)));
    }
    let mut names = vec!["X-Request-Id"];
    let members = members(
        response.get("content").and_then(|content| content.pointer("/application~1json/schema")),
        schemas,
    );
    let has = |name: &str| members.iter().any(|member| member == name);
    // That of a record or of settings, not of the program.
    if has("version") && (has("id") || has("updated_at")) {
        names.push("ETag");
    }
    if has("id") && status == "201" {
        names.push("Location");
    }
    if with_key && (status.starts_with('2') || status.starts_with('3')) {
        names.push("Idempotency-Replayed");
    }
    if limited {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    let stated = response.entry("headers").or_insert_with(|| json!({}));
    if let (Some(stated), Value::Object(added)) = (stated.as_object_mut(), headers(&names)) {
        for (name, header) in added {
            stated.entry(name).or_insert(header);
        }
    }
    for (_, media) in response.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten() {
        add_example(media, schemas, Side::Response);
    }
}

/// The names of an object's members.
fn members(schema: Option<&Value>, schemas: &Value) -> Vec<String> {
    let Some(schema) = schema.and_then(|schema| resolve_reference(schema, schemas)) else {
        return Vec::new();
    };
    let own = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone());
    let parts = schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .flat_map(|part| members(Some(part), schemas));
    own.chain(parts).collect()
}

/// A schema, or the component that it refers to.
fn resolve_reference<'a>(schema: &'a Value, schemas: &'a Value) -> Option<&'a Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => schemas.get(reference.rsplit('/').next()?),
        None => Some(schema),
    }
}

/// The description of a response, from its schema.
fn response_description(status: &str, response: &Map<String, Value>, schemas: &Value) -> String {
    let schema = response
        .get("content")
        .and_then(Value::as_object)
        .and_then(|content| content.values().next()?.get("schema"));
    let said = schema
        .and_then(|schema| resolve_reference(schema, schemas))
        .and_then(|schema| schema.get("description"))
        .and_then(Value::as_str);
    let usual = match status {
        "201" => "It was made.",
        "202" => "It was accepted.",
        "204" => "Done; the response has no body.",
        _ => "What was asked for.",
    };
    said.unwrap_or(usual).to_owned()
}

#[cfg(test)]
mod tests;
