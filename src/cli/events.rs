//! `leaddock events`: prints the event log, one line of JSON for each event, and perhaps what comes. May run
//! beside a server. What others see of it is the change feed, in `notifications/feed`.

use std::time::Duration;

use actix_web::rt;
use clap::Args;

use super::clock::clock;
use super::failure::Failure;
use super::output::{Format, print_lines};
use super::signals::StopSignals;
use crate::app::open_database;
use crate::inquiries::event_view::EventView;
use crate::kernel::error::{Class, Error, Result};
use crate::platform::config::Settings;
use crate::platform::db::{Db, Read};
use crate::platform::events::{self, LogEntry};

/// Places of the log that are read together.
const CHUNK: i64 = 200;
/// How often it is looked for new events.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Time after a stop signal in which a line that nobody takes may still be taken.
const STOPPING: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub struct Arguments {
    /// After this place in the log (`seq`); 0: from the start.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
    /// Go on with what comes, until Ctrl-C or SIGTERM.
    #[arg(long)]
    follow: bool,
    /// Only these events, such as inquiry.received,inquiry.assigned.
    #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = kind)]
    types: Vec<String>,
}

fn kind(text: &str) -> std::result::Result<String, String> {
    let named = Some(text).filter(|text| events::is_kind(text)).map(str::to_owned);
    named.ok_or_else(|| "names of events, such as inquiry.assigned".to_owned())
}

pub fn run(settings: &Settings, arguments: &Arguments) -> std::result::Result<(), Failure> {
    let db = open_database(settings, clock(settings)?, &[], false)?;
    let done = rt::System::new().block_on(async {
        if !arguments.follow {
            return print_all(&db, &mut { arguments.after }, &arguments.types).await.map(drop);
        }
        let mut stop = StopSignals::listen(STOPPING)?;
        tokio::select! {
            done = follow(&db, arguments, Format::of(&settings.log)) => done,
            () = stop.received() => Ok(()),
        }
    });
    db.close();
    done
}

/// Prints what is there and what comes, until nobody reads it any more.
async fn follow(db: &Db, arguments: &Arguments, format: Format) -> std::result::Result<(), Failure> {
    let (mut after, mut is_away) = (arguments.after, false);
    loop {
        match print_all(db, &mut after, &arguments.types).await {
            Ok(true) => is_away = false,
            Ok(false) => return Ok(()),
            // It goes on when the database is back.
            Err(Failure::Refused(error)) if error.class() == Class::Unavailable => {
                if !std::mem::replace(&mut is_away, true) {
                    format.warning(format_args!("the database is not available: {}", error.chain()));
                }
            }
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Prints what is there after a place, which moves on with each part. Returns false if nobody reads it any
/// more.
async fn print_all(db: &Db, after: &mut i64, kinds: &[String]) -> std::result::Result<bool, Failure> {
    loop {
        let (kinds, from) = (kinds.to_vec(), *after);
        let part = db.read(move |read| part(read, from, &kinds)).await?;
        if !print_lines(&part.lines)? {
            return Ok(false);
        }
        match part.last {
            Some(last) => *after = last,
            None => return Ok(true),
        }
    }
}

/// A part of the log.
struct Part {
    lines: Vec<String>,
    /// The last place that was looked at; none at the end.
    last: Option<i64>,
}

fn part(read: &mut Read<'_>, after: i64, kinds: &[String]) -> Result<Part> {
    let entries = events::entries_after(read, after, CHUNK)?;
    let is_wanted = |entry: &&LogEntry| kinds.is_empty() || kinds.contains(&entry.kind);
    let ids: Vec<_> = entries.iter().filter(is_wanted).map(|entry| entry.id).collect();
    let found = if ids.is_empty() { Vec::new() } else { events::by_ids(read.conn, &ids)? };
    let names = EventView::names(read.conn, &found)?;
    let line = |event| serde_json::to_string(&EventView::of_log(event, &names)?).map_err(Error::internal);
    let lines = found.into_iter().map(line).collect::<Result<_>>()?;
    Ok(Part { lines, last: entries.last().and_then(|entry| entry.position) })
}
