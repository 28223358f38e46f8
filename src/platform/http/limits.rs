//! Rate limits: requests per key and minute, reported in RateLimit header fields, beyond it 429.
//! Each node counts for itself. What is limited is decided by the callers.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::kernel::error::{Class, Error, Refusal, Result};

static TOO_MANY: Refusal = Refusal::new(
    Class::TooMany,
    "too_many_requests",
    "请求过于频繁，请稍后再试。",
    "Too many requests. Wait, then try again.",
);

/// Keys in memory, beyond which those with their full quota are dropped.
const KEYS_MAX: usize = 10_000;

/// The least time between two prunings.
const PRUNE_EVERY: Duration = Duration::from_secs(1);

type Governor<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// A limit per key and minute.
pub struct Limiter<K: Clone + Hash + Eq> {
    name: &'static str,
    per_minute: u32,
    governor: Option<Governor<K>>,
    clock: DefaultClock,
    /// Time of the last pruning.
    pruned: Mutex<Instant>,
}

/// The remaining quota, which the middleware reports in the response.
#[derive(Debug, Clone, Copy)]
pub struct RateLimitStatus {
    name: &'static str,
    per_minute: u32,
    remaining: u32,
}

impl<K: Clone + Hash + Eq> Limiter<K> {
    /// 0 = no limit.
    pub fn per_minute(name: &'static str, per_minute: u32) -> Self {
        let governor = NonZeroU32::new(per_minute).map(|count| {
            RateLimiter::hashmap(Quota::per_minute(count)).with_middleware::<StateInformationMiddleware>()
        });
        Self {
            name,
            per_minute,
            governor,
            clock: DefaultClock::default(),
            pruned: Mutex::new(Instant::now()),
        }
    }

    /// Drops keys that have their full quota again, once there are many: at most once a second, since it
    /// scans all. A key used once regains its quota within a minute, so the number of keys is bounded by the
    /// rate of requests.
    fn prune(&self, governor: &Governor<K>) {
        if governor.len() <= KEYS_MAX {
            return;
        }
        let Ok(mut pruned) = self.pruned.try_lock() else { return };
        if pruned.elapsed() >= PRUNE_EVERY {
            governor.retain_recent();
            governor.shrink_to_fit();
            *pruned = Instant::now();
        }
    }

    /// Counts a use and returns whether it is within the limit, without header fields in the response.
    pub fn allows(&self, key: &K) -> bool {
        let Some(governor) = &self.governor else { return true };
        self.prune(governor);
        governor.check_key(key).is_ok()
    }

    /// Counts a request, or refuses it.
    pub fn check(&self, request: &HttpRequest, key: &K) -> Result<()> {
        let Some(governor) = &self.governor else { return Ok(()) };
        self.prune(governor);
        let left = |remaining| RateLimitStatus { name: self.name, per_minute: self.per_minute, remaining };
        match governor.check_key(key) {
            Ok(state) => {
                request.extensions_mut().insert(left(state.remaining_burst_capacity()));
                Ok(())
            }
            Err(until) => {
                request.extensions_mut().insert(left(0));
                metrics::counter!("leaddock_rate_limited_total", "limit" => self.name).increment(1);
                let wait = until.wait_time_from(self.clock.now());
                Err(Error::refuse(&TOO_MANY).retry_after(wait.as_secs().saturating_add(1)))
            }
        }
    }
}

impl RateLimitStatus {
    /// The fields of draft-ietf-httpapi-ratelimit-headers-10.
    pub fn set_headers(&self, headers: &mut HeaderMap) {
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("ratelimit-policy", format!("\"{}\";q={};w=60", self.name, self.per_minute));
        let reset = if self.remaining == 0 { 60_u32.div_ceil(self.per_minute.max(1)) } else { 0 };
        put("ratelimit", format!("\"{}\";r={};t={reset}", self.name, self.remaining));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_left_and_its_reset_are_reported() {
        let stamped = |remaining| {
            let mut headers = HeaderMap::new();
            RateLimitStatus { name: "login", per_minute: 10, remaining }.set_headers(&mut headers);
            headers.get("ratelimit").unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(
            (stamped(3), stamped(0)),
            ("\"login\";r=3;t=0".to_owned(), "\"login\";r=0;t=6".to_owned())
        );
    }
}
