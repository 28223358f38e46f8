//! Everything an operator can set, as types.
//! The settings are documented in `config/default.toml`, and read in `reading.rs`.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono_tz::Tz;
use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};

use super::public_url::PublicUrl;
use crate::platform::db::DatabaseUrl;
use crate::platform::outbound::AddressPolicy;

/// The least bytes of a signing secret.
pub const SECRET_MIN: usize = 32;

/// Everything an operator can set.
#[derive(Clone, Debug)]
pub struct Settings {
    pub server: Server,
    pub database: Database,
    pub auth: Auth,
    pub mail: Mail,
    pub organisation: Organisation,
    pub links: Links,
    pub admin: Option<FirstAdmin>,
    pub limits: Limits,
    pub receipts: Receipts,
    pub webhooks: Webhooks,
    pub log: Log,
    pub test: Test,
}

#[derive(Clone, Debug)]
pub struct Server {
    pub bind: SocketAddr,
    pub public_url: Option<PublicUrl>,
    pub trusted_proxies: Vec<IpNet>,
    pub request_timeout_seconds: u64,
    /// How long a client may be behind in reading its answers.
    pub send_timeout_seconds: u64,
    /// The time between failing readiness and closing the listener.
    pub drain_seconds: u64,
    pub shutdown_timeout_seconds: u64,
    pub workers: usize,
    pub metrics_public: bool,
}

#[derive(Clone, Debug)]
pub struct Database {
    pub url: DatabaseUrl,
    pub connections: usize,
    pub group_commit: bool,
}

#[derive(Clone, Debug)]
pub struct Auth {
    pub secret: Option<SecretString>,
    /// The previous secret: tokens signed with it stay valid until they expire.
    pub previous_secret: Option<SecretString>,
    pub secret_file: PathBuf,
}

#[derive(Clone, Debug)]
pub struct Mail {
    /// None: files in `folder`.
    pub url: Option<SecretString>,
    pub folder: PathBuf,
    pub from: Mailbox,
}

#[derive(Clone, Debug)]
pub struct Organisation {
    pub name: String,
    pub timezone: Tz,
    pub locale: String,
}

#[derive(Clone, Debug)]
pub struct Links {
    pub inquiry: String,
    pub password: String,
}

#[derive(Clone, Debug)]
pub struct FirstAdmin {
    pub email: String,
    pub password: SecretString,
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub intake_per_minute: u32,
    pub intake_per_minute_with_key: u32,
    pub login_per_minute: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Receipts {
    /// 0: for ever.
    pub keep_days: u32,
}

impl Receipts {
    /// How long receipts are kept; none for ever.
    pub fn keep(&self) -> Option<chrono::Duration> {
        (self.keep_days > 0).then(|| chrono::Duration::days(i64::from(self.keep_days)))
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Webhooks {
    /// Whether webhooks and robots may lead to this machine and to private networks.
    pub allow_private_hosts: bool,
}

impl Webhooks {
    /// Which addresses may be posted to.
    pub fn address_policy(&self) -> AddressPolicy {
        if self.allow_private_hosts { AddressPolicy::Any } else { AddressPolicy::PublicOnly }
    }
}

#[derive(Clone, Debug)]
pub struct Log {
    pub json: bool,
    pub level: String,
}

/// What only tests of a whole installation need.
#[derive(Clone, Debug)]
pub struct Test {
    /// The file with the offset of the clock in seconds; none: the machine's clock.
    pub clock_file: Option<PathBuf>,
}

impl Settings {
    /// Where people reach the server.
    pub fn public_url(&self, bound: SocketAddr) -> PublicUrl {
        self.server.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(bound))
    }
}

impl FirstAdmin {
    pub fn password(&self) -> &str {
        self.password.expose_secret()
    }
}
