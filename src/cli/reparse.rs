//! `leaddock reparse`: extracts the facts of older inquiries again, with the current parser. May run beside a
//! server. What a user has edited stays as it is.

use actix_web::rt;
use clap::Args;

use super::clock::clock;
use super::failure::Failure;
use super::output::{Format, print};
use super::progress::Progress;
use crate::app::{SUBSCRIBERS, open_database};
use crate::facts::{Facts, PARSER_VERSION};
use crate::inquiries::{self, Inquiry, resubmission};
use crate::intake::reading::understanding;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::platform::config::Settings;
use crate::platform::db::{Context, Db, DbConnection, Tx};

/// Inquiries per transaction.
const AT_ONCE: i64 = 100;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Those too that the current parser has read already.
    #[arg(long)]
    all: bool,
}

pub fn run(settings: &Settings, arguments: &Arguments) -> std::result::Result<(), Failure> {
    let db = open_database(settings, clock(settings)?, SUBSCRIBERS, false)?;
    let (read, changed) =
        rt::System::new().block_on(reparse(&db, arguments.all, Format::of(&settings.log)))?;
    db.close();
    print(format_args!("{read} inquiries were read again, the facts of {changed} changed"))
}

async fn reparse(db: &Db, all: bool, format: Format) -> std::result::Result<(usize, usize), Failure> {
    let count = db.read(|read| inquiries::store::count_all(read.conn)).await?;
    let mut progress = Progress::new("reading inquiries again", usize::try_from(count).unwrap_or(0), format);
    let (mut after, mut read, mut changed): (Option<InquiryId>, usize, usize) = (None, 0, 0);
    loop {
        let from = after;
        let portion = db.read(move |read| portion(read.conn, from, all)).await?;
        let mut waiting = portion.inquiries;
        while !waiting.is_empty() {
            // Outside a transaction, so that a running server does not wait for it.
            let understood: Vec<Reparsed> = waiting.into_iter().filter_map(Reparsed::of).collect();
            let count = understood.len();
            let applied = db.write_in_background(Context::system(), move |tx| apply(tx, &understood)).await?;
            read += count.saturating_sub(applied.stale.len());
            changed += applied.changed;
            waiting = applied.stale;
        }
        progress.advance(portion.seen);
        match portion.last {
            Some(id) => after = Some(id),
            None => break,
        }
    }
    progress.finish();
    Ok((read, changed))
}

/// A batch of inquiries.
struct Portion {
    /// The last one; none if there are no more.
    last: Option<InquiryId>,
    seen: usize,
    /// Those to be parsed again.
    inquiries: Vec<Inquiry>,
}

fn portion(conn: &mut DbConnection, from: Option<InquiryId>, all: bool) -> Result<Portion> {
    let ids = inquiries::store::ids_after(conn, from, AT_ONCE)?;
    let mut portion = Portion { last: ids.last().copied(), seen: ids.len(), inquiries: Vec::new() };
    for id in ids {
        // Inquiries in the bin are skipped.
        let Some(inquiry) = inquiries::store::by_id(conn, id)? else { continue };
        let of_present = inquiry.content.facts.0.parser_version() == Some(PARSER_VERSION);
        if all || !of_present {
            portion.inquiries.push(inquiry);
        }
    }
    Ok(portion)
}

/// An inquiry with its newly extracted facts.
struct Reparsed {
    inquiry: Inquiry,
    facts: Facts,
}

impl Reparsed {
    /// None if it has no text.
    fn of(inquiry: Inquiry) -> Option<Self> {
        Some(Self { facts: understanding::read_again(&inquiry)?, inquiry })
    }
}

/// The result of updating facts.
struct Applied {
    changed: usize,
    /// Those that were changed concurrently.
    stale: Vec<Inquiry>,
}

fn apply(tx: &mut Tx<'_>, understood: &[Reparsed]) -> Result<Applied> {
    let mut applied = Applied { changed: 0, stale: Vec::new() };
    for Reparsed { inquiry, facts } in understood {
        let Some(now) = inquiries::store::by_id(tx.conn, inquiry.id)? else { continue };
        if now == *inquiry {
            applied.changed += usize::from(resubmission::reparse(tx, inquiry, facts, PARSER_VERSION)?);
        } else {
            applied.stale.push(now);
        }
    }
    Ok(applied)
}
