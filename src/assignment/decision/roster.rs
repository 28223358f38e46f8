//! All that rules look at and that seldom changes: the rules, compiled, the people with their availability,
//! working time and the settings. Kept in memory by its revision, which every change of them renews.
//! What changes with each decision is in `session.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use chrono_tz::Tz;

use super::model::CandidateReason;
use super::store;
use crate::access::events::{PasswordSet, UserCreated, UserUpdated};
use crate::access::{self, Caller, Reach, Role, User};
use crate::assignment::availability::{self, Availability};
use crate::assignment::events::{AvailabilityChanged, PoolChanged, RulesChanged, SlaChanged};
use crate::assignment::pool::PoolSettings;
use crate::assignment::rules::model::CandidateSet;
use crate::assignment::rules::{self, Otherwise, Rule, Strategy};
use crate::assignment::terms::SlaSettings;
use crate::calendar::events::CalendarChanged;
use crate::calendar::{Calendar, WorkingTime};
use crate::inquiries::Condition;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{RuleId, TeamId, UserId};
use crate::platform::db::{DbConnection, Read, Tx};
use crate::platform::events::Subscribers;
use crate::platform::settings;

/// The people and the rules, as of one revision.
#[derive(Debug)]
pub struct Roster {
    pub people: Vec<Person>,
    places: HashMap<UserId, usize>,
    pub rules: Vec<CompiledRule>,
    pub working: WorkingTime,
    pub pool: PoolSettings,
    pub sla: SlaSettings,
}

/// The settings that decisions look at.
#[derive(Debug, Clone)]
pub struct Settings {
    pub working: WorkingTime,
    pub pool: PoolSettings,
    pub sla: SlaSettings,
}

/// Somebody who may be given inquiries.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: UserId,
    pub name: String,
    pub role: Role,
    pub team: Option<TeamId>,
    /// They may log in: are active and have a password.
    pub is_active: bool,
    pub availability: Availability,
}

/// A rule whose conditions and candidates are looked up.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    pub id: RuleId,
    pub name: String,
    pub is_active: bool,
    /// Each with the member of `when` that it is from.
    pub conditions: Vec<(&'static str, Condition)>,
    pub strategy: Strategy,
    pub otherwise: Otherwise,
    /// Its candidates in the order of their ids, each with their place among the people and their weight.
    pub candidates: Vec<(usize, u32)>,
    /// Candidates who are not of this team are of the wrong one.
    pub team: Option<TeamId>,
}

impl Person {
    /// Why nobody should give them anything at a moment, whatever their hours and limits are.
    pub fn away(&self, at: Timestamp) -> Option<CandidateReason> {
        if self.availability.paused {
            Some(CandidateReason::Paused)
        } else if self.availability.is_absent(at) {
            Some(CandidateReason::Absent)
        } else {
            None
        }
    }
}

impl Roster {
    /// Somebody of the people.
    pub fn person(&self, id: UserId) -> Option<&Person> {
        self.places.get(&id).and_then(|place| self.people.get(*place))
    }

    /// Somebody whom a caller may give inquiries to.
    pub fn person_within_reach(&self, caller: &Caller, reach: Reach, id: UserId) -> Option<&Person> {
        self.person(id).filter(|person| match reach {
            Reach::Everything => true,
            Reach::Team => person.team == caller.team_id,
            Reach::Own => person.id == caller.id,
            Reach::Pool | Reach::OwnAndPool | Reach::Nothing => false,
        })
    }

    /// One of these people, in the order of their ids, and these rules, in the order in which they are tried.
    pub fn of(people: Vec<Person>, rules: Vec<Rule>, settings: Settings) -> Result<Self> {
        let places: HashMap<UserId, usize> =
            people.iter().enumerate().map(|(place, person)| (person.id, place)).collect();
        let rules = rules.into_iter().map(|rule| CompiledRule::of(rule, &people, &places));
        let rules = rules.collect::<Result<_>>()?;
        let Settings { working, pool, sla } = settings;
        Ok(Self { rules, people, places, working, pool, sla })
    }

    fn load(conn: &mut DbConnection, configured: Tz) -> Result<Self> {
        let settings = Settings {
            working: WorkingTime::new(&settings::read::<Calendar>(conn)?, configured),
            pool: settings::read(conn)?,
            sla: settings::read(conn)?,
        };
        Self::of(people(conn)?, rules::store::all(conn)?, settings)
    }

