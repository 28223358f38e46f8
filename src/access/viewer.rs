//! The viewer: whom a record is shown to. What leaves the program about an inquiry, in an answer or in a
//! mail, is made from a `Seen` record. Which records somebody reaches is decided before, in the query
//! (`policy.rs`).

use std::ops::Deref;

use super::caller::Caller;
use super::model::{Role, User};
use crate::kernel::id::UserId;

/// The one to whom a record is shown.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    pub id: UserId,
    pub role: Role,
}

impl Viewer {
    /// Who asked for it.
    pub fn of(caller: &Caller) -> Self {
        Self { id: caller.id, role: caller.role }
    }

    /// Who a message goes to.
    pub fn recipient(user: &User) -> Self {
        Self { id: user.id, role: user.role }
    }

    pub fn sees<T: Viewable>(&self, record: T) -> Seen<T> {
        Seen(record.seen_by(self))
    }
}

/// A record that is shown to different people differently.
pub trait Viewable: Sized {
    /// The record without what is hidden from the viewer. Unless its room says otherwise, whoever reaches it
    /// sees all of it.
    fn seen_by(self, _viewer: &Viewer) -> Self {
        self
    }
}

/// A record as its viewer sees it. There is no other way to one than `Viewer::sees`.
#[derive(Debug, Clone)]
pub struct Seen<T>(T);

impl<T> Seen<T> {
    pub fn into_record(self) -> T {
        self.0
    }
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
