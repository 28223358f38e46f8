//! A simulation of the engine and of terms: people, rules, a pool and a clock that jumps. Its transactions,
//! which may crash, are those of `world.rs`, not the program's, which are tested under `tests/api`; what must
//! hold is in `invariants.rs`. `LEADDOCK_SIMULATION_SEEDS` says how many seeds, `LEADDOCK_SIMULATION_SEED`
//! replays one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::Duration;
use leaddock::assignment::decision::roster::Person;
use leaddock::inquiries::events::Trigger;
use leaddock::inquiries::{Inquiry, Status};
use leaddock::kernel::clock::{Clock, Timestamp};
use leaddock::kernel::id::InquiryId;
use serde_json::json;
use uuid::Uuid;

use crate::desk::{Departure, Entry, Event, Lead, Office, World, place};
use crate::dice::Dice;
use crate::draw::{START, any_availability, any_rules, any_settings};
use crate::setup::{at, inquiry, person, settings, team};
use crate::world::{Done, Stop, Tx, Wanted};

const STEPS: usize = 60;

#[expect(clippy::disallowed_methods, reason = "how long a simulation runs is no setting of the program")]
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|number| number.parse().ok())
}

#[test]
fn whatever_happens_engine_and_terms_keep_their_word() {
    if let Some(seed) = asked("LEADDOCK_SIMULATION_SEED") {
        Simulation::run(seed, true);
        return;
    }
    let seeds = asked("LEADDOCK_SIMULATION_SEEDS").unwrap_or(5_000);
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let seen: Vec<Seen> = std::thread::scope(|scope| {
        let work = || {
            let mut seen = Seen::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds {
                    return seen;
                }
                seen.add(Simulation::run(seed, false));
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let mut all = Seen::default();
    seen.into_iter().for_each(|seen| all.add(seen));
    eprintln!("{seeds} seeds: {:?}", all.0);
    // What is never reached is not tested.
    if seeds >= 1_000 {
        for name in [
            "crashed",
            "refused",
            "recycled",
            "warned",
            "breached",
            "escalated",
            "escalated to the pool",
            "reassigned",
            "declined",
            "claimed",
            "auto",
            "manual",
            "closed",
            "recomputed",
            "back in time",
        ] {
            assert!(all.0.get(name).is_some_and(|count| *count * 100 >= seeds), "{name} is hardly reached");
        }
    }
}

#[test]
fn a_seed_gives_the_same_history() {
    for seed in [3, 1_003, 2_003] {
        assert_eq!(Simulation::history(seed), Simulation::history(seed));
    }
    assert_ne!(Simulation::history(4), Simulation::history(5));
}

/// How often something happened.
#[derive(Debug, Default)]
pub struct Seen(BTreeMap<&'static str, u64>);

impl Seen {
    pub fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(what, count)| *self.0.entry(what).or_default() += count);
    }
}

/// Names the seed that failed.
struct Replay(u64);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("replay it with LEADDOCK_SIMULATION_SEED={}", self.0);
        }
    }
}

pub struct Simulation {
    pub dice: Dice,
    pub clock: Clock,
    pub world: World,
    pub seen: Seen,
    pub is_verbose: bool,
    /// The committed part of the log that was checked.
    pub checked: usize,
    /// Warnings by inquiry and ownership, each as of the changes before it.
    pub warned: BTreeMap<(usize, u32), Vec<(u32, u32)>>,
    /// Breaches and steps by inquiry and ownership.
    pub done: BTreeMap<(usize, u32), Vec<Entry>>,
}

impl Simulation {
    fn run(seed: u64, is_verbose: bool) -> Seen {
        let _replay = Replay(seed);
        let mut simulation = Self::new(seed, is_verbose);
        for _ in 0..STEPS {
            simulation.step();
        }
        simulation.seen
    }

    fn history(seed: u64) -> Vec<Event> {
        let mut simulation = Self::new(seed, false);
        for _ in 0..STEPS {
            simulation.step();
        }
        simulation.world.log
    }

    fn new(seed: u64, is_verbose: bool) -> Self {
        let mut dice = Dice::seeded(seed);
        let people: Vec<Person> = (0..usize::try_from(dice.between(8, 20)).unwrap())
            .map(|n| Person {
                team: (!dice.once_in(8)).then(|| team(dice.place(3))),
                is_active: !dice.once_in(12),
                availability: any_availability(&mut dice, START),
                ..person(n)
            })
            .collect();
        let rules = any_rules(&mut dice, people.len());
        let calendar = json!({"holidays": [{"date": "2027-03-03"}, {"date": "2027-03-15"}],
            "make_up_days": [{"date": "2027-03-06", "as": 1}, {"date": "2027-03-14", "as": 5}]});
        let settings = any_settings(&mut dice, settings(&calendar));
        let start = at(START).plus(Duration::minutes(dice.below(2_880).into()));
        Self {
            dice,
            clock: Clock::manual(start),
            world: World::new(Office { people, rules, settings, changes: 0 }),
            seen: Seen::default(),
            is_verbose,
            checked: 0,
            warned: BTreeMap::new(),
            done: BTreeMap::new(),
        }
    }

