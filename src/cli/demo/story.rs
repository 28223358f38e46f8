//! Generates the life of an inquiry as scenes, up to the present.
//! Nothing is written to the database here; `play.rs` does that.

use chrono::Duration;
use chrono_tz::Tz;

use super::profile::Profile;
use super::texts::{Chance, Stage, Talk, Texts};
use super::times::{appointment, at_work};
use crate::access::Role;
use crate::facts::NeedKind;
use crate::follow_ups::actions::Completion;
use crate::follow_ups::model::{Kind, NewFollowUp, Outcome};
use crate::inquiries::Status;
use crate::inquiries::actions::Move;
use crate::inquiries::model::InquiryPatch;
use crate::intake::entry::actions::Assign;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;

/// Seed of the random numbers: two runs generate the same year, relative to now.
const SEED: u64 = 20_320_681;

/// Something that happens to one inquiry.
#[derive(Debug)]
pub struct Scene {
    pub at: Timestamp,
    /// Which inquiry: its number in the demo.
    pub inquiry: usize,
    pub act: Act,
}

/// What happens in a scene; done by the inquiry's owner unless noted otherwise.
#[derive(Debug)]
pub enum Act {
    /// By the inquirer, on the park's site.
    Submit(Profile),
    /// Entered by hand, by the user of this role and number.
    Enter(Role, usize, Assign, Profile),
    /// The manager of this number has it assigned by rotation.
    AssignByRotation(usize),
    /// The team's manager gives it to another agent.
    HandOver,
    Update(InquiryPatch),
    AddFollowUp(NewFollowUp),
    /// The plan has become due.
    Due,
    Complete(Completion),
    Move(Move),
}

/// Generates one life after the other.
pub struct Story<'a> {
    pub chance: Chance,
    texts: &'a Texts,
    now: Timestamp,
    zone: Tz,
    /// What happens in the life that was generated last.
    pub scenes: Vec<Scene>,
    /// The inquiry whose life is generated, and how far it is.
    inquiry: usize,
    at: Timestamp,
}

impl<'a> Story<'a> {
    /// Up to a moment.
    pub fn new(texts: &'a Texts, now: Timestamp, zone: Tz) -> Self {
        let chance = Chance::seeded(SEED);
        Self { chance, texts, now, zone, scenes: Vec::new(), inquiry: 0, at: now }
    }
}

