//! Trying a draft of rules on inquiries that came lately: who would have got what. Reads only.
//! How rules decide is in `../decision/engine.rs`.

use std::collections::{BTreeMap, HashMap};

use chrono::Duration;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::NewRule;
use super::check::{KnownForm, check};
use super::model::Rule;
use super::store;
use crate::access::{Caller, Permission, Scope};
use crate::assignment::decision::engine::{Case, Excluded, State};
use crate::assignment::decision::roster::{self, Roster};
use crate::assignment::decision::rotation::Rotation;
use crate::inquiries::Inquiry;
use crate::inquiries::conditions::Subject;
use crate::inquiries::events::{Assigned, Trigger};
use crate::inquiries::store::received_after;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Fault, FaultKind, Faults, INVALID, Result};
use crate::kernel::id::{InquiryId, RuleId, UserId};
use crate::platform::db::types::Json;
use crate::platform::db::{DbConnection, Read};
use crate::platform::events;

/// Days that are looked at unless others are asked for.
pub const DAYS: u32 = 30;
/// Changes that are listed.
const CHANGES_MAX: usize = 200;
/// Inquiries that are read at once.
const CHUNK: i64 = 500;
/// Inquiries that are looked at; for more than these take fewer days.
const INQUIRIES_MAX: u64 = 50_000;

static TOO_MANY: FaultKind = FaultKind::new(
    "too_many",
    "这段时间的线索超过 50000 条，请缩短天数。",
    "More than 50,000 inquiries came in that time: take fewer days.",
);

/// What a draft would have done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"inquiries": 9, "pool": {"now": 0, "draft": 1}}))]
pub struct Simulation {
    from: Timestamp,
    to: Timestamp,
    /// How many came within reach in that time.
    inquiries: u64,
    per_user: Vec<PerUser>,
    pool: Counts,
    /// The rules of the draft, then the fallback.
    per_rule: Vec<PerRule>,
    /// Those that would have gone to another one; 200 at most, the earliest first.
    changed: Vec<Change>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
struct Counts {
    now: i64,
    draft: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "林静秋", "now": 9, "draft": 6, "difference": -3}))]
struct PerUser {
    user_id: UserId,
    name: String,
    /// By the first decision that was really made.
    now: i64,
    draft: i64,
    difference: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"index": 0, "name": "苏州大厂房", "matched": 3}))]
struct PerRule {
    index: usize,
    name: String,
    matched: i64,
}

/// An inquiry that would have gone to another one; null: to the pool.
#[derive(Debug, Serialize, ToSchema)]
struct Change {
    inquiry_id: InquiryId,
    now: Option<UserId>,
    draft: Option<UserId>,
}

/// Rules to be tried on what came in the last days.
pub struct Draft {
    pub rules: Vec<NewRule>,
    pub days: u32,
}

/// Tries a draft on what came in the last days within the caller's reach. Pauses and who is active are as of
/// now, absences and shifts as of each receipt; limits do not count, and everybody begins without credit.
/// Ends without an answer once nobody waits for it.
pub fn simulate(
    read: &mut Read<'_>,
    caller: &Caller,
    Draft { rules: draft, days }: Draft,
    known_form: KnownForm,
    is_awaited: &dyn Fn() -> bool,
) -> Result<Simulation> {
    let mut faults = Faults::default();
    for (n, rule) in draft.iter().enumerate() {
        let mut of_rule = Faults::default();
        check(read.conn, Some(&rule.when), Some(&rule.then), known_form, &mut of_rule)?;
        of_rule.below(&format!("/rules/{n}"), &mut faults);
    }
    faults.none_or(&INVALID)?;
    let roster = roster::read(read)?.with_rules(with_fallback(read.conn, draft)?)?;
    let from = read.now.minus(Duration::days(i64::from(days)));
    let scope = Scope { reach: Permission::ReadInquiries.reach(caller.role), ..caller.scope };
    let mut trial = Trial::new(&roster);
    let mut after = InquiryId::floor(from);
    loop {
        let chunk = received_after(read.conn, &scope, after, CHUNK)?;
        let Some(last) = chunk.last() else { break };
        after = last.id;
        trial.take(read.conn, &chunk, is_awaited)?;
        if trial.inquiries > INQUIRIES_MAX {
            return Err(Error::invalid(vec![Fault::new("/days", &TOO_MANY)]));
        }
    }
    Ok(trial.simulation(from, read.now))
}

