//! From the bytes of a submission to one JSON value, the document, in the characters that its writer meant.
//! Which members of it are which item is said in `pairs.rs` and `mapping.rs`.

use encoding_rs::{Encoding, GB18030, UTF_8};
use futures_util::{FutureExt, stream};
use multer::Multipart;
use serde_json::{Map, Value};

use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::platform::http::body::{DEPTH_MAX, TOO_DEEP, too_deep};

/// Pairs in one form, and members of one JSON object.
pub const PAIRS_MAX: usize = 100;

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
static TOO_MANY_FIELDS: Refusal = Refusal::new(Class::Invalid, "too_many_fields", "字段过多（最多 100 个）。", "There are too many fields (100 at most).");
static ATTACHMENTS: Refusal =
    Refusal::new(Class::Invalid, "attachments_not_supported", "暂不支持上传文件，请去掉附件后再提交。", "Files are not taken. Send the form without the file.");

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Urlencoded,
    Multipart,
}

impl Format {
    /// By the content type; where it says nothing, or says text/plain (as `sendBeacon` does), by the first sign.
    pub fn of(content_type: Option<&str>, body: &[u8]) -> Result<Self> {
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
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

/// Reads a body. `charset` is what the form's profile says, before what the submission itself says.
pub fn decode(content_type: Option<&str>, body: &[u8], charset: Option<&str>) -> Result<Decoded> {
    let label = charset.map(str::to_owned).or_else(|| parameter(content_type, "charset"));
    match Format::of(content_type, body)? {
        Format::Json => json(body, label.as_deref().unwrap_or("utf-8")),
        Format::Urlencoded => form(urlencoded(body)?, label),
        Format::Multipart => form(multipart(content_type, body)?, label),
    }
}

/// A parameter of a content type.
fn parameter(content_type: Option<&str>, name: &str) -> Option<String> {
    let parameters = content_type?.split(';').skip(1);
    let of_name = parameters.filter_map(|parameter| parameter.split_once('=')).find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value.trim().trim_matches('"').to_owned()).filter(|value| !value.is_empty())
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn json(body: &[u8], label: &str) -> Result<Decoded> {
    let body = without_mark(body);
    let charset = Charset::of(&[body], Some(label));
    let text = charset.text(body);
    if too_deep(&text) {
        return Err(Error::refuse(&TOO_DEEP));
    }
    let document: Value = serde_json::from_str(&text).map_err(|_| Error::refuse(&UNDECODABLE))?;
    if !document.is_object() {
        return Err(Error::refuse(&UNDECODABLE));
    }
    count_members(&document)?;
    Ok(Decoded { document, replaced: charset == Charset::Unknown })
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

/// A JSON text inside a value, if it is one and keeps the same bounds.
pub fn inner_json(text: &str) -> Option<Value> {
    if too_deep(text) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    count_members(&value).ok().map(|()| value)
}

// ---- forms

/// Name and value as bytes: in which characters is found out for all of them together.
type RawPair = (Vec<u8>, Vec<u8>);

fn urlencoded(body: &[u8]) -> Result<Vec<RawPair>> {
    let decoded = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_encoding::percent_decode(&spaced).collect::<Vec<u8>>()
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
    let undecodable = || Error::refuse(&UNDECODABLE);
    let boundary = multer::parse_boundary(content_type.unwrap_or_default()).map_err(|_| undecodable())?;
    let whole = stream::iter([Ok::<_, std::io::Error>(body.to_vec())]);
    let mut parts = Multipart::new(whole, boundary);
    let mut pairs = Vec::new();
    // All bytes are there: nothing of this ever waits.
    while let Some(part) = parts.next_field().now_or_never().ok_or_else(undecodable)?.map_err(|_| undecodable())? {
        let name = part.name().map(|name| name.as_bytes().to_vec()).or_else(|| {
            let disposition = part.headers().get("content-disposition")?.as_bytes();
            raw_name(disposition)
        });
        let is_file = part.headers().get("content-disposition").is_some_and(|value| contains(value.as_bytes(), b"filename"));
        let named = part.file_name().is_some_and(|file| !file.is_empty()) || (is_file && part.file_name().is_none());
        let value = part.bytes().now_or_never().ok_or_else(undecodable)?.map_err(|_| undecodable())?;
        if named && !value.is_empty() {
            return Err(Error::refuse(&ATTACHMENTS));
        }
        match name {
            Some(name) if !is_file => pairs.push((name, value.to_vec())),
            _ => {}
        }
        if pairs.len() > PAIRS_MAX {
            return Err(Error::refuse(&TOO_MANY_FIELDS));
        }
    }
    Ok(pairs)
}

/// The name of a part in bytes that are not UTF-8.
fn raw_name(disposition: &[u8]) -> Option<Vec<u8>> {
    let start = disposition.windows(7).position(|window| window == b" name=\"" || window == b";name=\"")?.checked_add(7)?;
    let rest = disposition.get(start..)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    rest.get(..end).map(<[u8]>::to_vec)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

/// Pairs become members: a repeated name or `a[]` a list, `a[b]` an object.
fn form(pairs: Vec<RawPair>, label: Option<String>) -> Result<Decoded> {
    let said = || pairs.iter().find(|(name, _)| name == b"_charset_").and_then(|(_, value)| String::from_utf8(value.clone()).ok());
    let label = label.filter(|label| Encoding::for_label(label.as_bytes()).is_some()).or_else(said);
    let all: Vec<&[u8]> = pairs.iter().flat_map(|(name, value)| [name.as_slice(), value.as_slice()]).collect();
    let charset = Charset::of(&all, label.as_deref());
    let mut members = Map::new();
    for (name, value) in &pairs {
        let name = charset.text(name);
        put(&mut members, &name, Value::String(charset.text(value)));
    }
    Ok(Decoded { document: Value::Object(members), replaced: charset == Charset::Unknown })
}

fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    let (head, steps) = steps(name);
    let mut target = members;
    let mut key = head;
    for step in steps {
        let slot = target.entry(key).or_insert_with(|| Value::Object(Map::new()));
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        let Value::Object(inner) = slot else { return };
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

/// The steps of `a[b][c]`, without the empty one of `a[]`; a name that is not written so is one step.
fn steps(name: &str) -> (String, Vec<String>) {
    let whole = || (name.to_owned(), Vec::new());
    let Some((head, rest)) = name.split_once('[') else { return whole() };
    let Some(inner) = rest.strip_suffix(']').filter(|_| !head.is_empty()) else { return whole() };
    let steps: Vec<String> = inner.split("][").filter(|step| !step.is_empty()).map(str::to_owned).collect();
    if steps.len() >= DEPTH_MAX || steps.iter().any(|step| step.contains(['[', ']'])) { whole() } else { (head.to_owned(), steps) }
}

// ---- characters

/// In which characters some bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Named(&'static Encoding),
    /// In none that fits: UTF-8, with U+FFFD for what is not.
    Unknown,
}

impl Charset {
    /// UTF-8 with a CJK character in it, or pure ASCII, is what it looks like, whatever the label says; else the label, if the
    /// bytes fit it; else GB18030.
    fn of(all: &[&[u8]], label: Option<&str>) -> Self {
        let texts: Option<Vec<&str>> = all.iter().map(|bytes| std::str::from_utf8(bytes).ok()).collect();
        if texts.is_some_and(|texts| texts.iter().all(|text| text.is_ascii()) || texts.iter().any(|text| text.chars().any(is_cjk))) {
            return Self::Utf8;
        }
        let fits = |encoding: &'static Encoding| all.iter().all(|bytes| encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some());
        let named =
            label.and_then(|label| Encoding::for_label(label.trim().as_bytes())).map(|encoding| if encoding == encoding_rs::GBK { GB18030 } else { encoding });
        match named {
            Some(encoding) if fits(encoding) => Self::Named(encoding),
            _ if fits(GB18030) => Self::Named(GB18030),
            _ => Self::Unknown,
        }
    }

    fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 | Self::Unknown => UTF_8.decode_without_bom_handling(bytes).0.into_owned(),
            Self::Named(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        }
    }
}

/// Han, kana, hangul, and the signs and full-width letters that stand among them.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
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
        let decoded = decode(FORM, "need=厂房&a=1&a=2&b[]=x&b[]=y&c[d]=1&c[e][f]=2&g[=3&[h]=4".as_bytes(), None).unwrap();
        assert_eq!(decoded.document, json!({"need": "厂房", "a": ["1", "2"], "b": ["x", "y"], "c": {"d": "1", "e": {"f": "2"}}, "g[": "3", "[h]": "4"}));
    }

    #[test]
    fn the_bytes_tell_the_characters_before_the_label_does() {
        let (gbk, _, _) = encoding_rs::GBK.encode("需求=求租厂房");
        for kind in
            ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=gb2312", "application/x-www-form-urlencoded; charset=utf-8"]
        {
            assert_eq!(decode(Some(kind), &gbk, None).unwrap().document, json!({"需求": "求租厂房"}), "{kind}");
        }
        let utf8 = decode(Some("application/x-www-form-urlencoded; charset=gbk"), "需求=求租".as_bytes(), None).unwrap();
        assert_eq!(utf8.document, json!({"需求": "求租"}));
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
                "--x\r\nContent-Disposition: form-data; name=\"need\"\r\n\r\n厂房\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{file}\"\r\nContent-Type: application/pdf\r\n\r\n{bytes}\r\n--x--\r\n"
            )
        };
        let kind = "multipart/form-data; boundary=x";
        assert_eq!(decode(Some(kind), body("", "").as_bytes(), None).unwrap().document, json!({"need": "厂房"}));
        assert_eq!(code(kind, body("a.pdf", "%PDF").as_bytes()), "attachments_not_supported");
    }

    #[test]
    fn a_part_may_be_named_in_gbk() {
        let (body, _, _) = encoding_rs::GBK.encode("--x\r\nContent-Disposition: form-data; name=\"姓名\"\r\n\r\n王先生\r\n--x--\r\n");
        assert_eq!(decode(Some("multipart/form-data; boundary=x"), &body, None).unwrap().document, json!({"姓名": "王先生"}));
    }

    proptest::proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            for kind in ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
                let _ = decode(Some(kind), &body, None);
            }
        }
    }
}
