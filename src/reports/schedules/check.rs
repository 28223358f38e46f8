//! What is wrong with a schedule, all of it at once, each fault with its pointer.
//! What is asked of its reports is looked at in `queries.rs`, whom it may be for in `receivers.rs`.

use super::model::Content;
use super::plan::Every;
use crate::calendar::WallTime;
use crate::kernel::error::{Fault, FaultKind, Faults, OUT_OF_RANGE, REQUIRED};
use crate::kernel::language::Bilingual;

static NOT_WITH_THIS: FaultKind = FaultKind::new(
    "not_used",
    "此周期不使用这一项，请留空。",
    "This is not used with such an `every`: leave it out.",
);

/// Finds what does not fit together in when it is due.
pub fn plan(content: &Content, faults: &mut Faults) {
    let members = [
        ("/weekday", content.weekday.is_some(), content.every == Every::Week),
        ("/day_of_month", content.day_of_month.is_some(), content.every == Every::Month),
    ];
    for (at, is_given, is_needed) in members {
        match (is_given, is_needed) {
            (false, true) => faults.add(Fault::new(at, &REQUIRED)),
            (true, false) => faults.add(Fault::new(at, &NOT_WITH_THIS)),
            _ => {}
        }
    }
    if content.at == WallTime::END {
        faults.add(Fault::with("/at", &OUT_OF_RANGE, Bilingual::same("00:00–23:59")));
    }
}
