//! The viewer: whom a record is shown to. What leaves the program about an inquiry, in an answer or in a
//! mail, is made from a `Seen` record. Which records somebody reaches is decided before, in the query
//! (`policy.rs`).

use std::ops::Deref;
use std::sync::Arc;

use uuid::Uuid;

use super::caller::Caller;
use super::model::{Role, User};
use crate::kernel::id::UserId;

/// The one to whom a record is shown.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub id: UserId,
    pub role: Role,
    hidden: Option<Arc<[&'static str]>>,
}

impl Viewer {
    /// Who asked for it.
    pub fn of(caller: &Caller) -> Self {
        Self { id: caller.id, role: caller.role, hidden: None }
    }

    /// Who a message goes to.
    pub fn recipient(user: &User) -> Self {
        Self { id: user.id, role: user.role, hidden: None }
    }

    /// Another system. It owns nothing, and sees of every inquiry what agents see of those in the pool; or
    /// all of it, if it may see whose they are.
    pub fn outsider(sees_persons: bool) -> Self {
        let role = if sees_persons { Role::Admin } else { Role::Agent };
        Self { id: UserId::from_uuid(Uuid::nil()), role, hidden: None }
    }

    /// The same, from whom these members are hidden where something is. Until that is said, all are that can
    /// be.
    pub fn from_whom(self, hidden: Vec<&'static str>) -> Self {
        Self { hidden: Some(hidden.into()), ..self }
    }

    /// The members that are hidden from them where something is; none if nobody has said which.
    pub fn hidden(&self) -> Option<&[&'static str]> {
        self.hidden.as_deref()
    }

    pub fn is_agent(&self) -> bool {
        self.role == Role::Agent
    }

    pub fn sees<T: Viewable>(&self, record: T) -> Seen<T::Shown> {
        Seen(record.seen_by(self))
    }
}

/// A record that is shown to different people differently.
pub trait Viewable: Sized {
    /// What is shown of it.
    type Shown;

    /// The record without what is hidden from the viewer.
    fn seen_by(self, viewer: &Viewer) -> Self::Shown;
}

/// Says that whoever reaches a record sees all of it.
#[macro_export]
macro_rules! seen_whole {
    ($($(#[$doc:meta])* $record:ty),+ $(,)?) => {
        $($(#[$doc])* impl $crate::access::Viewable for $record {
            type Shown = Self;

            fn seen_by(self, _: &$crate::access::Viewer) -> Self {
                self
            }
        })+
    };
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
