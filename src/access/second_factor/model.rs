//! A second factor as stored, and its codes: TOTP (RFC 6238).
//! Whether a login needs one is decided in `actions.rs`.

use diesel::{Insertable, Queryable, Selectable};
use totp_rs::{Builder, Totp};
use unicode_normalization::UnicodeNormalization;

use super::schema::second_factors;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::UserId;
use crate::platform::db::MultiBackend;

/// Seconds of a time step, and how many steps a clock may be off.
const STEP: u64 = 30;
const SKEW: u16 = 1;

/// A user's second factor as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = second_factors, check_for_backend(MultiBackend),
    treat_none_as_default_value = false)]
pub struct SecondFactor {
    pub user_id: UserId,
    pub secret: Vec<u8>,
    pub confirmed_at: Option<Timestamp>,
    pub last_step: i64,
}

impl SecondFactor {
    /// The time step of a code that is valid now and was not used.
    pub(super) fn matching_step(&self, code: &str, now: Timestamp) -> Result<Option<i64>> {
        let seconds = u64::try_from(now.millis() / 1000).map_err(Error::internal)?;
        let step = totp(&self.secret, "", "")?.check(&normalize_code(code), seconds);
        let step = step.map(i64::try_from).transpose().map_err(Error::internal)?;
        Ok(step.filter(|step| *step > self.last_step))
    }
}

/// Normalizes a typed code: authenticators show `123 456`, and Chinese input methods write full-width digits.
pub(super) fn normalize_code(code: &str) -> String {
    code.nfkc()
        .filter(|c| {
            !c.is_whitespace()
                && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
        })
        .collect::<String>()
        .to_lowercase()
}

pub(super) fn totp(secret: &[u8], account: &str, issuer: &str) -> Result<Totp> {
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
