//! The parts of a `multipart/form-data` body (RFC 7578): name and value of each, with the name however it is
//! written. What the fields mean is not decided here.

use std::borrow::Cow;

use futures_util::{FutureExt, stream};
use multer::Multipart;

use super::characters::{Raw, encoding};

/// Why a body is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Undecodable,
    TooMany,
    /// A part is a file with something in it.
    Attachment,
}

/// The fields of a body. `max` of them at most.
pub fn fields(content_type: Option<&str>, body: &[u8], max: usize) -> Result<Vec<(Raw, Raw)>, Refused> {
    let boundary =
        multer::parse_boundary(content_type.unwrap_or_default()).map_err(|_| Refused::Undecodable)?;
    let whole = stream::iter([Ok::<_, std::io::Error>(body.to_vec())]);
    let mut parts = Multipart::new(whole, boundary);
    let mut fields = Vec::new();
    // All bytes are there: nothing of this ever waits.
    while let Some(part) =
        parts.next_field().now_or_never().ok_or(Refused::Undecodable)?.map_err(|_| Refused::Undecodable)?
    {
        let header = |name: &str| part.headers().get(name).map(|value| value.as_bytes().to_vec());
        let (disposition, kind) = (header("content-disposition").unwrap_or_default(), header("content-type"));
        let value =
            part.bytes().now_or_never().ok_or(Refused::Undecodable)?.map_err(|_| Refused::Undecodable)?;
        let parameters = parameters(&disposition);
        let file = parameters.iter().filter(|(name, _)| name == "filename" || name == "filename*");
        match file.map(|(_, file)| file.is_empty()).reduce(|all, is_empty| all && is_empty) {
            // A field for a file that nobody has chosen.
            Some(_) if value.is_empty() => continue,
            Some(false) => return Err(Refused::Attachment),
            Some(true) | None => {}
        }
        if let Some(name) = name(&parameters) {
            fields.push((name, labelled(value.to_vec(), kind.as_deref())));
        }
        if fields.len() > max {
            return Err(Refused::TooMany);
        }
    }
    Ok(fields)
}

/// The name of a part. The extended one goes first, as everywhere (RFC 8187 § 4.2), though forms should not
/// use it.
fn name(parameters: &[(String, Vec<u8>)]) -> Option<Raw> {
    let of = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let extended = of("name*").map(|value| extended(value));
    match (extended, of("name")) {
        (Some(text @ Raw::Text(_)), _) => Some(text),
        (_, Some(plain)) => Some(Raw::Bytes(unescaped(plain))),
        (bytes, None) => bytes,
    }
}

/// `charset'language'percent-encoded` (RFC 8187 § 3.2) as a text, or as its bytes where the charset is not
/// known or does not fit.
fn extended(value: &[u8]) -> Raw {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, encoded) = match (parts.next(), parts.next(), parts.next()) {
        (Some(charset), Some(_), Some(encoded)) => (std::str::from_utf8(charset).ok(), encoded),
        _ => (None, value),
    };
    let bytes: Vec<u8> = percent_encoding::percent_decode(encoded).collect();
    let text = charset.and_then(encoding).and_then(|encoding| {
        encoding.decode_without_bom_handling_and_without_replacement(&bytes).map(Cow::into_owned)
    });
    text.map_or(Raw::Bytes(bytes), Raw::Text)
}

/// A value whose part has a charset of its own (RFC 7578 § 4.5), if the bytes fit it.
fn labelled(bytes: Vec<u8>, content_type: Option<&[u8]>) -> Raw {
    let parameters = content_type.map(parameters).unwrap_or_default();
    let charset = parameters
        .iter()
        .find(|(name, _)| name == "charset")
        .and_then(|(_, charset)| std::str::from_utf8(charset).ok())
        .and_then(encoding);
    // UTF-8 is tried without a label as well; others that say so wrongly are recognised by their bytes.
    let charset =
        charset.filter(|charset| *charset == encoding_rs::UTF_8 || std::str::from_utf8(&bytes).is_err());
    let text = charset.and_then(|charset| {
        charset.decode_without_bom_handling_and_without_replacement(&bytes).map(Cow::into_owned)
    });
    text.map_or(Raw::Bytes(bytes), Raw::Text)
}

/// The parameters of a header, names in lower case, values without their quotes and otherwise as they are.
fn parameters(header: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let Some(mut at) = header.iter().position(|byte| *byte == b';') else { return found };
    while let Some(rest) = header.get(at.saturating_add(1)..).filter(|rest| !rest.is_empty()) {
        let end = rest.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(rest.len());
        let name = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).trim().to_ascii_lowercase();
        at = at.saturating_add(1).saturating_add(end);
        if header.get(at) != Some(&b'=') {
            continue;
        }
        let behind = header.get(at.saturating_add(1)..).unwrap_or_default();
        let blanks = behind.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let behind = behind.get(blanks..).unwrap_or_default();
        let (value, length) = match behind.strip_prefix(b"\"") {
            Some(quoted) => {
                let end = closing_quote(quoted);
                (quoted.get(..end).unwrap_or(quoted), end.saturating_add(2))
            }
            None => {
                let end = behind.iter().position(|byte| *byte == b';').unwrap_or(behind.len());
                (behind.get(..end).unwrap_or_default().trim_ascii(), end)
            }
        };
        found.push((name, value.to_vec()));
        at = at.saturating_add(1).saturating_add(blanks).saturating_add(length);
        // Whatever is between a closing quote and the next parameter.
        at = header
            .get(at..)
            .and_then(|rest| rest.iter().position(|byte| *byte == b';'))
            .map_or(header.len(), |next| at.saturating_add(next));
    }
    found
}

