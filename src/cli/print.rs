//! `leaddock print`: the OpenAPI document, the settings in force, the permissions.
//! They are generated in `app/document.rs`, `platform/config`, `access/policy.rs`.

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::output::print;
use crate::access::policy;
use crate::app;
use crate::kernel::error::Error;
use crate::platform::config::{InvalidConfig, Settings};

#[derive(Debug, Args)]
pub struct Arguments {
    what: PrintCommand,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PrintCommand {
    /// The OpenAPI document, as JSON.
    Openapi,
    /// The settings in force, secrets left out.
    Config,
    /// Which role may do what to which records, as Markdown.
    Permissions,
}

pub fn run(
    arguments: &Arguments,
    settings: impl FnOnce() -> Result<Settings, InvalidConfig>,
) -> Result<(), Failure> {
    match arguments.what {
        PrintCommand::Openapi => {
            let document = app::document(settings()?.server.public_url.as_ref())?;
            print(serde_json::to_string_pretty(&document).map_err(Error::internal)?)
        }
        PrintCommand::Config => print(settings()?.to_redacted_text().trim_end()),
        PrintCommand::Permissions => print(policy::to_markdown().trim_end()),
    }
}
