//! Users as stored, with their roles and languages.
//! What a role may do is in `policy.rs`, who calls is in `caller.rs`.

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};

use super::schema::users;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{TeamId, UserId};
use crate::platform::db::{Actor, ActorKind, MultiBackend};
use crate::text_enum;

/// A user, as the one who causes a change.
pub const USER: ActorKind = ActorKind::new("user");
/// A user by a link in a message, without a login.
pub const LINK: ActorKind = ActorKind::new("link");

/// The user who causes something, if one does.
pub fn user_of(actor: &Actor) -> Option<UserId> {
    actor.id.filter(|_| actor.kind == USER || actor.kind == LINK).map(|id| UserId::from_uuid(id.uuid()))
}

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
