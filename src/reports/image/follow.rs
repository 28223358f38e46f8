//! How the image is built and follows the log: first all inquiries are taken in, then those that have changed
//! since. What it holds is in `state.rs`.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::rollups::Rollups;
use super::state::ImageState;
use crate::inquiries::asked;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{InquiryId, UserId};
use crate::platform::db::{Db, Read};
use crate::platform::events;
use crate::reports::history::{Raw, read};

/// Positions of the log that are looked at together.
const POSITIONS: i64 = 5_000;
/// Inquiries that are built together, and those that are read together.
const BUILT: i64 = 1_000;
const INQUIRIES: usize = 200;

/// The image, shared by all who compute reports.
#[derive(Clone, Default)]
pub struct Image(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: RwLock<ImageState>,
    rollups: Rollups,
    /// One at a time brings it on.
    reached: Arc<Mutex<Reached>>,
}

/// What is in the image.
#[derive(Debug, Clone, Copy, Default)]
enum Reached {
    #[default]
    Nothing,
    /// All inquiries up to one, if any, as they were at a position of the log or later.
    Inquiry(Option<InquiryId>, i64),
    /// All that is in the log up to a position.
    Position(i64),
}

/// What is new in the log after a position.
struct NewInLog {
    position: i64,
    inquiries: Vec<InquiryId>,
    is_all: bool,
}

impl Image {
    pub fn state(&self) -> RwLockReadGuard<'_, ImageState> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn rollups(&self) -> &Rollups {
        &self.0.rollups
    }

    /// Gives numbers to people, that rows can be about them.
    pub fn know(&self, people: &[UserId]) {
        let is_known = |user: &UserId| self.state().symbols.users.get(user).is_some();
        if !people.iter().all(is_known) {
            let mut state = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
            state.symbols.users.know(people);
        }
    }

    /// Brings the image up to what was committed before.
    pub async fn follow(&self, db: &Db) -> Result<()> {
        if !events::publish_all(db).await? {
            return Err(Error::unavailable("more is written than is numbered"));
        }
        while self.follow_on(db).await? {}
        Ok(())
    }

    /// Takes in one part of what is missing. Returns whether there may be more. What has begun goes on when
    /// whoever waits for it goes away: otherwise something older could be taken in behind something newer.
    pub async fn follow_on(&self, db: &Db) -> Result<bool> {
        let reached = Arc::clone(&self.0.reached).lock_owned().await;
        tokio::spawn(self.clone().take_next(db.clone(), reached)).await.map_err(Error::internal)?
    }

    async fn take_next(self, db: Db, mut reached: OwnedMutexGuard<Reached>) -> Result<bool> {
        match *reached {
            Reached::Nothing => {
                let position = db.read(|read| events::last_position(read.conn)).await?;
                *reached = Reached::Inquiry(None, position);
                Ok(true)
            }
            Reached::Inquiry(after, position) => {
                let ids = db.read(move |read| asked::ids_after(read.conn, after, BUILT)).await?;
                self.take_in(&db, &ids).await?;
                let last = ids.last().copied();
                *reached =
                    last.map_or(Reached::Position(position), |id| Reached::Inquiry(Some(id), position));
                Ok(true)
            }
            Reached::Position(position) => {
                let new = db.read(move |read| new_in_log(read, position)).await?;
                self.take_in(&db, &new.inquiries).await?;
                *reached = Reached::Position(new.position);
                Ok(!new.is_all)
            }
        }
    }

    async fn take_in(&self, db: &Db, ids: &[InquiryId]) -> Result<()> {
        for some in ids.chunks(INQUIRIES) {
            let some = some.to_vec();
            let raws = db.read(move |read| read::raw(read.conn, &some)).await?;
            self.decode(raws).await?;
        }
        Ok(())
    }

    /// Sets the metrics of what it takes.
    pub fn measure(&self) {
        let (inquiries, bytes) = self.state().size();
        let figure = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("leaddock_report_image_inquiries").set(figure(inquiries));
        metrics::gauge!("leaddock_report_image_bytes").set(figure(bytes + self.0.rollups.memory()));
    }

    /// Decoding takes a while: it is done where it is in nobody's way.
    async fn decode(&self, raws: Vec<Raw>) -> Result<()> {
        let image = self.clone();
        let work = move || {
            let taken = image.0.state.write().unwrap_or_else(PoisonError::into_inner).take_in(raws);
            image.measure();
            taken
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }
}

/// The inquiries that something happened to after a position, as far as it is looked at together.
fn new_in_log(read: &mut Read<'_>, position: i64) -> Result<NewInLog> {
    let entries = events::entries_after(read, position, POSITIONS)?;
    let last = entries.last().and_then(|entry| entry.position).unwrap_or(position);
    let inquiries: BTreeSet<InquiryId> = entries
        .iter()
        .filter(|entry| read::is_counted(&entry.kind))
        .filter_map(|entry| entry.subject.map(InquiryId::from))
        .collect();
    let is_all = i64::try_from(entries.len()).is_ok_and(|count| count < POSITIONS);
    Ok(NewInLog { position: last, inquiries: inquiries.into_iter().collect(), is_all })
}
