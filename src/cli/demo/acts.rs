//! Plays the scenes of the demo through the rooms' own actions, each at its time and on behalf of its actor.
//! The scenes are generated in `story.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::inquirer::InquirerProfile;
use super::staff::{Staff, caller};
use super::story::{EnteredBy, Scene, SceneKind};
use crate::access::{Permission, Reach, Role, Scope, USER, User};
use crate::assignment::actions::{self as assignment, Assignee};
use crate::follow_ups::actions::{self as follow_ups, Completion};
use crate::follow_ups::due::{FollowUpDue, announce};
use crate::follow_ups::model::NewFollowUp;
use crate::inquiries::Inquiry;
use crate::inquiries::actions::{self as inquiries, Move};
use crate::inquiries::model::InquiryPatch;
use crate::intake::entry::actions::{Assign, Entered, Entry, enter};
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::forms::model::FORM;
use crate::intake::reading::Parsed;
use crate::intake::reading::answer::CorsDecision;
use crate::intake::reading::raw::RawSubmission;
use crate::intake::reading::token::PageTokens;
use crate::intake::submissions::actions::take_in;
use crate::intake::submissions::incoming::IncomingSubmission;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{FollowUpId, Ids, InquiryId, UserId};
use crate::kernel::precondition::Precondition;
use crate::platform::db::{Actor, Context, Tx};
use crate::platform::timers;

/// The status that senders of the demo are answered with.
const ANSWERED: u16 = 202;

/// A scene with its parsed submission or entry, which is done before the transaction.
pub struct Prepared {
    pub scene: Scene,
    words: Words,
}

enum Words {
    Submitted(Box<IncomingSubmission>),
    Entered(Box<Entry>),
    /// The scene has no new text.
    Nothing,
}

/// What is needed to play the scenes.
pub struct ScenePlayer {
    pub form: Arc<CompiledForm>,
    pub tokens: PageTokens,
    pub ids: Arc<Ids>,
    pub staff: Staff,
}

/// The current state of an inquiry.
#[derive(Debug, Clone, Copy)]
pub struct InquiryState {
    id: InquiryId,
    owner: Option<UserId>,
    /// The submission joined an existing inquiry, which has its own scenes.
    is_anothers: bool,
    /// The follow-up that is planned, and when it is due.
    plan: Option<(FollowUpId, Timestamp)>,
}

impl InquiryState {
    fn of(inquiry: &Inquiry) -> Self {
        Self { id: inquiry.id, owner: inquiry.assignee_id, is_anothers: false, plan: None }
    }
}

/// The state of the inquiries, by their numbers in the demo.
pub type InquiryStates = BTreeMap<usize, InquiryState>;

impl ScenePlayer {
    /// Parses the text of a scene.
    pub fn prepare(&self, scene: Scene) -> Result<Prepared> {
        let words = match &scene.kind {
            SceneKind::Submitted(profile) => {
                let raw = raw(profile, scene.at)?;
                let parsed = self.form.parse(&raw, &CorsDecision::Silent, &self.tokens);
                let Parsed::Submission(submission) = parsed else {
                    return Err(Error::internal("a submission of the demo is a question"));
                };
                let (id, form) = (self.ids.make(scene.at), Arc::clone(&self.form));
                let incoming = IncomingSubmission::new(id, form, &raw, submission, ANSWERED)?;
                Words::Submitted(Box::new(incoming))
            }
            SceneKind::Entered(entered_by, profile) => {
                let (_, assign) = self.user_at(*entered_by)?;
                let (items, tags, facts) =
                    (profile.items.clone(), profile.tags.clone(), profile.facts.clone());
                Words::Entered(Box::new(
                    Entered { items, text: None, tags, custom: Map::new(), facts, assign: Some(assign) }
                        .read()?,
                ))
            }
            _ => Words::Nothing,
        };
        Ok(Prepared { scene, words })
    }

    /// Plays one scene at its time.
    pub fn play(
        &self,
        tx: &mut Tx<'_>,
        states: &mut InquiryStates,
        Prepared { scene, words }: &Prepared,
    ) -> Result<()> {
        let after = match (words, &scene.kind) {
            (Words::Submitted(incoming), _) => self.submitted(tx, scene.at, incoming)?,
            (Words::Entered(entry), SceneKind::Entered(entered_by, _)) => {
                self.entered(tx, scene.at, *entered_by, entry)?
            }
            (_, kind) => {
                let known = states
                    .get(&scene.life)
                    .copied()
                    .ok_or_else(|| Error::internal("a scene before the arrival"))?;
                if known.is_anothers { known } else { self.continue_inquiry(tx, scene.at, known, kind)? }
            }
        };
        states.insert(scene.life, after);
        Ok(())
    }

    fn submitted(
        &self,
        tx: &mut Tx<'_>,
        at: Timestamp,
        incoming: &IncomingSubmission,
    ) -> Result<InquiryState> {
        let context = Context::by(Actor::new(FORM, self.form.id), None);
        let mut tx = tx.at(at, &context);
        let inquiry = match take_in(&mut tx, incoming)?.inquiry {
            Some(id) => crate::inquiries::store::by_id(tx.conn, id)?,
            None => None,
        };
        let known = inquiry.map(|inquiry| InquiryState {
            is_anothers: inquiry.received_at != at,
            ..InquiryState::of(&inquiry)
        });
        known.ok_or_else(|| Error::internal("a submission became no inquiry"))
    }

