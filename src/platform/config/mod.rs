//! Configuration: built-in defaults, then the file, then the environment; all faults are reported at once.
//! The settings are documented in `config/default.toml`.

mod public_url;
mod sources;

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono_tz::Tz;
use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::kernel::email::is_address;
use crate::platform::db::DatabaseUrl;
pub use public_url::PublicUrl;
use sources::Sources;

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
    pub log: Log,
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

#[derive(Clone, Debug)]
pub struct Log {
    pub json: bool,
    pub level: String,
}

/// The configuration is invalid: all faults.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} fault(s):\n  {}", .0.len(), .0.join("\n  "))]
pub struct InvalidConfig(pub Vec<String>);

impl Settings {
    /// From the defaults, the file and the environment.
    pub fn load(file: Option<&std::path::Path>) -> Result<Self, InvalidConfig> {
        Self::from_sources(Sources::read(file)?)
    }

    /// The built-in defaults alone.
    pub fn defaults() -> Result<Self, InvalidConfig> {
        Self::from_sources(Sources::defaults()?)
    }

    fn from_sources(mut from: Sources) -> Result<Self, InvalidConfig> {
        let bind = from.parsed("server.bind", "an address with a port, such as 127.0.0.1:8080", |text| {
            text.parse().ok()
        });
        let public_url = from.optional(
            "server.public_url",
            "an http or https URL, perhaps with a path, without user, query and fragment",
            PublicUrl::parse,
        );
        let trusted_proxies = from.list("server.trusted_proxies", "addresses or networks", |text| {
            text.parse::<IpNet>().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
        });
        let request_timeout_seconds = from.number("server.request_timeout_seconds", 1, 3600);
        let send_timeout_seconds = from.number("server.send_timeout_seconds", 1, 3600);
        let drain_seconds = from.number("server.drain_seconds", 0, 600);
        let shutdown_timeout_seconds = from.number("server.shutdown_timeout_seconds", 1, 3600);
        let workers = from.number("server.workers", 0, 256);
        let metrics_public = from.boolean("server.metrics_public");

        let url = from.database_url();
        let connections = from.number("database.connections", 1, 256);
        let group_commit = from.boolean("database.group_commit");

        let secret = from.optional("auth.secret", "a secret of at least 32 bytes", |text| {
            (text.len() >= SECRET_MIN).then(|| SecretString::from(text))
        });
        let previous_secret =
            from.optional("auth.previous_secret", "a secret of at least 32 bytes", |text| {
                (text.len() >= SECRET_MIN).then(|| SecretString::from(text))
            });
        let secret_file = from.text("auth.secret_file").map(PathBuf::from);

        let mail_url = from.optional("mail.url", "smtp://… or smtps://…", |text| {
            let url = Url::parse(text).ok()?;
            (matches!(url.scheme(), "smtp" | "smtps") && url.has_host()).then(|| SecretString::from(text))
        });
        let folder = from.text("mail.folder").map(PathBuf::from);
        let mail_from =
            from.parsed("mail.from", "a mail address, such as Leaddock <leads@example.com>", |text| {
                text.parse::<Mailbox>().ok()
            });

        let name = from.text("organisation.name");
        let timezone =
            from.parsed("organisation.timezone", "an IANA time zone, such as Asia/Shanghai", |text| {
                text.parse::<Tz>().ok()
            });
        let locale = from.text("organisation.locale");
        let inquiry = from.parsed("links.inquiry", "a URL with {id} in it", |text| {
            text.contains("{id}").then(|| text.to_owned())
        });
        let link_password = from.parsed("links.password", "a URL with {token} in it", |text| {
            text.contains("{token}").then(|| text.to_owned())
        });

        let email =
            from.optional("admin.email", "a mail address", |text| is_address(text).then(|| text.to_owned()));
        let password = from.optional("admin.password", "a password of 12 to 256 characters", |text| {
            (12..=256).contains(&text.chars().count()).then(|| SecretString::from(text))
        });
        if email.as_ref().is_some_and(Option::is_some) != password.as_ref().is_some_and(Option::is_some)
            && email.is_some()
            && password.is_some()
        {
            from.fault("admin.email and admin.password go together: set both, or neither");
        }

        let intake_per_minute = from.number("limits.intake_per_minute", 0, 1_000_000);
        let intake_per_minute_with_key = from.number("limits.intake_per_minute_with_key", 0, 1_000_000);
        let login_per_minute = from.number("limits.login_per_minute", 0, 1_000_000);
        let keep_days = from.number("receipts.keep_days", 0, 36_500);
        let json = from.parsed("log.format", "text or json", |text| match text {
            "text" => Some(false),
            "json" => Some(true),
            _ => None,
        });
        let level = from.parsed("log.level", "a level or filter, such as info", |text| {
            text.parse::<tracing_subscriber::EnvFilter>().is_ok().then(|| text.to_owned())
        });

        let complete = || {
            Some(Self {
                server: Server {
                    bind: bind?,
                    public_url: public_url?,
                    trusted_proxies: trusted_proxies?,
                    request_timeout_seconds: request_timeout_seconds?,
                    send_timeout_seconds: send_timeout_seconds?,
                    drain_seconds: drain_seconds?,
                    shutdown_timeout_seconds: shutdown_timeout_seconds?,
                    workers: workers?,
                    metrics_public: metrics_public?,
                },
                database: Database { url: url?, connections: connections?, group_commit: group_commit? },
                auth: Auth { secret: secret?, previous_secret: previous_secret?, secret_file: secret_file? },
                mail: Mail { url: mail_url?, folder: folder?, from: mail_from? },
                organisation: Organisation { name: name?, timezone: timezone?, locale: locale? },
                links: Links { inquiry: inquiry?, password: link_password? },
                admin: email?.zip(password?).map(|(email, password)| FirstAdmin { email, password }),
                limits: Limits {
                    intake_per_minute: intake_per_minute?,
                    intake_per_minute_with_key: intake_per_minute_with_key?,
                    login_per_minute: login_per_minute?,
                },
                receipts: Receipts { keep_days: keep_days? },
                log: Log { json: json?, level: level? },
            })
        };
        let settings = complete();
        from.into_result(settings)
    }

