//! Agents: what each was given, and what they did with it.
//! Who may own an inquiry is the matter of `assignment`.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Counted, Figure, Mark, Slot};
use super::item::{Ask, Item, Thing, seconds};
use crate::inquiries::Status;
use crate::reports::history::{Case, DeedKind, Gain, Loss};

const ASSIGNED: Mark = 0;
const CLAIMED: Mark = 1;
const ACCEPTED: Mark = 2;
const DECLINED: Mark = 3;
const RELEASED: Mark = 4;
const RECYCLED: Mark = 5;
const BREACHED: Mark = 6;
const CONTACTED: Mark = 7;
const DONE: Mark = 8;
const REAL: Mark = 9;
const MOVED: Mark = 10;
const SIGNED: Mark = 11;
const LOST: Mark = 12;
const OPEN: Mark = 13;
const OVERDUE: Mark = 14;

const WALL: Slot = 0;
const WORK: Slot = 1;
const TAX: Slot = 0;

const EVENT: Counted = Counted::Event;

pub static DEFINITION: Definition = Definition {
    name: "agents",
    title: ("招商员", "Agents"),
    kind: ReportKind::Activity,
    groups: groups!(Agent Team None),
    figures: &[
        Figure::count("assigned", ASSIGNED, ("接到", "Given"), (
            "期间内成为经办人的次数，分配与认领都算。",
            "How often they became the owner in the period, by assignment or by claim.",
        ))
        .of(EVENT),
        Figure::count("claimed", CLAIMED, ("认领", "Claimed"), (
            "其中从公海认领的。",
            "Of these, the claims from the pool.",
        ))
        .of(EVENT),
        Figure::count("accepted", ACCEPTED, ("接受", "Accepted"), (
            "期间内接受的：点击接受、认领，或首次真正联系上，以先者为准。",
            "Accepted in the period: by a click, a claim, or the first real contact, whichever came first.",
        ))
        .of(EVENT),
        Figure::count("declined", DECLINED, ("拒绝", "Declined"), (
            "期间内拒绝的次数。",
            "How often they would not take one.",
        ))
        .of(EVENT),
        Figure::count("released", RELEASED, ("退回", "Released"), (
            "期间内退回公海的次数。",
            "How often they gave one back to the pool.",
        ))
        .of(EVENT),
        Figure::count("recycled", RECYCLED, ("回收", "Recycled"), (
            "期间内因超期被收回公海的次数。",
            "How often one went back to the pool because a term ran out.",
        ))
        .of(EVENT),
        Figure::count("breached", BREACHED, ("超时", "Breached"), (
            "期间内错过响应期限的次数。",
            "How often they let a deadline pass.",
        ))
        .of(EVENT),
        Figure::count("contacted", CONTACTED, ("已联系上", "Contacted"), (
            "接到的之中，在其名下真正联系上的。",
            "Of those given, the ones whose person was reached while they had it.",
        ))
        .of(EVENT),
        Figure::minutes("response_p50_minutes", (CONTACTED, WALL), 50, ("响应中位数", "Response, median"), (
            "从接到到真正联系上，一半不超过这么多分钟。",
            "Half were reached within so many minutes of being given.",
        ))
        .of(EVENT),
        Figure::minutes("response_p90_minutes", (CONTACTED, WALL), 90, ("响应九成", "Response, 90 %"), (
            "从接到到真正联系上，九成不超过这么多分钟。",
            "Nine in ten were reached within so many minutes of being given.",
        ))
        .of(EVENT),
        Figure::minutes(
            "response_p50_work_minutes",
            (CONTACTED, WORK),
            50,
            ("响应中位数（工作时间）", "Response in working time, median"),
            ("响应中位数，只计工作时间。", "The median, counting working time only."),
        )
        .of(EVENT),
        Figure::minutes(
            "response_p90_work_minutes",
            (CONTACTED, WORK),
            90,
            ("响应九成（工作时间）", "Response in working time, 90 %"),
            ("响应九成，只计工作时间。", "Nine in ten, counting working time only."),
        )
        .of(EVENT),
        Figure::count("done", DONE, ("跟进", "Follow-ups"), (
            "期间内完成的跟进，算在记录时的经办人名下。",
            "Follow-ups done in the period, with whoever owned the inquiry when they were recorded.",
        ))
        .of(Counted::FollowUp),
        Figure::count("real_contacts", REAL, ("真正联系", "Real contacts"), (
            "其中真正联系上的。",
            "Of these, the ones that reached the person.",
        ))
        .of(Counted::FollowUp),
        Figure::count("moved", MOVED, ("状态变更", "Moves"), (
            "在其名下发生的状态变更。",
            "Changes of status while they had it.",
        ))
        .of(EVENT),
        Figure::count("signed", SIGNED, ("签约", "Signed"), (
            "在其名下变为已签约的次数。",
            "Moves to signed while they had it.",
        ))
        .of(EVENT),
        Figure::count("lost", LOST, ("流失", "Lost"), (
            "在其名下变为已流失的次数。",
            "Moves to lost while they had it.",
        ))
        .of(EVENT),
        Figure::count("open", OPEN, ("手上跟进中", "Open now"), (
            "截至此刻名下跟进中的线索，与期间无关。",
            "Open inquiries that they have at the moment of the report, whatever the period.",
        )),
        Figure::count("overdue_follow_ups", OVERDUE, ("逾期跟进", "Overdue follow-ups"), (
            "截至此刻名下到期而没有完成的跟进计划。",
            "Planned follow-ups that are due and not done at the moment of the report.",
        ))
        .of(Counted::FollowUp),
        Figure::wan("expected_tax_wan", TAX, ("预计税收", "Expected tax"), (
            "手上跟进中线索每年预计税收之和，万元。",
            "The tax a year of their open inquiries, added up, in 10,000 yuan.",
        )),
    ],
    depth: Depth::History,
    among: Among::Touched,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    deeds(case, ask, put);
    for ownership in &case.ownerships {
        let Some(accepted_at) = ownership.accepted_at.filter(|at| ask.is_inside(*at)) else { continue };
        let thing = Thing::Event { step: ownership.step, at: ownership.begin };
        let item = Item::of(case, thing, accepted_at).owned_by(Some(ownership.owner), ownership.team);
        put(item.mark(ACCEPTED));
    }
    for done in case.done.iter().filter(|done| ask.is_inside(done.done_at)) {
        let thing = Thing::FollowUp { number: done.follow_up, since: case.recorded_at(done.follow_up) };
        let item = Item::of(case, thing, done.done_at).owned_by(done.owner, done.team);
        put(item.mark(DONE).mark_if(done.is_real, REAL));
    }
    if case.owner.is_none() {
        return;
    }
    if case.is_open() {
        put(Item::inquiry(case).mark(OPEN).sum(TAX, case.start.wanted.tax_fen));
    }
    for plan in case.overdue(ask.as_of) {
        let thing = Thing::FollowUp { number: plan.follow_up, since: plan.planned_at };
        put(Item::of(case, thing, ask.as_of).mark(OVERDUE));
    }
}

fn deeds(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    for deed in case.deeds.iter().filter(|deed| ask.is_inside(deed.at)) {
        let thing = Thing::Event { step: deed.step, at: deed.at };
        let item = Item::of(case, thing, deed.at).owned_by(deed.owner, deed.team);
        put(match deed.what {
            DeedKind::Gained(gain, place) => {
                let item = item.mark(ASSIGNED).mark_if(gain == Gain::Claimed, CLAIMED);
                let contact = case.ownerships.get(place).and_then(|ownership| ownership.contact);
                match contact {
                    Some(contact) => item
                        .mark(CONTACTED)
                        .list(WALL, seconds(deed.at, contact))
                        .list(WORK, ask.work_seconds(deed.at, contact)),
                    None => item,
                }
            }
            DeedKind::Lost(Loss::Declined) => item.mark(DECLINED),
            DeedKind::Lost(Loss::Released) => item.mark(RELEASED),
            DeedKind::Lost(Loss::Recycled) => item.mark(RECYCLED),
            DeedKind::Breached => item.mark(BREACHED),
            DeedKind::Moved(status) => item
                .mark(MOVED)
                .mark_if(status == Status::Signed, SIGNED)
                .mark_if(status == Status::Lost, LOST),
        });
    }
}
