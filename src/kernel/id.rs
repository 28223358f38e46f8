//! Identifiers: a UUIDv7 inside, `prefix_base32` outside; and the one source that makes them.
//! What an id points to is known by the rooms, not here.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::clock::Timestamp;

/// What an id names, and the prefix it is written with.
pub trait Kind: Send + Sync + 'static {
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $alias:ident = $kind:ident $prefix:literal),* $(,)?) => {
        /// The kinds of things that have ids.
        pub mod kind {
            $(#[derive(Debug)] pub enum $kind {})*
        }
        $(
            impl Kind for kind::$kind { const PREFIX: &'static str = $prefix; }
            $(#[$doc])* pub type $alias = Id<kind::$kind>;
        )*
    };
}

kinds! {
    InquiryId = Inquiry "inq",
    UserId = User "usr",
    TeamId = Team "team",
    SessionId = Session "ses",
    PasswordLinkId = PasswordLink "pwl",
    PasswordResetRequestId = PasswordResetRequest "prr",
    ApiKeyId = ApiKey "key",
    AuditId = AuditEntry "aud",
    FormId = Form "frm",
    ReceiptId = Receipt "rcp",
    FollowUpId = FollowUp "fup",
    RuleId = Rule "rule",
    EventId = Event "evt",
    NotificationId = Notification "ntf",
    RequestId = Request "req",
    WebhookId = Webhook "hook",
    WebhookDeliveryId = WebhookDelivery "dlv",
    RobotId = Robot "chn",
    ReportScheduleId = ReportSchedule "rsc",
    ReportRunId = ReportRun "run",
}

/// An id of one kind. Ids sort by the time they were made for; within a millisecond by a counter.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

/// Width of the counter that orders the ids of one millisecond.
const COUNTER_BITS: u32 = 21;
const COUNTER_MASK: u64 = (1 << COUNTER_BITS) - 1;

impl<K> Id<K> {
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    pub const fn uuid(&self) -> Uuid {
        self.0
    }

    pub const fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The smallest id of a moment: ids made at or after `at` are not below it.
    pub fn floor(at: Timestamp) -> Self {
        Self::from_uuid(compose(at, 0, 0))
    }

    /// The moment at which it was made, in milliseconds since 1970.
    pub fn millis(&self) -> i64 {
        let (high, _) = self.0.as_u64_pair();
        i64::try_from(high >> 16).unwrap_or(i64::MAX)
    }

    /// The front of the id as one integer (milliseconds, then the counter), in the order of the ids.
    /// The ids of one process differ in it.
    pub fn front(&self) -> i64 {
        let (high, low) = self.0.as_u64_pair();
        let counter = ((high & 0xfff) << 9) | ((low >> 53) & 0x1ff);
        let front = ((high >> 16) << COUNTER_BITS) | counter;
        i64::try_from(front & 0x7fff_ffff_ffff_ffff).unwrap_or(i64::MAX)
    }
}

/// A UUIDv7 (RFC 9562) whose `rand_a` and the first nine bits of `rand_b` hold the counter.
fn compose(at: Timestamp, counter: u64, random: u64) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    let counter = counter & COUNTER_MASK;
    let high = (millis << 16) | 0x7000 | (counter >> 9);
    let low = (0b10 << 62) | ((counter & 0x1ff) << 53) | (random & ((1 << 53) - 1));
    Uuid::from_u64_pair(high, low)
}

/// The id generator; tests may seed it.
#[derive(Debug)]
pub struct Ids {
    counter: AtomicU32,
}

impl Default for Ids {
    fn default() -> Self {
        Self { counter: AtomicU32::new(random_u64().to_le_bytes().first().copied().map_or(0, u32::from)) }
    }
}

impl Ids {
    /// A new id for something that began at `at`.
    pub fn make<K>(&self, at: Timestamp) -> Id<K> {
        let counter = self.counter.fetch_add(1, Ordering::Relaxed);
        Id::from_uuid(compose(at, u64::from(counter), random_u64()))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one file that asks for randomness")]
fn random_u64() -> u64 {
    rand::random()
}

/// Random bytes for secrets; fails only where the system has no entropy source.
#[expect(clippy::disallowed_methods, reason = "the one file that asks for randomness")]
pub fn random_bytes<const N: usize>() -> Result<[u8; N], super::error::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| super::error::Error::internal(format!("no entropy: {e}")))?;
    Ok(bytes)
}

impl<K: Kind> Id<K> {
    /// The regular expression that every id of this kind fits.
    pub fn pattern() -> String {
        // 26 digits hold 130 bits: the last one ends in two noughts.
        format!("^{}_[{DIGITS}]{{25}}[048cgmrw]$", K::PREFIX)
    }
}

/// The digits of Crockford's base32.
const DIGITS: &str = "0123456789abcdefghjkmnpqrstvwxyz";

fn base32() -> &'static Encoding {
    static BASE32: std::sync::OnceLock<Encoding> = std::sync::OnceLock::new();
    BASE32.get_or_init(|| {
        let mut spec = Specification::new();
        spec.symbols.push_str(DIGITS);
        spec.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
    })
}

