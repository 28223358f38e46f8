//! Actions on second factors: set one up, confirm it, check a code, remove it.
//! Free of HTTP and SQL.

use data_encoding::BASE32_NOPAD;

use super::model::{CodeCheck, Enrolment, SecondFactor, normalize_code, totp};
use super::store;
use crate::access::events::{SecondFactorRemoved, SecondFactorSet};
use crate::access::model::User;
use crate::access::tokens::digest;
use crate::kernel::error::{Class, Error, Fault, FaultKind, Refusal, Result};
use crate::kernel::id::{UserId, random_bytes};
use crate::platform::db::Tx;
use crate::platform::events::NO_SUBJECT;

/// Bytes of a secret: as many as SHA-1 has (RFC 4226 §4).
const SECRET_BYTES: usize = 20;
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