impl Story<'_> {
    /// The life of an inquiry, from its arrival to its end or to the present. Now and then somebody tests the
    /// form, or a recent inquirer submits again.
    pub fn life(&mut self, inquiry: usize, arrival: Timestamp, recent: &[Profile]) -> Result<Profile> {
        (self.inquiry, self.at) = (inquiry, arrival);
        let lot = self.chance.between(1, 200);
        let (profile, invalid) = match lot {
            1 => (Profile::test(self.texts), Some("test")),
            2..=6 if !recent.is_empty() => (self.chance.pick(recent)?.clone(), Some("duplicate")),
            _ => {
                let profile = Profile::generate(&mut self.chance, self.texts, self.inquiry)?;
                let advertises = matches!(profile.kind, NeedKind::Spam | NeedKind::Supply);
                (profile, advertises.then_some("advertising"))
            }
        };
        let by_form = invalid.is_some() || self.chance.percent(80);
        if by_form {
            self.happens(Act::Submit(profile.clone()));
        } else {
            self.entered(profile.clone());
        }
        let minutes = self.minutes_to_first_call();
        self.later(Duration::minutes(minutes));
        let (facts, tags) = (Some(Some(profile.facts.clone())), Some(profile.tags.clone()));
        if let Some(reason) = invalid {
            if !profile.facts.is_empty() {
                self.happens(Act::Update(InquiryPatch { facts, ..InquiryPatch::default() }));
            }
            self.moves(Status::Invalid, Some(reason));
        } else if self.reached()? {
            if by_form {
                self.happens(Act::Update(InquiryPatch { facts, tags, ..InquiryPatch::default() }));
            }
            self.worked_on()?;
        }
        Ok(profile)
    }

    fn happens(&mut self, act: Act) {
        // Scenes in the future are left out.
        if self.at <= self.now {
            self.scenes.push(Scene { at: self.at, inquiry: self.inquiry, act });
        }
    }

    fn moves(&mut self, status: Status, reason: Option<&str>) {
        self.happens(Act::Move(Move { status, reason: reason.map(str::to_owned), note: None }));
    }

    fn later(&mut self, span: Duration) {
        self.at = at_work(&mut self.chance, self.at.plus(span), self.zone);
    }

    /// Most are called soon, some are not.
    fn minutes_to_first_call(&mut self) -> i64 {
        match self.chance.between(1, 100) {
            1..=68 => self.chance.between(3, 45),
            69..=88 => self.chance.between(50, 240),
            89..=97 => self.chance.between(300, 1_500),
            _ => self.chance.between(1_600, 5_200),
        }
    }

    /// Entered after a phone call, during working hours: by an agent, who keeps it, or by a manager, who has
    /// it assigned by rotation, at once or later.
    fn entered(&mut self, profile: Profile) {
        self.later(Duration::zero());
        let lot = self.chance.between(1, 10);
        let number = usize::try_from(self.chance.between(0, 999)).unwrap_or(0);
        let (role, assign) = match lot {
            1..=5 => (Role::Agent, Assign::Me),
            6 | 7 => (Role::Manager, Assign::Auto),
            _ => (Role::Manager, Assign::None),
        };
        self.happens(Act::Enter(role, number, assign, profile));
        if assign == Assign::None {
            let hours = self.chance.between(1, 170);
            self.later(Duration::hours(hours));
            self.happens(Act::AssignByRotation(number));
        }
    }

    /// The first calls, until somebody answers; false if it ends there.
    fn reached(&mut self) -> Result<bool> {
        let kind = if self.chance.percent(88) { Kind::Call } else { Kind::Wechat };
        let mut outcome = match self.chance.between(1, 100) {
            1..=78 => Outcome::Reached,
            79..=95 => Outcome::NoAnswer,
            96..=98 => Outcome::WrongNumber,
            _ => Outcome::Refused,
        };
        let note = self.note_of_call(outcome)?;
        self.happens(Act::AddFollowUp(follow_up(kind, None, Some(outcome), &note)));
        for _ in 0..self.chance.between(2, 4) {
            if outcome != Outcome::NoAnswer {
                break;
            }
            outcome = if self.chance.percent(55) { Outcome::Reached } else { Outcome::NoAnswer };
            let plan = self.chance.pick(&self.texts.call_again)?.clone();
            let note = self.note_of_call(outcome)?;
            self.planned(&Talk { kind: Kind::Call, plan, note }, (1, 2), outcome);
        }
        match outcome {
            Outcome::Reached => return Ok(true),
            Outcome::WrongNumber => self.moves(Status::Invalid, Some("wrong_number")),
            Outcome::Refused => self.moves(Status::Invalid, Some("no_need")),
            Outcome::NoAnswer | Outcome::Other => self.moves(Status::Lost, Some("no_answer")),
        }
        Ok(false)
    }

    fn note_of_call(&mut self, outcome: Outcome) -> Result<String> {
        Ok(match outcome {
            Outcome::Reached | Outcome::Other => self.chance.pick(&self.texts.reached)?.clone(),
            Outcome::NoAnswer => self.chance.pick(&self.texts.unanswered)?.clone(),
            Outcome::WrongNumber => "号码不对，接电话的人没有填过表".to_owned(),
            Outcome::Refused => "对方说已经不需要了".to_owned(),
        })
    }

    /// A plan, and what comes of it: most are kept, some are done late, a few ahead of time.
    fn planned(&mut self, talk: &Talk, (from, to): (i64, i64), outcome: Outcome) {
        let chance = &mut self.chance;
        let days = chance.between(from, to);
        let due_at = appointment(chance, self.at, days, self.zone);
        let done_at = match chance.between(1, 100) {
            1..=12 => due_at
                .minus(Duration::minutes(chance.between(5, 90)))
                .max(self.at.plus(Duration::minutes(30))),
            13..=78 => due_at.plus(Duration::seconds(chance.between(180, 4_200))),
            79..=92 => at_work(chance, due_at.plus(Duration::hours(20)), self.zone),
            late => {
                let hours = chance.between(40, if late > 98 { 900 } else { 300 });
                at_work(chance, due_at.plus(Duration::hours(hours)), self.zone)
            }
        };
        self.happens(Act::AddFollowUp(follow_up(talk.kind, Some(due_at), None, &talk.plan)));
        if due_at < done_at {
            self.at = due_at;
            self.happens(Act::Due);
        }
        self.at = done_at;
        self.happens(Act::Complete(Completion { outcome, note: Some(talk.note.clone()), next: None }));
    }

    /// From the first talk through the stages to the signature, or to where it is lost.
    fn worked_on(&mut self) -> Result<()> {
        for stage in &self.texts.stages {
            self.moves(stage.status, None);
            if self.chance.percent(3) {
                self.happens(Act::HandOver);
            }
            self.followed_up(stage)?;
            if !self.chance.percent(stage.go_on) {
                let (_, reason) = self.chance.pick_weighted(&stage.lost_for, |(weight, _)| *weight)?;
                self.moves(Status::Lost, Some(reason));
                return Ok(());
            }
        }
        self.moves(Status::Signed, None);
        for _ in 0..self.chance.between(1, 3) {
            let talk = self.chance.pick(&self.texts.moving_in)?;
            self.planned(talk, (12, 35), Outcome::Reached);
        }
        match self.chance.between(1, 100) {
            1..=78 => self.moves(Status::Landed, None),
            79..=82 => self.moves(Status::Lost, Some("postponed")),
            _ => {}
        }
        Ok(())
    }

    fn followed_up(&mut self, stage: &Stage) -> Result<()> {
        for _ in 0..self.chance.between(stage.times.0, stage.times.1) {
            let talk = self.chance.pick(&stage.talks)?;
            if self.chance.percent(10) {
                let note = self.chance.pick(&self.texts.unanswered)?.clone();
                let unanswered = Talk { kind: Kind::Call, plan: talk.plan.clone(), note };
                self.planned(&unanswered, stage.days, Outcome::NoAnswer);
            }
            self.planned(talk, stage.days, Outcome::Reached);
        }
        Ok(())
    }
}

