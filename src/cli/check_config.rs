//! `leaddock check-config`: says that the configuration is good. What is wrong with it has been told before.
//! What a setting means is said in `config/default.toml`.

use super::Failure;
use super::output::print;
use crate::platform::config::Settings;

pub fn run(settings: &Settings) -> Result<(), Failure> {
    print(format_args!("the configuration is good:\n\n{}", settings.told()))
}
