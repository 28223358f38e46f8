//! What a sender gets to hear, alike for everything that was kept: a fixed answer, a redirect that is
//! allowed, or the receipt's id. What is refused is worded in platform/http and on the hosted page.

use serde_json::json;
use url::{Position, Url};

use super::mapping::MappedFields;
use crate::intake::forms::settings::Answer as Settings;
use crate::kernel::error::{Error, Fault, FaultKind, Faults, Result};
use crate::kernel::id::ReceiptId;
use crate::platform::config::PublicUrl;
use crate::platform::http::Reply;

static BAD_CONTENT_TYPE: FaultKind = FaultKind::new(
    "bad_content_type",
    "不允许的内容类型：只能是文本、JSON 或 XML。",
    "This content type is not allowed. Use text, JSON or XML.",
);
static BAD_URL: FaultKind = FaultKind::new(
    "bad_url",
    "应为完整的 http 或 https 网址，不含用户名。",
    "It must be a complete http or https URL without a user name.",
);
static BAD_ORIGIN: FaultKind = FaultKind::new(
    "bad_origin",
    "应为完整来源，例如 https://www.example.com（不能含通配符），或单独一个 *。",
    "It must be a complete origin such as https://www.example.com, without wildcards, or * alone.",
);

/// The query of pages that are shown in a frame.
pub const FRAMED: &str = "?embed=1";

/// What a form answers.
#[derive(Debug, Clone)]
pub struct Answer {
    status: Option<u16>,
    content_type: String,
    body: Option<String>,
}

impl Answer {
    pub fn parse(settings: &Settings, pointer: &str, faults: &mut Faults) -> Self {
        let content_type =
            settings.content_type.clone().unwrap_or_else(|| "text/plain; charset=utf-8".to_owned());
        check_content_type(&content_type, &format!("{pointer}/content_type"), faults);
        Self { status: settings.status, content_type, body: settings.body.clone() }
    }

    /// The answer to a submission that was kept, whatever became of it.
    pub fn reply(&self, receipt: ReceiptId, destination: Option<String>) -> Result<Reply> {
        if let Some(body) = &self.body {
            let mut reply = Reply::nothing();
            reply.status = self.status.unwrap_or(200);
            reply.content_type = self.content_type.clone().into();
            reply.body = body.replace("{receipt_id}", &receipt.to_string()).into_bytes();
            return Ok(reply);
        }
        match destination {
            Some(location) => Ok(Reply { status: 303, location: Some(location), ..Reply::nothing() }),
            None => {
                let body = serde_json::to_vec(&json!({"receipt_id": receipt})).map_err(Error::internal)?;
                Ok(Reply { status: self.status.unwrap_or(202), body, ..Reply::nothing() })
            }
        }
    }
}

/// A content type that a browser runs nothing of.
pub fn check_content_type(text: &str, pointer: &str, faults: &mut Faults) {
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let known = ["text/plain", "application/json", "text/xml", "application/xml"].contains(&essence.as_str())
        || essence.ends_with("+json");
    if !is_plain || !known {
        faults.add(Fault::new(pointer, &BAD_CONTENT_TYPE));
    }
}

/// Where browsers may be sent, and whose scripts may read answers.
#[derive(Debug, Clone, Default)]
pub struct Destinations {
    redirect_url: Option<Url>,
    /// Normalised origins; `*` is kept apart.
    origins: Vec<String>,
    any: bool,
    /// The origin of this server itself.
    own: String,
}

/// What the origin of a request may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsDecision {
    /// No browser names an origin, or any page may post and none may read.
    Silent,
    /// The page may read the answer: its origin is named in it.
    Readable(String),
    Refused,
}

