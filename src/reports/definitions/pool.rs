//! The pool: what came into it, and how long it lay there.
//! What may be claimed is the matter of `assignment`.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Counted, Figure, Mark, Slot};
use super::item::{Ask, Item, Thing, seconds};
use crate::reports::history::{Case, Loss, PoolEnd, PoolStart};

const ENTERED: Mark = 0;
const RECEIVED: Mark = 1;
const DECLINED: Mark = 2;
const RELEASED: Mark = 3;
const RECYCLED: Mark = 4;
const OTHER: Mark = 5;
const CLAIMED: Mark = 6;
const ASSIGNED: Mark = 7;
const CLOSED: Mark = 8;
const WAITING: Mark = 9;
const ENDED: Mark = 10;

const WALL: Slot = 0;
const WORK: Slot = 1;

const EVENT: Counted = Counted::Event;

pub static DEFINITION: Definition = Definition {
    name: "pool",
    title: ("公海", "Pool"),
    kind: ReportKind::Activity,
    groups: groups!(None T Team NeedKind),
    figures: &[
        Figure::count("entered", ENTERED, ("进入", "Entered"), (
            "期间内进入公海的次数；同一瞬间就离开的不算。",
            "How often one came into the pool in the period, but for those that left at that very instant.",
        ))
        .of(EVENT),
        Figure::count("from_received", RECEIVED, ("新收到", "Received"), (
            "收到时没有分配的。",
            "Those that nobody was given at their receipt.",
        ))
        .of(EVENT),
        Figure::count("from_declined", DECLINED, ("被拒绝", "Declined"), (
            "因经办人拒绝而进入的。",
            "Those that their owner would not take.",
        ))
        .of(EVENT),
        Figure::count("from_released", RELEASED, ("被退回", "Released"), (
            "因经办人退回或交接而进入的。",
            "Those that their owner gave back, or left behind.",
        ))
        .of(EVENT),
        Figure::count("from_recycled", RECYCLED, ("被回收", "Recycled"), (
            "因超期回收而进入的。",
            "Those whose owner let a term run out.",
        ))
        .of(EVENT),
        Figure::count("from_other", OTHER, ("其他", "Other"), (
            "因其他原因进入的，例如重新打开。",
            "Those that came otherwise, such as by being opened again.",
        ))
        .of(EVENT),
        Figure::count("claimed", CLAIMED, ("被认领", "Claimed"), (
            "其中后来被认领的。",
            "Of these, the ones that were claimed.",
        ))
        .of(EVENT),
        Figure::count("assigned", ASSIGNED, ("被分配", "Assigned"), (
            "其中后来被分配的。",
            "Of these, the ones that were assigned.",
        ))
        .of(EVENT),
        Figure::count("closed", CLOSED, ("已结束", "Closed"), (
            "其中在公海里就结束的。",
            "Of these, the ones that were closed in the pool.",
        ))
        .of(EVENT),
        Figure::count("waiting", WAITING, ("仍在等", "Waiting"), (
            "其中仍在公海里的。",
            "Of these, the ones that are still in the pool.",
        ))
        .of(EVENT),
        Figure::minutes("wait_p50_minutes", (ENDED, WALL), 50, ("等待中位数", "Wait, median"), (
            "离开公海的，一半停留不超过这么多分钟。",
            "Half of those that left the pool lay there no longer than so many minutes.",
        ))
        .of(EVENT),
        Figure::minutes("wait_p90_minutes", (ENDED, WALL), 90, ("等待九成", "Wait, 90 %"), (
            "离开公海的，九成停留不超过这么多分钟。",
            "Nine in ten of those that left the pool lay there no longer than so many minutes.",
        ))
        .of(EVENT),
        Figure::minutes(
            "wait_p50_work_minutes",
            (ENDED, WORK),
            50,
            ("等待中位数（工作时间）", "Wait in working time, median"),
            ("等待中位数，只计工作时间。", "The median, counting working time only."),
        )
        .of(EVENT),
    ],
    depth: Depth::History,
    among: Among::Touched,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    for stay in case.pool.iter().filter(|stay| ask.is_inside(stay.begin)) {
        let thing = Thing::Event { step: stay.step, at: stay.begin };
        let from = match stay.start {
            PoolStart::Received => RECEIVED,
            PoolStart::Lost(Loss::Declined) => DECLINED,
            PoolStart::Lost(Loss::Released) => RELEASED,
            PoolStart::Lost(Loss::Recycled) => RECYCLED,
            PoolStart::Reopened => OTHER,
        };
        let item = Item::of(case, thing, stay.begin).owned_by(None, stay.team).mark(ENTERED).mark(from);
        let Some((end, how)) = stay.end else {
            put(item.mark(WAITING));
            continue;
        };
        let to = match how {
            PoolEnd::Claimed => CLAIMED,
            PoolEnd::Assigned => ASSIGNED,
            PoolEnd::Closed => CLOSED,
        };
        let (wall, work) = (seconds(stay.begin, end), ask.work_seconds(stay.begin, end));
        put(item.mark(to).mark(ENDED).list(WALL, wall).list(WORK, work));
    }
}
