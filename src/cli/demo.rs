//! `leaddock demo`
use clap::Args;
use super::Failure;
use crate::platform::config::Settings;

#[derive(Debug, Args)]
pub struct Arguments {}

pub fn run(_settings: &Settings, _arguments: &Arguments) -> Result<(), Failure> {
    Ok(())
}