    /// The effective settings as TOML-like lines, without secrets.
    pub fn to_redacted_text(&self) -> String {
        let set = |is_set: bool| if is_set { "…" } else { "" };
        let proxies: Vec<String> =
            self.server.trusted_proxies.iter().map(|net| format!("{:?}", net.to_string())).collect();
        format!(
            "[server]\nbind = {:?}\npublic_url = {:?}\ntrusted_proxies = [{}]\n\
             request_timeout_seconds = {}\nsend_timeout_seconds = {}\ndrain_seconds = {}\n\
             shutdown_timeout_seconds = {}\nworkers = {}\nmetrics_public = {}\n\n\
             [database]\nurl = {:?}\nconnections = {}\ngroup_commit = {}\n\n\
             [auth]\nsecret = {:?}\nprevious_secret = {:?}\nsecret_file = {:?}\n\n\
             [mail]\nurl = {:?}\nfolder = {:?}\nfrom = {:?}\n\n\
             [organisation]\nname = {:?}\ntimezone = {:?}\nlocale = {:?}\n\n\
             [links]\ninquiry = {:?}\npassword = {:?}\n\n[admin]\nemail = {:?}\npassword = {:?}\n\n\
             [limits]\nintake_per_minute = {}\nintake_per_minute_with_key = {}\nlogin_per_minute = {}\n\n\
             [receipts]\nkeep_days = {}\n\n[log]\nformat = {:?}\nlevel = {:?}\n",
            self.server.bind.to_string(),
            self.server.public_url.as_ref().map(PublicUrl::to_string).unwrap_or_default(),
            proxies.join(", "),
            self.server.request_timeout_seconds,
            self.server.send_timeout_seconds,
            self.server.drain_seconds,
            self.server.shutdown_timeout_seconds,
            self.server.workers,
            self.server.metrics_public,
            self.database.url.to_string(),
            self.database.connections,
            self.database.group_commit,
            set(self.auth.secret.is_some()),
            set(self.auth.previous_secret.is_some()),
            self.auth.secret_file,
            set(self.mail.url.is_some()),
            self.mail.folder,
            self.mail.from.to_string(),
            self.organisation.name,
            self.organisation.timezone.name(),
            self.organisation.locale,
            self.links.inquiry,
            self.links.password,
            self.admin.as_ref().map_or("", |admin| admin.email.as_str()),
            set(self.admin.is_some()),
            self.limits.intake_per_minute,
            self.limits.intake_per_minute_with_key,
            self.limits.login_per_minute,
            self.receipts.keep_days,
            if self.log.json { "json" } else { "text" },
            self.log.level,
        )
    }

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
