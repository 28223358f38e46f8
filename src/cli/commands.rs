//! The arguments of the program, and which command they name.
//! What a command does is in its own file.

use std::path::PathBuf;
use std::process::ExitCode;

use super::failure::Failure;
use super::output::Format;
use super::{
    check_config, check_reports, demo, events, mail_test, migrate, print, reparse, serve, user, worker,
};
use crate::platform::config::{InvalidConfig, Settings};
use crate::platform::telemetry;
use clap::{Parser, Subcommand};

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
    /// Print the event log, a line of JSON for each event.
    ///
    /// In the order of `seq`, in the form of GET /api/v1/changes, but all events and all of each: nothing is
    /// masked, names and phone numbers included. May run beside a server.
    Events(events::Arguments),
    /// Send one mail right now, and say what the mail server answers.
    MailTest(mail_test::Arguments),
    /// Check the configuration and say what is wrong with it.
    CheckConfig,
    /// Compute every report in two ways, and compare them.
    ///
    /// From the image that servers keep, and from the event log alone, in every grouping. Ends with 1 at the
    /// first figure that differs. May run beside a server.
    CheckReports(check_reports::Arguments),
    /// Print what the program knows of itself.
    Print(print::Arguments),
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    // Text, until the configuration is read and says otherwise.
    let mut format = Format::default();
    match dispatch(arguments, &mut format) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            format.error(format_args!("leaddock: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: Arguments, format: &mut Format) -> Result<(), Failure> {
    let mut load = || -> Result<Settings, InvalidConfig> {
        let settings = Settings::load(arguments.config.as_deref())?;
        *format = Format::of(&settings.log);
        telemetry::start_logging(&settings.log);
        Ok(settings)
    };
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Print(what) => print::run(&what, load),
        Command::CheckConfig => check_config::run(&load()?),
        Command::Serve => serve::run(load()?),
        Command::Worker => worker::run(load()?),
        Command::Migrate => migrate::run(&load()?),
        Command::Events(what) => events::run(&load()?, &what),
        Command::MailTest(what) => mail_test::run(&load()?, what),
        Command::User(what) => user::run(&with_database_named(load()?), what),
        Command::CheckReports(what) => check_reports::run(&load()?, &what),
        Command::Reparse(what) => reparse::run(&with_database_named(load()?), &what),
        Command::Demo(what) => demo::run(&with_database_named(load()?), &what),
    }
}

/// Says which database a command works on: without the service's environment it may be another one.
fn with_database_named(settings: Settings) -> Settings {
    Format::of(&settings.log).notice(format_args!("database: {}", settings.database.url));
    settings
}
