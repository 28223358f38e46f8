//! A session as stored, how long it lasts, and the outcomes of a login and a refresh.
//! Who begins and ends one is in `actions.rs`.

use chrono::Duration;
use diesel::{Insertable, Queryable, Selectable};

use super::schema::sessions;
use crate::access::model::User;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{SessionId, UserId};
use crate::platform::db::MultiBackend;

/// The lifetime of a session however much it is used, and how long it lasts unused.
pub const LIFE: Duration = Duration::days(30);
pub const IDLE: Duration = Duration::days(7);

/// A login that has not ended.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

impl Session {
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at > now && self.last_used_at.plus(IDLE) > now
    }
}

/// The result of a login or a refresh.
#[derive(Debug)]
pub struct Login {
    pub user: User,
    pub session: SessionId,
    pub refresh_token: String,
}

/// The outcome of a login.
#[derive(Debug)]
pub enum LoginOutcome {
    Login(Box<Login>),
    /// The password was right, but a code of the second factor is needed.
    CodeMissing,
    Refused,
}

/// The outcome of a refresh.
#[derive(Debug)]
pub enum RefreshOutcome {
    Login(Box<Login>),
    /// A used token came again: the session is ended, since either party may be the thief.
    Reused(UserId),
    Refused,
}