/// Where a quoted value ends: at the first quote with nothing but the next parameter behind it. A backslash
/// says nothing: it is also the second byte of some characters in GBK.
fn closing_quote(quoted: &[u8]) -> usize {
    let ends = |at: usize| {
        let behind = quoted.get(at.saturating_add(1)..).unwrap_or_default().trim_ascii_start();
        behind.is_empty() || behind.starts_with(b";")
    };
    let quotes = quoted.iter().enumerate().filter(|(_, byte)| **byte == b'"').map(|(at, _)| at);
    let mut quotes = quotes.filter(|at| ends(*at));
    quotes.next().unwrap_or(quoted.len())
}

/// A name as it was before it was put between quotes: browsers write `%22`, `%0D` and `%0A`, others a
/// backslash.
fn unescaped(name: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::with_capacity(name.len()), name);
    let escapes: [(&[u8], &[u8]); 4] = [(b"%22", b"\""), (b"%0D", b"\r"), (b"%0A", b"\n"), (b"\\\"", b"\"")];
    while let Some(byte) = rest.first() {
        match escapes.iter().find(|(escape, _)| {
            rest.get(..escape.len()).is_some_and(|start| start.eq_ignore_ascii_case(escape))
        }) {
            Some((escape, sign)) => {
                plain.extend_from_slice(sign);
                rest = rest.get(escape.len()..).unwrap_or_default();
            }
            None => {
                plain.push(*byte);
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &[u8]) -> Option<Raw> {
        name(&parameters(header))
    }

    fn bytes(text: &[u8]) -> Option<Raw> {
        Some(Raw::Bytes(text.to_vec()))
    }

    #[test]
    fn a_name_is_read_however_it_is_written() {
        for (header, wanted) in [
            (&b"form-data; name=\"need\""[..], bytes(b"need")),
            (b"form-data;name=need", bytes(b"need")),
            (b"form-data; NAME = \"need\" ; x=y", bytes(b"need")),
            (b"form-data; name=\"a;b=c\"; filename=\"x\"", bytes(b"a;b=c")),
            (b"form-data; name=\"a\\\"b\"", bytes(b"a\"b")),
            (b"form-data; name=\"a%22b%0d%0A\"", bytes(b"a\"b\r\n")),
            // A character of GBK whose second byte is a backslash, before the closing quote.
            (b"form-data; name=\"\x81\x5c\"", bytes(b"\x81\x5c")),
            (b"form-data; name=\"open", bytes(b"open")),
            (b"form-data; name*=UTF-8''%E5%A7%93%E5%90%8D", Some(Raw::Text("姓名".to_owned()))),
            (b"form-data; name=\"fallback\"; name*=utf-8'zh'%E5%A7%93", Some(Raw::Text("姓".to_owned()))),
            (b"form-data; name*=gbk''%D0%D5%C3%FB", Some(Raw::Text("姓名".to_owned()))),
            (b"form-data; name=\"fallback\"; name*=nonsense''%E5", bytes(b"fallback")),
            (b"form-data; name*=nonsense''%E5%A7%93", bytes("姓".as_bytes())),
            (b"form-data; name*=%E5%A7%93", bytes("姓".as_bytes())),
            (b"form-data; filename=\"name=x\"", None),
            (b"form-data", None),
            (b"", None),
        ] {
            assert_eq!(read(header), wanted, "{}", String::from_utf8_lossy(header));
        }
    }

    #[test]
    fn a_field_that_is_named_like_a_file_is_none() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"filename\"\r\n\r\n平面\
            图\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
        let read = fields(Some("multipart/form-data; boundary=x"), body.as_bytes(), 10).unwrap();
        assert_eq!(read, [(Raw::Bytes(b"filename".to_vec()), Raw::Bytes("平面图".into()))]);
    }

    #[test]
    fn a_part_may_say_its_own_charset() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain; \
            charset=gbk\r\n\r\n\xd0\xd5\xc3\xfb\r\n--x--\r\n";
        assert_eq!(
            fields(Some("multipart/form-data; boundary=x"), body, 10).unwrap(),
            [(Raw::Bytes(b"a".to_vec()), Raw::Text("姓名".to_owned()))]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_header_panics(header in proptest::collection::vec(proptest::num::u8::ANY, 0..60)) {
            let _ = read(&[b"form-data; ".as_slice(), &header].concat());
        }
    }
}
