//! Generates the life of an inquiry as scenes in chronological order, up to the present.
//! Nothing is written to the database here; `acts.rs` plays the scenes.

use chrono::Duration;
use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::chance::Chance;
use super::inquirer::InquirerProfile;
use super::stages::{self, Stage, Talk};
use super::times::{appointment, at_work};
use crate::facts::NeedKind;
use crate::follow_ups::model::{Kind, Outcome};
use crate::inquiries::Status;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;

/// Something that happens to one inquiry.
#[derive(Debug)]
pub struct Scene {
    pub at: Timestamp,
    /// Which inquiry: its number in the demo.
    pub life: usize,
    pub kind: SceneKind,
}

/// Who enters an inquiry by hand; the number selects the user.
#[derive(Debug, Clone, Copy)]
pub enum EnteredBy {
    /// An agent, who keeps it.
    Agent(usize),
    /// A manager, who has it assigned by rotation at once.
    Manager(usize),
    /// A manager, who leaves it unassigned for the time being.
    ManagerForLater(usize),
}

/// What happens in a scene; done by the inquiry's owner unless noted otherwise.
#[derive(Debug)]
pub enum SceneKind {
    Submitted(Box<InquirerProfile>),
    Entered(EnteredBy, Box<InquirerProfile>),
    /// The manager of this number has it assigned by rotation.
    DealtOut(usize),
    /// The team's manager gives it to another agent.
    HandedOver,
    /// The owner enters facts and tags.
    Understood {
        facts: Map<String, Value>,
        tags: Vec<String>,
    },
    FollowedUp {
        kind: Kind,
        outcome: Outcome,
        note: &'static str,
    },
    Planned {
        kind: Kind,
        due_at: Timestamp,
        note: &'static str,
    },
    /// The plan has become due.
    Due,
    Completed {
        outcome: Outcome,
        note: Option<&'static str>,
    },
    Moved {
        status: Status,
        reason: Option<&'static str>,
    },
}

/// The kind of inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    Serious,
    /// The same as one shortly before.
    Duplicate,
    /// Somebody tries the form.
    Trial,
}

/// Generates the scenes of inquiries.
pub struct LifeGenerator<'a> {
    chance: &'a mut Chance,
    now: Timestamp,
    zone: Tz,
    scenes: &'a mut Vec<Scene>,
    life: usize,
    at: Timestamp,
}

impl<'a> LifeGenerator<'a> {
    pub fn new(chance: &'a mut Chance, now: Timestamp, zone: Tz, scenes: &'a mut Vec<Scene>) -> Self {
        Self { chance, now, zone, scenes, life: 0, at: now }
    }

    /// Generates the life of the inquiry of this number, from its arrival to its end or to the present.
    pub fn generate(
        &mut self,
        life: usize,
        arrival: Timestamp,
        profile: InquirerProfile,
        nature: Nature,
    ) -> Result<()> {
        (self.life, self.at) = (life, arrival);
        let (facts, tags) = (profile.facts.clone(), profile.tags.clone());
        let nonsense = match (nature, profile.kind) {
            (Nature::Duplicate, _) => Some("duplicate"),
            (Nature::Trial, _) => Some("test"),
            (Nature::Serious, NeedKind::Spam | NeedKind::Supply) => Some("advertising"),
            (Nature::Serious, _) => None,
        };
        let by_form = nonsense.is_some() || self.chance.percent(80);
        if by_form {
            self.happens(SceneKind::Submitted(Box::new(profile)));
        } else {
            self.entered(profile);
        }
        let minutes = self.first_look();
        self.later(Duration::minutes(minutes));
        if let Some(reason) = nonsense {
            if !facts.is_empty() {
                self.happens(SceneKind::Understood { facts, tags: Vec::new() });
            }
            self.ends(Status::Invalid, reason);
            return Ok(());
        }
        if !self.reached()? {
            return Ok(());
        }
        if by_form {
            self.happens(SceneKind::Understood { facts, tags });
        }
        self.worked_on()
    }

