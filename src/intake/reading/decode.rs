//! From the bytes of a submission to one JSON value, the document, in the characters that its writer meant.
//! Which members of it are which item is said in `pairs.rs` and `mapping.rs`.

use encoding_rs::Encoding;
use serde_json::{Map, Value};

use super::characters::{self, Raw, Texts, encoding};
use super::{multipart, script_json};
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::platform::http::body::{DEPTH_MAX, TOO_DEEP, too_deep};

/// Pairs in one form, and members of one JSON object.
pub const PAIRS_MAX: usize = 100;
/// Bytes of a JSON text inside a value: as many as a body of JSON may have.
const INNER_MAX: usize = 64 << 10;
/// The field in which a browser names the encoding of the page that it sends (HTML § 4.10.19.1).
const CHARSET_FIELD: &str = "_charset_";

static UNDECODABLE: Refusal = Refusal::new(
    Class::Malformed,
    "undecodable",
    "提交内容无法解析，应为一个表单或 JSON 对象。",
    "The submission cannot be read. Send a form, or one JSON object.",
);
static NO_FORM: Refusal = Refusal::new(
    Class::UnsupportedMediaType,
    "unsupported_media_type",
    "请以表单（urlencoded、multipart）或 JSON 提交。",
    "Send a form (urlencoded or multipart), or JSON.",
);
static TOO_MANY_FIELDS: Refusal = Refusal::new(
    Class::Invalid,
    "too_many_fields",
    "字段过多（最多 100 个）。",
    "There are too many fields (at most 100).",
);
static ATTACHMENTS: Refusal = Refusal::new(
    Class::Invalid,
    "attachments_not_supported",
    "暂不支持上传文件，请去掉附件后再提交。",
    "Files are not accepted. Send the form without the file.",
);

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Urlencoded,
    Multipart,
}

impl Format {
    /// By the content type; where it says nothing, or says text/plain (as `sendBeacon` does), by the first
    /// sign.
    pub fn of(content_type: Option<&str>, body: &[u8]) -> Result<Self> {
        let essence = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let first = without_mark(body).iter().copied().find(|byte| !byte.is_ascii_whitespace());
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Ok(Self::Urlencoded),
            "multipart/form-data" => Ok(Self::Multipart),
            "text/plain" => Ok(Self::Json),
            "" if matches!(first, Some(b'{' | b'[')) => Ok(Self::Json),
            "" => Ok(Self::Urlencoded),
            json if json == "application/json" || json.ends_with("+json") => Ok(Self::Json),
            _ => Err(Error::refuse(&NO_FORM)),
        }
    }
}

/// A body as one JSON value.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    pub document: Value,
    /// Some bytes were no characters, and became U+FFFD.
    pub replaced: bool,
}

/// Reads a body. `charset` is what the form's profile says, where the submission itself says nothing.
pub fn decode(content_type: Option<&str>, body: &[u8], charset: Option<&str>) -> Result<Decoded> {
    let label = parameter(content_type, "charset").and_then(|label| encoding(&label));
    let of_profile = charset.and_then(encoding);
    match Format::of(content_type, body)? {
        Format::Json => json(body, label.or(of_profile)),
        Format::Urlencoded => form(urlencoded(body)?, label, of_profile),
        Format::Multipart => form(multipart(content_type, body)?, label, of_profile),
    }
}

