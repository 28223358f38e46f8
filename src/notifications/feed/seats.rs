//! How many streams of changes are open at once, on this node and of one user.
//! What is sent on them is decided in `follow.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::UserId;

/// Streams of this node, and of one user with all their sessions and keys.
const SEATS: usize = 200;
const OF_ONE_USER: usize = 10;
/// Streams whose clients have gone away are noticed within seconds.
const RETRY_SECONDS: u64 = 10;

static TOO_MANY_STREAMS: Refusal = Refusal::new(
    Class::TooMany,
    "too_many_streams",
    "打开的变更流过多，请关闭一些，或稍后再试。",
    "Too many streams of changes are open. Close some, or try again later.",
);

/// The seats of this node.
#[derive(Debug, Default)]
pub struct Seats(Mutex<HashMap<UserId, usize>>);

/// A stream's seat, as long as it is there.
#[derive(Debug)]
pub struct Seat {
    of: Arc<Seats>,
    user: UserId,
}

impl Seats {
    fn taken(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for a stream of this user, if one is left.
    pub fn take(self: &Arc<Self>, user: UserId) -> Result<Seat> {
        let mut taken = self.taken();
        let of_user = taken.get(&user).copied().unwrap_or(0);
        if of_user >= OF_ONE_USER || taken.values().sum::<usize>() >= SEATS {
            metrics::counter!("leaddock_rate_limited_total", "limit" => "change-streams").increment(1);
            return Err(Error::refuse(&TOO_MANY_STREAMS).retry_after(RETRY_SECONDS));
        }
        taken.insert(user, of_user.saturating_add(1));
        metrics::gauge!("leaddock_change_streams_open").increment(1.0);
        Ok(Seat { of: Arc::clone(self), user })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.of.taken();
        if let Some(of_user) = taken.get_mut(&self.user) {
            *of_user = of_user.saturating_sub(1);
            if *of_user == 0 {
                taken.remove(&self.user);
            }
        }
        metrics::gauge!("leaddock_change_streams_open").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::clock::Timestamp;
    use crate::kernel::id::Ids;

    #[test]
    fn a_user_and_a_node_have_so_many_seats_and_get_them_back() {
        let (seats, ids) = (Arc::new(Seats::default()), Ids::default());
        let user = || ids.make(Timestamp::from_millis(1_795_000_000_000));
        let one = user();
        let mut kept: Vec<Seat> = (0..OF_ONE_USER).map(|_| seats.take(one).unwrap()).collect();
        let refused = seats.take(one).unwrap_err();
        assert_eq!((refused.refusal().code, refused.retry_seconds()), ("too_many_streams", Some(10)));
        kept.pop();
        kept.push(seats.take(one).unwrap());
        kept.extend((OF_ONE_USER..SEATS).map(|_| seats.take(user()).unwrap()));
        assert_eq!(seats.take(user()).unwrap_err().refusal().code, "too_many_streams");
        drop(kept);
        assert!(seats.taken().is_empty());
    }
}