    fn happens(&mut self, kind: SceneKind) {
        // Scenes in the future are left out.
        if self.at <= self.now {
            self.scenes.push(Scene { at: self.at, life: self.life, kind });
        }
    }

    fn ends(&mut self, status: Status, reason: &'static str) {
        self.happens(SceneKind::Moved { status, reason: Some(reason) });
    }

    fn later(&mut self, span: Duration) {
        self.at = at_work(self.chance, self.at.plus(span), self.zone);
    }

    /// Minutes until an agent finds the time: most are quick, some are not.
    fn first_look(&mut self) -> i64 {
        match self.chance.between(1, 100) {
            1..=68 => self.chance.between(3, 45),
            69..=88 => self.chance.between(50, 240),
            89..=97 => self.chance.between(300, 1_500),
            _ => self.chance.between(1_600, 5_200),
        }
    }

    fn entered(&mut self, profile: InquirerProfile) {
        // Entered after a phone call, during working hours.
        self.later(Duration::zero());
        let profile = Box::new(profile);
        let number = self.chance.place(1_000);
        match self.chance.between(1, 10) {
            1..=5 => self.happens(SceneKind::Entered(EnteredBy::Agent(number), profile)),
            6 | 7 => self.happens(SceneKind::Entered(EnteredBy::Manager(number), profile)),
            _ => {
                self.happens(SceneKind::Entered(EnteredBy::ManagerForLater(number), profile));
                let hours = self.chance.between(1, 170);
                self.later(Duration::hours(hours));
                self.happens(SceneKind::DealtOut(number));
            }
        }
    }

    /// The first calls, until somebody answers; false if it ends there.
    fn reached(&mut self) -> Result<bool> {
        let kind = if self.chance.percent(88) { Kind::Call } else { Kind::Wechat };
        let mut outcome = *self.chance.weighted(&[
            (78, Outcome::Reached),
            (17, Outcome::NoAnswer),
            (3, Outcome::WrongNumber),
            (2, Outcome::Refused),
        ])?;
        let note = self.on_call(outcome)?;
        self.happens(SceneKind::FollowedUp { kind, outcome, note });
        for _ in 0..self.chance.between(2, 4) {
            if outcome != Outcome::NoAnswer {
                break;
            }
            outcome = if self.chance.percent(55) { Outcome::Reached } else { Outcome::NoAnswer };
            let again = *self.chance.pick(stages::AGAIN)?;
            let note = self.on_call(outcome)?;
            self.planned((Kind::Call, again, note), (1, 2), outcome);
        }
        match outcome {
            Outcome::Reached => return Ok(true),
            Outcome::WrongNumber => self.ends(Status::Invalid, "wrong_number"),
            Outcome::Refused => self.ends(Status::Invalid, "no_need"),
            Outcome::NoAnswer | Outcome::Other => self.ends(Status::Lost, "no_answer"),
        }
        Ok(false)
    }

