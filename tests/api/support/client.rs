//! One caller of the API. Nothing raises on an HTTP error: a test looks at the status itself. But an answer
//! that the OpenAPI document does not describe ends any test (`conformance.rs`).

use std::io::{BufRead, BufReader};
use std::time::Duration;

use leaddock::kernel::id::UserId;
use serde_json::{Value, json};
use ureq::http::{HeaderMap, HeaderValue, Request, Response};
use ureq::{Agent, Body};

use super::conformance;
use super::event_stream::EventStream;

/// A caller, perhaps logged in.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
    user: Option<UserId>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    /// The answer, if it has this status; else the test ends.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The stable word of a problem.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The pointers of the fields at fault, sorted.
    pub fn pointers(&self) -> Vec<String> {
        let mut pointers: Vec<String> = self.json["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|e| e["pointer"].as_str().unwrap().to_owned())
            .collect();
        pointers.sort();
        pointers
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn id(&self) -> String {
        self.json["id"].as_str().expect("an id").to_owned()
    }

    /// The rows of a list.
    #[track_caller]
    pub fn rows(&self) -> &Vec<Value> {
        self.json["data"].as_array().expect("a list")
    }

    /// The answer, if it is a refusal of this status and code, as RFC 9457 has it; else the test ends.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        self
    }

    /// The answer, if it finds fault with exactly these members; else the test ends.
    #[track_caller]
    pub fn finds_fault_with(self, pointers: &[&str]) -> Self {
        let answer = self.refused(422, "invalid");
        let mut wanted: Vec<&str> = pointers.to_vec();
        wanted.sort_unstable();
        assert_eq!(answer.pointers(), wanted, "{}", answer.text);
        answer
    }
}

impl Client {
    pub fn new(base: &str) -> Self {
        // A connection that has lain idle may be closed by the server just when it is used again.
        let idle = Duration::from_secs(2);
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_age(idle)
            .build()
            .new_agent();
        Self { agent, base: base.to_owned(), token: None, user: None }
    }

    /// The same caller, logged in.
    #[track_caller]
    pub fn login(self, email: &str, password: &str) -> Self {
        let answer =
            self.post("/api/v1/auth/login", &json!({"email": email, "password": password})).expect(200);
        let token = answer.json["access_token"].as_str().map(str::to_owned);
        let user = answer.json["user"]["id"].as_str().and_then(|id| id.parse().ok());
        Self { token, user, ..self }
    }

    /// The same caller with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().expect("logged in")
    }

    /// Who is logged in.
    pub fn id(&self) -> UserId {
        self.user.expect("logged in")
    }

    fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            // From bytes, so that a test can send what no header should hold.
            request = request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let response = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        response.unwrap()
    }

    /// A stream of server-sent events.
    #[track_caller]
    pub fn follow(&self, path: &str, headers: &[(&str, &str)]) -> EventStream {
        EventStream::of(self.open("GET", path, headers, None))
    }

    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Answer {
        let mut response = self.open(method, path, headers, body);
        let is_stream = method == "GET"
            && response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let bytes = if is_stream {
            // It has no end: its beginning will do.
            let mut beginning = String::new();
            BufReader::new(response.body_mut().as_reader()).read_line(&mut beginning).unwrap();
            beginning.into_bytes()
        } else {
            response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap()
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer =
            Answer { status: response.status().as_u16(), headers: response.headers().clone(), text, json };
        conformance::check(method, path, &answer);
        answer
    }

    #[track_caller]
    fn send_json(&self, method: &str, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("Content-Type", "application/json")];
        all.extend_from_slice(headers);
        self.send(method, path, &all, Some(serde_json::to_vec(body).unwrap()))
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send_json("POST", path, body, &[])
    }

    #[track_caller]
    pub fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        self.send_json("POST", path, body, headers)
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send_json("PATCH", path, body, &[])
    }

    #[track_caller]
    pub fn patch_if(&self, path: &str, body: &Value, tag: &str) -> Answer {
        self.send_json("PATCH", path, body, &[("If-Match", tag)])
    }

    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send_json("PUT", path, body, &[])
    }

    #[track_caller]
    pub fn put_if(&self, path: &str, body: &Value, tag: &str) -> Answer {
        self.send_json("PUT", path, body, &[("If-Match", tag)])
    }

    #[track_caller]
    pub fn post_if(&self, path: &str, body: &Value, tag: &str) -> Answer {
        self.send_json("POST", path, body, &[("If-Match", tag)])
    }

    /// A POST without a body.
    #[track_caller]
    pub fn act(&self, path: &str) -> Answer {
        self.send("POST", path, &[], None)
    }

    /// A POST of exactly these bytes.
    #[track_caller]
    pub fn post_bytes(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send("POST", path, &[("Content-Type", content_type)], Some(body.into()))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// A submission as an HTML form sends it.
    #[track_caller]
    pub fn form(&self, path: &str, fields: &[(&str, &str)], accept: &str) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(
            "POST",
            path,
            &[("Content-Type", "application/x-www-form-urlencoded"), ("Accept", accept)],
            Some(body.into_bytes()),
        )
    }

    /// All rows of a list, page by page.
    #[track_caller]
    pub fn all(&self, path: &str) -> Vec<Value> {
        let join = if path.contains('?') { '&' } else { '?' };
        let (mut rows, mut next) = (Vec::new(), String::new());
        for _ in 0..1000 {
            let page = self.get(&format!("{path}{next}")).expect(200);
            rows.extend(page.rows().iter().cloned());
            match page.json["next_cursor"].as_str() {
                Some(cursor) => next = format!("{join}cursor={cursor}"),
                None => return rows,
            }
        }
        panic!("the list {path} has no end")
    }
}
