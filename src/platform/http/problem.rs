//! Error responses: `application/problem+json` (RFC 9457), in the caller's language.
//! Refusals are defined in the kernel and the rooms.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::requester::Requester;
use crate::kernel::error::{Class, Error, Fault, REQUIRED, Refusal};
use crate::kernel::language::Language;

/// A refusal or failure.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:leaddock:problem:` and the code.
    pub r#type: String,
    /// The status in words.
    pub title: String,
    pub status: u16,
    /// What to do about it.
    pub detail: String,
    /// A stable word for programs.
    pub code: String,
    pub request_id: String,
    /// Every field at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// More, by code: `legal` for an illegal status move, for example.
    #[serde(flatten)]
    pub members: Map<String, Value>,
}

/// One field at fault.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"pointer": "/need", "code": "required", "message": "此项必填。"}))]
pub struct FieldProblem {
    /// JSON pointer (RFC 6901) into the body; `?name` for a query parameter.
    pub pointer: String,
    pub code: String,
    pub message: String,
}

pub fn status(class: Class) -> StatusCode {
    match class {
        Class::Malformed => StatusCode::BAD_REQUEST,
        Class::Unauthenticated | Class::Unproven => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Class::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        Class::Conflict => StatusCode::CONFLICT,
        Class::Gone => StatusCode::GONE,
        Class::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub fn title(class: Class, language: Language) -> &'static str {
    let (zh, en) = match class {
        Class::Malformed => ("请求无法解析", "The request cannot be parsed"),
        Class::Unauthenticated => ("需要登录", "Login required"),
        Class::Unproven => ("来源未经证实", "The sender could not be verified"),
        Class::Forbidden => ("没有权限", "Not allowed"),
        Class::NotFound => ("没有找到", "Not found"),
        Class::MethodNotAllowed => ("不支持该方法", "Method not allowed"),
        Class::RequestTimeout => ("请求超时", "The request took too long"),
        Class::Conflict => ("与当前状态冲突", "Conflict with the present state"),
        Class::Gone => ("已失效", "It serves no more"),
        Class::PreconditionFailed => ("数据已变更", "It has changed"),
        Class::TooLarge => ("内容过大", "Too large"),
        Class::UnsupportedMediaType => ("不支持的内容类型", "Content type not accepted"),
        Class::Invalid => ("内容有误", "Something is not valid"),
        Class::TooMany => ("请求过多", "Too many requests"),
        Class::Unavailable => ("暂时不可用", "Unavailable for the moment"),
        Class::Internal => ("服务器内部错误", "Internal error"),
    };
    language.pick(zh, en)
}

/// The example of a refusal in the OpenAPI document, in Chinese.
pub fn example(class: Class, code: &str, detail: &str) -> Value {
    let mut problem = json!({
        "type": format!("urn:leaddock:problem:{code}"), "title": title(class, Language::Zh),
            "status": status(class).as_u16(),
        "detail": detail, "code": code, "request_id": "req_06a9e1t7qdw0x3f8m2c5kz4rpg",
    });
    if class == Class::Invalid
        && let Some(problem) = problem.as_object_mut()
    {
        let fault = Fault::new("/need", &REQUIRED);
        problem.insert("errors".to_owned(), json!([field(&fault, Language::Zh)]));
    }
    problem
}

fn field(fault: &Fault, language: Language) -> FieldProblem {
    FieldProblem {
        pointer: fault.pointer.clone(),
        code: fault.kind.code.to_owned(),
        message: fault.message(language),
    }
}

/// The problem+json response of an error.
pub fn answer(error: &Error, requester: &Requester) -> HttpResponse {
    let Refusal { class, code, zh, en } = error.refusal();
    let language = requester.language;
    let problem = Problem {
        r#type: format!("urn:leaddock:problem:{code}"),
        title: title(*class, language).to_owned(),
        status: status(*class).as_u16(),
        detail: language.pick(zh, en).to_owned(),
        code: (*code).to_owned(),
        request_id: requester.id.to_string(),
        errors: error.field_faults().iter().map(|fault| field(fault, language)).collect(),
        members: error.members().clone(),
    };
    let mut response = HttpResponse::build(status(*class));
    response.insert_header((CONTENT_TYPE, "application/problem+json"));
    let mut response = response.body(serde_json::to_vec(&problem).unwrap_or_default());
    headers(error, response.headers_mut());
    response
}

/// The headers of an error, whatever its body is.
pub fn headers(error: &Error, headers: &mut HeaderMap) {
    if let Some(seconds) = error.retry_seconds() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(Value::String(allow)) = error.members().get("allow")
        && let Ok(allow) = HeaderValue::from_str(allow)
    {
        headers.insert(ALLOW, allow);
    }
    if error.class() == Class::Unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

/// Lets handlers and extractors return our error; the middleware renders it, since it knows the request.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        status(self.class())
    }
}
