//! The demo's staff: creates teams and users, and finds them by number.
//! Their names are in `data.rs`.

use super::data::{self, Person};
use crate::access::actions::{self, NewUser};
use crate::access::{self, Caller, Permission, Role, Scope, User};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{TeamId, UserId};
use crate::platform::db::Tx;

/// The users of the demo.
#[derive(Debug, Clone)]
pub struct Staff(Vec<User>);

impl Staff {
    /// Creates the teams and the users; an administrator only if `with_admin`.
    pub fn make(tx: &mut Tx<'_>, password_hash: &str, with_admin: bool) -> Result<Self> {
        let mut teams = Vec::new();
        for name in data::TEAMS {
            teams.push(access::teams::find_or_create(tx, name)?.id);
        }
        let admin = with_admin.then_some(&data::ADMIN);
        let mut users = Vec::new();
        for person in admin.into_iter().chain(data::STAFF) {
            let team = person.team.and_then(|place| teams.get(place)).copied();
            users.push(actions::create(tx, &new_user(person, team, password_hash))?);
        }
        Ok(Self(users))
    }

    pub fn all(&self) -> &[User] {
        &self.0
    }

    pub fn user(&self, id: UserId) -> Result<&User> {
        self.0
            .iter()
            .find(|user| user.id == id)
            .ok_or_else(|| Error::internal("an inquiry belongs to somebody who is not of the demo"))
    }

    /// The user of this number among those of a role, wrapping around.
    pub fn by_number(&self, role: Role, number: usize) -> Result<&User> {
        self.0.iter().filter(|user| user.role == role).cycle().nth(number).ok_or_else(nobody)
    }

    /// Who leads a team.
    pub fn manager_of(&self, team: Option<TeamId>) -> Result<&User> {
        self.0.iter().find(|user| user.role == Role::Manager && user.team_id == team).ok_or_else(nobody)
    }

    /// Another agent of the same team, the next one after them.
    pub fn colleague_of(&self, agent: &User) -> Result<&User> {
        let team = || self.0.iter().filter(|user| user.role == Role::Agent && user.team_id == agent.team_id);
        let after = team().find(|user| user.id > agent.id);
        after.or_else(|| team().next()).ok_or_else(nobody)
    }
}

fn nobody() -> Error {
    Error::internal("nobody of the demo has this place")
}

fn new_user(person: &Person, team_id: Option<TeamId>, password_hash: &str) -> NewUser {
    NewUser {
        email: address(person),
        name: person.name.to_owned(),
        role: person.role,
        team_id,
        phone: None,
        locale: None,
        active: true,
        password_hash: Some(password_hash.to_owned()),
    }
}

fn address(person: &Person) -> String {
    format!("{}@example.com", person.address)
}

/// A user as the caller of an action, with the reach of the permission.
pub fn caller(user: &User, permission: Permission) -> Caller {
    let scope = Scope { user: user.id, team: user.team_id, reach: permission.reach(user.role) };
    Caller { id: user.id, role: user.role, team_id: user.team_id, scope, credential: None }
}