    /// Runs a transaction, which may crash at any of its writes: then nothing of it is left.
    fn transact(&mut self, what: &'static str, change: impl FnOnce(&mut Tx) -> Done) {
        let fuse = self.dice.once_in(7).then(|| self.dice.below(7));
        let mut tx = Tx::begin(&self.world, self.clock.now(), fuse);
        let end = match change(&mut tx) {
            Ok(()) => what,
            Err(Stop::Crashed) => "crashed",
            Err(Stop::Refused) => "refused",
        };
        if self.is_verbose {
            eprintln!("{} {what}: {end}", self.clock.now());
            tx.world.log[self.world.log.len()..].iter().for_each(|event| eprintln!("    {event:?}"));
        }
        if end == what {
            self.world = tx.world;
        }
        self.seen.note(end);
        self.check();
    }

    fn step(&mut self) {
        match self.dice.below(100) {
            0..=21 => self.create(),
            22..=26 => self.accept(),
            27..=32 => self.on_some_lead("declined", |tx, lead| tx.decline(lead)),
            33..=41 => self.claim(),
            42..=45 => self.release(),
            46..=51 => self.on_some_lead("contacted", |tx, lead| tx.contact(lead)),
            52..=56 => self.change_status(),
            57..=59 => self.assign(),
            60..=66 => self.change_person(),
            67..=69 => self.change_settings(),
            70..=71 => self.change_rules(),
            72..=74 => self.recompute(),
            75..=89 => self.let_time_pass(),
            _ => self.sweep(),
        }
    }

    // ---- what people do

    fn create(&mut self) {
        let lead = self.world.leads.len();
        let kind = self.dice.of(&["land", "factory_rent", "office_rent"]);
        self.transact("received", |tx| {
            tx.deciding(|tx, decisions| {
                let made = Inquiry {
                    id: InquiryId::from_uuid(Uuid::from_u128(u128::try_from(lead).unwrap())),
                    received_at: tx.now,
                    created_at: tx.now,
                    updated_at: tx.now,
                    ..inquiry(&json!({ "need_kind": kind }))
                };
                tx.world.leads.push(Lead { inquiry: Arc::new(made), ownership: 0, changes: 0 });
                let wanted = Wanted { lead, trigger: Trigger::Received, not: None, declined_by: None };
                tx.give(decisions, wanted).map(drop)
            })
        });
    }

    fn some_lead(&mut self) -> Option<usize> {
        let count = self.world.leads.len();
        (count > 0).then(|| self.dice.place(count))
    }

    fn some_held_lead(&mut self) -> Option<usize> {
        let held: Vec<usize> =
            (0..self.world.leads.len()).filter(|lead| self.world.holder(*lead).is_some()).collect();
        (!held.is_empty()).then(|| self.dice.of(&held))
    }

    fn on_some_lead(&mut self, what: &'static str, change: impl FnOnce(&mut Tx, usize) -> Done) {
        if let Some(lead) = self.some_held_lead() {
            self.transact(what, |tx| change(tx, lead));
        }
    }

    fn accept(&mut self) {
        self.on_some_lead("accepted", |tx, lead| {
            if tx.lead(lead).accepted_at.is_some() {
                return Err(Stop::Refused);
            }
            let now = tx.now;
            tx.update(lead, |inquiry| inquiry.accepted_at = Some(now))?;
            tx.recompute(lead)
        });
    }

    fn claim(&mut self) {
        let in_pool = |lead: &Lead| {
            lead.inquiry.assignee_id.is_none() && lead.inquiry.status.category().word() == "open"
        };
        let pool: Vec<usize> =
            (0..self.world.leads.len()).filter(|lead| in_pool(&self.world.leads[*lead])).collect();
        if pool.is_empty() {
            return;
        }
        let (lead, who) = (self.dice.of(&pool), self.dice.place(self.world.office.people.len()));
        if self.world.office.people[who].is_active {
            self.transact("claimed", |tx| tx.claim(lead, who));
        }
    }

    fn release(&mut self) {
        self.on_some_lead("released", |tx, lead| {
            let owner = tx.world.holder(lead).unwrap();
            tx.lead(lead);
            tx.lost(lead, owner)?;
            tx.put_back(lead, Departure::Released)
        });
    }

