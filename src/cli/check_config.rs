//! `leaddock check-config`: validates the configuration. Faults are reported when it is loaded.
//! The settings are documented in `config/default.toml`.

use super::failure::Failure;
use super::output::print;
use crate::platform::config::Settings;

pub fn run(settings: &Settings) -> Result<(), Failure> {
    print(format_args!("the configuration is good:\n\n{}", settings.to_redacted_text()))
}
