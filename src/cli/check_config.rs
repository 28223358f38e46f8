//! `leaddock check-config`: says that the configuration is good. Faults are reported when it is loaded.
//! What a setting means is said in `config/default.toml`.

use super::Failure;
use super::output::print;
use crate::platform::config::Settings;

pub fn run(settings: &Settings) -> Result<(), Failure> {
    print(format_args!("the configuration is good:\n\n{}", settings.to_redacted_text()))
}