/// A parameter of a content type.
fn parameter(content_type: Option<&str>, name: &str) -> Option<String> {
    let parameters = content_type?.split(';').skip(1);
    let of_name = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value.trim().trim_matches('"').to_owned()).filter(|value| !value.is_empty())
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn json(body: &[u8], label: Option<&'static Encoding>) -> Result<Decoded> {
    let (marked, mark) = Encoding::for_bom(body).map_or((None, 0), |(encoding, mark)| (Some(encoding), mark));
    let whole = [Raw::Bytes(body.get(mark..).unwrap_or_default().to_vec())];
    let Texts { texts, replaced } = characters::read(&whole, marked.or(label));
    let text = texts.into_iter().next().unwrap_or_default();
    if too_deep(&text) {
        return Err(Error::refuse(&TOO_DEEP));
    }
    let (document, half) = match serde_json::from_str(&text) {
        Ok(document) => (document, false),
        Err(_) => {
            let (text, half) = script_json::mended(&text).ok_or_else(|| Error::refuse(&UNDECODABLE))?;
            (serde_json::from_str::<Value>(&text).map_err(|_| Error::refuse(&UNDECODABLE))?, half)
        }
    };
    if !document.is_object() {
        return Err(Error::refuse(&UNDECODABLE));
    }
    count_members(&document)?;
    Ok(Decoded { document, replaced: replaced || half })
}

/// Refuses a value in which one object has too many members.
fn count_members(value: &Value) -> Result<()> {
    match value {
        Value::Object(members) if members.len() > PAIRS_MAX => Err(Error::refuse(&TOO_MANY_FIELDS)),
        Value::Object(members) => members.values().try_for_each(count_members),
        Value::Array(items) => items.iter().try_for_each(count_members),
        _ => Ok(()),
    }
}

/// A JSON text inside a value at this depth, if it is one and keeps the same bounds as a body; with what is
/// around it, twice as deep at most: a text in a text in a text would go down without end.
pub fn inner_json(text: &str, depth: usize) -> Option<Value> {
    if text.len() > INNER_MAX || depth > DEPTH_MAX || too_deep(text) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    count_members(&value).ok().map(|()| value)
}

// ---- forms

/// Name and value: in which characters is found out for all of them together.
type RawPair = (Raw, Raw);

fn urlencoded(body: &[u8]) -> Result<Vec<RawPair>> {
    let decoded = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        Raw::Bytes(percent_encoding::percent_decode(&spaced).collect())
    };
    let mut pairs = Vec::new();
    for part in without_mark(body).split(|byte| *byte == b'&').filter(|part| !part.is_empty()) {
        let mut halves = part.splitn(2, |byte| *byte == b'=');
        pairs.push((decoded(halves.next().unwrap_or_default()), decoded(halves.next().unwrap_or_default())));
        if pairs.len() > PAIRS_MAX {
            return Err(Error::refuse(&TOO_MANY_FIELDS));
        }
    }
    Ok(pairs)
}

fn multipart(content_type: Option<&str>, body: &[u8]) -> Result<Vec<RawPair>> {
    multipart::fields(content_type, body, PAIRS_MAX).map_err(|refused| {
        Error::refuse(match refused {
            multipart::Refused::Undecodable => &UNDECODABLE,
            multipart::Refused::TooMany => &TOO_MANY_FIELDS,
            multipart::Refused::Attachment => &ATTACHMENTS,
        })
    })
}

/// Pairs become members: a repeated name or `a[]` a list, `a[b]` an object.
fn form(
    pairs: Vec<RawPair>,
    label: Option<&'static Encoding>,
    of_profile: Option<&'static Encoding>,
) -> Result<Decoded> {
    let (names, values): (Vec<Raw>, Vec<Raw>) = pairs.into_iter().unzip();
    let said = || {
        names
            .iter()
            .zip(&values)
            .filter(|(name, _)| is_text(name, CHARSET_FIELD))
            .find_map(|(_, value)| encoding(ascii(value)?))
    };
    let label = label.or_else(said).or(of_profile);
    let count = names.len();
    let Texts { texts, replaced } = characters::read(&[names, values].concat(), label);
    let (names, values) = texts.split_at_checked(count).unwrap_or_default();
    let mut members = Map::new();
    for (name, value) in names.iter().zip(values) {
        put(&mut members, name, Value::String(value.clone()));
    }
    Ok(Decoded { document: Value::Object(members), replaced })
}

fn ascii(raw: &Raw) -> Option<&str> {
    match raw {
        Raw::Bytes(bytes) => std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()),
        Raw::Text(text) => Some(text),
    }
}

