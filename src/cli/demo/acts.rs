//! Plays the scenes of the demo through the rooms' own actions, each at its moment and on behalf of who does
//! it. Which scenes there are is told in `story.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::inquirer::Told;
use super::staff::{Staff, caller};
use super::story::{Desk, Happening, Scene};
use crate::access::tokens::Keys;
use crate::access::{Permission, Reach, Role, Scope, USER, User};
use crate::assignment::actions::{self as assignment, Assignee};
use crate::follow_ups::actions::{self as follow_ups, Completion};
use crate::follow_ups::model::NewFollowUp;
use crate::inquiries::Inquiry;
use crate::inquiries::actions::{self as inquiries, Move};
use crate::inquiries::model::InquiryPatch;
use crate::intake::actions::{self as intake, Incoming};
use crate::intake::entry::{Assign, Entered, Entry, enter};
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::model::FORM;
use crate::intake::reading::raw::RawSubmission;
use crate::intake::reading::{self, Asked};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{FollowUpId, InquiryId, UserId};
use crate::platform::db::{Actor, Context, Tx};
use crate::platform::http::Precondition;

/// A scene with what was read of the words in it: before the transaction that it is played in.
pub struct Prepared {
    pub scene: Scene,
    words: Words,
}

enum Words {
    Submitted(Incoming),
    Entered(Box<Entry>),
    /// Nobody says anything new.
    Nothing,
}

/// What the scenes are played with.
pub struct House {
    pub form: Arc<CompiledForm>,
    pub keys: Keys,
    pub staff: Staff,
}

/// An inquiry in the middle of its life.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    id: InquiryId,
    owner: Option<UserId>,
    /// It was somebody else's before: who asks twice is worked on once.
    is_anothers: bool,
    /// The follow-up that is planned, and when it is due.
    plan: Option<(FollowUpId, Timestamp)>,
}

impl Known {
    fn of(inquiry: &Inquiry) -> Self {
        Self { id: inquiry.id, owner: inquiry.assignee_id, is_anothers: false, plan: None }
    }
}

/// The inquiries that scenes are about, by their numbers in the demo.
pub type Cast = BTreeMap<usize, Known>;

impl House {
    /// Reads the words of a scene.
    pub fn prepare(&self, scene: Scene) -> Result<Prepared> {
        let words = match &scene.happening {
            Happening::Submitted(told) => {
                let raw = Arc::new(raw(told, scene.at)?);
                let Asked::Submission(reading) = reading::read(&self.form, &raw, &self.keys) else {
                    return Err(Error::internal("a submission of the demo is a question"));
                };
                Words::Submitted(Incoming { raw, rules: Arc::clone(&self.form), reading })
            }
            Happening::Entered(desk, told) => {
                let (_, assign) = self.user_at(*desk)?;
                let (items, tags, facts) = (told.items.clone(), told.tags.clone(), told.facts.clone());
                Words::Entered(Box::new(
                    Entered { items, text: None, tags, custom: Map::new(), facts, assign: Some(assign) }
                        .read()?,
                ))
            }
            _ => Words::Nothing,
        };
        Ok(Prepared { scene, words })
    }

    /// Plays one scene at its moment.
    pub fn play(&self, tx: &mut Tx<'_>, cast: &mut Cast, Prepared { scene, words }: &Prepared) -> Result<()> {
        let after = match (words, &scene.happening) {
            (Words::Submitted(incoming), _) => self.submitted(tx, scene.at, incoming)?,
            (Words::Entered(entry), Happening::Entered(desk, _)) => {
                self.entered(tx, scene.at, *desk, entry)?
            }
            (_, happening) => {
                let known = cast
                    .get(&scene.life)
                    .copied()
                    .ok_or_else(|| Error::internal("a scene before the arrival"))?;
                if known.is_anothers { known } else { self.goes_on(tx, scene.at, known, happening)? }
            }
        };
        cast.insert(scene.life, after);
        Ok(())
    }

    fn submitted(&self, tx: &mut Tx<'_>, at: Timestamp, incoming: &Incoming) -> Result<Known> {
        let context = Context::by(Actor::new(FORM, self.form.id), None);
        let mut tx = tx.at(at, &context);
        let inquiry = match intake::submit(&mut tx, incoming)?.inquiry {
            Some(id) => crate::inquiries::store::by_id(tx.conn, id)?,
            None => None,
        };
        let known =
            inquiry.map(|inquiry| Known { is_anothers: inquiry.received_at != at, ..Known::of(&inquiry) });
        known.ok_or_else(|| Error::internal("a submission became no inquiry"))
    }

    fn entered(&self, tx: &mut Tx<'_>, at: Timestamp, desk: Desk, entry: &Entry) -> Result<Known> {
        let (user, _) = self.user_at(desk)?;
        let context = on_behalf_of(user);
        let inquiry = enter(&mut tx.at(at, &context), &caller(user, Permission::CreateInquiry), entry)?;
        Ok(Known::of(&inquiry))
    }

    /// Who enters an inquiry, and for whom.
    fn user_at(&self, desk: Desk) -> Result<(&User, Assign)> {
        Ok(match desk {
            Desk::Agent(desk) => (self.staff.at_desk(Role::Agent, desk)?, Assign::Me),
            Desk::Manager(desk) => (self.staff.at_desk(Role::Manager, desk)?, Assign::Auto),
            Desk::ManagerForLater(desk) => (self.staff.at_desk(Role::Manager, desk)?, Assign::None),
        })
    }

