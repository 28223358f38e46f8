//! Response times: how long people wait for the first real contact.
//! What a real contact is, is decided where follow-ups are recorded.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Figure, Mark, Slot};
use super::item::{Ask, Item, seconds};
use crate::reports::history::Case;

const RECEIVED: Mark = 0;
const CONTACTED: Mark = 1;
const WAITING: Mark = 2;
const GONE: Mark = 3;
const WITHIN_5: Mark = 4;
const WITHIN_30: Mark = 5;
const WITHIN_60: Mark = 6;
const WITHIN_1440: Mark = 7;
const WORK_WITHIN_30: Mark = 8;

const WALL: Slot = 0;
const WORK: Slot = 1;

pub static DEFINITION: Definition = Definition {
    name: "response-times",
    title: ("响应时间", "Response times"),
    kind: ReportKind::Cohort,
    groups: groups!(T P S D None),
    figures: &[
        Figure::count(
            "received",
            RECEIVED,
            ("收到", "Received"),
            (
                "在期间内收到的线索数：已联系上、等待中与未联系而结束的之和。",
                "Inquiries received in the period: contacted, waiting and gone.",
            ),
        ),
        Figure::count(
            "contacted",
            CONTACTED,
            ("已联系上", "Contacted"),
            ("有过真正联系的。", "Those whose person was reached."),
        ),
        Figure::count(
            "waiting",
            WAITING,
            ("等待中", "Waiting"),
            ("跟进中而还没有真正联系上的。", "Open ones whose person was not reached yet."),
        ),
        Figure::count(
            "gone",
            GONE,
            ("未联系而结束", "Gone"),
            ("没有真正联系上就已结束的。", "Those that were closed before their person was reached."),
        ),
        Figure::minutes(
            "p50_minutes",
            (CONTACTED, WALL),
            50,
            ("中位数", "Median"),
            ("一半的人等了不超过这么多分钟。", "Half of the people waited no longer than so many minutes."),
        ),
        Figure::minutes(
            "p90_minutes",
            (CONTACTED, WALL),
            90,
            ("九成", "90 %"),
            ("九成的人等了不超过这么多分钟。", "Nine in ten people waited no longer than so many minutes."),
        ),
        Figure::minutes(
            "max_minutes",
            (CONTACTED, WALL),
            100,
            ("最长", "Longest"),
            ("等得最久的一位。", "The one who waited longest."),
        ),
        Figure::minutes(
            "p50_work_minutes",
            (CONTACTED, WORK),
            50,
            ("中位数（工作时间）", "Median, working time"),
            ("中位数，只计工作时间。", "The median, counting working time only."),
        ),
        Figure::minutes(
            "p90_work_minutes",
            (CONTACTED, WORK),
            90,
            ("九成（工作时间）", "90 %, working time"),
            ("九成的等待，只计工作时间。", "What nine in ten waited, counting working time only."),
        ),
        Figure::count(
            "within_5",
            WITHIN_5,
            ("5 分钟内", "Within 5 minutes"),
            ("五分钟内联系上的。", "Those reached within five minutes."),
        ),
        Figure::count(
            "within_30",
            WITHIN_30,
            ("30 分钟内", "Within 30 minutes"),
            ("三十分钟内联系上的。", "Those reached within thirty minutes."),
        ),
        Figure::count(
            "within_60",
            WITHIN_60,
            ("1 小时内", "Within an hour"),
            ("一小时内联系上的。", "Those reached within an hour."),
        ),
        Figure::count(
            "within_1440",
            WITHIN_1440,
            ("24 小时内", "Within a day"),
            ("二十四小时内联系上的。", "Those reached within twenty-four hours."),
        ),
        Figure::count(
            "work_within_30",
            WORK_WITHIN_30,
            ("30 分钟工作时间内", "Within 30 working minutes"),
            ("三十分钟工作时间内联系上的。", "Those reached within thirty minutes of working time."),
        ),
        Figure::share(
            "share_within_30",
            (WITHIN_30, RECEIVED),
            ("30 分钟内占比", "Share within 30 minutes"),
            (
                "三十分钟内联系上的占收到的比例。",
                "What share of those received was reached within thirty minutes.",
            ),
        ),
    ],
    depth: Depth::Summary,
    among: Among::Received,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    if !ask.is_inside(case.received_at) {
        return;
    }
    let item = Item::inquiry(case).mark(RECEIVED);
    let Some(contact) = case.first_contact else {
        return put(item.mark(if case.is_open() { WAITING } else { GONE }));
    };
    let (wall, work) = (seconds(case.received_at, contact), ask.work_seconds(case.received_at, contact));
    put(item
        .mark(CONTACTED)
        .list(WALL, wall)
        .list(WORK, work)
        .mark_if(wall <= 5 * 60, WITHIN_5)
        .mark_if(wall <= 30 * 60, WITHIN_30)
        .mark_if(wall <= 60 * 60, WITHIN_60)
        .mark_if(wall <= 1_440 * 60, WITHIN_1440)
        .mark_if(work <= 30 * 60, WORK_WITHIN_30));
}
