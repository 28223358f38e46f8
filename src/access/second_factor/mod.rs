//! Two-factor authentication: TOTP (RFC 6238) and recovery codes. A code can be used once.
//! Whether a login needs one is decided here; the login itself is in `sessions`.

pub mod api;
pub mod store;

use data_encoding::BASE32_NOPAD;
use diesel::{Insertable, Queryable, Selectable};
use totp_rs::{Builder, Totp};
use unicode_normalization::UnicodeNormalization;

use super::events::{SecondFactorRemoved, SecondFactorSet};
use super::model::{Caller, User};
use super::sessions;
use super::tokens::digest;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Fault, FaultKind, Refusal, Result};
use crate::kernel::id::{UserId, random_bytes};
use crate::platform::db::{MultiBackend, Tx};
use crate::platform::events::NO_SUBJECT;

/// Bytes of a secret: as many as SHA-1 has (RFC 4226 §4).
const SECRET_BYTES: usize = 20;
/// Seconds of a time step, and how many steps a clock may be off.
const STEP: u64 = 30;
const SKEW: u16 = 1;
const RECOVERY_CODES: usize = 10;

static ALREADY_ENABLED: Refusal = Refusal::new(
    Class::Conflict,
    "totp_in_force",
    "验证器已启用。如需更换，请先停用。",
    "A second factor is already active. Remove it first, then set up another one.",
);
static WRONG_CODE: FaultKind = FaultKind::new(
    "wrong_code",
    "验证码不正确，或已使用过。",
    "This code is wrong, or has been used already.",
);

/// A user's second factor as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = store::second_factors, check_for_backend(MultiBackend),
    treat_none_as_default_value = false)]
pub struct SecondFactor {
    pub user_id: UserId,
    pub secret: Vec<u8>,
    pub confirmed_at: Option<Timestamp>,
    pub last_step: i64,
}

impl SecondFactor {
    /// The time step of a code that is valid now and was not used.
    fn matching_step(&self, code: &str, now: Timestamp) -> Result<Option<i64>> {
        let seconds = u64::try_from(now.millis() / 1000).map_err(Error::internal)?;
        let step = totp(&self.secret, "", "")?.check(&normalize_code(code), seconds);
        let step = step.map(i64::try_from).transpose().map_err(Error::internal)?;
        Ok(step.filter(|step| *step > self.last_step))
    }
}

/// Normalizes a typed code: authenticators show `123 456`, and Chinese input methods write full-width digits.
fn normalize_code(code: &str) -> String {
    code.nfkc()
        .filter(|c| {
            !c.is_whitespace()
                && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
        })
        .collect::<String>()
        .to_lowercase()
}

fn totp(secret: &[u8], account: &str, issuer: &str) -> Result<Totp> {
    let builder = Builder::new().with_secret(secret).with_step_duration(STEP).with_skew(SKEW);
    // A colon would end the issuer's name in the address (Key Uri Format).
    let builder =
        builder.with_account_name(account.replace(':', " ")).with_issuer(Some(issuer.replace(':', " ")));
    builder.build().map_err(|error| Error::internal(error.to_string()))
}

/// What an authenticator is set up with; shown once.
#[derive(Debug)]
pub struct Enrolment {
    /// Base32 (RFC 4648), without padding.
    pub secret: String,
    pub otpauth_url: String,
    pub recovery_codes: Vec<String>,
}

/// Creates a secret, in force once confirmed by a code. An unconfirmed one is replaced.
pub fn enrol(tx: &mut Tx<'_>, user: &User, issuer: &str) -> Result<Enrolment> {
    if store::find(tx.conn, user.id)?.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Err(Error::refuse(&ALREADY_ENABLED));
    }
    store::remove(tx, user.id)?;
    let secret = random_bytes::<SECRET_BYTES>()?;
    store::insert(
        tx,
        &SecondFactor { user_id: user.id, secret: secret.to_vec(), confirmed_at: None, last_step: 0 },
    )?;
    let mut recovery_codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = BASE32_NOPAD.encode(&random_bytes::<10>()?).to_lowercase();
        store::insert_recovery(tx, user.id, &digest(&code))?;
        let (front, back) = code.split_at(8);
        recovery_codes.push(format!("{front}-{back}"));
    }
    let otpauth_url =
        totp(&secret, &user.email, issuer)?.to_url().map_err(|error| Error::internal(error.to_string()))?;
    Ok(Enrolment { secret: BASE32_NOPAD.encode(&secret), otpauth_url, recovery_codes })
}

