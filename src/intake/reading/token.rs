//! The token of the hosted page: that this server gave the form out, and when. It is signed, and nothing is
//! kept of it. What its age and the number of its uses mean is said in `spam.rs`.

use chrono::Duration;
use data_encoding::BASE64URL_NOPAD;

use crate::access::tokens::Keys;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FormId, random_bytes};

const TIME: usize = 8;
const NONCE: usize = 8;

/// A genuine token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    given_at: Timestamp,
    pub nonce: [u8; NONCE],
}

impl Token {
    /// A new one for a form's page.
    pub fn give(keys: &Keys, form: FormId, now: Timestamp) -> Result<String> {
        let body = [now.millis().to_be_bytes(), random_bytes::<NONCE>()?].concat();
        let seal = keys.seal_form(&[form.as_bytes(), body.as_slice()].concat())?;
        Ok(BASE64URL_NOPAD.encode(&[body, seal].concat()))
    }

    /// The token, if this server gave it out for this form.
    pub fn read(keys: &Keys, form: FormId, text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (body, seal) = bytes.split_at_checked(TIME + NONCE)?;
        if !keys.is_form_seal(&[form.as_bytes(), body].concat(), seal) {
            return None;
        }
        let (time, nonce) = body.split_at_checked(TIME)?;
        Some(Self {
            given_at: Timestamp::from_millis(i64::from_be_bytes(time.try_into().ok()?)),
            nonce: nonce.try_into().ok()?,
        })
    }

    pub fn is_older(&self, than: Duration, now: Timestamp) -> bool {
        self.given_at.plus(than) <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_form_only() {
        let keys = Keys::derive(&"a secret of at least thirty-two bytes".to_owned().into(), None).unwrap();
        let (now, later) = (Timestamp::from_millis(1_000_000), Timestamp::from_millis(1_002_000));
        let (form, other) = (FormId::floor(now), FormId::floor(later));
        let text = Token::give(&keys, form, now).unwrap();
        let token = Token::read(&keys, form, &text).unwrap();
        assert!(token.is_older(Duration::seconds(2), later) && !token.is_older(Duration::seconds(3), later));
        assert_eq!(
            (
                Token::read(&keys, other, &text),
                Token::read(&keys, form, "forged.token"),
                Token::read(&keys, form, "")
            ),
            (None, None, None)
        );
        assert_eq!(Token::read(&keys, form, &text.replace(text.get(..1).unwrap(), "_")), None);
    }
}
