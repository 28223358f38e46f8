//! One caller who follows the feed: what is sent to them, block by block, and when that ends.
//! Which events they see is decided in `changes.rs`, how a block is written in `platform/http/event_stream`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, Stream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::changes::{self, Changes, Most};
use super::seats::Seat;
use crate::access::{Authorized, may};
use crate::inquiries::event_view::EventView;
use crate::inquiries::pool_view::MaskingBulkheads;
use crate::kernel::error::{Class, Error, Result};
use crate::kernel::id::UserId;
use crate::platform::http::draining::Draining;
use crate::platform::http::event_stream::{self, COMMENT};

/// What is read for a stream before its client has taken it.
const MOST: Most = Most { events: 100, bytes: 256 << 10 };
/// Bytes of a block that are passed on together.
const SLICE: usize = 16 << 10;
/// The most time between two looks: with each it is asked anew whether the caller may follow.
const LOOK_EVERY: Duration = Duration::from_secs(4);
/// The least time between two looks, unless there is more to read: much may happen in a second.
const SETTLE: Duration = Duration::from_millis(250);
/// The same after a look that was not possible just then.
const PAUSE: Duration = Duration::from_secs(1);
/// The most time between two blocks. Whoever has gone away is noticed by them; below the least time that a
/// connection may be silent.
const HEARTBEAT: Duration = Duration::from_secs(4);
/// When a client connects again after its stream has ended.
const RECONNECT: Duration = Duration::from_secs(2);

/// What a stream follows by.
pub struct Following<In> {
    pub caller: Authorized<may::ReadChanges, In>,
    pub masking: Arc<MaskingBulkheads>,
    pub draining: Draining,
    pub seat: Seat,
    /// Only these events; all if none are named.
    pub kinds: Vec<String>,
    /// After this place in the log.
    pub after: i64,
}

/// The blocks for a caller. They end with the caller's rights, and when the server is stopped.
pub fn blocks<In: Send + Sync + 'static>(following: Following<In>) -> impl Stream<Item = Vec<u8>> {
    let follower = Follower::new(following);
    futures_util::stream::unfold(follower, async |mut follower| Some((follower.next().await?, follower)))
}

struct Follower<In> {
    caller: Arc<Authorized<may::ReadChanges, In>>,
    masking: Arc<MaskingBulkheads>,
    draining: Draining,
    _seat: Seat,
    kinds: Arc<[String]>,
    published: watch::Receiver<i64>,
    /// Everything up to this place has been sent, or is waiting.
    after: i64,
    /// What the client has not taken yet.
    waiting: VecDeque<Vec<u8>>,
    sent_at: Instant,
    /// The look that is being taken.
    look: Option<LocalBoxFuture<'static, Result<Part>>>,
    /// Something was published since the last look, or more is there than fit.
    is_due: bool,
    not_before: Instant,
    at_the_latest: Instant,
}

/// A part of the feed as blocks.
struct Part {
    blocks: Vec<Vec<u8>>,
    next_after: i64,
    has_more: bool,
}

impl<In: Send + Sync + 'static> Follower<In> {
    fn new(following: Following<In>) -> Self {
        let Following { caller, masking, draining, seat, kinds, after } = following;
        let (now, published) = (Instant::now(), caller.auth().db.parts().publication.subscribe());
        Self {
            caller: Arc::new(caller),
            masking,
            draining,
            _seat: seat,
            kinds: kinds.into(),
            published,
            after,
            // At once, so that the client knows that it is connected.
            waiting: VecDeque::from([event_stream::reconnect_after(RECONNECT)]),
            sent_at: now,
            look: None,
            is_due: true,
            not_before: now,
            at_the_latest: now,
        }
    }

    /// The next block, or a part of it; none at the end.
    async fn next(&mut self) -> Option<Vec<u8>> {
        let draining = self.draining.clone();
        loop {
            if let Some(block) = self.waiting.pop_front() {
                self.sent_at = Instant::now();
                return Some(block);
            }
            let silent_until = self.sent_at + HEARTBEAT;
            tokio::select! {
                biased;
                () = draining.begun() => return None,
                part = self.part() => self.take(part)?,
                () = sleep_until(silent_until) => self.waiting.push_back(COMMENT.to_vec()),
            }
        }
    }

    /// The next part, when it is time for it. May be asked again if nobody has waited for the answer.
    async fn part(&mut self) -> Result<Part> {
        if self.look.is_none() {
            self.wait().await;
            self.look = Some(self.look());
        }
        let part = match &mut self.look {
            Some(look) => look.await,
            None => Err(Error::internal("no look was taken")),
        };
        self.look = None;
        part
    }

    /// Waits until there is something to look for.
    async fn wait(&mut self) {
        let news = async {
            if !self.is_due {
                // An error: the database is being closed, which a look finds out.
                let _ = self.published.changed().await;
                self.is_due = true;
            }
            sleep_until(self.not_before).await;
        };
        tokio::select! {
            () = news => {}
            () = sleep_until(self.at_the_latest) => {}
        }
    }

    fn look(&mut self) -> LocalBoxFuture<'static, Result<Part>> {
        self.is_due = false;
        let (caller, masking) = (Arc::clone(&self.caller), Arc::clone(&self.masking));
        let (kinds, after) = (Arc::clone(&self.kinds), self.after);
        let look = async move {
            let found = caller.read(move |read, caller, _| {
                let found = changes::after(read, caller, after, &kinds, MOST)?;
                let names = EventView::names(read.conn, found.events())?;
                Ok((found, names))
            });
            let (found, names) = found.await?;
            let (viewer, is_masked) = (found.viewer().clone(), found.is_masked());
            masking.show(&viewer, is_masked, move || Part::of(found, after, &names)).await
        };
        look.boxed_local()
    }

    /// Takes over what was found. None: the stream ends.
    fn take(&mut self, part: Result<Part>) -> Option<()> {
        let now = Instant::now();
        self.at_the_latest = now + LOOK_EVERY;
        match part {
            Ok(part) => {
                self.after = part.next_after;
                self.is_due |= part.has_more;
                self.not_before = if part.has_more { now } else { now + SETTLE };
                let slices = part.blocks.iter().flat_map(|block| block.chunks(SLICE));
                self.waiting.extend(slices.map(<[u8]>::to_vec));
                Some(())
            }
            // The client goes on waiting, as it would have to anyway.
            Err(error) if error.class() == Class::Unavailable => {
                self.is_due = true;
                self.not_before = now + PAUSE;
                Some(())
            }
            Err(error) => {
                if error.class() == Class::Internal {
                    let request_id = self.caller.requester().id;
                    tracing::error!(%request_id, error = %error.chain(), "a stream of changes failed");
                }
                None
            }
        }
    }
}

impl Part {
    fn of(found: Changes, after: i64, names: &[(UserId, String)]) -> Result<Self> {
        let (next_after, has_more) = (found.next_after, found.has_more);
        let (mut blocks, mut last) = (Vec::new(), after);
        for event in found.seen() {
            let view = EventView::new(event, names)?;
            last = view.seq().unwrap_or(last);
            blocks.push(event_stream::event(last, view.kind(), &view)?);
        }
        if next_after > last {
            // What was passed over is not looked through again.
            blocks.push(event_stream::place(next_after));
        }
        Ok(Self { blocks, next_after, has_more })
    }
}
