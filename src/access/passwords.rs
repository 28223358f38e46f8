//! Passwords: their rule, and Argon2id (RFC 9106) on a bounded number of threads, so that logins never crowd out inquiries.
//! Who may set which password is decided in `actions.rs`.

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::kernel::error::{Error, Fault, FaultKind, Result};

/// Characters in a password.
pub const PASSWORD_MIN: usize = 12;
pub const PASSWORD_MAX: usize = 256;
/// Hashes that are computed at the same time; each takes 19 MiB (OWASP: m = 19 MiB, t = 2, p = 1).
const AT_ONCE: usize = 2;
/// Hashes that wait for their turn; beyond it the answer is 503.
const WAITING: usize = 64;

static PASSWORD_LENGTH: FaultKind = FaultKind::new("password_length", "密码须为 12–256 个字符。", "A password has 12 to 256 characters.");

/// The rule for a new password.
pub fn check(pointer: &str, password: &str) -> std::result::Result<(), Fault> {
    let count = password.chars().count();
    if (PASSWORD_MIN..=PASSWORD_MAX).contains(&count) { Ok(()) } else { Err(Fault::new(pointer, &PASSWORD_LENGTH)) }
}

/// The hash of a password as a PHC string, with a salt of its own.
pub fn hash(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|e| Error::internal(e.to_string()))?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Verifies passwords, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    working: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Verified against where there is no user, so that the answer takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    pub fn new() -> Result<Self> {
        // Dear to make, and as good for every app of the process.
        static NOBODY: OnceLock<Arc<str>> = OnceLock::new();
        let nobody = match NOBODY.get() {
            Some(nobody) => Arc::clone(nobody),
            None => {
                let hash = hash("the password of nobody")?;
                Arc::clone(NOBODY.get_or_init(|| hash.into()))
            }
        };
        Ok(Self { working: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::new(Semaphore::new(WAITING)), nobody })
    }

    /// Whether the password fits the hash. Without a hash it takes as long and is false.
    pub async fn fits(&self, password: String, hash: Option<String>) -> Result<bool> {
        let _place = self.waiting.try_acquire().map_err(|_| Error::unavailable("too many logins at once"))?;
        let _turn = self.working.acquire().await.map_err(Error::internal)?;
        let nobody = Arc::clone(&self.nobody);
        // Where there is no hash, the work is done all the same, and never fits.
        let work = move || verify(&password, hash.as_deref().unwrap_or(&nobody)) && hash.is_some();
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
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
        assert!(check("/password", &"密".repeat(12)).is_ok());
        assert!(check("/password", "eleven-char").is_err());
        assert!(check("/password", &"a".repeat(257)).is_err());
    }
}
