//! Configuration: built-in defaults, then the file, then the environment; all faults are reported at once.
//! The settings are documented in `config/default.toml`.

mod invalid;
mod public_url;
mod reading;
mod redacted;
mod settings;
mod sources;

pub use invalid::InvalidConfig;
pub use public_url::PublicUrl;
pub use settings::{
    Auth, Database, FirstAdmin, Limits, Links, Log, Mail, Organisation, Receipts, SECRET_MIN, Server,
    Settings, Test, Webhooks,
};
