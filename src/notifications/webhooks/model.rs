//! A webhook as it is kept, with what is posted to it, its input, and the rules that need no database.
//! What is done with webhooks is in `actions.rs`.

use chrono::Duration;
use diesel::{Insertable, Queryable, Selectable};

use super::schema::{webhook_attempts, webhook_deliveries, webhook_replays, webhooks};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Fault, FaultKind, Faults};
use crate::kernel::id::{EventId, WebhookDeliveryId, WebhookId};
use crate::kernel::patch::{Patch, merge};
use crate::notifications::catalogue::{check_events, names_of_all};
use crate::notifications::events::DisabledReason;
use crate::notifications::log_part::Listener;
use crate::platform::config::PublicUrl;
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;
use crate::platform::events::Published;
use crate::platform::outbound::{AddressPolicy, parse_address};

/// The word for webhooks in the delivery queue; a target there is the id of a webhook.
pub const CHANNEL: &str = "webhook";
/// Webhooks of an installation.
pub const WEBHOOKS_MAX: i64 = 50;
/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;
/// Tries of a delivery that are kept.
pub const ATTEMPTS_MAX: i32 = 50;
/// After so long with nothing but failures a webhook is switched off.
pub const FAILING_FOR: Duration = Duration::hours(120);
/// What an address answers that wants nothing any more.
pub const GONE: i32 = 410;
/// What is said of what a webhook that is off does not get.
pub const OFF: &str = "the webhook is off";

/// A webhook as it is kept.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    /// Names of events, or patterns of them.
    pub events: Json<Vec<String>>,
    pub active: bool,
    pub description: Option<String>,
    /// Whether it is posted ways to reach inquirers, too.
    pub include_personal: bool,
    /// Why it was switched off, if nobody did.
    pub disabled_reason: Option<DisabledReason>,
    pub secret: Vec<u8>,
    /// Signs as well, until then.
    pub previous_secret: Option<Vec<u8>>,
    pub previous_secret_until: Option<Timestamp>,
    /// How far the log has been read for it.
    pub position: i64,
    /// The first failure since the last success.
    pub failing_since: Option<Timestamp>,
    /// It was deleted, and what belongs to it is about to be.
    pub removed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

impl Webhook {
    /// The secrets that sign at a moment, the present one first.
    pub fn secrets(&self, now: Timestamp) -> Vec<Vec<u8>> {
        let is_valid = self.previous_secret_until.is_some_and(|until| now < until);
        let previous = self.previous_secret.as_ref().filter(|_| is_valid);
        [Some(&self.secret), previous].into_iter().flatten().cloned().collect()
    }

    /// What a patch makes of it; none if nothing changes.
    pub fn patched(&self, patch: &WebhookPatch) -> Option<Self> {
        let mut hook = self.clone();
        let mut is_changed = merge(&mut hook.description, patch.description.clone());
        if let Some(url) = patch.url.as_ref().filter(|url| **url != self.url) {
            hook.url.clone_from(url);
            is_changed = true;
        }
        if let Some(events) = patch.events.as_ref().filter(|events| **events != self.events.0) {
            hook.events = Json(events.clone());
            is_changed = true;
        }
        if let Some(active) = patch.active.filter(|active| *active != self.active) {
            hook.active = active;
            is_changed = true;
        }
        if let Some(include) = patch.include_personal.filter(|include| *include != self.include_personal) {
            hook.include_personal = include;
            is_changed = true;
        }
        is_changed.then_some(hook)
    }
}

/// What the fan-out needs to know of a webhook.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = webhooks, check_for_backend(MultiBackend))]
pub struct WebhookListener {
    pub id: WebhookId,
    pub events: Json<Vec<String>>,
    pub active: bool,
    pub position: i64,
}

impl Listener for WebhookListener {
    fn position(&self) -> i64 {
        self.position
    }

    fn patterns(&self) -> &[String] {
        &self.events.0
    }
}

/// One event for one webhook: written once for each time that it is to be posted. Its delivery has the same
/// id.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries, check_for_backend(MultiBackend))]
pub struct WebhookDelivery {
    pub id: WebhookDeliveryId,
    pub webhook_id: WebhookId,
    pub event_id: EventId,
    /// The name of the event.
    pub event: String,
    pub created_at: Timestamp,
}

