//! Passwords: the rule, Argon2id (RFC 9106) hashing on a bounded number of threads, and the links by which
//! they are set. Sessions, which a password begins, are in `sessions`.

pub mod api;
pub mod attempts;
mod pages;
pub mod requests;
pub mod store;

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use chrono::Duration;
use diesel::{Insertable, Queryable, Selectable};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use super::events::{PasswordResetAsked, PasswordSet, UserInvited};
use super::model::{Caller, CredentialId, USER, User};
use super::sessions;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Fault, FaultKind, Refusal, Result};
use crate::kernel::id::{PasswordLinkId, UserId};
use crate::kernel::threads::assert_no_database_thread;
use crate::platform::db::{Actor, DbConnection, MultiBackend, Tx, lost_race};
use crate::platform::events::NO_SUBJECT;
use crate::text_enum;

/// Characters in a password.
pub const PASSWORD_MIN: usize = 12;
pub const PASSWORD_MAX: usize = 256;
/// Characters that must remain of a password without the user's name and address.
const BESIDE_MIN: usize = 8;
/// Length of the queue for hashing; beyond it the answer is 503.
const WAITING: usize = 256;

static PASSWORD_LENGTH: FaultKind =
    FaultKind::new("password_length", "密码须为 12–256 个字符。", "A password has 12 to 256 characters.");

static PASSWORD_COMMON: FaultKind = FaultKind::new(
    "password_common",
    "该密码太容易被猜到：不要使用常见密码、姓名、邮箱或产品名称。",
    "This password is too easy to guess. Do not use a common password, your name, your e-mail address or the \
    name of the product.",
);

/// The rule for a new password. `of`: words about the user, such as name and address, which it may not
/// consist of. Common passwords are recognised by zxcvbn, offline.
pub fn check(pointer: &str, password: &str, of: &[&str]) -> std::result::Result<(), Fault> {
    if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&password.chars().count()) {
        return Err(Fault::new(pointer, &PASSWORD_LENGTH));
    }
    let mut context: Vec<&str> = vec!["leaddock"];
    context.extend(
        of.iter().flat_map(|word| word.split(['@', '.', ' '])).filter(|word| word.chars().count() > 2),
    );
    context.extend(of);
    let beside =
        context.iter().fold(password.to_lowercase(), |rest, word| rest.replace(&word.to_lowercase(), ""));
    if beside.chars().count() < BESIDE_MIN || zxcvbn(password, &context).score() < Score::Three {
        return Err(Fault::new(pointer, &PASSWORD_COMMON));
    }
    Ok(())
}

/// Hashes a password with a random salt, as a PHC string.
pub fn hash(password: &str) -> Result<String> {
    assert_no_database_thread("hashing a password");
    let hash =
        Argon2::default().hash_password(password.as_bytes()).map_err(|e| Error::internal(e.to_string()))?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    assert_no_database_thread("checking a password");
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Hashes and verifies passwords on a bounded number of threads.
#[derive(Clone)]
pub struct Passwords {
    working: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// A dummy hash to verify against where there is no user, so that the response time is the same.
    nobody: Arc<str>,
}

impl Passwords {
    pub fn new() -> Result<Self> {
        // Expensive to compute, and shared by all apps of the process.
        static DUMMY_HASH: OnceLock<Arc<str>> = OnceLock::new();
        let nobody = match DUMMY_HASH.get() {
            Some(nobody) => Arc::clone(nobody),
            None => {
                let hash = hash("the password of nobody")?;
                Arc::clone(DUMMY_HASH.get_or_init(|| hash.into()))
            }
        };
        // Each takes a CPU for as long as it lasts, and 19 MiB (OWASP: m = 19 MiB, t = 2, p = 1): half of the
        // CPUs stay free.
        let at_once = std::thread::available_parallelism().map_or(1, |cpus| cpus.get() / 2).clamp(1, 4);
        Ok(Self {
            working: Arc::new(Semaphore::new(at_once)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            nobody,
        })
    }

    /// Whether the password matches the hash. Without a hash: false, after the same time.
    pub async fn matches(&self, password: String, hash: Option<String>) -> Result<bool> {
        let nobody = Arc::clone(&self.nobody);
        // Without a hash the work is done all the same, and never matches.
        self.run_limited(move || verify(&password, hash.as_deref().unwrap_or(&nobody)) && hash.is_some())
            .await
    }

    /// The hash of a new password.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run_limited(move || hash(&password)).await?
    }

    async fn run_limited<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = self.waiting.try_acquire().map_err(|_| Error::unavailable("too many logins at once"))?;
        let _turn = self.working.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

// ---- links

/// How long a link is valid.
const RESET_LIFE: Duration = Duration::hours(1);
const INVITATION_LIFE: Duration = Duration::days(3);
/// Links to reset a password that one account gets in an hour.
const RESETS_AN_HOUR: i64 = 5;

static INVALID_TOKEN: Refusal = Refusal::new(
    Class::Invalid,
    "invalid_token",
    "链接无效、已使用或已过期，请重新申请。",
    "This link is not valid, has been used, or is too old. Ask for a new one.",
);

text_enum! {
    /// What a link is for.
    pub enum Purpose {
        Reset => "reset",
        Invitation => "invitation",
    }
}

/// A single-use link to set a password.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = store::password_links, check_for_backend(MultiBackend),
    treat_none_as_default_value = false)]
