//! `leaddock check-config`: says that the configuration is good. What is wrong with it has been told before.

use super::Failure;
use crate::platform::config::Settings;

pub fn run(settings: &Settings) -> Result<(), Failure> {
    println!("the configuration is good:\n\n{}", settings.told());
    Ok(())
}
