//! The rule for a password, and Argon2id (RFC 9106) hashing on a bounded number of threads.
//! Which password a user has is not known here.

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use zxcvbn::{Score, zxcvbn};

use crate::kernel::error::{Error, Fault, FaultKind, Result};
use crate::kernel::threads::assert_no_database_thread;
use crate::platform::bulkhead::Bulkhead;

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
    hashing: Bulkhead,
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
        // Each takes a CPU for as long as it lasts, and 19 MiB (OWASP: m = 19 MiB, t = 2, p = 1).
        Ok(Self { hashing: Bulkhead::of_half_the_processors("passwords", WAITING), nobody })
    }

    /// Whether the password matches the hash. Without a hash: false, after the same time.
    pub async fn matches(&self, password: String, hash: Option<String>) -> Result<bool> {
        let nobody = Arc::clone(&self.nobody);
        // Without a hash the work is done all the same, and never matches.
        let is_right = move || verify(&password, hash.as_deref().unwrap_or(&nobody)) && hash.is_some();
        self.hashing.run(None, is_right).await
    }

    /// The hash of a new password.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.hashing.run(None, move || hash(&password)).await?
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