fn web_address(text: &str) -> Option<Url> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let starts = ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    // `*` is taken for a letter of a host by the URL standard, yet no host has one: it would be a pattern
    // that nobody follows.
    let url = Url::parse(text)
        .ok()
        .filter(|url| starts && url.host_str().is_some_and(|host| !host.contains('*')))?;
    (url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// An origin as browsers write it, or none if the text is more or less than that.
fn origin(text: &str) -> Option<String> {
    let url = web_address(text)?;
    let ascii = url.origin().ascii_serialization();
    let bare = &url[Position::BeforePath..] == "/" && !text.ends_with('/');
    bare.then_some(ascii)
}

impl Destinations {
    pub fn parse(
        redirect_url: Option<&str>,
        allowed_origins: &[String],
        public_url: &PublicUrl,
        faults: &mut Faults,
    ) -> Self {
        let redirect_url = redirect_url.and_then(|text| {
            faults.keep(web_address(text).ok_or_else(|| Fault::new("/redirect_url", &BAD_URL)))
        });
        let mut origins = Vec::new();
        for (n, text) in allowed_origins.iter().enumerate().filter(|(_, text)| text.as_str() != "*") {
            origins.extend(
                faults.keep(
                    origin(text).ok_or_else(|| Fault::new(format!("/allowed_origins/{n}"), &BAD_ORIGIN)),
                ),
            );
        }
        let any = allowed_origins.iter().any(|text| text == "*");
        Self { redirect_url, origins, any, own: public_url.origin().to_owned() }
    }

    /// The origins as they are kept: as browsers write them.
    pub fn normalised(&self) -> Vec<String> {
        self.origins.iter().cloned().chain(self.any.then(|| "*".to_owned())).collect()
    }

    /// Where a browser goes after it has sent a submission. A path is one of this server.
    pub fn after(&self, fields: &MappedFields, key: &str, framed: bool) -> String {
        let allowed = |wish: &String| {
            let url = web_address(wish)?;
            let origin = url.origin().ascii_serialization();
            let ours = self.redirect_url.as_ref().is_some_and(|redirect| redirect.origin() == url.origin());
            (ours || self.origins.contains(&origin)).then(|| url.to_string())
        };
        let wished = fields.redirects.iter().find_map(allowed);
        wished
            .or_else(|| self.redirect_url.as_ref().map(Url::to_string))
            .unwrap_or_else(|| format!("/f/{key}/thanks{}", if framed { FRAMED } else { "" }))
    }

    /// What a page of this origin may do.
    pub fn cors(&self, origin: Option<&str>) -> CorsDecision {
        let Some(origin) = origin else { return CorsDecision::Silent };
        if self.own == origin || self.origins.iter().any(|known| known == origin) {
            return CorsDecision::Readable(origin.to_owned());
        }
        match (self.any, self.origins.is_empty()) {
            (true, _) => CorsDecision::Readable("*".to_owned()),
            (false, true) => CorsDecision::Silent,
            (false, false) => CorsDecision::Refused,
        }
    }

    /// Where the page's form may lead, as a content security policy says it: browsers hold redirects to it as
    /// well.
    pub fn form_actions(&self) -> String {
        let redirect = self.redirect_url.as_ref().map(|url| url.origin().ascii_serialization());
        let redirect = redirect.filter(|origin| !self.origins.contains(origin));
        std::iter::once("'self'".to_owned())
            .chain(redirect)
            .chain(self.origins.iter().cloned())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Who may show the page in a frame, beside pages of this server; `*` for anybody.
    pub fn framed_by(&self) -> Vec<&str> {
        if self.any { vec!["*"] } else { self.origins.iter().map(String::as_str).collect() }
    }

    /// The same, as a content security policy says it.
    pub fn frame_ancestors(&self) -> String {
        if self.any {
            return "*".to_owned();
        }
        std::iter::once("'self'").chain(self.framed_by()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destinations(redirect: Option<&str>, origins: &[&str]) -> std::result::Result<Destinations, usize> {
        let mut faults = Faults::default();
        let origins: Vec<String> = origins.iter().map(|text| (*text).to_owned()).collect();
        let all = Destinations::parse(
            redirect,
            &origins,
            &PublicUrl::parse("https://leads.example.com/crm").unwrap(),
            &mut faults,
        );
        faults
            .none_or(&crate::kernel::error::INVALID)
            .map(|()| all)
            .map_err(|error| error.field_faults().len())
    }

    fn wishing(wish: &str) -> MappedFields {
        let mut fields = MappedFields::default();
        fields.redirects.push(wish.to_owned());
        fields
    }

    #[test]
    fn only_whole_addresses_and_bare_origins_are_taken() {
        for bad in [
            "javascript:alert(1)",
            "//evil.example",
            "https://a@evil.example/",
            "https://ok.example/\r\nSet-Cookie: a=b",
            "https:evil.example",
            "ftp://a.example",
            "",
            "http:\\\\evil.example",
            "https://*.example/ok",
        ] {
            assert!(destinations(Some(bad), &[]).is_err(), "{bad}");
        }
        for bad in [
            "https://ok.example/path",
            "ok.example",
            "null",
            "https://ok.example?x",
            "https://ok.example#x",
            "https://ok.example/",
            "https://*.example",
            "https://%2A.example",
            "https://a.*:8443",
            "*.example",
        ] {
            assert!(destinations(None, &[bad]).is_err(), "{bad}");
        }
        let good = destinations(
            Some("https://www.example.com/ok?a=1"),
            &["https://Shop.Example.com:443", "http://localhost:5173", "*"],
        )
        .unwrap();
        assert_eq!(good.normalised(), ["https://shop.example.com", "http://localhost:5173", "*"]);
    }

    #[test]
    fn a_wish_is_granted_within_the_list() {
        let all = destinations(Some("https://www.example.com/ok"), &["https://shop.example.com"]).unwrap();
        let to = |wish: &str| all.after(&wishing(wish), "k", false);
        assert_eq!(to("https://shop.example.com/danke"), "https://shop.example.com/danke");
        assert_eq!(to("https://www.example.com/x"), "https://www.example.com/x");
        for bad in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "https://shop.example.com@evil.example/",
            "https://shop.example.com.evil.example/",
            "javascript:alert(1)",
            "https://shop.example.com\r\nX: 1",
        ] {
            assert_eq!(to(bad), "https://www.example.com/ok", "{bad}");
        }
        let any = destinations(None, &["*"]).unwrap();
        assert_eq!(any.after(&wishing("https://evil.example/"), "k", false), "/f/k/thanks");
        assert_eq!(any.after(&wishing(""), "k", true), "/f/k/thanks?embed=1");
    }

    #[test]
    fn an_origin_is_compared_whole() {
        let listed = destinations(None, &["https://good.example"]).unwrap();
        for own in ["https://good.example", "https://leads.example.com"] {
            assert_eq!(listed.cors(Some(own)), CorsDecision::Readable(own.to_owned()));
        }
        for bad in [
            "https://evil.example",
            "null",
            "https://good.example.evil.test",
            "http://good.example",
            "https://good.example:8443",
            "https://GOOD.example.",
            "https://good.example, https://evil.example",
        ] {
            assert_eq!(listed.cors(Some(bad)), CorsDecision::Refused, "{bad}");
        }
        assert_eq!(
            (listed.cors(None), destinations(None, &[]).unwrap().cors(Some("https://x.example"))),
            (CorsDecision::Silent, CorsDecision::Silent)
        );
        assert_eq!(
            destinations(None, &["*"]).unwrap().cors(Some("https://x.example")),
            CorsDecision::Readable("*".to_owned())
        );
    }
}
