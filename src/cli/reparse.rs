//! `leaddock reparse`: reads the facts of older inquiries again, with the present parser. May run beside a
//! server. What a user has edited stays as it is.

use actix_web::rt;
use clap::Args;

use super::Failure;
use super::output::{Format, print};
use super::progress::Progress;
use crate::app::{REACTORS, open_database};
use crate::facts::{Facts, PARSER_VERSION};
use crate::inquiries::{self, Inquiry, resubmission};
use crate::intake::reading::understanding;
use crate::kernel::clock::Clock;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::platform::config::Settings;
use crate::platform::db::{Context, Db, DbConnection, Tx};

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
    let (read, changed) =
        rt::System::new().block_on(reparse(&db, arguments.all, Format::of(&settings.log)))?;
    db.close();
    print(format_args!("{read} inquiries were read again, the facts of {changed} changed"))
}

async fn reparse(db: &Db, all: bool, format: Format) -> std::result::Result<(usize, usize), Failure> {
    let count = db.read(|read| inquiries::store::count_all(read.conn)).await?;
    let mut progress = Progress::of("reading inquiries again", usize::try_from(count).unwrap_or(0), format);
    let (mut after, mut read, mut changed): (Option<InquiryId>, usize, usize) = (None, 0, 0);
    loop {
        let from = after;
        let portion = db.read(move |read| portion(read.conn, from, all)).await?;
        let mut waiting = portion.inquiries;
        while !waiting.is_empty() {
            // Between two transactions: a server that runs beside this waits for none of it.
            let understood: Vec<Understood> = waiting.into_iter().filter_map(Understood::of).collect();
            let count = understood.len();
            let laid = db.write(Context::system(), move |tx| lay(tx, &understood)).await?;
            read += count.saturating_sub(laid.stale.len());
            changed += laid.changed;
            waiting = laid.stale;
        }
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
    /// Those that are to be read again.
    inquiries: Vec<Inquiry>,
}

fn portion(conn: &mut DbConnection, from: Option<InquiryId>, all: bool) -> Result<Portion> {
    let ids = inquiries::store::ids_after(conn, from, AT_ONCE)?;
    let mut portion = Portion { last: ids.last().copied(), seen: ids.len(), inquiries: Vec::new() };
    for id in ids {
        // What lies in the bin waits there.
        let Some(inquiry) = inquiries::store::by_id(conn, id)? else { continue };
        let of_present = inquiry.facts.0.parser_version() == Some(PARSER_VERSION);
        if all || !of_present {
            portion.inquiries.push(inquiry);
        }
    }
    Ok(portion)
}

/// An inquiry with the facts that are read of it now.
struct Understood {
    inquiry: Inquiry,
    facts: Facts,
}

impl Understood {
    /// None if it says nothing.
    fn of(inquiry: Inquiry) -> Option<Self> {
        Some(Self { facts: understanding::read_again(&inquiry)?, inquiry })
    }
}

/// What came of laying facts over those of before.
struct Laid {
    changed: usize,
    /// Those that were changed since they were read.
    stale: Vec<Inquiry>,
}

fn lay(tx: &mut Tx<'_>, understood: &[Understood]) -> Result<Laid> {
    let mut laid = Laid { changed: 0, stale: Vec::new() };
    for Understood { inquiry, facts } in understood {
        let Some(now) = inquiries::store::by_id(tx.conn, inquiry.id)? else { continue };
        if now == *inquiry {
            laid.changed += usize::from(resubmission::reparse(tx, inquiry, facts, PARSER_VERSION)?);
        } else {
            laid.stale.push(now);
        }
    }
    Ok(laid)
}
