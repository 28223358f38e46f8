//! Sends one mail: by SMTP, into a folder, or into memory for tests.
//! Content and recipients are decided in `notifications`, retries in `platform/delivery`.

use std::collections::VecDeque;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use lettre::message::Mailbox;
use secrecy::ExposeSecret;

use super::failure::Failure;
use super::message::{self, Letter};
use super::relay::Relay;
use crate::kernel::error::Result;
use crate::platform::config;
use crate::platform::files::{private_file, private_folder};

/// Where mails go.
#[derive(Clone)]
pub enum Mailer {
    Smtp(Arc<Relay>, Mailbox),
    /// One `.eml` file each.
    Folder(PathBuf, Mailbox),
    Memory(MemoryMailbox, Mailbox),
}

/// For tests: the mails that were sent, and failures to inject.
#[derive(Clone, Debug, Default)]
pub struct MemoryMailbox {
    letters: Arc<Mutex<Vec<Letter>>>,
    planned_failures: Arc<Mutex<VecDeque<InjectedFailure>>>,
}

/// A failure injected by a test.
#[derive(Debug)]
enum InjectedFailure {
    Failure(Failure),
    Panic,
}

impl MemoryMailbox {
    /// Removes and returns the mails sent so far.
    pub fn take(&self) -> Vec<Letter> {
        self.letters.lock().map(|mut letters| std::mem::take(&mut *letters)).unwrap_or_default()
    }

    /// Makes the next mail without a planned failure fail like this.
    pub fn fail_next(&self, failure: Failure) {
        self.plan(InjectedFailure::Failure(failure));
    }

    /// Makes the next mail without a planned failure panic.
    pub fn panic_next(&self) {
        self.plan(InjectedFailure::Panic);
    }

    fn plan(&self, failure: InjectedFailure) {
        if let Ok(mut planned_failures) = self.planned_failures.lock() {
            planned_failures.push_back(failure);
        }
    }

    fn put(&self, letter: &Letter) -> std::result::Result<(), Failure> {
        let failure =
            self.planned_failures.lock().ok().and_then(|mut planned_failures| planned_failures.pop_front());
        match failure {
            Some(InjectedFailure::Failure(failure)) => return Err(failure),
            // A panic without the message of the panic hook.
            Some(InjectedFailure::Panic) => std::panic::resume_unwind(Box::new("a test wanted this")),
            None => {}
        }
        if let Ok(mut letters) = self.letters.lock() {
            letters.push(letter.clone());
        }
        Ok(())
    }
}

impl Mailer {
    pub fn from_settings(settings: &config::Mail) -> Result<Self> {
        let from =
            Mailbox::new(settings.from.name.clone(), message::for_every_server(settings.from.email.clone()));
        let Some(url) = &settings.url else { return Ok(Self::Folder(settings.folder.clone(), from)) };
        Ok(Self::Smtp(Arc::new(Relay::from_url(url.expose_secret())?), from))
    }

    /// For tests: mails are kept in memory.
    pub fn memory(from: Mailbox) -> (Self, MemoryMailbox) {
        let basket = MemoryMailbox::default();
        (Self::Memory(basket.clone(), from), basket)
    }

    /// Where mails go, for the operator.
    pub fn destination(&self) -> String {
        match self {
            Self::Smtp(..) => "the configured mail server".to_owned(),
            Self::Folder(folder, _) => format!("{}/*.eml", folder.display()),
            Self::Memory(..) => "memory".to_owned(),
        }
    }

    /// The address mails come from.
    pub fn from(&self) -> &Mailbox {
        match self {
            Self::Smtp(_, from) | Self::Folder(_, from) | Self::Memory(_, from) => from,
        }
    }

    /// Sends a mail. When this returns, the server has accepted it, or the file is written. Returns who has
    /// it now, for the operator.
    pub async fn send(&self, letter: &Letter) -> std::result::Result<String, Failure> {
        let message = letter.message(self.from())?;
        match self {
            Self::Smtp(relay, _) => {
                let reply = relay.send(&message).await?;
                Ok(format!("{}: {reply}", relay.address()))
            }
            Self::Folder(folder, _) => {
                let folder = folder.clone();
                let name = format!("{}.eml", letter.id);
                let bytes = message.formatted();
                let written = tokio::task::spawn_blocking(move || {
                    private_folder(&folder)?;
                    let partial = folder.join(format!("{name}.part"));
                    let mut file = private_file(&partial)?;
                    file.set_len(0)?;
                    file.write_all(&bytes)?;
                    let whole = folder.join(name);
                    std::fs::rename(partial, &whole)?;
                    Ok::<_, std::io::Error>(whole)
                });
                match written.await {
                    Ok(Ok(file)) => Ok(format!("file {}", file.display())),
                    Ok(Err(error)) => {
                        Err(Failure::Unusable(format!("the mail folder cannot be written: {}", error.kind())))
                    }
                    Err(_) => Err(Failure::ForNow("writing the mail was interrupted".to_owned())),
                }
            }
            Self::Memory(basket, _) => basket.put(letter).map(|()| "memory".to_owned()),
        }
    }
}