    fn entered(
        &self,
        tx: &mut Tx<'_>,
        at: Timestamp,
        entered_by: EnteredBy,
        entry: &Entry,
    ) -> Result<InquiryState> {
        let (user, _) = self.user_at(entered_by)?;
        let context = on_behalf_of(user);
        let inquiry = enter(&mut tx.at(at, &context), &caller(user, Permission::CreateInquiry), entry)?;
        Ok(InquiryState::of(&inquiry))
    }

    /// Who enters an inquiry, and for whom.
    fn user_at(&self, entered_by: EnteredBy) -> Result<(&User, Assign)> {
        Ok(match entered_by {
            EnteredBy::Agent(number) => (self.staff.by_number(Role::Agent, number)?, Assign::Me),
            EnteredBy::Manager(number) => (self.staff.by_number(Role::Manager, number)?, Assign::Auto),
            EnteredBy::ManagerForLater(number) => {
                (self.staff.by_number(Role::Manager, number)?, Assign::None)
            }
        })
    }

    fn continue_inquiry(
        &self,
        tx: &mut Tx<'_>,
        at: Timestamp,
        known: InquiryState,
        kind: &SceneKind,
    ) -> Result<InquiryState> {
        match kind {
            SceneKind::DealtOut(number) => {
                let manager = self.staff.by_number(Role::Manager, *number)?;
                assigned(&mut tx.at(at, &on_behalf_of(manager)), manager, known, Assignee::Rotation)
            }
            SceneKind::HandedOver => {
                let owner = self.owner(&known)?;
                let manager = self.staff.manager_of(owner.team_id)?;
                let colleague = self.staff.colleague_of(owner)?;
                assigned(&mut tx.at(at, &on_behalf_of(manager)), manager, known, Assignee::User(colleague.id))
            }
            // As its timer would do it; nobody is mailed, for no reactor listens.
            SceneKind::Due => {
                let (plan, _) = planned(&known)?;
                let tx = &mut tx.at(at, &Context::system());
                timers::cancel::<FollowUpDue>(tx, plan)?;
                announce(tx, plan)?;
                Ok(known)
            }
            by_owner => {
                let owner = self.owner(&known)?;
                owner_action(&mut tx.at(at, &on_behalf_of(owner)), owner, known, by_owner)
            }
        }
    }

    fn owner(&self, known: &InquiryState) -> Result<&User> {
        self.staff.user(
            known
                .owner
                .ok_or_else(|| Error::internal("an inquiry of the demo that nobody owns is worked on"))?,
        )
    }
}

/// What the owner of an inquiry does.
fn owner_action(
    tx: &mut Tx<'_>,
    owner: &User,
    known: InquiryState,
    kind: &SceneKind,
) -> Result<InquiryState> {
    let (id, as_seen) = (known.id, &Precondition::Any);
    let (writer, follower) =
        (caller(owner, Permission::WriteInquiry), caller(owner, Permission::WriteFollowUps));
    let mut plan = known.plan;
    match kind {
        SceneKind::Understood { facts, tags } => {
            let patch = InquiryPatch {
                facts: Some(Some(facts.clone())),
                tags: Some(tags.clone()),
                ..InquiryPatch::default()
            };
            inquiries::update(tx, &writer, id, &patch, as_seen)?;
        }
        SceneKind::FollowedUp { kind, outcome, note } => {
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
        SceneKind::Planned { kind, due_at, note } => {
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
        SceneKind::Completed { outcome, note } => {
            let (open, _) = planned(&known)?;
            let done = Completion { outcome: *outcome, note: note.map(str::to_owned), next: None };
            follow_ups::complete(tx, &follower, open, &done, as_seen)?;
            plan = None;
        }
        SceneKind::Moved { status, reason } => {
            let wanted = Move { status: *status, reason: reason.map(str::to_owned), note: None };
            inquiries::move_to(tx, &writer, id, &wanted, as_seen)?;
        }
        SceneKind::Submitted(_)
        | SceneKind::Entered(..)
        | SceneKind::DealtOut(_)
        | SceneKind::HandedOver
        | SceneKind::Due => {
            return Err(Error::internal("no scene of the owner's"));
        }
    }
    Ok(InquiryState { plan, ..known })
}

fn assigned(tx: &mut Tx<'_>, manager: &User, known: InquiryState, to: Assignee) -> Result<InquiryState> {
    let inquiry = assignment::assign(
        tx,
        &caller(manager, Permission::AssignInquiry),
        known.id,
        to,
        &Precondition::Any,
    )?;
    Ok(InquiryState { owner: inquiry.assignee_id, ..known })
}

fn planned(known: &InquiryState) -> Result<(FollowUpId, Timestamp)> {
    known.plan.ok_or_else(|| Error::internal("a plan of the demo that was never made"))
}

fn on_behalf_of(user: &User) -> Context {
    Context::by(Actor::new(USER, user.id), None)
}

/// A submission as the park's own site sends it: its fields as JSON.
fn raw(profile: &InquirerProfile, at: Timestamp) -> Result<RawSubmission> {
    let mut fields = profile.custom.clone();
    let pages = [("page_url", profile.page_url.as_deref()), ("referrer", profile.referrer.as_deref())];
    let said = profile.items.iter().map(|(item, text)| (item.word(), text));
    for (name, text) in said.chain(pages) {
        if let Some(text) = text {
            fields.insert(name.to_owned(), Value::String(text.to_owned()));
        }
    }
    for (name, word) in &profile.utm {
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

/// A scope of no particular user that reaches everything.
pub fn everything(now: Timestamp) -> Scope {
    Scope { user: UserId::floor(now), team: None, reach: Reach::Everything }
}
