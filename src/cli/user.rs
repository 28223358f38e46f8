//! `leaddock user`: users from the command line, with a password if one is given on standard input.
//! May run beside a server.

use std::io::Read;

use actix_web::rt;
use clap::{Args, Subcommand};

use super::clock::clock;
use super::failure::Failure;
use super::output::print;
use crate::access::actions::{self, NewUser};
use crate::access::{Role, teams};
use crate::app::{SUBSCRIBERS, open_database};
use crate::platform::config::Settings;
use crate::platform::db::Context;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a user.
    Add(Add),
}

#[derive(Debug, Args)]
struct Add {
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    /// agent, manager or admin
    #[arg(long, value_parser = role)]
    role: Role,
    /// The name of a team, which is created if there is none.
    #[arg(long)]
    team: Option<String>,
    /// Read the password, one line, from standard input. Without it they are invited by mail to set one.
    #[arg(long)]
    password_stdin: bool,
}

fn role(word: &str) -> Result<Role, String> {
    Role::from_word(word).ok_or_else(|| format!("one of: {}", Role::all_words()))
}

pub fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let Command::Add(add) = arguments.command;
    let password_hash = if add.password_stdin {
        Some(actions::check_and_hash(&password()?, &[&add.email, &add.name])?)
    } else {
        None
    };
    let db = open_database(settings, clock(settings)?, SUBSCRIBERS, false)?;
    let user = rt::System::new().block_on(db.write(Context::system(), move |tx| {
        let team_id = match &add.team {
            Some(name) => Some(teams::find_or_create(tx, name)?.id),
            None => None,
        };
        let new = NewUser {
            email: add.email.clone(),
            name: add.name.clone(),
            role: add.role,
            team_id,
            phone: None,
            locale: None,
            active: true,
            password_hash: password_hash.clone(),
        };
        actions::create(tx, &new)
    }))?;
    db.close();
    print(user.id)
}

fn password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::Usage("no password on standard input".to_owned()));
    }
    Ok(line.to_owned())
}
