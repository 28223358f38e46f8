//! Where the database is: SQLite in a file, or a PostgreSQL server. What is shown of the address never has
//! its password. Connections are opened in `sqlite.rs` and `postgres.rs`.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

/// What replaces a password.
const MASK: &str = "…";
/// Parameters of a PostgreSQL address that are passwords (libpq, "Parameter Key Words").
const SECRET_PARAMETERS: [&str; 2] = ["password", "sslpassword"];

/// Which database, and where. Shown without passwords.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DatabaseUrl {
    /// `sqlite://PATH`, `sqlite:PATH` or `postgres://…`; `None` for any other scheme.
    pub fn parse(url: &str) -> Option<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Url::parse(url).is_ok().then(|| Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
        (!path.is_empty()).then(|| Self::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => f.write_str(&masked(url).unwrap_or_else(|| format!("postgres://{MASK}"))),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The address with its passwords masked.
fn masked(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    let mut shown = String::new();
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    url.set_query(None);
    let has_password = url.password().is_some();
    if has_password {
        url.set_password(None).ok()?;
    }
    let bare = url.to_string();
    match bare.split_once('@').filter(|_| has_password) {
        Some((user, rest)) => shown.push_str(&format!("{user}:{MASK}@{rest}")),
        None => shown.push_str(&bare),
    }
    for (n, (name, value)) in parameters.iter().enumerate() {
        let value = if SECRET_PARAMETERS.contains(&name.as_str()) { MASK } else { value };
        shown.push_str(&format!("{}{name}={value}", if n == 0 { '?' } else { '&' }));
    }
    Some(shown)
}

/// What a database driver says of an address, with the address's passwords taken out.
pub(super) fn without_passwords(message: &str, address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return "the address of the database is no URL".to_owned() };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut secrets: Vec<String> =
        url.password().map(|password| [password.to_owned(), decoded(password)].into()).unwrap_or_default();
    secrets.extend(
        url.query_pairs()
            .filter(|(name, _)| SECRET_PARAMETERS.contains(&name.as_ref()))
            .map(|(_, value)| value.into_owned()),
    );
    secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(message.to_owned(), |message, secret| message.replace(secret.as_str(), MASK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (address, shown) in [
            (
                "postgres://lead:s3cret@db.example.com:5432/leads?sslmode=require",
                "postgres://lead:…@db.example.com:5432/leads?sslmode=require",
            ),
            (
                "postgresql://lead@db.example.com/leads?password=s3cret&sslpassword=s3cret",
                "postgresql://lead@db.example.com/leads?password=…&sslpassword=…",
            ),
            ("postgres://lead:p%40s3cret@localhost/leads", "postgres://lead:…@localhost/leads"),
            (
                "postgres://localhost/leads?host=/run/postgresql",
                "postgres://localhost/leads?host=/run/postgresql",
            ),
            (
                "postgres:///leads?host=/run/postgresql&user=lead",
                "postgres:///leads?host=/run/postgresql&user=lead",
            ),
            ("sqlite://data/leaddock.db", "sqlite://data/leaddock.db"),
        ] {
            let url = DatabaseUrl::parse(address).unwrap();
            assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()));
        }
    }

    #[test]
    fn an_address_that_is_no_url_is_refused_before_it_is_shown_anywhere() {
        assert_eq!(DatabaseUrl::parse("postgres://lead:s3cret@db.example.com:s3cret/leads"), None);
        assert_eq!(DatabaseUrl::parse("mysql://localhost/leads"), None);
        assert_eq!(DatabaseUrl::parse("sqlite://"), None);
    }

    #[test]
    fn the_words_of_a_driver_lose_the_password() {
        let address = "postgres://lead:s3%zzcret@localhost/leads?sslpassword=hush";
        let said = without_passwords("invalid percent-encoded token: \"s3%zzcret\"; hush", address);
        assert_eq!(said, "invalid percent-encoded token: \"…\"; …");
    }
}
