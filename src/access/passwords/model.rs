//! The links by which passwords are set, and the requests for one, as stored.
//! Their validity is decided in `actions.rs`.

use diesel::{Insertable, Queryable, Selectable};

use super::schema::{password_links, password_reset_requests};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{PasswordLinkId, PasswordResetRequestId, RequestId, UserId};
use crate::platform::db::MultiBackend;
use crate::text_enum;

text_enum! {
    /// What a link is for.
    pub enum Purpose {
        Reset => "reset",
        Invitation => "invitation",
    }
}

/// A single-use link to set a password.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = password_links, check_for_backend(MultiBackend),
    treat_none_as_default_value = false)]
pub struct PasswordLink {
    pub id: PasswordLinkId,
    pub user_id: UserId,
    pub purpose: Purpose,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// A pending password reset request.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = password_reset_requests, check_for_backend(MultiBackend),
    treat_none_as_default_value = false)]
pub struct ResetRequest {
    pub id: PasswordResetRequestId,
    pub created_at: Timestamp,
    /// The address in its canonical form.
    pub email_key: String,
    pub method: String,
    pub route: String,
    pub remote_ip: Option<String>,
    pub request_id: Option<RequestId>,
}
