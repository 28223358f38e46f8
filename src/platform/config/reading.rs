//! Reads the settings from their sources, section by section; all faults are reported at once.
//! The types are in `settings.rs`, the sources in `sources.rs`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::invalid::InvalidConfig;
use super::public_url::PublicUrl;
use super::settings::{
    Auth, Database, FirstAdmin, Limits, Links, Log, Mail, Organisation, Receipts, SECRET_MIN, Server,
    Settings, Test, Webhooks,
};
use super::sources::Sources;
use crate::kernel::email::is_address;

impl Settings {
    /// From the defaults, the file and the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, InvalidConfig> {
        Self::from_sources(Sources::read(file)?)
    }

    /// The built-in defaults alone.
    pub fn defaults() -> Result<Self, InvalidConfig> {
        Self::from_sources(Sources::defaults()?)
    }

    fn from_sources(mut from: Sources) -> Result<Self, InvalidConfig> {
        // Every section is read before the first fault ends anything.
        let server = server(&mut from);
        let database = database(&mut from);
        let auth = auth(&mut from);
        let mail = mail(&mut from);
        let organisation = organisation(&mut from);
        let links = links(&mut from);
        let admin = first_admin(&mut from);
        let limits = limits(&mut from);
        let receipts = from.number("receipts.keep_days", 0, 36_500).map(|keep_days| Receipts { keep_days });
        let webhooks = webhooks(&mut from);
        let log = log(&mut from);
        let test = test(&mut from);
        let complete = || {
            Some(Self {
                server: server?,
                database: database?,
                auth: auth?,
                mail: mail?,
                organisation: organisation?,
                links: links?,
                admin: admin?,
                limits: limits?,
                receipts: receipts?,
                webhooks: webhooks?,
                log: log?,
                test: test?,
            })
        };
        let settings = complete();
        from.into_result(settings)
    }
}

// Each section reads all of its settings first: a fault in one must not hide those in the others.

fn server(from: &mut Sources) -> Option<Server> {
    let bind = from
        .parsed("server.bind", "an address with a port, such as 127.0.0.1:8080", |text| text.parse().ok());
    let public_url = from.optional(
        "server.public_url",
        "an http or https URL, perhaps with a path, without user, query and fragment",
        PublicUrl::parse,
    );
    let trusted_proxies = from.list("server.trusted_proxies", "addresses or networks", |text| {
        text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
    });
    let request_timeout_seconds = from.number("server.request_timeout_seconds", 1, 3600);
    let send_timeout_seconds = from.number("server.send_timeout_seconds", 1, 3600);
    let drain_seconds = from.number("server.drain_seconds", 0, 600);
    let shutdown_timeout_seconds = from.number("server.shutdown_timeout_seconds", 1, 3600);
    let workers = from.number("server.workers", 0, 256);
    let metrics_public = from.boolean("server.metrics_public");
    Some(Server {
        bind: bind?,
        public_url: public_url?,
        trusted_proxies: trusted_proxies?,
        request_timeout_seconds: request_timeout_seconds?,
        send_timeout_seconds: send_timeout_seconds?,
        drain_seconds: drain_seconds?,
        shutdown_timeout_seconds: shutdown_timeout_seconds?,
        workers: workers?,
        metrics_public: metrics_public?,
    })
}

fn database(from: &mut Sources) -> Option<Database> {
    let url = from.database_url();
    let connections = from.number("database.connections", 1, 256);
    let group_commit = from.boolean("database.group_commit");
    Some(Database { url: url?, connections: connections?, group_commit: group_commit? })
}

fn auth(from: &mut Sources) -> Option<Auth> {
    let mut secret = |key: &str| {
        from.optional(key, "a secret of at least 32 bytes", |text| {
            (text.len() >= SECRET_MIN).then(|| SecretString::from(text))
        })
    };
    let (present, previous) = (secret("auth.secret"), secret("auth.previous_secret"));
    let secret_file = from.text("auth.secret_file").map(PathBuf::from);
    Some(Auth { secret: present?, previous_secret: previous?, secret_file: secret_file? })
}

