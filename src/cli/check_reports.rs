//! `leaddock check-reports`: computes every report in two ways and compares them. May run beside a server.
//! How they are computed is in `reports/check.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::rt;
use chrono::NaiveDate;
use clap::Args;

use super::clock::clock;
use super::failure::Failure;
use super::output::{Format, print};
use super::progress::Progress;
use crate::app::{SUBSCRIBERS, open_database};
use crate::inquiries::store::count_all;
use crate::platform::config::Settings;
use crate::platform::db::Db;
use crate::reports::check::{Difference, check};

/// How often it is looked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub struct Arguments {
    /// The first date of the period; 30 days in all unless given.
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// The last date of the period; today unless given.
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
}

pub fn run(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let db = open_database(settings, clock(settings)?, SUBSCRIBERS, false)?;
    let span = (arguments.from, arguments.to);
    let found = rt::System::new().block_on(compare(&db, span, Format::of(&settings.log)))?;
    db.close();
    match found {
        None => print(format_args!("all reports say the same from the image and from the log")),
        Some(Difference { report, group, row, figure, image, log }) => Err(Failure::Differing(format!(
            "{report} by {}, row {}, {figure}: {image} from the image, {log} from the log",
            group.word(),
            row.as_deref().unwrap_or("of the totals"),
        ))),
    }
}

async fn compare(
    db: &Db,
    span: (Option<NaiveDate>, Option<NaiveDate>),
    format: Format,
) -> Result<Option<Difference>, Failure> {
    let all = usize::try_from(db.read(|read| count_all(read.conn)).await?).unwrap_or(0);
    let mut progress = Progress::new("reading the log", all, format);
    let done = Arc::new(AtomicUsize::new(0));
    let mut seen = 0;
    let mut checking = std::pin::pin!(check(db, span, &done));
    let found = loop {
        let look = rt::time::timeout(LOOK_EVERY, &mut checking).await;
        let now = done.load(Ordering::Relaxed);
        progress.advance(now.saturating_sub(seen));
        seen = now;
        if let Ok(found) = look {
            break found?;
        }
    };
    progress.finish();
    Ok(found)
}
