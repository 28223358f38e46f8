//! The catalogue of public events: the names of what other systems may hear of, by the change feed, webhooks
//! and robots. What an event says is in the rooms' `events.rs`.

use super::events::{ChannelDisabled, WebhookDisabled};
use crate::assignment::terms::events::{SlaBreached, SlaEscalated};
use crate::follow_ups::events as follow_ups;
use crate::inquiries::events as inquiries;
use crate::kernel::error::{Fault, FaultKind, Faults};
use crate::platform::events::Fact;

/// All of them, in the order of an inquiry's life.
pub const PUBLIC_EVENTS: [&str; 26] = [
    inquiries::Received::KIND,
    inquiries::Assigned::KIND,
    inquiries::Claimed::KIND,
    inquiries::Accepted::KIND,
    inquiries::Declined::KIND,
    inquiries::Released::KIND,
    inquiries::Recycled::KIND,
    inquiries::RecycleWarned::KIND,
    inquiries::Unassigned::KIND,
    inquiries::StatusChanged::KIND,
    inquiries::Updated::KIND,
    inquiries::Reparsed::KIND,
    inquiries::Repeated::KIND,
    inquiries::SenderUpdated::KIND,
    inquiries::SenderDeleted::KIND,
    inquiries::Deleted::KIND,
    inquiries::Restored::KIND,
    follow_ups::Planned::KIND,
    follow_ups::Changed::KIND,
    follow_ups::Due::KIND,
    follow_ups::Done::KIND,
    follow_ups::Deleted::KIND,
    SlaBreached::KIND,
    SlaEscalated::KIND,
    WebhookDisabled::KIND,
    ChannelDisabled::KIND,
];

/// The word of a notification for a former owner, which no event has.
pub const REASSIGNED_AWAY: &str = "inquiry.reassigned_away";

/// Whether they are about no inquiry: only who reaches everything hears of them.
pub fn is_about_no_inquiry(kind: &str) -> bool {
    kind == WebhookDisabled::KIND || kind == ChannelDisabled::KIND
}

/// The names that a pattern means: one name, `prefix.*`, or `*` for all. None if it means nothing.
pub fn names_of(pattern: &str) -> Vec<&'static str> {
    let fits = |kind: &&'static str| match pattern.strip_suffix('*') {
        Some(prefix) if prefix.is_empty() || prefix.ends_with('.') => kind.starts_with(prefix),
        _ => *kind == pattern,
    };
    PUBLIC_EVENTS.into_iter().filter(fits).collect()
}

/// The names that these patterns mean.
pub fn names_of_all(patterns: &[String]) -> Vec<&'static str> {
    patterns.iter().flat_map(|pattern| names_of(pattern)).collect()
}

static UNKNOWN_EVENT: FaultKind = FaultKind::new(
    "unknown_event",
    "没有这样的事件。可填事件名称、某一类事件或全部事件，见文档。",
    "There is no such event. Give the name of one, all that begin alike such as inquiry.*, or *.",
);

/// Finds the patterns that mean nothing, in the member `events` of a request.
pub fn check_events(patterns: &[String], faults: &mut Faults) {
    for (n, _) in patterns.iter().enumerate().filter(|(_, pattern)| names_of(pattern).is_empty()) {
        faults.add(Fault::new(format!("/events/{n}"), &UNKNOWN_EVENT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_there_once() {
        let mut names = PUBLIC_EVENTS.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PUBLIC_EVENTS.len());
        assert!(PUBLIC_EVENTS.iter().all(|name| name.contains('.')));
    }

    #[test]
    fn a_pattern_means_names() {
        assert_eq!(names_of("*").len(), PUBLIC_EVENTS.len());
        assert_eq!(names_of("sla.*"), ["sla.breached", "sla.escalated"]);
        assert_eq!(names_of("follow_up.due"), ["follow_up.due"]);
        for nothing in ["", "sla", "sla.", "s*", "inquiry.exploded", "**", ".*", "inquiry.*.*"] {
            assert!(names_of(nothing).is_empty(), "{nothing}");
        }
    }
}
