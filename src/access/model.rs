//! Users and sessions as stored, the caller of a request, and the rules that need no database.
//! What a role may do is in `policy.rs`.

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};

use super::policy::Scope;
use super::sessions::store::sessions;
use super::store::users;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{ApiKeyId, SessionId, TeamId, UserId};
use crate::platform::db::{ActorKind, MultiBackend};
use crate::text_enum;

/// A user, as the one who causes a change.
pub const USER: ActorKind = ActorKind::new("user");

text_enum! {
    /// The role of a user.
    pub enum Role {
        /// Works on inquiries.
        Agent => "agent",
        /// Leads a team.
        Manager => "manager",
        /// Runs the installation.
        Admin => "admin",
    }
}

text_enum! {
    /// The language of a user's mails.
    pub enum Locale {
        Chinese => "zh-CN",
        English => "en",
    }
}

/// A person with a login.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = users, check_for_backend(MultiBackend), treat_none_as_default_value = false,
    treat_none_as_null = true)]
pub struct User {
    pub id: UserId,
    pub email: String,
    /// The address in its canonical form, for comparing.
    pub email_key: String,
    pub name: String,
    pub role: Role,
    pub team_id: Option<TeamId>,
    pub phone: Option<String>,
    pub locale: Option<Locale>,
    pub active: bool,
    pub password_hash: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

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

/// The caller of a request, with role and team as stored now, and the reach of the permission in use.
#[derive(Debug, Clone)]
pub struct Caller {
    pub id: UserId,
    pub role: Role,
    pub team_id: Option<TeamId>,
    /// The records that the requested permission covers.
    pub scope: Scope,
    /// The credential in use; none where the program itself acts for them.
    pub credential: Option<CredentialId>,
}

/// The credential of a caller: an access token's session, or an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialId {
    /// An access token of this session.
    Session(SessionId),
    Key(ApiKeyId),
}
