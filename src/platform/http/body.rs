//! JSON request bodies: size limit, parsing, and validation against the published OpenAPI schema.
//! Public forms accept more than JSON; their decoding is in `intake`.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::context::HttpContext;
use super::schema::escaped;
use crate::kernel::error::{BAD_VALUE, Class, Error, Fault, FaultKind, Refusal, Result};
use crate::kernel::language::Bilingual;

/// Bytes in the body of an API request.
pub const API_BODY_MAX: usize = 1 << 20;
/// Levels of nesting in a JSON body.
pub const DEPTH_MAX: usize = 32;
/// Below this a double holds each integer exactly: 2⁵³.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
/// Initial buffer for a body, in bytes: the announced length may never arrive.
const INITIAL_CAPACITY: usize = 16 << 10;
/// Bytes of a refused body that are still read, so that the client can read the answer.
const DRAIN_MAX: usize = 64 << 20;

pub static TOO_LARGE: Refusal =
    Refusal::new(Class::TooLarge, "too_large", "请求体过大。", "The body is too large.");
pub static UNSUPPORTED: Refusal = Refusal::new(
    Class::UnsupportedMediaType,
    "unsupported_media_type",
    "请使用 application/json。",
    "Send the body as application/json.",
);
static ENCODED: Refusal = Refusal::new(
    Class::UnsupportedMediaType,
    "unsupported_media_type",
    "不接受压缩的请求体，请去掉 Content-Encoding，原样发送。",
    "A compressed body is not taken. Send it as it is, without Content-Encoding.",
);
pub static BAD_JSON: Refusal = Refusal::new(
    Class::Malformed,
    "bad_json",
    "请求体不是有效的 JSON（UTF-8）。",
    "The body is not valid JSON in UTF-8.",
);
static JSON_SYNTAX: FaultKind =
    FaultKind::new("syntax", "JSON 语法错误：{}。", "The JSON cannot be read: {}.");
pub static TOO_DEEP: Refusal =
    Refusal::new(Class::Malformed, "too_deep", "JSON 嵌套过深。", "The JSON is nested too deeply.");
pub static CUT_OFF: Refusal =
    Refusal::new(Class::Malformed, "cut_off", "请求体没有收全。", "The body arrived incomplete.");

/// The SHA-256 of the body, stored on a request that has an `Idempotency-Key`.
#[derive(Debug, Clone)]
pub struct BodyDigest(pub Vec<u8>);

/// Extractor: a JSON body of at most MAX bytes, valid by the published schema of `T`.
#[derive(Debug)]
pub struct Body<T, const MAX: usize = API_BODY_MAX>(pub T);

/// The same, or none if the body is empty.
#[derive(Debug)]
pub struct MaybeBody<T>(pub Option<T>);

impl<T: DeserializeOwned + ToSchema + 'static, const MAX: usize> FromRequest for Body<T, MAX> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let bytes = read(&request, &mut payload, MAX).await?;
            validated(&request, &bytes).map(Self)
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for MaybeBody<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let bytes = read(&request, &mut payload, API_BODY_MAX).await?;
            if bytes.is_empty() {
                note_digest(&request, &bytes);
                return Ok(Self(None));
            }
            validated(&request, &bytes).map(|body| Self(Some(body)))
        })
    }
}

/// Parses the body as a `T`, validated against its published schema.
fn validated<T: DeserializeOwned + ToSchema + 'static>(request: &HttpRequest, bytes: &[u8]) -> Result<T> {
    let context = request
        .app_data::<web::Data<HttpContext>>()
        .ok_or_else(|| Error::internal("the app has no HttpContext"))?;
    if !is_json(request) {
        return Err(Error::refuse(&UNSUPPORTED));
    }
    note_digest(request, bytes);
    let value = json(bytes)?;
    context.schemas.check::<T>(&value)?;
    typed(value)
}

/// A value that fits the schema of `T`, as a `T`.
fn typed<T: DeserializeOwned + ToSchema>(mut value: Value) -> Result<T> {
    if let Ok(typed) = T::deserialize(&value) {
        return Ok(typed);
    }
    // To JSON Schema 1.0 is an integer, to serde it is none.
    write_integers(&mut value);
    serde_path_to_error::deserialize(&value).map_err(|error| {
        let at = pointer(error.path());
        match value.pointer(&at) {
            Some(Value::Number(_)) => Error::invalid(vec![Fault::new(at, &BAD_VALUE)]),
            // The error would quote the input: only the type is logged.
            _ => Error::internal(format!("what the schema {} lets through does not fit its type", T::name())),
        }
    })
}

/// A path as a JSON pointer.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escaped(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(step).collect()
}