    fn on_call(&mut self, outcome: Outcome) -> Result<&'static str> {
        Ok(match outcome {
            Outcome::Reached | Outcome::Other => self.chance.pick(stages::FIRST_WORDS)?,
            Outcome::NoAnswer => self.chance.pick(stages::UNANSWERED)?,
            Outcome::WrongNumber => "号码不对，接电话的人没有填过表",
            Outcome::Refused => "对方说已经不需要了",
        })
    }

    /// A plan, and what comes of it: most are kept, some are done late, a few ahead of time.
    fn planned(&mut self, (kind, note, came_of_it): Talk, (from, to): (i64, i64), outcome: Outcome) {
        let days = self.chance.between(from, to);
        let due_at = appointment(self.chance, self.at, days, self.zone);
        self.happens(SceneKind::Planned { kind, due_at, note });
        let done_at = match self.chance.between(1, 100) {
            1..=12 => due_at
                .minus(Duration::minutes(self.chance.between(5, 90)))
                .max(self.at.plus(Duration::minutes(30))),
            13..=78 => due_at.plus(Duration::seconds(self.chance.between(180, 4_200))),
            79..=92 => at_work(self.chance, due_at.plus(Duration::hours(20)), self.zone),
            late => {
                let most = if late > 98 { 900 } else { 300 };
                let hours = self.chance.between(40, most);
                at_work(self.chance, due_at.plus(Duration::hours(hours)), self.zone)
            }
        };
        if due_at < done_at {
            self.at = due_at;
            self.happens(SceneKind::Due);
        }
        self.at = done_at;
        self.happens(SceneKind::Completed { outcome, note: Some(came_of_it) });
    }

    /// From the first talk through the stages to the signature, or to where it is lost.
    fn worked_on(&mut self) -> Result<()> {
        for stage in stages::STAGES {
            self.happens(SceneKind::Moved { status: stage.status, reason: None });
            if self.chance.percent(3) {
                self.happens(SceneKind::HandedOver);
            }
            self.followed_up(stage)?;
            if !self.chance.percent(stage.go_on) {
                let reason = *self.chance.weighted(stage.lost_for)?;
                self.ends(Status::Lost, reason);
                return Ok(());
            }
        }
        self.moved_in()
    }

    fn followed_up(&mut self, stage: &Stage) -> Result<()> {
        let (least, most) = stage.times;
        for _ in 0..self.chance.between(least, most) {
            let talk = *self.chance.pick(stage.talks)?;
            if self.chance.percent(10) {
                let note = *self.chance.pick(stages::UNANSWERED)?;
                self.planned((Kind::Call, talk.1, note), stage.days, Outcome::NoAnswer);
            }
            self.planned(talk, stage.days, Outcome::Reached);
        }
        Ok(())
    }

    /// After the signature it is seen to until it has moved in; once in a while it falls through.
    fn moved_in(&mut self) -> Result<()> {
        self.happens(SceneKind::Moved { status: Status::Signed, reason: None });
        for _ in 0..self.chance.between(1, 3) {
            let talk = *self.chance.pick(stages::MOVING_IN)?;
            self.planned(talk, stages::MOVING_IN_DAYS, Outcome::Reached);
        }
        match self.chance.between(1, 100) {
            1..=78 => self.happens(SceneKind::Moved { status: Status::Landed, reason: None }),
            79..=82 => self.ends(Status::Lost, "postponed"),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::inquirer::inquirer;

    fn profile(seed: u64) -> Vec<Scene> {
        let now = Timestamp::parse("2026-11-23T15:00:00+08:00").unwrap();
        let (mut chance, mut scenes) = (Chance::seeded(seed), Vec::new());
        for life in 0..300 {
            let profile = inquirer(&mut chance, life).unwrap();
            let days = chance.between(0, 300);
            let mut generator = LifeGenerator::new(&mut chance, now, chrono_tz::Asia::Shanghai, &mut scenes);
            generator.generate(life, now.minus(Duration::days(days)), profile, Nature::Serious).unwrap();
        }
        assert!(scenes.iter().all(|scene| scene.at <= now));
        scenes
    }

    #[test]
    fn a_life_goes_forward_along_legal_moves() {
        let scenes = profile(1);
        for life in 0..300 {
            let (mut status, mut at, mut plans) = (Status::New, Timestamp::from_millis(0), 0);
            for scene in scenes.iter().filter(|scene| scene.life == life) {
                assert!(at <= scene.at);
                at = scene.at;
                match &scene.kind {
                    SceneKind::Moved { status: to, reason } => {
                        assert!(status.may_become(*to), "{status:?} {to:?}");
                        assert!(
                            to.reasons().is_empty() == reason.is_none()
                                && reason.is_none_or(|key| to.reasons().iter().any(|known| known.key == key))
                        );
                        status = *to;
                    }
                    SceneKind::Planned { due_at, .. } => {
                        assert!(plans == 0 && *due_at > scene.at);
                        plans += 1;
                    }
                    SceneKind::Completed { .. } => plans -= 1,
                    SceneKind::Due => assert_eq!(plans, 1),
                    _ => {}
                }
            }
        }
    }
}
