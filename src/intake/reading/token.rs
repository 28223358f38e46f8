//! The token of the hosted page: that this server issued the form, and when. It is signed, and nothing is
//! stored of it. What its age and the number of its uses mean is in `spam.rs`.

use chrono::Duration;
use data_encoding::BASE64URL_NOPAD;

use crate::access::tokens::{Keys, MacKeys};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FormId, random_bytes};

/// What the signing keys are derived for.
const PURPOSE: &str = "leaddock form page 1";
const TIME: usize = 8;
const NONCE: usize = 8;

/// Issues and verifies the tokens of hosted pages.
#[derive(Clone)]
pub struct PageTokens(MacKeys);

/// A genuine token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken {
    issued_at: Timestamp,
    pub nonce: [u8; NONCE],
}

impl PageTokens {
    pub fn new(keys: &Keys) -> Self {
        Self(keys.mac_keys(PURPOSE))
    }

    /// A new token for a form's page.
    pub fn issue(&self, form: FormId, now: Timestamp) -> Result<String> {
        let body = [now.millis().to_be_bytes(), random_bytes::<NONCE>()?].concat();
        let mac = self.0.sign(&[form.as_bytes(), body.as_slice()].concat())?;
        Ok(BASE64URL_NOPAD.encode(&[body, mac].concat()))
    }

    /// The token, if this installation issued it for this form.
    pub fn verified(&self, form: FormId, text: &str) -> Option<PageToken> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (body, mac) = bytes.split_at_checked(TIME + NONCE)?;
        if !self.0.verify(&[form.as_bytes(), body].concat(), mac) {
            return None;
        }
        let (time, nonce) = body.split_at_checked(TIME)?;
        Some(PageToken {
            issued_at: Timestamp::from_millis(i64::from_be_bytes(time.try_into().ok()?)),
            nonce: nonce.try_into().ok()?,
        })
    }
}

impl PageToken {
    pub fn is_older(&self, than: Duration, now: Timestamp) -> bool {
        self.issued_at.plus(than) <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_form_only() {
        let keys = Keys::derive(&"a secret of at least thirty-two bytes".to_owned().into(), None).unwrap();
        let tokens = PageTokens::new(&keys);
        let (now, later) = (Timestamp::from_millis(1_000_000), Timestamp::from_millis(1_002_000));
        let (form, other) = (FormId::floor(now), FormId::floor(later));
        let text = tokens.issue(form, now).unwrap();
        let token = tokens.verified(form, &text).unwrap();
        assert!(token.is_older(Duration::seconds(2), later) && !token.is_older(Duration::seconds(3), later));
        let refused = [(other, text.as_str()), (form, "forged.token"), (form, "")];
        assert_eq!(refused.map(|(form, text)| tokens.verified(form, text)), [None, None, None]);
        assert_eq!(tokens.verified(form, &text.replace(text.get(..1).unwrap(), "_")), None);
    }
}
