//! Server-sent events (HTML standard, section 9.2): how they are written, and from where a client goes on.
//! What is sent, and when, is decided by the rooms.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::{Stream, StreamExt};
use serde::Serialize;

use super::parameter::LAST_EVENT_ID;
use crate::kernel::error::{Class, Error, Refusal, Result};

static BAD_LAST_EVENT_ID: Refusal = Refusal::new(
    Class::Malformed,
    "bad_last_event_id",
    "Last-Event-ID 无法识别，请原样使用最后收到的 id。",
    "Last-Event-ID cannot be read. Send the last id exactly as you received it.",
);

/// The content type of a stream of events.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// A block that says nothing but that the server is there.
pub const COMMENT: &[u8] = b":\n\n";

/// Extractor: the last id that a client has received, which a browser sends when it connects again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastEventId(pub Option<i64>);

impl LastEventId {
    fn of(request: &HttpRequest) -> Result<Self> {
        let malformed = || Error::refuse(&BAD_LAST_EVENT_ID);
        let mut lines = request.headers().get_all(LAST_EVENT_ID);
        let Some(line) = lines.next() else { return Ok(Self(None)) };
        let text = line.to_str().map_err(|_| malformed())?.trim();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            // An id that is empty is none (HTML standard, section 9.2.3).
            _ if text.is_empty() && lines.next().is_none() => Ok(Self(None)),
            Ok(id) if is_number && lines.next().is_none() => Ok(Self(Some(id))),
            _ => Err(malformed()),
        }
    }
}

impl FromRequest for LastEventId {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// An event of this kind as a block. JSON has its line ends escaped, so that its data is one line.
pub fn event(id: i64, kind: &str, data: &impl Serialize) -> Result<Vec<u8>> {
    let data = serde_json::to_string(data).map_err(Error::internal)?;
    Ok(format!("id: {id}\nevent: {kind}\ndata: {data}\n\n").into_bytes())
}

/// A block that moves the last id on; without data it is no event.
pub fn place(id: i64) -> Vec<u8> {
    format!("id: {id}\n\n").into_bytes()
}

/// A block that says how long a client waits before it connects again.
pub fn reconnect_after(time: Duration) -> Vec<u8> {
    format!("retry: {}\n\n", time.as_millis()).into_bytes()
}

/// An answer of these blocks. The next is asked for when the client has room for it.
pub fn answer(blocks: impl Stream<Item = Vec<u8>> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        // Or nginx would gather some before it passes them on.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(blocks.map(|block| Ok::<_, Infallible>(Bytes::from(block))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde_json::json;

    #[test]
    fn the_last_id_is_a_number_or_none() {
        let of = |lines: &[&str]| {
            let mut request = TestRequest::default();
            for line in lines {
                request = request.append_header((LAST_EVENT_ID, *line));
            }
            LastEventId::of(&request.to_http_request())
        };
        assert_eq!(of(&[]).unwrap(), LastEventId(None));
        assert_eq!(of(&[""]).unwrap(), LastEventId(None));
        assert_eq!(of(&["0"]).unwrap(), LastEventId(Some(0)));
        assert_eq!(of(&[" 9223372036854775807 "]).unwrap(), LastEventId(Some(i64::MAX)));
        for bad in [&["9223372036854775808"][..], &["-1"], &["+1"], &["1.0"], &["x"], &["1, 2"], &["1", "2"]]
        {
            assert_eq!(of(bad).unwrap_err().refusal().code, "bad_last_event_id", "{bad:?}");
        }
    }

    #[test]
    fn data_is_one_line_whatever_it_says() {
        let block = event(7, "a.b", &json!({"need": "厂房\n二楼\r\n\u{2028}"})).unwrap();
        let text = String::from_utf8(block).unwrap();
        assert_eq!(text.matches(['\n', '\r']).count(), 4, "{text:?}");
        assert!(text.starts_with("id: 7\nevent: a.b\ndata: {") && text.ends_with("}\n\n"));
        assert_eq!(place(8), b"id: 8\n\n");
        assert_eq!(reconnect_after(Duration::from_secs(2)), b"retry: 2000\n\n");
    }
}