/// Writes each number without a fraction as an integer, as far as it is one exactly.
fn write_integers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < EXACT_BELOW);
            #[expect(
                clippy::as_conversions,
                clippy::cast_possible_truncation,
                reason = "it has no fraction and is within 53 bits"
            )]
            if let Some(float) = whole {
                *number = (float as i64).into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(write_integers),
        Value::Object(members) => members.values_mut().for_each(write_integers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn note_digest(request: &HttpRequest, bytes: &[u8]) {
    if request.headers().contains_key("idempotency-key") {
        request.extensions_mut().insert(BodyDigest(Sha256::digest(bytes).to_vec()));
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let named = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Reads the body, if it is within `max` bytes. A larger one is drained, up to a bound, before it is refused.
/// A body with a content coding is refused: nothing is decompressed here.
pub async fn read(request: &HttpRequest, payload: &mut Payload, max: usize) -> Result<web::Bytes> {
    if request
        .headers()
        .get_all(CONTENT_ENCODING)
        .any(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
    {
        drain(payload, 0).await;
        return Err(Error::refuse(&ENCODED));
    }
    let declared = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    if declared.is_some_and(|length| length > max) {
        drain(payload, 0).await;
        return Err(Error::refuse(&TOO_LARGE));
    }
    let mut body = web::BytesMut::with_capacity(declared.unwrap_or(0).min(max).min(INITIAL_CAPACITY));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| Error::refuse(&CUT_OFF).because(e))?;
        if body.len() + chunk.len() > max {
            let seen = body.len();
            drop(body);
            drain(payload, seen).await;
            return Err(Error::refuse(&TOO_LARGE));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

async fn drain(payload: &mut Payload, mut seen: usize) {
    let rest = async {
        while let Some(Ok(chunk)) = payload.next().await {
            seen = seen.saturating_add(chunk.len());
            if seen > DRAIN_MAX {
                break;
            }
        }
    };
    // A client that sends slower than this does not read answers early either.
    let _ = tokio::time::timeout(Duration::from_secs(10), rest).await;
}

/// Parses JSON; nesting depth is checked before anything is built.
pub fn json(bytes: &[u8]) -> Result<serde_json::Value> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes
            .get(..error.valid_up_to())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default();
        syntax_fault(before, ("不是 UTF-8 文本", "not UTF-8"))
    })?;
    if too_deep(text) {
        return Err(Error::refuse(&TOO_DEEP));
    }
    serde_json::from_str(text).map_err(|error| {
        let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
        let start =
            text.split('\n').take(error.line().saturating_sub(1)).map(|line| line.len() + 1).sum::<usize>();
        // The column is the number of bytes up to the sign that is wrong, itself included.
        let within = error.column().saturating_sub(1).min(line.len());
        let end = (0..=within).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
        let what = if error.is_eof() {
            ("内容到此突然结束", "it ends unexpectedly")
        } else {
            ("此处有误", "something is wrong here")
        };
        let before = if error.is_eof() { text } else { text.get(..start + end).unwrap_or_default() };
        syntax_fault(before, what)
    })
}

/// A syntax error after this text: line and column, counted in characters from 1.
fn syntax_fault(before: &str, (zh, en): (&'static str, &'static str)) -> Error {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let place = Bilingual::new(
        format!("第 {line} 行第 {column} 列，{zh}"),
        format!("line {line}, column {column}: {en}"),
    );
    Error::refuse(&BAD_JSON)
        .fault(Fault::with("", &JSON_SYNTAX, place))
        .member("line", line)
        .member("column", column)
}

/// Whether a JSON text is nested deeper than allowed.
pub fn too_deep(text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return true;
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_fraction_is_an_integer() {
        let read = |text: &str| typed::<Vec<u8>>(json(text.as_bytes()).unwrap());
        assert_eq!(read("[1.0, -0.0, -0, 2e2, 1e-400]").unwrap(), [1, 0, 0, 200, 0]);
        for too_large in ["[1, 256]", "[1, 1e308]", "[1, 9223372036854775808]", "[1, -1]"] {
            let error = read(too_large).unwrap_err();
            assert_eq!(error.refusal().class, Class::Invalid, "{too_large}");
            assert_eq!(error.field_faults()[0].pointer, "/1", "{too_large}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(json(format!("{}{}", "[".repeat(32), "]".repeat(32)).as_bytes()).is_ok());
        assert_eq!(json("[".repeat(33).as_bytes()).unwrap_err().refusal().code, "too_deep");
        assert!(json(br#"{"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}"#).is_ok());
    }

    #[test]
    fn a_fault_of_syntax_has_a_place() {
        for (bytes, line, column, words) in [
            (&b"{\"a\": 1,}"[..], 1, 9, "something is wrong here"),
            ("{\n  \"need\": \"厂房\"\n  \"tax\": 1\n}".as_bytes(), 3, 3, "something is wrong here"),
            ("{\"厂房\": 出租}".as_bytes(), 1, 8, "something is wrong here"),
            (b"{\"a\": 1", 1, 8, "it ends unexpectedly"),
            (b"", 1, 1, "it ends unexpectedly"),
            (b"{\r\n\"a\": \"\xff\"}", 2, 7, "not UTF-8"),
        ] {
            let error = json(bytes).unwrap_err();
            let place = (&error.members()["line"], &error.members()["column"]);
            assert_eq!(
                place,
                (&serde_json::json!(line), &serde_json::json!(column)),
                "{}",
                String::from_utf8_lossy(bytes)
            );
            let message = error.field_faults()[0].message(crate::kernel::language::Language::En);
            assert_eq!(message, format!("The JSON cannot be read: line {line}, column {column}: {words}."));
        }
    }

    #[test]
    fn broken_json_is_refused() {
        for bytes in
            [&b""[..], b"{", b"nul", b"{\"a\": \"\xff\"}", b"{\"a\": \"\\ud800\"}", b"\xef\xbb\xbf{}"]
        {
            assert_eq!(json(bytes).unwrap_err().refusal().code, "bad_json");
        }
    }
}
