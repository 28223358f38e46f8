//! Actions on users: create, update, create the first administrator.
//! Free of HTTP and SQL.

use super::caller::Caller;
use super::events::{UserCreated, UserUpdated};
use super::model::{Locale, Role, User};
use super::{keys, passwords, second_factor, sessions, store, teams};
use crate::kernel::email::{comparable, is_address};
use crate::kernel::error::{
    BAD_FORMAT, Class, Error, Fault, Faults, INVALID, REQUIRED, Refusal, Result, UNKNOWN_ID,
};
use crate::kernel::id::{TeamId, UserId};
use crate::kernel::patch::Patch;
use crate::kernel::precondition::Precondition;
use crate::kernel::text::{NAME_MAX, PHONE_MAX, one_line};
use crate::platform::db::Tx;
use crate::platform::events::NO_SUBJECT;

static EMAIL_TAKEN: Refusal = Refusal::new(
    Class::Conflict,
    "email_taken",
    "该邮箱已被使用。",
    "There is already a user with this e-mail address.",
);
static LAST_ADMIN: Refusal = Refusal::new(
    Class::Conflict,
    "last_admin",
    "至少要保留一名在用的管理员。",
    "At least one active administrator must remain.",
);
/// The input for a new user.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub team_id: Option<TeamId>,
    pub phone: Option<String>,
    pub locale: Option<Locale>,
    pub active: bool,
    /// The hash of a password, if one is given through the command line.
    pub password_hash: Option<String>,
}

impl NewUser {
    fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        if !is_address(&self.email) {
            faults.add(Fault::with(
                "/email",
                &BAD_FORMAT,
                ("邮箱地址，例如 name@example.com", "an e-mail address such as name@example.com"),
            ));
        }
        faults.keep(name("/name", &self.name));
        if let Some(phone) = &self.phone {
            faults.keep(one_line("/phone", phone, PHONE_MAX));
        }
        faults
    }
}

fn name(pointer: &str, name: &str) -> std::result::Result<(), Fault> {
    if name.trim().is_empty() {
        return Err(Fault::new(pointer, &REQUIRED));
    }
    one_line(pointer, name, NAME_MAX)
}

/// Creates a user.
pub fn create(tx: &mut Tx<'_>, new: &NewUser) -> Result<User> {
    let mut faults = new.faults();
    if let Some(team) = new.team_id
        && !teams::store::exists(tx.conn, team)?
    {
        faults.add(Fault::new("/team_id", &UNKNOWN_ID));
    }
    faults.none_or(&INVALID)?;
    let email_key = comparable(&new.email);
    if store::by_email(tx.conn, &email_key)?.is_some() {
        return Err(Error::refuse(&EMAIL_TAKEN));
    }
    let user = User {
        id: tx.id(),
        email: new.email.clone(),
        email_key,
        name: new.name.trim().to_owned(),
        role: new.role,
        team_id: new.team_id,
        phone: new.phone.clone(),
        locale: new.locale,
        active: new.active,
        password_hash: new.password_hash.clone(),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    store::insert(tx, &user)?;
    tx.record(NO_SUBJECT, &UserCreated { user_id: user.id, role: user.role })?;
    if user.active && user.password_hash.is_none() {
        passwords::invite(tx, user.id)?;
    }
    Ok(user)
}

/// The fields of a user that an administrator may change.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<Role>,
    pub team_id: Patch<TeamId>,
    pub phone: Patch<String>,
    pub locale: Patch<Locale>,
    pub active: Option<bool>,
}

/// The fields that users may change on their own account.
#[derive(Debug, Clone, Default)]
pub struct OwnPatch {
    pub name: Option<String>,
    pub phone: Patch<String>,
    pub locale: Patch<Locale>,
}

/// Changes the caller's own account.
pub fn update_self(
    tx: &mut Tx<'_>,
    caller: &Caller,
    patch: &OwnPatch,
    precondition: &Precondition,
) -> Result<User> {
    let OwnPatch { name, phone, locale } = patch.clone();
    update(tx, caller, caller.id, &UserPatch { name, phone, locale, ..UserPatch::default() }, precondition)
}

