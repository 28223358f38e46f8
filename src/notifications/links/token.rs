//! The tokens of links: `{action}.{payload}.{mac}`, signed with a key of their own (HMAC-SHA256).
//! Nothing is stored of them; what was done with one is in `store.rs`.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use super::model::{Action, Tap};
use crate::access::tokens::{Keys, MacKeys};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::Id;

/// What the signing keys are derived for.
const PURPOSE: &str = "leaddock one-tap link 1";
const ID: usize = 16;
const TIME: usize = 8;

/// Issues and verifies the tokens of links.
#[derive(Clone)]
pub struct LinkTokens(MacKeys);

impl LinkTokens {
    pub fn new(keys: &Keys) -> Self {
        Self(keys.mac_keys(PURPOSE))
    }

    pub fn issue(&self, tap: &Tap) -> Result<String> {
        let nil = Uuid::nil();
        // Only the links that leave a schedule have one behind the rest.
        let schedule = tap.schedule.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
        let payload = [
            tap.message.as_bytes(),
            tap.user.as_bytes(),
            &tap.expires_at.millis().to_be_bytes(),
            tap.inquiry.map_or(nil, |id| id.uuid()).as_bytes(),
            tap.plan.map_or(nil, |id| id.uuid()).as_bytes(),
            schedule.as_slice(),
        ]
        .concat();
        let mac = self.0.sign(&signed(tap.action.word(), &payload))?;
        let (payload, mac) = (BASE64URL_NOPAD.encode(&payload), BASE64URL_NOPAD.encode(&mac));
        Ok(format!("{}.{payload}.{mac}", tap.action.word()))
    }

    /// What a token is for, if this installation issued it. Whether it serves any more is not asked here.
    pub fn verified(&self, token: &str) -> Option<Tap> {
        let (word, rest) = token.split_once('.')?;
        let (payload, mac) = rest.split_once('.')?;
        let action = Action::from_word(word)?;
        let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
        let mac = BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
        if !self.0.verify(&signed(word, &payload), &mac) {
            return None;
        }
        let (message, rest) = payload.split_at_checked(ID)?;
        let (user, rest) = rest.split_at_checked(ID)?;
        let (expires_at, rest) = rest.split_at_checked(TIME)?;
        let (inquiry, rest) = rest.split_at_checked(ID)?;
        let (plan, schedule) = rest.split_at_checked(ID)?;
        let id = |bytes: &[u8]| Uuid::from_slice(bytes).ok();
        let some = |bytes: &[u8]| id(bytes).map(|id| Some(id).filter(|id| !id.is_nil()));
        Some(Tap {
            action,
            message: Id::from_uuid(id(message)?),
            user: Id::from_uuid(id(user)?),
            expires_at: Timestamp::from_millis(i64::from_be_bytes(expires_at.try_into().ok()?)),
            inquiry: some(inquiry)?.map(Id::from_uuid),
            plan: some(plan)?.map(Id::from_uuid),
            schedule: if schedule.is_empty() { None } else { some(schedule)?.map(Id::from_uuid) },
        })
    }
}

fn signed(action: &str, payload: &[u8]) -> Vec<u8> {
    [action.as_bytes(), b".", payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::{FollowUpId, InquiryId, NotificationId, ReportScheduleId, UserId};

    #[test]
    fn a_token_is_what_was_issued_and_nothing_else() {
        let keys = Keys::derive(&"a secret of at least thirty-two bytes".to_owned().into(), None).unwrap();
        let tokens = LinkTokens::new(&keys);
        let at = Timestamp::from_millis(1_795_000_000_123);
        let (message, user) = (NotificationId::floor(at), UserId::floor(at));
        let (inquiry, plan) = (InquiryId::floor(at), FollowUpId::floor(at));
        let taps = [
            Tap::about(Action::Accept, message, user, at, inquiry, None),
            Tap::about(Action::NoAnswer, message, user, at, inquiry, Some(plan)),
            Tap::unsubscribe(message, user, at),
            Tap::leave(message, user, at, ReportScheduleId::floor(at)),
        ];
        for tap in taps {
            let token = tokens.issue(&tap).unwrap();
            assert_eq!(tokens.verified(&token), Some(tap), "{token}");
            for (place, byte) in token.bytes().enumerate() {
                let other = if byte == b'A' { 'B' } else { 'A' };
                let forged = format!("{}{other}{}", &token[..place], &token[place + 1..]);
                assert_eq!(tokens.verified(&forged), None, "{forged}");
            }
            for forged in [token.replace("accept.", "reached."), format!("{token}="), format!("{token}.x")] {
                assert!(forged == token || tokens.verified(&forged).is_none(), "{forged}");
            }
        }
        for nothing in ["", ".", "..", "accept", "accept..", "accept.AAAA.AAAA", "x.y.z"] {
            assert_eq!(tokens.verified(nothing), None, "{nothing}");
        }
    }
}
