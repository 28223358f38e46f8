//! The caller of a request: who they are, and by which credential.
//! How a request is authenticated is in `guard.rs`, what a role may do in `policy.rs`.

use super::model::{Role, User};
use super::policy::{KeyScope, Permission, Reach, Scope};
use crate::kernel::id::{ApiKeyId, SessionId, TeamId, UserId};

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
    /// The scopes of the API key in use; none for whoever may do all that their role may.
    pub key_scopes: Option<Vec<KeyScope>>,
}

impl Caller {
    /// A user for whom the program acts itself, with the reach of a permission.
    pub fn on_behalf_of(user: &User, permission: Permission) -> Self {
        let scope = Scope { user: user.id, team: user.team_id, reach: permission.reach(user.role) };
        Self {
            id: user.id,
            role: user.role,
            team_id: user.team_id,
            scope,
            credential: None,
            key_scopes: None,
        }
    }

    /// Whether they may do this, too, in whatever reach.
    pub fn may(&self, permission: Permission) -> bool {
        permission.reach(self.role) != Reach::Nothing && permission.is_in(self.key_scopes.as_deref())
    }
}

/// The credential of a caller: an access token's session, or an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialId {
    /// An access token of this session.
    Session(SessionId),
    Key(ApiKeyId),
}

/// The principal of a credential, with role and team as they are in the database now.
pub struct Principal {
    pub user: UserId,
    pub role: Role,
    pub team: Option<TeamId>,
    pub credential: CredentialId,
    /// The scopes of an API key; none for a session, which may do all that its user may.
    pub scopes: Option<Vec<KeyScope>>,
}