fn is_text(raw: &Raw, text: &str) -> bool {
    ascii(raw) == Some(text)
}

/// Puts a value under its name. What is there already is kept: a text and members of one name make a list.
fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    let (head, steps) = steps(name);
    let mut target = members;
    let mut key = head;
    for step in steps {
        let Some(inner) = inner(target.entry(key).or_insert_with(|| Value::Object(Map::new()))) else {
            return;
        };
        target = inner;
        key = step;
    }
    match target.get_mut(&key) {
        None => {
            target.insert(key, value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// The object that a member holds, beside what else it holds.
fn inner(slot: &mut Value) -> Option<&mut Map<String, Value>> {
    if !slot.is_object() && !slot.is_array() {
        *slot = Value::Array(vec![slot.take()]);
    }
    match slot {
        Value::Array(values) => {
            let at = values.iter().position(Value::is_object).unwrap_or(values.len());
            if at == values.len() {
                values.push(Value::Object(Map::new()));
            }
            values.get_mut(at)?.as_object_mut()
        }
        other => other.as_object_mut(),
    }
}

/// The steps of `a[b][c]`, without the empty one of `a[]`; a name that is not written so is one step.
fn steps(name: &str) -> (String, Vec<String>) {
    let whole = || (name.to_owned(), Vec::new());
    let Some((head, rest)) = name.split_once('[') else { return whole() };
    let Some(inner) = rest.strip_suffix(']').filter(|_| !head.is_empty()) else { return whole() };
    let steps: Vec<String> = inner.split("][").filter(|step| !step.is_empty()).map(str::to_owned).collect();
    if steps.len() >= DEPTH_MAX || steps.iter().any(|step| step.contains(['[', ']'])) {
        whole()
    } else {
        (head.to_owned(), steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

    fn code(content_type: &str, body: &[u8]) -> &'static str {
        decode(Some(content_type), body, None).unwrap_err().refusal().code
    }

    #[test]
    fn the_format_is_the_type_s_or_the_first_sign_s() {
        assert_eq!(Format::of(Some("application/json; charset=utf-8"), b"").unwrap(), Format::Json);
        assert_eq!(Format::of(Some("application/problem+json"), b"").unwrap(), Format::Json);
        assert_eq!(Format::of(FORM, b"{").unwrap(), Format::Urlencoded);
        assert_eq!(Format::of(None, b" {\"a\":1}").unwrap(), Format::Json);
        assert_eq!(Format::of(Some("text/plain;charset=UTF-8"), b"{}").unwrap(), Format::Json);
        for other in ["text/csv", "application/xml", "text/html", "image/png"] {
            assert_eq!(Format::of(Some(other), b"a,b").unwrap_err().refusal().code, "unsupported_media_type");
        }
    }

    #[test]
    fn repeated_names_and_brackets_become_lists_and_objects() {
        let decoded =
            decode(FORM, "need=厂房&a=1&a=2&b[]=x&b[]=y&c[d]=1&c[e][f]=2&g[=3&[h]=4".as_bytes(), None)
                .unwrap();
        assert_eq!(
            decoded.document,
            json!({"need": "厂房", "a": ["1", "2"], "b": ["x", "y"], "c": {"d": "1", "e": {"f": "2"}},
                "g[": "3", "[h]": "4"})
        );
    }

    #[test]
    fn one_name_as_a_text_and_with_members_loses_neither() {
        for (body, wanted) in [
            ("need=A&need[x]=y", json!({"need": ["A", {"x": "y"}]})),
            ("need[x]=y&need=A", json!({"need": [{"x": "y"}, "A"]})),
            ("need[x]=y&need=A&need[z]=w", json!({"need": [{"x": "y", "z": "w"}, "A"]})),
            (
                "need=A&need=B&need[x]=y&need[x]=z&need[]=C",
                json!({"need": ["A", "B", {"x": ["y", "z"]}, "C"]}),
            ),
            ("a[b]=1&a[b][c]=2&a[b][c][d]=3", json!({"a": {"b": ["1", {"c": ["2", {"d": "3"}]}]}})),
        ] {
            assert_eq!(decode(FORM, body.as_bytes(), None).unwrap().document, wanted, "{body}");
        }
    }

    #[test]
    fn the_bytes_tell_the_characters_before_the_label_does() {
        let (gbk, _, _) = encoding_rs::GBK.encode("需求=求租厂房");
        for kind in [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=gb2312",
            "application/x-www-form-urlencoded; charset=utf-8",
        ] {
            assert_eq!(
                decode(Some(kind), &gbk, None).unwrap().document,
                json!({"需求": "求租厂房"}),
                "{kind}"
            );
        }
        let utf8 =
            decode(Some("application/x-www-form-urlencoded; charset=gbk"), "需求=求租".as_bytes(), None)
                .unwrap();
        assert_eq!(utf8.document, json!({"需求": "求租"}));
        let labelled = b"need=M%FCller&_charset_=windows-1252".as_slice();
        assert_eq!(
            decode(FORM, labelled, Some("gbk")).unwrap().document["need"],
            "Müller",
            "the submission's own word goes before the profile's"
        );
        assert_eq!(
            decode(Some("application/json"), b"\xff\xfe{\0}\0", None).unwrap().document,
            json!({}),
            "a byte order mark is a label"
        );
        let cyrillic = decode(Some("application/json"), "{\"message\": \"завод\"}".as_bytes(), None).unwrap();
        assert_eq!(cyrillic.document, json!({"message": "завод"}), "JSON is UTF-8 unless it says otherwise");
        let broken = decode(FORM, b"a=%ff%ff", None).unwrap();
        assert_eq!((broken.document, broken.replaced), (json!({"a": "\u{fffd}\u{fffd}"}), true));
    }

    #[test]
    fn what_is_no_object_is_undecodable() {
        for body in [&b"[]"[..], b"5", b"{", b"", b"\"text\"", b"null"] {
            assert_eq!(code("application/json", body), "undecodable");
        }
        assert_eq!(code("multipart/form-data", b"--x\r\n"), "undecodable");
        assert_eq!(code("multipart/form-data; boundary=x", b"--x\r\nContent-Dis"), "undecodable");
        assert_eq!(code("application/json", "{\"a\":".repeat(40).as_bytes()), "too_deep");
        let many: String = (0..101).map(|n| format!("f{n}=1&")).collect();
        assert_eq!(code("application/x-www-form-urlencoded", many.as_bytes()), "too_many_fields");
        let many: Map<String, Value> = (0..101).map(|n| (format!("f{n}"), json!(1))).collect();
        assert_eq!(code("application/json", json!({"a": [many]}).to_string().as_bytes()), "too_many_fields");
    }

    #[test]
    fn a_file_is_refused_an_empty_file_field_is_not() {
        let body = |file: &str, bytes: &str| {
            format!(
                "--x\r\nContent-Disposition: form-data; name=\"need\"\r\n\r\n厂\
                房\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{file}\"\r\nContent-Type: \
                    application/pdf\r\n\r\n{bytes}\r\n--x--\r\n"
            )
        };
        let kind = "multipart/form-data; boundary=x";
        assert_eq!(
            decode(Some(kind), body("", "").as_bytes(), None).unwrap().document,
            json!({"need": "厂房"})
        );
        assert_eq!(code(kind, body("a.pdf", "%PDF").as_bytes()), "attachments_not_supported");
    }

    #[test]
    fn a_part_may_be_named_in_gbk() {
        let (body, _, _) = encoding_rs::GBK
            .encode("--x\r\nContent-Disposition: form-data; name=\"姓名\"\r\n\r\n王先生\r\n--x--\r\n");
        assert_eq!(
            decode(Some("multipart/form-data; boundary=x"), &body, None).unwrap().document,
            json!({"姓名": "王先生"})
        );
    }

    proptest::proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            for kind in ["application/json", "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x", ""] {
                let _ = decode(Some(kind), &body, None);
            }
        }
    }
}
