//! `leaddock reparse`: reads the facts of older inquiries again, with the present parser. May run beside a server.
//! What a user has edited stays as it is.

use actix_web::rt;
use clap::Args;

use super::Failure;
use super::output::{Format, print};
use super::progress::Progress;
use crate::app::{REACTORS, open_database};
use crate::facts::PARSER_VERSION;
use crate::inquiries::{self, again};
use crate::intake::reading::understanding;
use crate::kernel::clock::Clock;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::platform::config::Settings;
use crate::platform::db::{Context, Db, Tx};

/// Inquiries that are read in one transaction.
const AT_ONCE: i64 = 100;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Those too that the present parser has read already.
    #[arg(long)]
    all: bool,
}

pub fn run(settings: &Settings, arguments: &Arguments) -> std::result::Result<(), Failure> {
    let db = open_database(settings, Clock::System, REACTORS, false)?;
    let (read, changed) = rt::System::new().block_on(reparse(&db, arguments.all, Format::of(&settings.log)))?;
    db.close();
    print(format_args!("{read} inquiries were read again, the facts of {changed} changed"))
}

async fn reparse(db: &Db, all: bool, format: Format) -> std::result::Result<(usize, usize), Failure> {
    let count = db.read(|read| inquiries::store::count_all(read.conn)).await?;
    let mut progress = Progress::of("reading inquiries again", usize::try_from(count).unwrap_or(0), format);
    let (mut after, mut read, mut changed): (Option<InquiryId>, usize, usize) = (None, 0, 0);
    loop {
        let from = after;
        let portion = db.write(Context::system(), move |tx| reread(tx, from, all)).await?;
        (read, changed) = (read + portion.read, changed + portion.changed);
        progress.on(portion.seen);
        match portion.last {
            Some(id) => after = Some(id),
            None => break,
        }
    }
    progress.finish();
    Ok((read, changed))
}

/// Some inquiries, one after the other.
struct Portion {
    /// The last of them; none if there are no more.
    last: Option<InquiryId>,
    seen: usize,
    read: usize,
    changed: usize,
}

fn reread(tx: &mut Tx<'_>, from: Option<InquiryId>, all: bool) -> Result<Portion> {
    let ids = inquiries::store::ids_after(tx.conn, from, AT_ONCE)?;
    let mut portion = Portion { last: ids.last().copied(), seen: ids.len(), read: 0, changed: 0 };
    for id in ids {
        // What lies in the bin waits there.
        let Some(inquiry) = inquiries::store::by_id(tx.conn, id)? else { continue };
        let facts = &inquiry.facts.0;
        let of_present = facts.get("parser_version").and_then(|version| version.as_str()) == Some(PARSER_VERSION);
        if of_present && !all {
            continue;
        }
        let Some(read) = understanding::read_again(&inquiry) else { continue };
        portion.read += 1;
        portion.changed += usize::from(again::reparse(tx, &inquiry, &read, PARSER_VERSION)?);
    }
    Ok(portion)
}
