//! `leaddock demo`
use super::Failure;
use crate::platform::config::Settings;
use clap::Args;

#[derive(Debug, Args)]
pub struct Arguments {}

pub fn run(_settings: &Settings, _arguments: &Arguments) -> Result<(), Failure> {
    Ok(())
}
