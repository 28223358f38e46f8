//! The commands, one file each.
//! What they do is done by the rooms; here it is only called.

mod check_config;
mod demo;
mod migrate;
mod print;
mod progress;
mod reparse;
mod serve;
mod user;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::kernel::error::{Class, Error};
use crate::platform::config::{Faulty, Settings};
use crate::platform::telemetry;

/// A lead desk for industrial parks and commercial property.
#[derive(Debug, Parser)]
#[command(name = "leaddock", version)]
struct Arguments {
    /// A configuration file; config/leaddock.toml is read if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and the pages, and do the jobs (the default).
    Serve,
    /// Do the jobs only, beside servers on the same PostgreSQL.
    Worker,
    /// Bring the database up to date.
    Migrate,
    /// Users.
    User(user::Arguments),
    /// Fill an empty database with believable data.
    Demo(demo::Arguments),
    /// Read the facts of older inquiries again, with the present parser.
    Reparse(reparse::Arguments),
    /// Check the configuration and say what is wrong with it.
    CheckConfig,
    /// Print what the program knows of itself.
    Print(print::Arguments),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Configuration(#[from] Faulty),
    #[error("{}", told(.0))]
    Refused(#[from] Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Usage(String),
}

/// An error for the operator: with its cause, or with every fault.
fn told(error: &Error) -> String {
    if matches!(error.class(), Class::Internal | Class::Unavailable) {
        // The operator wants the cause; the words for callers of the API say less.
        let chain = error.chain();
        return chain.split_once(": ").map_or(chain.clone(), |(_, causes)| causes.to_owned());
    }
    let mut words = error.refusal().en.to_owned();
    for fault in error.field_faults() {
        let message = fault.kind.en.replace("{}", fault.value.as_deref().unwrap_or_default());
        words.push_str(&format!("\n  {}: {message}", fault.pointer.trim_start_matches('/')));
    }
    words
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("leaddock: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    let load = || Settings::load(arguments.config.as_deref());
    let logged = |settings: &Settings| telemetry::start_logging(&settings.log);
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Print(what) => print::run(&what, load),
        Command::CheckConfig => check_config::run(&load()?),
        Command::Serve => {
            let settings = load()?;
            logged(&settings);
            serve::run(settings)
        }
        Command::Worker => {
            let settings = load()?;
            logged(&settings);
            worker::run(settings)
        }
        Command::Migrate => migrate::run(&load()?),
        Command::User(what) => user::run(&load()?, what),
        Command::Reparse(what) => reparse::run(&load()?, &what),
        Command::Demo(what) => demo::run(&load()?, &what),
    }
}

/// SIGINT and SIGTERM, listened to from the moment it is made: whoever was told that the program runs may stop it at once.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn listen() -> std::io::Result<StopSignals> {
        Ok(StopSignals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