    fn change_status(&mut self) {
        let Some(lead) = self.some_lead() else { return };
        let open = [Status::Contacted, Status::Qualified, Status::Viewing];
        let (status, what) = if self.dice.once_in(3) {
            (self.dice.of(&[Status::Lost, Status::Signed]), "closed")
        } else {
            (self.dice.of(&open), "moved")
        };
        self.transact(what, |tx| tx.move_to(lead, status));
    }

    /// A manager gives it to somebody, whatever their limits, or has the rules do it.
    fn assign(&mut self) {
        let Some(lead) = self.some_lead() else { return };
        let (who, is_auto) = (self.dice.place(self.world.office.people.len()), self.dice.once_in(2));
        self.transact(if is_auto { "auto" } else { "manual" }, |tx| {
            let owner = tx.world.leads[lead].inquiry.assignee_id.map(place);
            if is_auto {
                return tx.deciding(|tx, decisions| {
                    let wanted = Wanted { lead, trigger: Trigger::Auto, not: owner, declined_by: None };
                    tx.give(decisions, wanted)?.map(drop).ok_or(Stop::Refused)
                });
            }
            if owner == Some(who) || !tx.world.office.people[who].is_active {
                return Err(Stop::Refused);
            }
            tx.lead(lead);
            let day = tx.today();
            tx.set_owner(lead, who, Trigger::Manual, day)
        });
    }

    // ---- what is set

    fn change_office(&mut self, what: &'static str, change: impl FnOnce(&mut Office)) {
        self.transact(what, |tx| {
            let mut office = (*tx.world.office).clone();
            change(&mut office);
            let fresh = World::new(office);
            tx.world.is_stale |= tx.world.office.changes != fresh.office.changes;
            (tx.world.office, tx.world.roster) = (fresh.office, fresh.roster);
            Ok(())
        });
    }

    fn change_person(&mut self) {
        let who = self.dice.place(self.world.office.people.len());
        let now = self.clock.now().to_string();
        let fresh = any_availability(&mut self.dice, &now);
        let what = self.dice.below(6);
        self.change_office("person", |office| {
            let person = &mut office.people[who];
            match what {
                0 => person.availability.paused = !person.availability.paused,
                1 => person.is_active = !person.is_active,
                2 => person.availability.absences = fresh.absences,
                3 => person.availability.shifts = fresh.shifts,
                _ => person.availability = fresh,
            }
        });
    }

    fn change_settings(&mut self) {
        let fresh = any_settings(&mut self.dice, self.world.office.settings.clone());
        self.change_office("settings", |office| {
            office.settings = fresh;
            office.changes += 1;
        });
    }

    fn change_rules(&mut self) {
        let fresh = any_rules(&mut self.dice, self.world.office.people.len());
        self.change_office("rules", |office| {
            office.rules = fresh;
        });
    }

    /// The timer after a change of settings; one that crashes fires again.
    fn recompute(&mut self) {
        if self.world.is_stale {
            self.transact("recomputed", |tx| {
                (0..tx.world.leads.len()).try_for_each(|lead| tx.recompute(lead))?;
                tx.world.is_stale = false;
                Ok(())
            });
        }
    }

    // ---- what time does

    fn let_time_pass(&mut self) {
        let minutes = match self.dice.below(20) {
            0 => -i64::from(self.dice.between(1, 600)),
            1 => 1_440 * i64::from(self.dice.between(7, 21)),
            2..=4 => 1_440 * i64::from(self.dice.between(1, 6)),
            5..=9 => 60 * i64::from(self.dice.between(1, 30)),
            _ => i64::from(self.dice.between(1, 90)),
        };
        if minutes < 0 {
            self.seen.note("back in time");
        }
        self.clock.advance(Duration::minutes(minutes));
        // Mostly it is looked at once; at times nobody was there for long.
        if self.dice.once_in(2) {
            self.sweep();
        }
    }

    /// Looks at all that is due, the longest ago first, each in a transaction of its own.
    fn sweep(&mut self) {
        let now = self.clock.now();
        let next = |lead: &Lead| lead.inquiry.deadlines.next_deadline_at;
        let mut due: Vec<(Timestamp, usize)> = Vec::new();
        for (n, lead) in self.world.leads.iter().enumerate() {
            due.extend(next(lead).filter(|at| *at <= now).map(|at| (at, n)));
        }
        due.sort_unstable();
        for (at, lead) in due {
            let before = self.world.log.len();
            self.transact("looked at", |tx| tx.look_at(lead));
            // It crashed, and is looked at next time.
            if next(&self.world.leads[lead]) == Some(at) && self.world.log.len() == before {
                continue;
            }
            let deadline = next(&self.world.leads[lead]);
            assert!(deadline.is_none_or(|at| at > now), "it would be looked at for ever");
            self.check_due(lead);
        }
    }
}