/// Confirms a secret with one of its codes.
pub fn confirm(tx: &mut Tx<'_>, user: UserId, code: &str) -> Result<()> {
    let wrong = || Error::invalid(vec![Fault::new("/code", &WRONG_CODE)]);
    let factor = store::find(tx.conn, user)?.ok_or_else(wrong)?;
    if factor.confirmed_at.is_some() {
        return Err(Error::refuse(&ALREADY_ENABLED));
    }
    let step = factor.matching_step(code, tx.now)?.ok_or_else(wrong)?;
    if !store::use_step(tx, user, step)? {
        return Err(wrong());
    }
    store::confirm(tx, user)?;
    tx.record(NO_SUBJECT, &SecondFactorSet { user_id: user }).map(drop)
}

/// Removes a user's second factor.
pub fn remove(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    if !store::remove(tx, user)? {
        return Err(Error::not_found());
    }
    tx.record(NO_SUBJECT, &SecondFactorRemoved { user_id: user }).map(drop)
}

/// Removes the second factor of a user within reach who has lost it, and ends their sessions, which whoever
/// found it may be using.
pub fn remove_for_user(tx: &mut Tx<'_>, caller: &Caller, user: UserId) -> Result<()> {
    let user = super::store::find(tx.conn, &caller.scope, user)?.ok_or_else(Error::not_found)?;
    remove(tx, user.id)?;
    sessions::end_all(tx, user.id, None)
}

/// The result of checking a login's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeCheck {
    /// No second factor is in force.
    NotWanted,
    Missing,
    Wrong,
    /// It was right, and is consumed.
    Right,
}

/// Checks the code of a login, and consumes it.
pub fn check(tx: &mut Tx<'_>, user: UserId, code: Option<&str>) -> Result<CodeCheck> {
    let Some(factor) = store::find(tx.conn, user)?.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(CodeCheck::NotWanted);
    };
    let Some(code) = code else { return Ok(CodeCheck::Missing) };
    let right = match factor.matching_step(code, tx.now)? {
        Some(step) => store::use_step(tx, user, step)?,
        None => store::use_recovery(tx, user, &digest(&normalize_code(code)))?,
    };
    Ok(if right { CodeCheck::Right } else { CodeCheck::Wrong })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA-1, the last six of eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let factor = |last_step| SecondFactor {
            user_id: UserId::floor(Timestamp::from_millis(0)),
            secret: b"12345678901234567890".to_vec(),
            confirmed_at: None,
            last_step,
        };
        for (seconds, code, step) in
            [(59, "287082", 1), (1_111_111_109, "081804", 37_037_036), (2_000_000_000, "279037", 66_666_666)]
        {
            let at = |offset: i64| Timestamp::from_millis((seconds + offset) * 1000);
            assert_eq!(factor(0).matching_step(code, at(0)).unwrap(), Some(step));
            assert_eq!(factor(0).matching_step(code, at(30)).unwrap(), Some(step), "one step late");
            assert_eq!(factor(0).matching_step(code, at(90)).unwrap(), None, "too late");
            assert_eq!(factor(step).matching_step(code, at(0)).unwrap(), None, "a code counts once");
            assert_eq!(factor(0).matching_step("000000", at(0)).unwrap(), None);
            let (front, back) = code.split_at(3);
            let wide: String = code.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
            for typed in [
                format!("{front} {back}"),
                format!(" {code}\n"),
                format!("{front}-{back}"),
                format!("{front}\u{a0}{back}"),
                format!("{front}\u{3000}{back}"),
                wide,
            ] {
                assert_eq!(factor(0).matching_step(&typed, at(0)).unwrap(), Some(step), "{typed:?}");
            }
            for wrong in [
                front.to_owned(),
                format!("{code}0"),
                format!("{front}x{back}"),
                String::new(),
                " ".to_owned(),
            ] {
                assert_eq!(factor(0).matching_step(&wrong, at(0)).unwrap(), None, "{wrong:?}");
            }
        }
    }
}