    fn goes_on(&self, tx: &mut Tx<'_>, at: Timestamp, known: Known, happening: &Happening) -> Result<Known> {
        match happening {
            Happening::DealtOut(desk) => {
                let manager = self.staff.at_desk(Role::Manager, *desk)?;
                assigned(&mut tx.at(at, &on_behalf_of(manager)), manager, known, Assignee::Rotation)
            }
            Happening::HandedOver => {
                let owner = self.owner(&known)?;
                let manager = self.staff.manager_of(owner.team_id)?;
                let colleague = self.staff.colleague_of(owner)?;
                assigned(&mut tx.at(at, &on_behalf_of(manager)), manager, known, Assignee::User(colleague.id))
            }
            // The clock announces it; nobody is mailed, for nobody subscribes.
            Happening::Due => {
                let (plan, due_at) = planned(&known)?;
                follow_ups::announce_one(&mut tx.at(at, &Context::system()), plan, known.id, due_at)?;
                Ok(known)
            }
            by_owner => {
                let owner = self.owner(&known)?;
                works(&mut tx.at(at, &on_behalf_of(owner)), owner, known, by_owner)
            }
        }
    }

    fn owner(&self, known: &Known) -> Result<&User> {
        self.staff.user(
            known
                .owner
                .ok_or_else(|| Error::internal("an inquiry of the demo that nobody owns is worked on"))?,
        )
    }
}

/// What the owner of an inquiry does.
fn works(tx: &mut Tx<'_>, owner: &User, known: Known, happening: &Happening) -> Result<Known> {
    let (id, as_seen) = (known.id, &Precondition::Any);
    let (writer, follower) =
        (caller(owner, Permission::WriteInquiry), caller(owner, Permission::WriteFollowUps));
    let mut plan = known.plan;
    match happening {
        Happening::Understood { facts, tags } => {
            let patch = InquiryPatch {
                facts: Some(Some(facts.clone())),
                tags: Some(tags.clone()),
                ..InquiryPatch::default()
            };
            inquiries::update(tx, &writer, id, &patch, as_seen)?;
        }
        Happening::FollowedUp { kind, outcome, note } => {
            let done = NewFollowUp {
                kind: *kind,
                due_at: None,
                done_at: None,
                outcome: Some(*outcome),
                note: Some((*note).to_owned()),
                next: None,
            };
            follow_ups::add(tx, &follower, id, &done, as_seen)?;
        }
        Happening::Planned { kind, due_at, note } => {
            let new = NewFollowUp {
                kind: *kind,
                due_at: Some(*due_at),
                done_at: None,
                outcome: None,
                note: Some((*note).to_owned()),
                next: None,
            };
            plan = Some((follow_ups::add(tx, &follower, id, &new, as_seen)?.0.id, *due_at));
        }
        Happening::Completed { outcome, note } => {
            let (open, _) = planned(&known)?;
            let done = Completion { outcome: *outcome, note: note.map(str::to_owned), next: None };
            follow_ups::complete(tx, &follower, open, &done, as_seen)?;
            plan = None;
        }
        Happening::Moved { status, reason } => {
            let wanted = Move { status: *status, reason: reason.map(str::to_owned), note: None };
            inquiries::move_to(tx, &writer, id, &wanted, as_seen)?;
        }
        Happening::Submitted(_)
        | Happening::Entered(..)
        | Happening::DealtOut(_)
        | Happening::HandedOver
        | Happening::Due => {
            return Err(Error::internal("no scene of the owner's"));
        }
    }
    Ok(Known { plan, ..known })
}

fn assigned(tx: &mut Tx<'_>, manager: &User, known: Known, to: Assignee) -> Result<Known> {
    let inquiry = assignment::assign(
        tx,
        &caller(manager, Permission::AssignInquiry),
        known.id,
        to,
        &Precondition::Any,
    )?;
    Ok(Known { owner: inquiry.assignee_id, ..known })
}

fn planned(known: &Known) -> Result<(FollowUpId, Timestamp)> {
    known.plan.ok_or_else(|| Error::internal("a plan of the demo that was never made"))
}

fn on_behalf_of(user: &User) -> Context {
    Context::by(Actor::new(USER, user.id), None)
}

/// A submission as the park's own site sends it: its fields as JSON.
fn raw(told: &Told, at: Timestamp) -> Result<RawSubmission> {
    let items = &told.items;
    let mut fields = told.custom.clone();
    for (name, text) in [
        ("need", &items.need),
        ("usage", &items.usage),
        ("tax", &items.tax),
        ("company", &items.company),
        ("contact", &items.contact),
        ("phone", &items.phone),
        ("email", &items.email),
        ("wechat", &items.wechat),
        ("message", &items.message),
        ("page_url", &told.page_url),
        ("referrer", &told.referrer),
    ] {
        if let Some(text) = text {
            fields.insert(name.to_owned(), Value::String(text.clone()));
        }
    }
    for (name, word) in &told.utm {
        fields.insert(format!("utm_{name}"), word.clone());
    }
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let body = serde_json::to_vec(&fields).map_err(Error::internal)?;
    Ok(RawSubmission {
        method: "POST".to_owned(),
        query: String::new(),
        headers,
        body,
        address: None,
        at,
        hidden: None,
    })
}

/// The scope of nobody in particular who sees everything.
pub fn everything(now: Timestamp) -> Scope {
    Scope { user: UserId::floor(now), team: None, reach: Reach::Everything }
}
