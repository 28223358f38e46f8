//! What each kind of robot is sent, and what its answers mean. Pure.
//! How a request gets there is in `channel.rs`, what it says in `wording.rs`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::kind::RobotKind;
use super::signing;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::cut;
use crate::platform::delivery::{Attempt, Report};
use crate::platform::outbound::{Answer, Post};

/// The wait after an answer that says "too often".
const PAUSE: Duration = Duration::from_secs(60);
/// Code points of a robot's words that are kept.
const WORDS_MAX: usize = 200;
/// So many letters and digits in a row may be a key.
const KEY_MIN: usize = 20;
/// Code points of the title of a message.
const TITLE_MAX: usize = 50;

/// What is to be sent to a robot.
pub struct RobotMessage {
    pub kind: RobotKind,
    pub url: String,
    pub secret: Option<String>,
    pub text: String,
}

impl RobotMessage {
    /// The request, signed as of now if there is a secret.
    pub fn post(&self, now: Timestamp) -> Result<Post> {
        let mut url = Url::parse(&self.url).map_err(Error::internal)?;
        let secret = self.secret.as_deref();
        let body = match self.kind {
            RobotKind::Dingtalk => {
                if let Some(secret) = secret {
                    let millis = now.millis();
                    let signature = signing::dingtalk(secret, millis)?;
                    let mut query = url.query_pairs_mut();
                    query.append_pair("timestamp", &millis.to_string()).append_pair("sign", &signature);
                }
                let title = cut(self.text.split(" →").next().unwrap_or_default().to_owned(), TITLE_MAX);
                json!({"msgtype": "markdown", "markdown": {"title": title, "text": self.text}})
            }
            RobotKind::Feishu => {
                let mut body = json!({"msg_type": "text", "content": {"text": self.text}});
                if let (Some(secret), Some(members)) = (secret, body.as_object_mut()) {
                    let seconds = now.millis().div_euclid(1_000);
                    members.insert("timestamp".to_owned(), Value::String(seconds.to_string()));
                    members.insert("sign".to_owned(), Value::String(signing::feishu(secret, seconds)?));
                }
                body
            }
            RobotKind::Wecom => json!({"msgtype": "text", "text": {"content": self.text}}),
        };
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        Ok(Post { url, headers, body: serde_json::to_vec(&body).map_err(Error::internal)? })
    }
}

/// The answer of a robot, whichever it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    errcode: Option<Value>,
    errmsg: Option<Value>,
    code: Option<Value>,
    #[serde(rename = "StatusCode")]
    status_code: Option<Value>,
    msg: Option<Value>,
    #[serde(rename = "StatusMessage")]
    status_message: Option<Value>,
}

impl Said {
    fn code(&self, kind: RobotKind) -> Option<i32> {
        let code = match kind {
            RobotKind::Dingtalk | RobotKind::Wecom => self.errcode.as_ref(),
            RobotKind::Feishu => self.code.as_ref().or(self.status_code.as_ref()),
        };
        let code = code?.as_i64()?;
        i32::try_from(code).ok()
    }

    fn words(&self, kind: RobotKind) -> &str {
        let words = match kind {
            RobotKind::Dingtalk | RobotKind::Wecom => self.errmsg.as_ref(),
            RobotKind::Feishu => self.msg.as_ref().or(self.status_message.as_ref()),
        };
        words.and_then(Value::as_str).unwrap_or_default()
    }
}

/// Whether a code says "too often".
fn is_rate(kind: RobotKind, code: i32) -> bool {
    match kind {
        RobotKind::Dingtalk => code == 130_101,
        RobotKind::Feishu => matches!(code, 11_232 | 9_499),
        RobotKind::Wecom => code == 45_009,
    }
}

/// What an answer means: 200 alone says nothing.
pub fn report(kind: RobotKind, answer: &Answer) -> Report {
    let status = i32::from(answer.status);
    if answer.status >= 500 {
        return Report { attempt: Attempt::Deferred(format!("HTTP {status}")), code: Some(status) };
    }
    let is_good = (200..300).contains(&answer.status);
    let said = match serde_json::from_slice::<Said>(&answer.body) {
        Ok(said) => said,
        // It broke off in the middle, and the message may have arrived.
        Err(fault) if is_good && fault.is_eof() && !answer.body.is_empty() => {
            let words = "the connection ended within the answer".to_owned();
            return Report { attempt: Attempt::Lost(words), code: Some(status) };
        }
        Err(_) => Said::default(),
    };
    match said.code(kind) {
        Some(0) if is_good => Report { attempt: Attempt::Delivered, code: Some(0) },
        Some(code) if code != 0 => {
            let words = discreet(said.words(kind));
            let words = if words.is_empty() { format!("code {code}") } else { words };
            let attempt =
                if is_rate(kind, code) { Attempt::Throttled(PAUSE, words) } else { Attempt::Refused(words) };
            Report { attempt, code: Some(code) }
        }
        _ if answer.status == 429 => {
            let attempt = Attempt::Throttled(PAUSE, format!("HTTP {status}"));
            Report { attempt, code: Some(status) }
        }
        _ => {
            let words = format!("HTTP {status}, and it is no answer of such a robot");
            Report { attempt: Attempt::Refused(words), code: Some(status) }
        }
    }
}

/// Words of a robot in one line, without addresses and keys: they may quote what they were sent.
fn discreet(words: &str) -> String {
    let mut kept = String::new();
    for word in words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !kept.is_empty() {
            kept.push(' ');
        }
        match word.find("://") {
            // What is written right before an address is a scheme, behind words of whichever script.
            Some(at) => {
                let before = word.get(..at).unwrap_or_default();
                kept.push_str(before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()));
                kept.push('…');
            }
            None => kept.push_str(&without_keys(word)),
        }
    }
    cut(kept, WORDS_MAX)
}

