//! From the bytes of a submission to its fields: JSON and urlencoded, in UTF-8.
//! Which field is which item is decided in `fields.rs`.

use serde_json::{Map, Value};

use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::platform::http::body::json;

/// Fields of one submission.
const FIELDS_MAX: usize = 100;

static UNDECODABLE: Refusal = Refusal::new(Class::Malformed, "undecodable", "提交内容无法解析。", "The submission cannot be decoded.");
static TOO_MANY_FIELDS: Refusal = Refusal::new(Class::Invalid, "too_many_fields", "字段过多（最多 100 个）。", "Too many fields: at most 100.");
static UNSUPPORTED: Refusal = Refusal::new(
    Class::UnsupportedMediaType,
    "unsupported_media_type",
    "请使用 application/json 或 application/x-www-form-urlencoded。",
    "Send application/json or application/x-www-form-urlencoded.",
);

/// How the fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Urlencoded,
}

impl Format {
    /// By the content type; without one, by the first sign of the body.
    pub fn of(content_type: Option<&str>, body: &[u8]) -> Result<Self> {
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let looks_like_json = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Ok(Self::Urlencoded),
            "application/json" => Ok(Self::Json),
            other if other.ends_with("+json") => Ok(Self::Json),
            // What `sendBeacon` and `no-cors` send JSON as.
            "text/plain" if looks_like_json => Ok(Self::Json),
            "" => Ok(if looks_like_json { Self::Json } else { Self::Urlencoded }),
            _ => Err(Error::refuse(&UNSUPPORTED)),
        }
    }
}

/// The fields in their order. Of equal names in JSON the last counts; in a form their values become a list.
pub fn fields(format: Format, body: &[u8]) -> Result<Map<String, Value>> {
    let fields = match format {
        Format::Json => match json(body).map_err(undecodable)? {
            Value::Object(fields) => fields,
            _ => return Err(Error::refuse(&UNDECODABLE)),
        },
        Format::Urlencoded => urlencoded(body)?,
    };
    if fields.len() > FIELDS_MAX {
        return Err(Error::refuse(&TOO_MANY_FIELDS));
    }
    Ok(fields)
}

fn undecodable(error: Error) -> Error {
    if error.refusal().code == "too_deep" { error } else { Error::refuse(&UNDECODABLE) }
}

fn urlencoded(body: &[u8]) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    for (count, (name, value)) in url::form_urlencoded::parse(body).enumerate() {
        if count >= FIELDS_MAX {
            return Err(Error::refuse(&TOO_MANY_FIELDS));
        }
        let value = Value::String(value.into_owned());
        match fields.get_mut(name.as_ref()) {
            None => {
                fields.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_format_is_the_type_s_or_the_first_sign_s() {
        assert_eq!(Format::of(Some("application/json; charset=utf-8"), b"").unwrap(), Format::Json);
        assert_eq!(Format::of(Some("application/x-www-form-urlencoded"), b"{").unwrap(), Format::Urlencoded);
        assert_eq!(Format::of(None, b" {\"a\":1}").unwrap(), Format::Json);
        assert_eq!(Format::of(Some("text/plain;charset=UTF-8"), b"{}").unwrap(), Format::Json);
        assert_eq!(Format::of(Some("text/csv"), b"a,b").unwrap_err().refusal().code, "unsupported_media_type");
    }

    #[test]
    fn repeated_names_become_a_list() {
        let fields = fields(Format::Urlencoded, "need=厂房&a=1&a=2&a=3".as_bytes()).unwrap();
        assert_eq!(Value::Object(fields), json!({"need": "厂房", "a": ["1", "2", "3"]}));
    }

    #[test]
    fn what_is_no_object_is_undecodable() {
        for body in [&b"[]"[..], b"5", b"{", b"\xff{}", b""] {
            assert_eq!(fields(Format::Json, body).unwrap_err().refusal().code, "undecodable");
        }
        assert_eq!(fields(Format::Json, "{\"a\":".repeat(40).as_bytes()).unwrap_err().refusal().code, "too_deep");
        let many: String = (0..101).map(|n| format!("f{n}=1&")).collect();
        assert_eq!(fields(Format::Urlencoded, many.as_bytes()).unwrap_err().refusal().code, "too_many_fields");
    }

    proptest::proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = fields(Format::Json, &body);
            let _ = fields(Format::Urlencoded, &body);
        }
    }
}
