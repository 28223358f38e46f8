//! Merges the three sources of settings, and reads typed values from them.
//! The settings are defined in `mod.rs` and `config/default.toml`.

use std::path::Path;

use config::{Config, File, FileFormat, Map, Value, ValueKind};

use super::invalid::InvalidConfig;
use crate::platform::db::DatabaseUrl;

const DEFAULTS: &str = include_str!("../../../config/default.toml");
/// Read if it is there and no other file is named.
const DEFAULT_FILE: &str = "config/leaddock.toml";
const PREFIX: &str = "LEADDOCK__";

/// All settings, untyped, and the faults found so far.
pub struct Sources {
    values: Config,
    faults: Vec<String>,
}

impl Sources {
    pub fn defaults() -> Result<Self, InvalidConfig> {
        Ok(Self {
            values: build(Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)))?,
            faults: Vec::new(),
        })
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read(file: Option<&Path>) -> Result<Self, InvalidConfig> {
        let known = Self::defaults()?;
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        builder = match file {
            Some(path) => builder.add_source(File::from(path).format(FileFormat::Toml).required(true)),
            None => builder.add_source(File::new(DEFAULT_FILE, FileFormat::Toml).required(false)),
        };
        if let Some(url) = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) {
            builder =
                builder.set_override("database.url", url).map_err(|e| InvalidConfig(vec![e.to_string()]))?;
        }
        for (name, value) in std::env::vars_os() {
            let Some(path) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
            let key = path.to_lowercase().replace("__", ".");
            let Some(value) = value.to_str() else {
                return Err(InvalidConfig(vec![format!("{PREFIX}{path}: the value is not UTF-8")]));
            };
            builder = builder
                .set_override(&key, value)
                .map_err(|_| InvalidConfig(vec![format!("{PREFIX}{path}: no such setting")]))?;
        }
        let values = build(builder)?;
        let mut faults = Vec::new();
        unknown("", &values.cache.kind, &known.values.cache.kind, &mut faults);
        Ok(Self { values, faults })
    }

    pub fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    pub fn into_result<T>(self, value: Option<T>) -> Result<T, InvalidConfig> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(InvalidConfig(self.faults)),
        }
    }

    pub fn text(&mut self, key: &str) -> Option<String> {
        self.parsed(key, "a text that is not empty", |text| (!text.is_empty()).then(|| text.to_owned()))
    }

    /// A required value. The fault never contains the value, which may be a secret.
    pub fn parsed<T>(&mut self, key: &str, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let parsed = self.values.get_string(key).ok().and_then(|text| parse(&text));
        if parsed.is_none() {
            self.fault(format!("{key}: must be {wanted}"));
        }
        parsed
    }

    /// A value that may be empty. `None` = a fault, `Some(None)` = not set.
    pub fn optional<T>(
        &mut self,
        key: &str,
        wanted: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.values.get_string(key) {
            Ok(text) if text.is_empty() => Some(None),
            _ => self.parsed(key, wanted, parse).map(Some),
        }
    }

    pub fn number<T: TryFrom<i64>>(&mut self, key: &str, min: i64, max: i64) -> Option<T> {
        let wanted = format!("a whole number from {min} to {max}");
        self.parsed(key, &wanted, |text| {
            let number = text.parse::<i64>().ok().filter(|n| (min..=max).contains(n))?;
            T::try_from(number).ok()
        })
    }

    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        self.parsed(key, "true or false", |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    /// A list; in the environment, separated by commas.
    pub fn list<T>(&mut self, key: &str, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        let texts: Vec<String> = match self.values.get::<Vec<String>>(key) {
            Ok(texts) => texts,
            Err(_) => self
                .values
                .get_string(key)
                .unwrap_or_default()
                .split(',')
                .map(|part| part.trim().to_owned())
                .collect(),
        };
        let parsed: Option<Vec<T>> =
            texts.iter().filter(|text| !text.is_empty()).map(|text| parse(text)).collect();
        if parsed.is_none() {
            self.fault(format!("{key}: must be {wanted}"));
        }
        parsed
    }

    pub fn database_url(&mut self) -> Option<DatabaseUrl> {
        let text = self.values.get_string("database.url").unwrap_or_default();
        let url = DatabaseUrl::parse(&text);
        if url.is_none() {
            let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
            let named = if scheme.chars().all(|c| c.is_ascii_alphanumeric()) { scheme } else { "" };
            self.fault(format!("database.url: must be sqlite://PATH or postgres://…, not {named:?}"));
        }
        url
    }
}

fn build(builder: config::ConfigBuilder<config::builder::DefaultState>) -> Result<Config, InvalidConfig> {
    builder.build().map_err(|error| InvalidConfig(vec![error.to_string()]))
}

/// Reports every key that the defaults do not have.
fn unknown(path: &str, found: &ValueKind, known: &ValueKind, faults: &mut Vec<String>) {
    let (ValueKind::Table(found), ValueKind::Table(known)) = (found, known) else { return };
    let mut keys: Vec<(&String, &Value)> = found.iter().collect();
    keys.sort_by_key(|(key, _)| *key);
    for (key, value) in keys {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match lookup(known, key) {
            Some(counterpart) => unknown(&path, &value.kind, &counterpart.kind, faults),
            None => faults.push(format!("{path}: no such setting")),
        }
    }
}

fn lookup<'a>(table: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    table.get(key)
}
