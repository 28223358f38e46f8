//! The facts that this room announces. They name users by id; no secret and no address is in them.

use serde::{Deserialize, Serialize};

use super::model::Role;
use crate::kernel::id::{SessionId, UserId};
use crate::platform::outbox::Fact;

#[derive(Debug, Serialize, Deserialize)]
pub struct UserCreated {
    pub user_id: UserId,
    pub role: Role,
}

impl Fact for UserCreated {
    const KIND: &'static str = "user.created";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct UserUpdated {
    pub user_id: UserId,
    /// Names of the members that changed.
    pub changed: Vec<String>,
}

impl Fact for UserUpdated {
    const KIND: &'static str = "user.updated";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct LoggedIn {
    pub user_id: UserId,
    pub session_id: SessionId,
}

impl Fact for LoggedIn {
    const KIND: &'static str = "user.logged_in";
}
