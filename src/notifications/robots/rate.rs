//! How often a robot may be asked: by the moments of its latest requests, so that it is the same on each
//! node. Pure; which moments there are is kept with the robot.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::kind::RobotKind;
use crate::kernel::clock::Timestamp;

/// Requests in any minute, whatever the robot.
const PER_MINUTE: usize = 20;
/// Those of Feishu count the second, too.
const PER_SECOND: usize = 5;
/// A moment that is further ahead is of a clock that went back.
const AHEAD_MAX: Duration = Duration::seconds(60);
/// A request that was begun and never noted ended within this time: a post takes ten seconds at most.
const ENDED_WITHIN: Duration = Duration::seconds(30);

/// The latest requests of a robot. One counts from when it began, and once it has ended from its end: until
/// then it was not answered, so that no two are closer than they seem.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// Of the message that is on its way.
    begun: Option<i64>,
    /// Of those before it, and of tests; in milliseconds since 1970.
    counted: Vec<i64>,
}

impl Requests {
    /// The first moment from now on at which another request may be made.
    pub fn free_at(&self, kind: RobotKind, now: Timestamp) -> Timestamp {
        let latest = now.plus(AHEAD_MAX).millis();
        let mut moments: Vec<i64> = self.counted.iter().copied().chain(self.begun).collect();
        moments.retain(|at| *at <= latest);
        moments.sort_unstable_by(|one, other| other.cmp(one));
        let limits: &[(usize, Duration)] = match kind {
            RobotKind::Feishu => &[(PER_MINUTE, Duration::seconds(60)), (PER_SECOND, Duration::seconds(1))],
            RobotKind::Dingtalk | RobotKind::Wecom => &[(PER_MINUTE, Duration::seconds(60))],
        };
        let free = limits.iter().filter_map(|(most, span)| {
            let first = moments.get(most.checked_sub(1)?)?;
            Some(Timestamp::from_millis(*first).plus(*span))
        });
        free.fold(now, Timestamp::max)
    }

    /// The message is on its way.
    pub fn begin(&mut self, now: Timestamp) {
        if let Some(begun) = self.begun.replace(now.millis()) {
            self.count(Timestamp::from_millis(begun).plus(ENDED_WITHIN).min(now));
        }
    }

    /// A try of the message has ended.
    pub fn end(&mut self, at: Timestamp) {
        self.begun = None;
        self.count(at);
    }

    /// Counts a request.
    pub fn count(&mut self, at: Timestamp) {
        let latest = at.plus(AHEAD_MAX).millis();
        self.counted.retain(|counted| *counted <= latest);
        self.counted.push(at.millis());
        let surplus = self.counted.len().saturating_sub(PER_MINUTE);
        self.counted.sort_unstable();
        self.counted.drain(..surplus);
    }

    /// A request that was counted when it began has ended.
    pub fn recount(&mut self, begun: Timestamp, at: Timestamp) {
        if let Some(counted) = self.counted.iter_mut().find(|counted| **counted == begun.millis()) {
            *counted = at.millis();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    /// Begins a request whenever one may, each of which takes so long; the moments of their beginnings.
    fn begun(kind: RobotKind, takes: i64, until: i64) -> Vec<i64> {
        let (mut requests, mut now, mut begun) = (Requests::default(), at(0), Vec::new());
        while now.millis() < until {
            now = requests.free_at(kind, now);
            requests.begin(now);
            begun.push(now.millis());
            now = at(now.millis() + takes);
            requests.end(now);
        }
        begun
    }

    #[test]
    fn at_most_twenty_in_any_minute_and_of_feishu_five_in_any_second() {
        for (kind, takes) in [(RobotKind::Dingtalk, 0), (RobotKind::Feishu, 0), (RobotKind::Feishu, 70)] {
            let begun = begun(kind, takes, 600_000);
            assert!(begun.len() >= 180, "{kind:?} {begun:?}");
            assert!(begun.windows(21).all(|window| window[20] - window[0] >= 60_000), "{kind:?} {begun:?}");
            if kind == RobotKind::Feishu {
                assert!(begun.windows(6).all(|window| window[5] - window[0] >= 1_000), "{begun:?}");
            }
        }
    }

    #[test]
    fn a_request_counts_from_its_end_and_one_that_nobody_noted_counts_too() {
        let mut requests = Requests::default();
        (0..19).for_each(|_| requests.count(at(0)));
        requests.begin(at(1_000));
        assert_eq!(requests.free_at(RobotKind::Wecom, at(1_000)), at(60_000));
        requests.end(at(9_000));
        (0..19).for_each(|_| requests.count(at(61_000)));
        assert_eq!(requests.free_at(RobotKind::Wecom, at(61_000)), at(69_000));

        let mut lost = Requests::default();
        lost.begin(at(0));
        lost.begin(at(100_000));
        (0..18).for_each(|_| lost.count(at(100_000)));
        assert_eq!(lost.free_at(RobotKind::Wecom, at(100_000)), at(100_000), "half a minute after it began");
        lost.count(at(100_000));
        assert_eq!(lost.free_at(RobotKind::Wecom, at(100_000)), at(160_000));
    }

    #[test]
    fn a_test_counts_as_well_and_a_clock_that_goes_back_stops_nothing() {
        let mut requests = Requests::default();
        (0..20).for_each(|_| requests.count(at(0)));
        assert_eq!(requests.free_at(RobotKind::Wecom, at(59_999)), at(60_000));
        requests.recount(at(0), at(5_000));
        assert_eq!(requests.free_at(RobotKind::Wecom, at(60_000)), at(60_000));
        (0..20).for_each(|_| requests.count(at(86_400_000)));
        assert_eq!(requests.free_at(RobotKind::Wecom, at(0)), at(0));
        (0..20).for_each(|_| requests.count(at(0)));
        assert_eq!(requests.free_at(RobotKind::Wecom, at(0)), at(60_000), "it is counted by the new time");
    }
}