/// The text is no id of this kind.
#[derive(Debug, thiserror::Error)]
#[error("not an id of this kind")]
pub struct NotAnId;

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let body = text.strip_prefix(K::PREFIX).and_then(|t| t.strip_prefix('_')).ok_or(NotAnId)?;
        let bytes = base32().decode(body.as_bytes()).map_err(|_| NotAnId)?;
        Uuid::from_slice(&bytes).map(Self::from_uuid).map_err(|_| NotAnId)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(32);
        text.push_str(K::PREFIX);
        text.push('_');
        base32().encode_append(self.0.as_bytes(), &mut text);
        f.write_str(&text)
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("Opaque; sorts by time of creation"))
            .pattern(Some(Self::pattern()))
            .examples([format!("{}_06a9e1t7qdw0x3f8m2c5kz4rpg", K::PREFIX)])
            .into()
    }
}

impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        let mut prefix = K::PREFIX.to_owned();
        if let Some(first) = prefix.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        format!("{prefix}Id").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let id: InquiryId = Ids::default().make(Timestamp::from_millis(1_795_000_000_123));
        let text = id.to_string();
        assert_eq!(text.len(), 30);
        assert_eq!(text.parse::<InquiryId>().unwrap(), id);
        assert!(text.parse::<UserId>().is_err(), "another kind's prefix");
        assert!("inq_0".parse::<InquiryId>().is_err());
        assert!("inq_zzzzzzzzzzzzzzzzzzzzzzzzzz".parse::<InquiryId>().is_err(), "trailing bits");
        let pattern = regex::Regex::new(&InquiryId::pattern()).unwrap();
        assert!(
            pattern.is_match(&text)
                && !pattern.is_match("inq_zzzzzzzzzzzzzzzzzzzzzzzzzz")
                && !pattern.is_match(&text.replace("inq", "usr"))
        );
    }

    #[test]
    fn ids_sort_by_time_and_their_front_likewise() {
        let ids = Ids::default();
        let mut made: Vec<InquiryId> = Vec::new();
        for millis in [5, 5, 5, 6, 9, 1_795_000_000_123] {
            made.push(ids.make(Timestamp::from_millis(millis)));
        }
        assert!(made.is_sorted());
        assert!(made.is_sorted_by_key(InquiryId::front));
        assert!(
            made[4] >= Id::floor(Timestamp::from_millis(9)) && made[3] < Id::floor(Timestamp::from_millis(9))
        );
        assert_eq!(made[0].uuid().get_version_num(), 7);
    }

    #[test]
    fn text_sorts_as_the_id() {
        let ids = Ids::default();
        let made: Vec<String> = (0..50)
            .map(|n| ids.make::<kind::Event>(Timestamp::from_millis(1_795_000_000_000 + n)).to_string())
            .collect();
        assert!(made.is_sorted());
    }
}
