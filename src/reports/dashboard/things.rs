//! What is behind a figure as rows of a page: inquiries, follow-ups and events as they are now, and to the
//! reader what they see of them. They are read in `../things.rs`.

use std::collections::{BTreeSet, HashMap};

use chrono_tz::Tz;

use super::words::{Words, moment};
use crate::access::{self, Caller, Seen};
use crate::follow_ups::model::Outcome;
use crate::inquiries::pool_view::VisibleInquiry;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, FollowUpId, InquiryId, UserId};
use crate::kernel::language::Language;
use crate::kernel::text::cut;
use crate::platform::db::DbConnection;
use crate::reports::definitions::Counted;
use crate::reports::drill::Found;
use crate::reports::things::{self, Things};

/// Characters of what somebody needs.
const NEED_MAX: usize = 60;

/// A row.
#[derive(Debug)]
pub struct Thing {
    pub inquiry: InquiryId,
    /// Whose it is and what is wanted, or that it is there no more.
    pub about: String,
    pub cells: Vec<String>,
}

/// The headings of the columns, but for the inquiry and what it is about.
pub fn headings(counted: Counted, language: Language) -> Vec<&'static str> {
    let words: &[Words] = match counted {
        Counted::Inquiry => &[("状态", "Status"), ("经办人", "Owner"), ("收到", "Received")],
        Counted::FollowUp => &[
            ("方式", "Kind"),
            ("计划于", "Due"),
            ("完成于", "Done"),
            ("结果", "Outcome"),
            ("经办人", "Owner"),
        ],
        Counted::Event => &[("事件", "Event"), ("时间", "At")],
    };
    words.iter().map(|(zh, en)| language.pick(zh, en)).collect()
}

/// Things with the names of the inquiries' owners.
struct Known {
    things: Things,
    names: HashMap<UserId, String>,
}

/// Reads things on a caller's behalf, in the order in which they were found.
pub fn read(
    conn: &mut DbConnection,
    caller: &Caller,
    found: &[Found],
    (language, zone): (Language, Tz),
) -> Result<Vec<Thing>> {
    let things = things::read(conn, caller, found)?;
    let owners: BTreeSet<UserId> =
        things.inquiries.values().filter_map(|seen| seen.inquiry.assignee_id).collect();
    let owners: Vec<UserId> = owners.into_iter().collect();
    let names = access::store::names(conn, &owners)?.into_iter().collect();
    let known = Known { things, names };
    Ok(found.iter().map(|found| known.thing(found, language, zone)).collect())
}

impl Known {
    fn thing(&self, found: &Found, language: Language, zone: Tz) -> Thing {
        let inquiry = found.inquiry();
        let seen = self.things.inquiries.get(&inquiry);
        let about = match seen {
            Some(seen) => about(seen, language),
            None => language
                .pick("（已删除或已不在您的范围内）", "(deleted, or out of your reach by now)")
                .to_owned(),
        };
        let cells = match found {
            _ if seen.is_none() => Vec::new(),
            Found::Inquiry(_) => seen.map(|seen| self.of_inquiry(seen, language, zone)).unwrap_or_default(),
            Found::FollowUp(id, _) => self.of_follow_up(*id, language, zone),
            Found::Event(id, _) => self.of_event(*id, language, zone),
        };
        Thing { inquiry, about, cells }
    }

    fn owner(&self, owner: Option<UserId>, language: Language) -> String {
        match owner {
            Some(owner) => self.names.get(&owner).cloned().unwrap_or_default(),
            None => language.pick("公海", "Pool").to_owned(),
        }
    }

    fn of_inquiry(&self, seen: &Seen<VisibleInquiry>, language: Language, zone: Tz) -> Vec<String> {
        let names = seen.inquiry.status.names();
        vec![
            language.pick(names.zh, names.en).to_owned(),
            self.owner(seen.inquiry.assignee_id, language),
            moment(seen.inquiry.received_at, zone),
        ]
    }

    /// Nothing of one that was deleted.
    fn of_follow_up(&self, id: FollowUpId, language: Language, zone: Tz) -> Vec<String> {
        let Some(seen) = self.things.follow_ups.get(&id) else { return Vec::new() };
        let (follow_up, owner) = &**seen;
        let (zh, en) = follow_up.kind.label();
        let at = |at: Option<Timestamp>| at.map(|at| moment(at, zone)).unwrap_or_default();
        let outcome = follow_up.outcome.map(outcome).map(|(zh, en)| language.pick(zh, en).to_owned());
        vec![
            language.pick(zh, en).to_owned(),
            at(follow_up.due_at),
            at(follow_up.done_at),
            outcome.unwrap_or_default(),
            self.owner(*owner, language),
        ]
    }

    fn of_event(&self, id: EventId, language: Language, zone: Tz) -> Vec<String> {
        let Some(seen) = self.things.events.get(&id) else { return Vec::new() };
        let label = event(&seen.kind).map_or(seen.kind.as_str(), |(zh, en)| language.pick(zh, en));
        vec![label.to_owned(), moment(seen.at, zone)]
    }
}

/// The company and the need, as far as they are known.
fn about(seen: &Seen<VisibleInquiry>, language: Language) -> String {
    let items = &seen.inquiry.content.items;
    let need = [&items.need, &items.usage, &items.message].into_iter().flatten().next();
    let need = need.map(|need| {
        let line: Vec<&str> = need.split_whitespace().collect();
        let line = line.join(" ");
        let short = cut(line.clone(), NEED_MAX);
        if short.len() < line.len() { format!("{short}…") } else { short }
    });
    let parts: Vec<String> = items.company.clone().into_iter().chain(need).collect();
    if parts.is_empty() {
        language.pick("有人来咨询", "Somebody inquired").to_owned()
    } else {
        parts.join(" · ")
    }
}

const fn outcome(outcome: Outcome) -> Words {
    match outcome {
        Outcome::Reached => ("已联系上", "Reached"),
        Outcome::NoAnswer => ("无人接听", "No answer"),
        Outcome::WrongNumber => ("号码错误", "Wrong number"),
        Outcome::Refused => ("拒绝", "Refused"),
        Outcome::Other => ("其他", "Other"),
    }
}

/// What the events that reports count are called.
fn event(kind: &str) -> Option<Words> {
    Some(match kind {
        "inquiry.received" => ("收到", "Received"),
        "inquiry.repeated" => ("再次提交", "Asked again"),
        "inquiry.assigned" => ("分配", "Assigned"),
        "inquiry.claimed" => ("认领", "Claimed"),
        "inquiry.accepted" => ("接受", "Accepted"),
        "inquiry.declined" => ("拒绝接受", "Declined"),
        "inquiry.released" => ("退回公海", "Released"),
        "inquiry.recycled" => ("回收", "Recycled"),
        "inquiry.unassigned" => ("未能分配", "Not assigned"),
        "inquiry.status_changed" => ("状态变更", "Status changed"),
        "inquiry.deleted" => ("删除", "Deleted"),
        "inquiry.restored" => ("恢复", "Restored"),
        "sla.breached" => ("超时", "Deadline missed"),
        "follow_up.done" => ("跟进完成", "Follow-up done"),
        _ => return None,
    })
}