/// A try of a delivery.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_attempts, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct WebhookAttempt {
    pub delivery_id: WebhookDeliveryId,
    pub number: i32,
    pub at: Timestamp,
    pub status_code: Option<i32>,
    pub error: Option<String>,
    pub duration_ms: i64,
}

/// Events that a webhook is to get again, and how far that is done.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_replays, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Replay {
    pub webhook_id: WebhookId,
    pub from_event_id: EventId,
    pub until_event_id: EventId,
    pub last_position: i64,
    pub after_event_id: Option<EventId>,
}

impl Replay {
    /// The events of it that these patterns mean.
    pub fn events(&self, patterns: &[String]) -> Published {
        Published {
            kinds: names_of_all(patterns),
            from: self.from_event_id,
            until: self.until_event_id,
            last_position: self.last_position,
        }
    }
}

/// The input for a new webhook.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    pub url: String,
    pub events: Vec<String>,
    pub active: bool,
    pub description: Option<String>,
    pub include_personal: bool,
}

/// What is to be changed of a webhook; none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct WebhookPatch {
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    pub active: Option<bool>,
    pub description: Patch<String>,
    pub include_personal: Option<bool>,
}

static OWN_ADDRESS: FaultKind = FaultKind::new(
    "own_address",
    "不能推送到本系统自身：推送会引起新的推送。",
    "It must not lead to this server itself: each post would cause another one.",
);

/// Where webhooks may lead.
#[derive(Clone)]
pub struct Targets {
    pub policy: AddressPolicy,
    /// Nothing at this server itself.
    pub own: PublicUrl,
}

impl Targets {
    fn check(&self, url: &str) -> Result<(), &'static FaultKind> {
        let url = parse_address(url, self.policy)?;
        if self.own.is_base_of(&url) { Err(&OWN_ADDRESS) } else { Ok(()) }
    }
}

/// What is wrong with an address and with patterns of events.
pub fn check(url: Option<&str>, events: Option<&[String]>, targets: &Targets) -> Faults {
    let mut faults = Faults::default();
    if let Some(kind) = url.and_then(|url| targets.check(url).err()) {
        faults.add(Fault::new("/url", kind));
    }
    check_events(events.unwrap_or_default(), &mut faults);
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::error::INVALID;

    #[test]
    fn patterns_that_mean_nothing_are_named_by_their_places() {
        let patterns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let targets = Targets {
            policy: AddressPolicy::PublicOnly,
            own: PublicUrl::parse("https://park.example").unwrap(),
        };
        let found = |names: &[&str]| {
            let url = Some("https://example.com/");
            let faults = check(url, Some(&patterns(names)), &targets);
            match faults.none_or(&INVALID) {
                Ok(()) => Vec::new(),
                Err(error) => {
                    error.field_faults().iter().map(|fault| fault.pointer.clone()).collect::<Vec<_>>()
                }
            }
        };
        assert!(found(&["*"]).is_empty() && found(&["inquiry.*", "sla.breached"]).is_empty());
        assert_eq!(found(&["*", "inquiry", "inquiry.exploded"]), ["/events/1", "/events/2"]);
        assert_eq!(names_of_all(&patterns(&["sla.*", "follow_up.due"])).len(), 3);
    }

    #[test]
    fn the_previous_secret_signs_until_its_end() {
        let at = Timestamp::from_millis(1_000_000);
        let hook = Webhook {
            id: WebhookId::floor(at),
            url: String::new(),
            events: Json(Vec::new()),
            active: true,
            description: None,
            include_personal: false,
            disabled_reason: None,
            secret: vec![1],
            previous_secret: Some(vec![2]),
            previous_secret_until: Some(at),
            position: 0,
            failing_since: None,
            removed_at: None,
            created_at: at,
            updated_at: at,
            version: 1,
        };
        assert_eq!(hook.secrets(at.minus(Duration::milliseconds(1))), [[1], [2]]);
        assert_eq!(hook.secrets(at), [[1]]);
    }
}