/// The draft as rules of their own, and the present fallback behind it.
fn with_fallback(conn: &mut DbConnection, draft: Vec<NewRule>) -> Result<Vec<Rule>> {
    let at = Timestamp::from_millis(0);
    let drafted = draft.into_iter().zip(1_u128..).map(|(rule, number)| Rule {
        id: RuleId::from_uuid(Uuid::from_u128(number)),
        position: 0,
        name: rule.name,
        active: rule.active,
        is_fallback: false,
        conditions: Json(rule.when),
        action: Json(rule.then),
        version: 1,
        created_at: at,
        updated_at: at,
    });
    let mut rules: Vec<Rule> = drafted.collect();
    rules.extend(store::all(conn)?.into_iter().filter(|rule| rule.is_fallback));
    Ok(rules)
}

/// A draft, and what it has done by now.
struct Trial<'a> {
    roster: &'a Roster,
    state: State,
    inquiries: u64,
    users: BTreeMap<UserId, Counts>,
    pool: Counts,
    matched: HashMap<RuleId, i64>,
    changed: Vec<Change>,
}

impl<'a> Trial<'a> {
    fn new(roster: &'a Roster) -> Self {
        Self {
            roster,
            state: State { is_unlimited: true, ..State::default() },
            inquiries: 0,
            users: BTreeMap::new(),
            pool: Counts::default(),
            matched: HashMap::new(),
            changed: Vec::new(),
        }
    }

    fn take(
        &mut self,
        conn: &mut DbConnection,
        chunk: &[Inquiry],
        is_awaited: &dyn Fn() -> bool,
    ) -> Result<()> {
        let first = first_owners(conn, chunk)?;
        for inquiry in chunk {
            if !is_awaited() {
                return Err(Error::unavailable("nobody waits for the trial any more"));
            }
            let case = Case {
                roster: self.roster,
                subject: &Subject::of(inquiry),
                at: inquiry.received_at,
                excluded: Excluded::default(),
            };
            let decision = case.decide(&mut self.state, |_| Ok(Rotation::default()))?;
            for tried in decision.rules.iter().filter(|tried| tried.matched) {
                *self.matched.entry(tried.rule_id).or_default() += 1;
            }
            let (now, draft) = (first.get(&inquiry.id).copied(), decision.chosen.map(|chosen| chosen.user));
            self.counts(now).now += 1;
            self.counts(draft).draft += 1;
            self.inquiries += 1;
            if now != draft && self.changed.len() < CHANGES_MAX {
                self.changed.push(Change { inquiry_id: inquiry.id, now, draft });
            }
        }
        Ok(())
    }

    fn counts(&mut self, user: Option<UserId>) -> &mut Counts {
        match user {
            Some(user) => self.users.entry(user).or_default(),
            None => &mut self.pool,
        }
    }

    fn simulation(self, from: Timestamp, to: Timestamp) -> Simulation {
        let per_user = self.users.into_iter().map(|(user_id, Counts { now, draft })| PerUser {
            user_id,
            name: self.roster.person(user_id).map(|person| person.name.clone()).unwrap_or_default(),
            now,
            draft,
            difference: draft - now,
        });
        let per_rule = self.roster.rules.iter().enumerate().map(|(index, rule)| PerRule {
            index,
            name: rule.name.clone(),
            matched: self.matched.get(&rule.id).copied().unwrap_or(0),
        });
        Simulation {
            from,
            to,
            inquiries: self.inquiries,
            per_user: per_user.collect(),
            pool: self.pool,
            per_rule: per_rule.collect(),
            changed: self.changed,
        }
    }
}

/// To whom each of these went when it came, if to anybody.
fn first_owners(conn: &mut DbConnection, chunk: &[Inquiry]) -> Result<HashMap<InquiryId, UserId>> {
    let received: HashMap<InquiryId, Timestamp> =
        chunk.iter().map(|inquiry| (inquiry.id, inquiry.received_at)).collect();
    let subjects: Vec<events::Subject> = chunk.iter().map(|inquiry| inquiry.id.into()).collect();
    let mut first = HashMap::new();
    for event in events::of_fact_about::<Assigned>(conn, &subjects)? {
        let Some(id) = event.subject.map(InquiryId::from) else { continue };
        let Some(fact) = event.fact::<Assigned>()? else { continue };
        let is_first = fact.trigger == Trigger::Received || received.get(&id) == Some(&event.at);
        if is_first {
            first.entry(id).or_insert(fact.assignee_id);
        }
    }
    Ok(first)
}