fn mail(from: &mut Sources) -> Option<Mail> {
    let url = from.optional("mail.url", "smtp://… or smtps://…", |text| {
        let url = Url::parse(text).ok()?;
        (matches!(url.scheme(), "smtp" | "smtps") && url.has_host()).then(|| SecretString::from(text))
    });
    let folder = from.text("mail.folder").map(PathBuf::from);
    let sender = from.parsed("mail.from", "a mail address, such as Leaddock <leads@example.com>", |text| {
        text.parse::<Mailbox>().ok()
    });
    Some(Mail { url: url?, folder: folder?, from: sender? })
}

fn organisation(from: &mut Sources) -> Option<Organisation> {
    let name = from.text("organisation.name");
    let timezone = from.parsed("organisation.timezone", "an IANA time zone, such as Asia/Shanghai", |text| {
        text.parse::<Tz>().ok()
    });
    let locale = from.text("organisation.locale");
    Some(Organisation { name: name?, timezone: timezone?, locale: locale? })
}

fn links(from: &mut Sources) -> Option<Links> {
    let mut link = |key: &str, wanted: &str, placeholder: &str| {
        from.parsed(key, wanted, |text| text.contains(placeholder).then(|| text.to_owned()))
    };
    let inquiry = link("links.inquiry", "a URL with {id} in it", "{id}");
    let password = link("links.password", "a URL with {token} in it", "{token}");
    Some(Links { inquiry: inquiry?, password: password? })
}

/// Both of its settings, or neither.
fn first_admin(from: &mut Sources) -> Option<Option<FirstAdmin>> {
    let email =
        from.optional("admin.email", "a mail address", |text| is_address(text).then(|| text.to_owned()));
    let password = from.optional("admin.password", "a password of 12 to 256 characters", |text| {
        (12..=256).contains(&text.chars().count()).then(|| SecretString::from(text))
    });
    match (email?, password?) {
        (Some(email), Some(password)) => Some(Some(FirstAdmin { email, password })),
        (None, None) => Some(None),
        _ => {
            from.fault("admin.email and admin.password go together: set both, or neither");
            None
        }
    }
}

fn limits(from: &mut Sources) -> Option<Limits> {
    let intake_per_minute = from.number("limits.intake_per_minute", 0, 1_000_000);
    let intake_per_minute_with_key = from.number("limits.intake_per_minute_with_key", 0, 1_000_000);
    let login_per_minute = from.number("limits.login_per_minute", 0, 1_000_000);
    Some(Limits {
        intake_per_minute: intake_per_minute?,
        intake_per_minute_with_key: intake_per_minute_with_key?,
        login_per_minute: login_per_minute?,
    })
}

fn webhooks(from: &mut Sources) -> Option<Webhooks> {
    let allow_private_hosts = from.boolean("webhooks.allow_private_hosts");
    Some(Webhooks { allow_private_hosts: allow_private_hosts? })
}

fn log(from: &mut Sources) -> Option<Log> {
    let json = from.parsed("log.format", "text or json", |text| match text {
        "text" => Some(false),
        "json" => Some(true),
        _ => None,
    });
    let level = from.parsed("log.level", "a level or filter, such as info", |text| {
        text.parse::<EnvFilter>().is_ok().then(|| text.to_owned())
    });
    Some(Log { json: json?, level: level? })
}

fn test(from: &mut Sources) -> Option<Test> {
    let enabled = from.boolean("test.enabled");
    let clock_file = from.optional("test.clock_file", "a path", |text| Some(PathBuf::from(text)));
    match (enabled?, clock_file?) {
        (false, Some(_)) => {
            from.fault("test.clock_file: only with test.enabled = true");
            None
        }
        (_, clock_file) => Some(Test { clock_file }),
    }
}