    /// The same with other rules, for trying them.
    pub fn with_rules(self, rules: Vec<Rule>) -> Result<Self> {
        let Self { people, working, pool, sla, .. } = self;
        Self::of(people, rules, Settings { working, pool, sla })
    }
}

fn people(conn: &mut DbConnection) -> Result<Vec<Person>> {
    let mut set: HashMap<UserId, Availability> = availability::store::all(conn)?.into_iter().collect();
    let person = |user: User| Person {
        is_active: user.active && user.password_hash.is_some(),
        availability: set.remove(&user.id).unwrap_or_default(),
        id: user.id,
        name: user.name,
        role: user.role,
        team: user.team_id,
    };
    Ok(access::store::all(conn)?.into_iter().map(person).collect())
}

impl CompiledRule {
    fn of(rule: Rule, people: &[Person], places: &HashMap<UserId, usize>) -> Result<Self> {
        let then = rule.action.0;
        let CandidateSet { users, team, weights } = then.among();
        let mut candidates: Vec<usize> = match (&users, team) {
            _ if then.strategy == Strategy::Pool => Vec::new(),
            (Some(users), _) => users.iter().filter_map(|id| places.get(id).copied()).collect(),
            (None, team) => {
                let is_theirs = |person: &Person| team.is_none_or(|team| person.team == Some(team));
                let agents = people.iter().enumerate().filter(|(_, person)| person.role == Role::Agent);
                agents.filter(|(_, person)| is_theirs(person)).map(|(place, _)| place).collect()
            }
        };
        candidates.sort_unstable();
        candidates.dedup();
        let weight = |place: usize| {
            let person = people.get(place);
            let own = person.map_or(1, |person| person.availability.weight);
            (place, person.and_then(|person| weights.get(&person.id)).copied().unwrap_or(own))
        };
        let conditions = rule.conditions.0.conditions();
        Ok(Self {
            id: rule.id,
            name: rule.name,
            is_active: rule.active,
            conditions: conditions
                .map_err(|member| Error::internal(format!("a rule with an unreadable {member}")))?,
            strategy: then.strategy,
            otherwise: then.otherwise(),
            candidates: candidates.into_iter().map(weight).collect(),
            team,
        })
    }
}

/// The present roster.
pub fn current(tx: &mut Tx<'_>) -> Result<Arc<Roster>> {
    let revision = store::revision(tx.conn)?;
    of_revision(tx, revision)
}

/// The present roster, for whoever only reads.
pub fn read(read: &mut Read<'_>) -> Result<Roster> {
    let configured = read.zone.default_of();
    Roster::load(read.conn, configured)
}

/// The present roster, and the lock of decisions: until this transaction ends nobody else decides, and what
/// the roster is made from does not change.
pub fn lock(tx: &mut Tx<'_>) -> Result<Arc<Roster>> {
    let revision = store::lock_revision(tx)?;
    of_revision(tx, revision)
}

/// The present roster; until this transaction ends nothing is decided by rules, but others may change owners.
pub fn share(tx: &mut Tx<'_>) -> Result<Arc<Roster>> {
    let revision = store::share_revision(tx)?;
    of_revision(tx, revision)
}

fn of_revision(tx: &mut Tx<'_>, revision: crate::platform::db::Revision) -> Result<Arc<Roster>> {
    let configured = tx.configured_zone();
    tx.cached(revision, |conn| Roster::load(conn, configured))
}

/// The members of a user that a roster has.
const LOOKED_AT: [&str; 4] = ["name", "role", "team_id", "active"];

/// Everything that a roster is made from renews its revision when it changes.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<UserCreated>(|tx, _, _| store::renew(tx))
        .on::<UserUpdated>(|tx, _, fact| {
            let is_looked_at = |member: &String| LOOKED_AT.contains(&member.as_str());
            if fact.changed.iter().any(is_looked_at) { store::renew(tx) } else { Ok(()) }
        })
        .on::<PasswordSet>(|tx, _, _| store::renew(tx))
        .on::<AvailabilityChanged>(|tx, _, _| store::renew(tx))
        .on::<RulesChanged>(|tx, _, _| store::renew(tx))
        .on::<PoolChanged>(|tx, _, _| store::renew(tx))
        .on::<SlaChanged>(|tx, _, _| store::renew(tx))
        .on::<CalendarChanged>(|tx, _, _| store::renew(tx));
}
