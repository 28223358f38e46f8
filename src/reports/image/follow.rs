//! How the image follows the log: which inquiries have changed since its position, and taking them in.
//! What it holds is in `state.rs`.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::Mutex;

use super::state::ImageState;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{InquiryId, UserId};
use crate::platform::db::{Db, Read};
use crate::platform::events;
use crate::reports::history::{Raw, read};

/// Positions of the log that are looked at together, and inquiries that are read together.
const POSITIONS: i64 = 5_000;
const INQUIRIES: usize = 200;

/// The image, shared by all who compute reports.
#[derive(Clone, Default)]
pub struct Image(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: RwLock<ImageState>,
    /// One at a time follows the log.
    following: Mutex<()>,
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
        events::publish_all(db).await?;
        while self.follow_on(db).await? {}
        Ok(())
    }

    /// Follows the log by one part of it. Returns whether there may be more.
    pub async fn follow_on(&self, db: &Db) -> Result<bool> {
        let _following = self.0.following.lock().await;
        let position = self.state().position;
        let new = db.read(move |read| new_in_log(read, position)).await?;
        for some in new.inquiries.chunks(INQUIRIES) {
            let ids = some.to_vec();
            let raws = db.read(move |read| read::raw(read.conn, &ids)).await?;
            self.take_in(raws).await?;
        }
        self.0.state.write().unwrap_or_else(PoisonError::into_inner).position = new.position;
        if !new.inquiries.is_empty() {
            self.measure();
        }
        Ok(!new.is_all)
    }

    fn measure(&self) {
        let (inquiries, bytes) = self.state().size();
        let figure = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("leaddock_report_image_inquiries").set(figure(inquiries));
        metrics::gauge!("leaddock_report_image_bytes").set(figure(bytes));
    }

    /// Decoding takes a while: it is done where it is in nobody's way.
    async fn take_in(&self, raws: Vec<Raw>) -> Result<()> {
        let image = self.clone();
        let work = move || image.0.state.write().unwrap_or_else(PoisonError::into_inner).take_in(raws);
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