/// Updates a user. At least one active administrator remains, also under concurrent updates.
pub fn update(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: UserId,
    patch: &UserPatch,
    precondition: &Precondition,
) -> Result<User> {
    let before = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(before.version)?;
    let mut user = before.clone();
    if let Some(email) = &patch.email {
        user.email.clone_from(email);
        user.email_key = comparable(email);
    }
    if let Some(name) = &patch.name {
        name.trim().clone_into(&mut user.name);
    }
    user.role = patch.role.unwrap_or(user.role);
    user.active = patch.active.unwrap_or(user.active);
    user.team_id = patch.team_id.unwrap_or(user.team_id);
    user.phone = patch.phone.clone().unwrap_or(user.phone);
    user.locale = patch.locale.unwrap_or(user.locale);

    let mut faults = NewUser {
        email: user.email.clone(),
        name: user.name.clone(),
        role: user.role,
        team_id: user.team_id,
        phone: user.phone.clone(),
        locale: user.locale,
        active: user.active,
        password_hash: None,
    }
    .faults();
    if let Some(team) = user.team_id.filter(|_| user.team_id != before.team_id)
        && !teams::store::exists(tx.conn, team)?
    {
        faults.add(Fault::new("/team_id", &UNKNOWN_ID));
    }
    faults.none_or(&INVALID)?;
    if user.email_key != before.email_key && store::by_email(tx.conn, &user.email_key)?.is_some() {
        return Err(Error::refuse(&EMAIL_TAKEN));
    }
    let is_admin = |user: &User| user.role == Role::Admin && user.active && user.password_hash.is_some();
    if is_admin(&before) && !is_admin(&user) && store::lock_admins(tx)? <= 1 {
        return Err(Error::refuse(&LAST_ADMIN));
    }

    let changed = changed_members(&before, &user);
    if changed.is_empty() {
        return Ok(before);
    }
    user.updated_at = tx.now;
    user.version = before.version.saturating_add(1);
    store::update(tx, &user, before.version)?;
    if !user.active {
        sessions::end_all(tx, user.id, None)?;
        keys::store::delete_by_creator(tx, user.id)?;
    }
    if !user.active || user.email_key != before.email_key {
        // A link may still be in the mailbox of the old address.
        passwords::store::end_links(tx, user.id)?;
    }
    if user.active && user.password_hash.is_none() && (!before.active || user.email_key != before.email_key) {
        passwords::invite(tx, user.id)?;
    }
    tx.record(NO_SUBJECT, &UserUpdated { user_id: user.id, changed })?;
    Ok(user)
}

fn changed_members(before: &User, after: &User) -> Vec<String> {
    let members = [
        ("email", before.email != after.email),
        ("name", before.name != after.name),
        ("role", before.role != after.role),
        ("team_id", before.team_id != after.team_id),
        ("phone", before.phone != after.phone),
        ("locale", before.locale != after.locale),
        ("active", before.active != after.active),
    ];
    members.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name.to_owned()).collect()
}

/// Removes the second factor of a user within reach who has lost it, and ends their sessions, which whoever
/// found it may be using.
pub fn remove_second_factor(tx: &mut Tx<'_>, caller: &Caller, user: UserId) -> Result<()> {
    let user = store::find(tx.conn, &caller.scope, user)?.ok_or_else(Error::not_found)?;
    second_factor::remove(tx, user.id)?;
    sessions::end_all(tx, user.id, None)
}

/// Creates the first administrator, if there are no users yet.
pub fn create_first_admin(tx: &mut Tx<'_>, email: &str, password_hash: &str) -> Result<Option<User>> {
    if store::count(tx.conn)? > 0 {
        return Ok(None);
    }
    let new = NewUser {
        email: email.to_owned(),
        name: "Admin".to_owned(),
        role: Role::Admin,
        team_id: None,
        phone: None,
        locale: None,
        active: true,
        password_hash: Some(password_hash.to_owned()),
    };
    create(tx, &new).map(Some)
}

/// Checks a password given on the command line against the password rule and hashes it. `of`: the user's name
/// and address, which it may not consist of.
pub fn check_and_hash(password: &str, of: &[&str]) -> Result<String> {
    passwords::check("/password", password, of).map_err(|fault| Error::invalid(vec![fault]))?;
    passwords::hash(password)
}
