//! `leaddock print`: the OpenAPI document, the settings in force, the permissions.
//! Each of them is made where it belongs: in `app.rs`, `platform/config`, `access/policy.rs`.

use clap::{Args, ValueEnum};

use super::Failure;
use super::output::print;
use crate::access::policy;
use crate::app;
use crate::kernel::error::Error;
use crate::platform::config::{Faulty, Settings};

#[derive(Debug, Args)]
pub struct Arguments {
    what: What,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// The OpenAPI document, as JSON.
    Openapi,
    /// The settings in force, secrets left out.
    Config,
    /// Which role may do what to which records, as Markdown.
    Permissions,
}

pub fn run(
    arguments: &Arguments,
    settings: impl FnOnce() -> Result<Settings, Faulty>,
) -> Result<(), Failure> {
    match arguments.what {
        What::Openapi => {
            let document = app::document(settings()?.server.public_url.as_ref())?;
            print(serde_json::to_string_pretty(&document).map_err(Error::internal)?)
        }
        What::Config => print(settings()?.shown().trim_end()),
        What::Permissions => print(policy::printed().trim_end()),
    }
}