pub struct PasswordLink {
    pub id: PasswordLinkId,
    pub user_id: UserId,
    pub purpose: Purpose,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Creates a link, which invalidates the user's older ones, and has it mailed.
fn make_link(tx: &mut Tx<'_>, user: UserId, purpose: Purpose) -> Result<()> {
    let life = match purpose {
        Purpose::Reset => RESET_LIFE,
        Purpose::Invitation => INVITATION_LIFE,
    };
    store::end_links(tx, user)?;
    let link = PasswordLink {
        id: tx.id(),
        user_id: user,
        purpose,
        created_at: tx.now,
        expires_at: tx.now.plus(life),
        ended_at: None,
    };
    store::insert(tx, &link)?;
    match purpose {
        Purpose::Reset => tx.record(NO_SUBJECT, &PasswordResetAsked { user_id: user })?,
        Purpose::Invitation => tx.record(NO_SUBJECT, &UserInvited { user_id: user })?,
    };
    Ok(())
}

/// Invites a new user to set a password.
pub fn invite(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    make_link(tx, user, Purpose::Invitation)
}

/// Sends a link to the active user with this address, if there is one who has not asked too often. The caller
/// must not reveal whether there is.
pub fn send_reset_link(tx: &mut Tx<'_>, email_key: &str) -> Result<Option<UserId>> {
    let Some(user) = super::store::by_email(tx.conn, email_key)?.filter(|user| user.active) else {
        return Ok(None);
    };
    if store::made_since(tx.conn, user.id, Purpose::Reset, tx.now.minus(Duration::hours(1)))? < RESETS_AN_HOUR
    {
        make_link(tx, user.id, Purpose::Reset)?;
    }
    Ok(Some(user.id))
}

/// The user whose password a link may set now.
pub fn user_of_link(conn: &mut DbConnection, now: Timestamp, link: Option<PasswordLinkId>) -> Result<User> {
    let invalid = || Error::refuse(&INVALID_TOKEN);
    let link = match link {
        Some(id) => store::find(conn, id)?
            .filter(|link| link.ended_at.is_none() && link.expires_at > now)
            .ok_or_else(invalid)?,
        None => return Err(invalid()),
    };
    super::store::by_id(conn, link.user_id)?.filter(|user| user.active).ok_or_else(invalid)
}

/// Sets a password with a link, consumes the link, and ends all sessions of its user.
pub fn set_by_link(tx: &mut Tx<'_>, link: PasswordLinkId, hash: &str) -> Result<UserId> {
    let user = user_of_link(tx.conn, tx.now, Some(link))?;
    if !store::end_link(tx, link)? {
        return Err(Error::refuse(&INVALID_TOKEN));
    }
    tx.context.actor = Actor::new(USER, user.id);
    set(tx, &user, hash)?;
    sessions::end_all(tx, user.id, None)?;
    Ok(user.id)
}

/// Stores a new password hash, if the user is unchanged since it was read.
fn set(tx: &mut Tx<'_>, user: &User, hash: &str) -> Result<()> {
    let after = User {
        password_hash: Some(hash.to_owned()),
        updated_at: tx.now,
        version: user.version.saturating_add(1),
        ..user.clone()
    };
    if !super::store::update(tx, &after, user.version)? {
        return Err(lost_race(diesel::result::Error::NotFound));
    }
    store::end_links(tx, user.id)?;
    tx.record(NO_SUBJECT, &PasswordSet { user_id: user.id }).map(drop)
}

/// Changes the caller's password and ends their other sessions. `checked`: the hash that the current password
/// was verified against.
pub fn change(tx: &mut Tx<'_>, caller: &Caller, checked: &str, hash: &str) -> Result<()> {
    let user = super::store::by_id(tx.conn, caller.id)?.ok_or_else(Error::not_found)?;
    if user.password_hash.as_deref() != Some(checked) {
        return Err(lost_race(diesel::result::Error::NotFound));
    }
    set(tx, &user, hash)?;
    let kept = match caller.credential {
        Some(CredentialId::Session(session)) => Some(session),
        _ => None,
    };
    sessions::end_all(tx, caller.id, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let kept = hash("correct-horse-battery").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("correct-horse-battery", &kept) && !verify("correct-horse-batterz", &kept));
        assert_ne!(kept, hash("correct-horse-battery").unwrap(), "a salt of its own");
        assert!(!verify("x", "no hash"));
    }

    #[test]
    fn length_counts_characters() {
        assert!(check("/password", "春眠不觉晓处处闻啼鸟夜来", &[]).is_ok());
        assert!(check("/password", "kq7-Zrt_9pw", &[]).is_err(), "eleven");
        assert!(check("/password", &"kq7-Zrt_9p".repeat(26), &[]).is_err());
    }

    #[test]
    fn what_is_common_or_says_who_it_is_of_is_no_password() {
        let of = ["zhoutao@example.com", "Zhou Tao", "Suzhou Park"];
        for password in [
            "password1234",
            "123456789012",
            "qwertyuiopas",
            "aaaaaaaaaaaaaaaa",
            "iloveyou2024",
            "leaddockleaddock",
            "zhoutao@example.com",
            "zhoutaozhoutao",
            "Zhou Tao Zhou Tao",
            "Suzhou Park 1",
        ] {
            assert!(check("/password", password, &of).is_err(), "{password}");
        }
        for password in ["correct-horse-battery", "a-brand-new-passphrase-77", "vX9#kk2!LmQz"] {
            assert!(check("/password", password, &of).is_ok(), "{password}");
        }
    }
}