fn follow_up(kind: Kind, due_at: Option<Timestamp>, outcome: Option<Outcome>, note: &str) -> NewFollowUp {
    NewFollowUp { kind, due_at, done_at: None, outcome, note: Some(note.to_owned()), next: None }
}

#[cfg(test)]
mod tests {
    use super::super::year::Year;
    use super::*;

    fn scenes() -> Vec<Scene> {
        let now = Timestamp::parse("2026-11-23T15:00:00+08:00").unwrap();
        let texts = Texts::load().unwrap();
        let year = Year::new(&texts, 300, now, chrono_tz::Asia::Shanghai);
        let scenes = year.collect::<Result<Vec<_>>>().unwrap();
        assert!(scenes.is_sorted_by_key(|scene| scene.at));
        assert!(scenes.iter().all(|scene| scene.at <= now));
        scenes
    }

    #[test]
    fn a_year_is_generated_the_same_way_twice() {
        assert_eq!(format!("{:?}", scenes()), format!("{:?}", scenes()));
    }

    #[test]
    fn a_life_goes_forward_along_legal_moves() {
        let scenes = scenes();
        for inquiry in 0..300 {
            let (mut status, mut at, mut plans) = (Status::New, Timestamp::from_millis(0), 0);
            for scene in scenes.iter().filter(|scene| scene.inquiry == inquiry) {
                assert!(at <= scene.at);
                at = scene.at;
                match &scene.act {
                    Act::Move(Move { status: to, reason, .. }) => {
                        assert!(status.may_become(*to), "{status:?} {to:?}");
                        let known = |key: &String| to.reasons().iter().any(|known| known.key == key);
                        assert!(to.reasons().is_empty() == reason.is_none());
                        assert!(reason.as_ref().is_none_or(known), "{reason:?}");
                        status = *to;
                    }
                    Act::AddFollowUp(NewFollowUp { due_at: Some(due_at), .. }) => {
                        assert!(plans == 0 && *due_at > scene.at);
                        plans += 1;
                    }
                    Act::Complete(_) => plans -= 1,
                    Act::Due => assert_eq!(plans, 1),
                    _ => {}
                }
            }
        }
    }
}
