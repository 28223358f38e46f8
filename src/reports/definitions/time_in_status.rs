//! Time in status: how long inquiries stay in each, those that left it and those that are still there.
//! Which statuses there are is the matter of `inquiries`.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Counted, Figure, Mark, Scale, Slot};
use super::item::{Ask, Item, Thing, seconds};
use crate::inquiries::Category;
use crate::reports::history::Case;

const ENDED: Mark = 0;
const ONGOING: Mark = 1;

const TOOK: Slot = 0;
const LASTS: Slot = 1;

const EVENT: Counted = Counted::Event;

pub static DEFINITION: Definition = Definition {
    name: "time-in-status",
    title: ("状态停留", "Time in status"),
    kind: ReportKind::Activity,
    groups: groups!(Status P None),
    figures: &[
        Figure::count(
            "ended",
            ENDED,
            ("离开", "Left"),
            ("期间内离开此状态的次数。", "How often one left the status in the period."),
        )
        .of(EVENT),
        Figure::days(
            "p50_days",
            (ENDED, TOOK, Scale::Days),
            50,
            ("停留中位数", "Stay, median"),
            ("离开的，一半停留不超过这么多天。", "Half of these stayed no longer than so many days."),
        )
        .of(EVENT),
        Figure::days(
            "p90_days",
            (ENDED, TOOK, Scale::Days),
            90,
            ("停留九成", "Stay, 90 %"),
            ("离开的，九成停留不超过这么多天。", "Nine in ten of these stayed no longer than so many days."),
        )
        .of(EVENT),
        Figure::days(
            "max_days",
            (ENDED, TOOK, Scale::Days),
            100,
            ("最长停留", "Longest stay"),
            ("离开的之中停留最久的天数。", "The longest of these stays, in days."),
        )
        .of(EVENT),
        Figure::count(
            "ongoing",
            ONGOING,
            ("仍在", "Still there"),
            (
                "截至此刻处于此状态的跟进中和已成交线索。",
                "Open and won inquiries that have this status at the moment of the report.",
            ),
        ),
        Figure::days(
            "ongoing_p50_days",
            (ONGOING, LASTS, Scale::DaysSince),
            50,
            ("已停留中位数", "Stay so far, median"),
            (
                "仍在的，一半至今停留不超过这么多天。",
                "Half of those still there have been so for no longer than so many days.",
            ),
        ),
        Figure::days(
            "ongoing_max_days",
            (ONGOING, LASTS, Scale::DaysSince),
            100,
            ("已停留最长", "Longest so far"),
            ("仍在的之中停留最久的天数。", "How many days the longest of those still there has lasted."),
        ),
    ],
    depth: Depth::History,
    among: Among::Touched,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    for stay in &case.stays {
        let Some(end) = stay.end.filter(|end| ask.is_inside(end.at)) else { continue };
        let thing = Thing::Event { step: end.step, at: end.at };
        put(Item::of(case, thing, end.at)
            .owned_by(end.owner, end.team)
            .in_status(stay.status)
            .mark(ENDED)
            .list(TOOK, seconds(stay.begin, end.at)));
    }
    let Some(stay) = case.stays.last() else { return };
    if matches!(case.category(), Category::Open | Category::Won) {
        put(Item::of(case, Thing::Inquiry, ask.as_of).mark(ONGOING).list(LASTS, stay.begin.saturating_neg()));
    }
}
