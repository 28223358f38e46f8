//! The events of this module. They name users by id and hold no secret and no address.
//! Subscribers are not known here; who asked for what from where is in `audit`.

use serde::{Deserialize, Serialize};

use super::model::Role;
use crate::kernel::id::{ApiKeyId, SessionId, TeamId, UserId};
use crate::platform::events::Fact;

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

#[derive(Debug, Serialize, Deserialize)]
pub struct SessionEnded {
    pub user_id: UserId,
    pub session_id: SessionId,
}

impl Fact for SessionEnded {
    const KIND: &'static str = "user.logged_out";
}

/// A new user was invited to set a password.
#[derive(Debug, Serialize, Deserialize)]
pub struct UserInvited {
    pub user_id: UserId,
}

impl Fact for UserInvited {
    const KIND: &'static str = "user.invited";
}

/// Somebody, perhaps the user, asked for a link to reset the password.
#[derive(Debug, Serialize, Deserialize)]
pub struct PasswordResetAsked {
    pub user_id: UserId,
}

impl Fact for PasswordResetAsked {
    const KIND: &'static str = "user.password_reset_asked";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct PasswordSet {
    pub user_id: UserId,
}

impl Fact for PasswordSet {
    const KIND: &'static str = "user.password_set";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SecondFactorSet {
    pub user_id: UserId,
}

impl Fact for SecondFactorSet {
    const KIND: &'static str = "user.second_factor_set";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SecondFactorRemoved {
    pub user_id: UserId,
}

impl Fact for SecondFactorRemoved {
    const KIND: &'static str = "user.second_factor_removed";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct KeyMade {
    pub key_id: ApiKeyId,
    pub creator_id: UserId,
}

impl Fact for KeyMade {
    const KIND: &'static str = "api_key.made";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct KeyDeleted {
    pub key_id: ApiKeyId,
}

impl Fact for KeyDeleted {
    const KIND: &'static str = "api_key.deleted";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct TeamChanged {
    pub team_id: TeamId,
}

impl Fact for TeamChanged {
    const KIND: &'static str = "team.changed";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct TeamDeleted {
    pub team_id: TeamId,
}

impl Fact for TeamDeleted {
    const KIND: &'static str = "team.deleted";
}
