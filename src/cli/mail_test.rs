//! `leaddock mail-test`: sends one mail right now, by the configured mail server, and says what came of it.
//! Needs no database. How a mail is handed over is in `platform/mail`.

use actix_web::rt;
use clap::Args;

use super::failure::Failure;
use super::output::print;
use crate::kernel::clock::Clock;
use crate::kernel::email;
use crate::kernel::id::{Ids, RequestId};
use crate::kernel::language::Language;
use crate::platform::config::Settings;
use crate::platform::http::escape;
use crate::platform::mail::{self, Letter, Mailer};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the mail goes.
    #[arg(value_parser = address)]
    address: String,
}

fn address(text: &str) -> Result<String, String> {
    email::as_written(text).ok_or_else(|| "this is not an e-mail address".to_owned())
}

pub fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let letter = letter(settings, arguments.address);
    // SMTP connections belong to the runtime, so the mailer is created inside it. Connecting and handing over
    // have their time-outs in the mailer.
    let sent = rt::System::new().block_on(async {
        let mailer = Mailer::from_settings(&settings.mail)?;
        mailer.send(&letter).await.map_err(|failure| Failure::Mail(words(failure)))
    });
    print(format_args!("accepted by {}", sent?))
}

/// Who refused it, and in which words.
fn words(failure: mail::Failure) -> String {
    match failure {
        mail::Failure::ForGood(words) => format!("it was refused for good: {words}"),
        mail::Failure::ForNow(words) => format!("it was refused for now: {words}"),
        mail::Failure::Lost(words) => format!("the mail server broke off, and may have taken it: {words}"),
        mail::Failure::Unusable(words) => format!("the mail server cannot be used: {words}"),
        mail::Failure::Unsendable(words) => words,
    }
}

/// The mail, in the organisation's language.
fn letter(settings: &Settings, to: String) -> Letter {
    let (now, language) = (Clock::System.now(), Language::of_locale(&settings.organisation.locale));
    let id: RequestId = Ids::default().make(now);
    let subject = language.pick("测试邮件", "Test mail");
    let text = language.pick(
        "这是一封由 leaddock mail-test 发出的测试邮件。收到它，说明发信设置可用。无需回复。",
        "This is a test mail, sent by leaddock mail-test. If you read it, mails can be sent. There is no \
         need to reply.",
    );
    Letter {
        id: id.to_string(),
        thread: None,
        to_name: String::new(),
        to,
        reply_to: None,
        unsubscribe: None,
        subject: format!("{subject}: {}", settings.organisation.name),
        text: format!("{text}\n"),
        html: format!(
            "<!doctype html><html lang=\"{}\"><p>{}</p></html>",
            language.tag(),
            escape::html(text)
        ),
        files: Vec::new(),
        date: now.utc(),
    }
}
