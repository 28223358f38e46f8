//! The commands of the program, one file each.
//! The work itself is done by the rooms.

mod check_config;
mod check_reports;
mod clock;
mod commands;
mod demo;
mod events;
mod failure;
mod mail_test;
mod migrate;
mod output;
mod print;
mod progress;
mod reparse;
mod serve;
mod signals;
mod user;
mod worker;

pub use commands::run;