fn without_keys(word: &str) -> String {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=' | '%');
    let (mut kept, mut run) = (String::with_capacity(word.len()), String::new());
    for c in word.chars().map(Some).chain([None]) {
        if let Some(c) = c.filter(|c| is_of_key(*c)) {
            run.push(c);
            continue;
        }
        kept.push_str(if run.len() < KEY_MIN { &run } else { "…" });
        run.clear();
        kept.extend(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://oapi.dingtalk.com/robot/send?access_token=tök%20en";

    fn sent(kind: RobotKind, secret: Option<&str>) -> (String, Value) {
        let message = RobotMessage {
            kind,
            url: URL.to_owned(),
            secret: secret.map(str::to_owned),
            text: "[新线索] \"x\" → https://a.example/i/1".to_owned(),
        };
        let post = message.post(Timestamp::from_millis(1_577_262_236_760)).unwrap();
        (post.url.to_string(), serde_json::from_slice(&post.body).unwrap())
    }

    fn answered(kind: RobotKind, status: u16, body: &str) -> Report {
        report(kind, &Answer { status, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn each_robot_is_sent_its_own_form() {
        let text = "[新线索] \"x\" → https://a.example/i/1";
        let (url, body) = sent(RobotKind::Dingtalk, Some("SEC0123456789abcdef"));
        let signed = "&timestamp=1577262236760&sign=d9Dk0Z0jPCUiXh98g15v5UUXWC9lc5Z%2BIUT%2Fz9xVTCA%3D";
        assert!(url.ends_with(signed) && url.contains("access_token=t%C3%B6k%20en&"), "{url}");
        let markdown = json!({"title": "[新线索] \"x\"", "text": text});
        assert_eq!(body, json!({"msgtype": "markdown", "markdown": markdown}));
        assert!(!sent(RobotKind::Dingtalk, None).0.contains("sign"));

        let (_, body) = sent(RobotKind::Feishu, Some("demo"));
        assert_eq!((&body["timestamp"], &body["msg_type"]), (&json!("1577262236"), &json!("text")));
        assert_eq!(body["sign"], signing::feishu("demo", 1_577_262_236).unwrap());
        assert_eq!(sent(RobotKind::Feishu, None).1, json!({"msg_type": "text", "content": {"text": text}}));
        let (url, body) = sent(RobotKind::Wecom, Some("ignored"));
        assert_eq!(body, json!({"msgtype": "text", "text": {"content": text}}));
        assert!(!url.contains("sign"));
    }

    #[test]
    fn only_the_code_of_the_robot_is_good() {
        use RobotKind::{Dingtalk, Feishu, Wecom};
        for (kind, body) in [
            (Dingtalk, r#"{"errcode":0,"errmsg":"ok"}"#),
            (Wecom, r#"{"errcode":0,"errmsg":"ok"}"#),
            (Feishu, r#"{"code":0,"msg":"success","data":{}}"#),
            (Feishu, r#"{"Extra":null,"StatusCode":0,"StatusMessage":"success"}"#),
        ] {
            assert_eq!(answered(kind, 200, body), Report { attempt: Attempt::Delivered, code: Some(0) });
        }
        for (kind, status, body, code) in [
            (Dingtalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#, 310_000),
            (Feishu, 200, r#"{"code":19021,"msg":"sign match fail"}"#, 19_021),
            (Feishu, 400, r#"{"code":19001,"msg":"param invalid"}"#, 19_001),
            (Wecom, 200, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, 93_000),
            (Wecom, 404, "", 404),
            (Wecom, 200, "", 200),
            (Feishu, 200, r#"{"errcode":0}"#, 200),
            (Dingtalk, 302, "<html>", 302),
            (Dingtalk, 403, r#"{"errcode":0}"#, 403),
        ] {
            let report = answered(kind, status, body);
            assert!(matches!(report.attempt, Attempt::Refused(_)), "{body} {report:?}");
            assert_eq!(report.code, Some(code), "{body}");
        }
        for (kind, status, body) in [
            (Dingtalk, 200, r#"{"errcode":130101,"errmsg":"send too fast"}"#),
            (Feishu, 200, r#"{"code":11232,"msg":"frequency limited"}"#),
            (Feishu, 400, r#"{"code":9499,"msg":"too many request"}"#),
            (Wecom, 200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#),
            (Wecom, 429, ""),
        ] {
            let report = answered(kind, status, body);
            assert!(matches!(report.attempt, Attempt::Throttled(PAUSE, _)), "{body} {report:?}");
        }
        let report = answered(Wecom, 502, r#"{"errcode":93000}"#);
        assert_eq!(report, Report { attempt: Attempt::Deferred("HTTP 502".to_owned()), code: Some(502) });
        assert!(matches!(answered(Wecom, 200, r#"{"errcode":"#).attempt, Attempt::Lost(_)));
    }

    #[test]
    fn words_of_a_robot_are_short_and_hold_no_address_and_no_key() {
        let long = "多".repeat(500);
        for (words, wanted) in [
            ("sign not match", "sign not match"),
            ("see\r\n https://open.example/x?a=b now", "see … now"),
            ("详见https://open.example/x", "详见…"),
            ("token 0123456789abcdef0123456789 is wrong", "token … is wrong"),
            ("key=0123456789abcdef0123456789,x", "…,x"),
            ("", ""),
            (&long, &"多".repeat(200)),
        ] {
            assert_eq!(discreet(words), wanted);
        }
    }
}
