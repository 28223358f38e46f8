//! The catalogue of public events: the names of what other systems may hear of, by the change feed, webhooks
//! and robots. What an event says is in the rooms' `events.rs`.

use super::events::{ChannelDisabled, WebhookDisabled};
use crate::assignment::terms::events::{SlaBreached, SlaEscalated};
use crate::follow_ups::events as follow_ups;
use crate::inquiries::events as inquiries;
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
