//! Plays the scenes of the demo through the rooms' own actions, each at its time and on behalf of its actor.
//! The scenes are generated in `story.rs`; creates the teams and users too.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;

use super::profile::Profile;
use super::story::{Act, Scene};
use super::texts::{Person, Texts};
use crate::access::actions::{self as users, NewUser};
use crate::access::{self, Caller, Permission, Reach, Role, Scope, USER, User};
use crate::assignment::ownership::{Assignee, assign};
use crate::follow_ups::actions as follow_ups;
use crate::follow_ups::due::{FollowUpDue, announce};
use crate::inquiries::events::FORM;
use crate::inquiries::{Inquiry, actions as inquiries, store};
use crate::intake::entry::actions::{Assign, ParsedEntry, RawEntry, enter};
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::reading::Parsed;
use crate::intake::reading::answer::CorsDecision;
use crate::intake::reading::raw::RawSubmission;
use crate::intake::reading::token::PageTokens;
use crate::intake::submissions::actions::take_in;
use crate::intake::submissions::incoming::IncomingSubmission;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{FollowUpId, Ids, InquiryId, TeamId, UserId};
use crate::kernel::precondition::Precondition;
use crate::platform::db::{Actor, Context, Tx};
use crate::platform::timers;

/// Whatever version an inquiry has by now.
const ANY: &Precondition = &Precondition::Any;

/// A scene with its parsed submission or entry, which is done before the transaction.
pub struct Prepared {
    pub scene: Scene,
    arrival: Option<Arrival>,
}

enum Arrival {
    Submitted(IncomingSubmission),
    Entered(Box<(User, ParsedEntry)>),
}

/// The inquiries by their numbers in the demo, each with its open plan. A submission that joined another
/// inquiry has none, and nothing further happens to it.
pub type States = BTreeMap<usize, (InquiryId, Option<FollowUpId>)>;

/// What is needed to play the scenes.
pub struct Player {
    pub form: Arc<CompiledForm>,
    pub tokens: PageTokens,
    pub ids: Arc<Ids>,
    pub staff: Vec<User>,
}

impl Player {
    pub fn prepare(&self, scene: Scene) -> Result<Prepared> {
        let arrival = match &scene.act {
            Act::Submit(profile) => Some(Arrival::Submitted(self.submission(profile, scene.at)?)),
            Act::Enter(role, number, assign, profile) => {
                let user = self.by_number(*role, *number)?.clone();
                Some(Arrival::Entered(Box::new((user, entry(profile, *assign)?))))
            }
            _ => None,
        };
        Ok(Prepared { scene, arrival })
    }

    /// A submission as the park's own site sends it: its fields as JSON.
    fn submission(&self, profile: &Profile, at: Timestamp) -> Result<IncomingSubmission> {
        let raw = RawSubmission {
            method: "POST".to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: profile.body()?,
            address: None,
            at,
            hidden: None,
        };
        match self.form.parse(&raw, &CorsDecision::Silent, &self.tokens) {
            Parsed::Submission(submission) => {
                IncomingSubmission::new(self.ids.make(at), Arc::clone(&self.form), &raw, submission, 202)
            }
            _ => Err(Error::internal("a submission of the demo is a question")),
        }
    }

    /// Plays one scene at its time.
    pub fn play(&self, tx: &mut Tx<'_>, states: &mut States, prepared: &Prepared) -> Result<()> {
        let Scene { at, inquiry: number, act } = &prepared.scene;
        let known = match &prepared.arrival {
            Some(Arrival::Submitted(incoming)) => {
                let context = Context::by(Actor::new(FORM, self.form.id), None);
                let found = take_in(&mut tx.at(*at, &context), incoming)?.inquiry;
                let id = found.ok_or_else(|| Error::internal("a submission became no inquiry"))?;
                let is_new = store::by_id(tx.conn, id)?.is_some_and(|inquiry| inquiry.received_at == *at);
                is_new.then_some((id, None))
            }
            Some(Arrival::Entered(entered)) => {
                let (user, entry) = &**entered;
                let caller = Caller::on_behalf_of(user, Permission::CreateInquiry);
                Some((enter(&mut tx.at(*at, &on_behalf_of(user)), &caller, entry)?.id, None))
            }
            None => match states.get(number) {
                Some((id, plan)) => Some((*id, self.go_on(tx, *at, *id, *plan, act)?)),
                None => None,
            },
        };
        states.extend(known.map(|known| (*number, known)));
        Ok(())
    }

    /// What happens to an inquiry that is there. Returns its open plan.
    fn go_on(
        &self,
        tx: &mut Tx<'_>,
        at: Timestamp,
        id: InquiryId,
        plan: Option<FollowUpId>,
        act: &Act,
    ) -> Result<Option<FollowUpId>> {
        let inquiry = store::by_id(tx.conn, id)?.ok_or_else(nobody)?;
        if let Act::AssignByRotation(number) = act {
            let manager = self.by_number(Role::Manager, *number)?;
            give(&mut tx.at(at, &on_behalf_of(manager)), manager, id, Assignee::ByRules)?;
            return Ok(plan);
        }
        let owner = self.owner(&inquiry)?;
        let (writer, follower) = (
            Caller::on_behalf_of(owner, Permission::WriteInquiry),
            Caller::on_behalf_of(owner, Permission::WriteFollowUps),
        );
        let planned = || plan.ok_or_else(|| Error::internal("a plan of the demo that was never made"));
        let context = on_behalf_of(owner);
        match act {
            Act::HandOver => {
                let manager = self.manager_of(owner.team_id)?;
                let colleague =
                    Assignee::User { id: self.colleague_of(owner)?.id, even_if_unavailable: true };
                give(&mut tx.at(at, &on_behalf_of(manager)), manager, id, colleague)?;
            }
            // As its timer would do it; nobody is mailed, for no subscriber listens.
            Act::Due => {
                let tx = &mut tx.at(at, &Context::system());
                timers::cancel::<FollowUpDue>(tx, planned()?)?;
                announce(tx, planned()?)?;
            }
            Act::Update(patch) => {
                inquiries::update(&mut tx.at(at, &context), &writer, id, patch, ANY)?;
            }
            Act::AddFollowUp(new) => {
                let (made, _) = follow_ups::add(&mut tx.at(at, &context), &follower, id, new, ANY)?;
                return Ok(if made.done_at.is_none() { Some(made.id) } else { plan });
            }
            Act::Complete(done) => {
                follow_ups::complete(&mut tx.at(at, &context), &follower, planned()?, done, ANY)?;
                return Ok(None);
            }
            Act::Move(wanted) => {
                inquiries::move_to(&mut tx.at(at, &context), &writer, id, wanted, ANY)?;
            }
            Act::Submit(_) | Act::Enter(..) | Act::AssignByRotation(_) => {
                return Err(Error::internal("an inquiry of the demo arrives twice"));
            }
        }
        Ok(plan)
    }

    fn owner(&self, inquiry: &Inquiry) -> Result<&User> {
        self.staff.iter().find(|user| Some(user.id) == inquiry.assignee_id).ok_or_else(nobody)
    }

    /// The user of this number among those of a role, wrapping around.
    fn by_number(&self, role: Role, number: usize) -> Result<&User> {
        self.staff.iter().filter(|user| user.role == role).cycle().nth(number).ok_or_else(nobody)
    }

    fn manager_of(&self, team: Option<TeamId>) -> Result<&User> {
        let leads = |user: &&User| user.role == Role::Manager && user.team_id == team;
        self.staff.iter().find(leads).ok_or_else(nobody)
    }

    /// Another agent of the same team, the next one after them.
    fn colleague_of(&self, agent: &User) -> Result<&User> {
        let team =
            || self.staff.iter().filter(|user| user.role == Role::Agent && user.team_id == agent.team_id);
        let after = team().find(|user| user.id > agent.id);
        after.or_else(|| team().next()).ok_or_else(nobody)
    }
}

/// Creates the teams and the users; the administrator only if `with_admin`.
pub fn create_staff(
    tx: &mut Tx<'_>,
    texts: &Texts,
    password_hash: &str,
    with_admin: bool,
) -> Result<Vec<User>> {
    let mut teams = Vec::new();
    for name in &texts.teams {
        teams.push(access::teams::find_or_create(tx, name)?.id);
    }
    let wanted = texts.staff.iter().filter(|person| with_admin || person.role != Role::Admin);
    wanted.map(|person| users::create(tx, &new_user(person, &teams, password_hash))).collect()
}

fn new_user(person: &Person, teams: &[TeamId], password_hash: &str) -> NewUser {
    NewUser {
        email: format!("{}@example.com", person.address),
        name: person.name.clone(),
        role: person.role,
        team_id: person.team.and_then(|place| teams.get(place)).copied(),
        phone: None,
        locale: None,
        active: true,
        password_hash: Some(password_hash.to_owned()),
    }
}

fn entry(profile: &Profile, assign: Assign) -> Result<ParsedEntry> {
    let Profile { items, facts, tags, .. } = profile.clone();
    RawEntry { items, text: None, tags, custom: Map::new(), facts, assign: Some(assign) }.parse()
}

fn give(tx: &mut Tx<'_>, manager: &User, id: InquiryId, to: Assignee) -> Result<()> {
    assign(tx, &Caller::on_behalf_of(manager, Permission::AssignInquiry), id, to, ANY).map(|_| ())
}

fn on_behalf_of(user: &User) -> Context {
    Context::by(Actor::new(USER, user.id), None)
}

/// A scope of no particular user that reaches everything.
pub fn everything(now: Timestamp) -> Scope {
    Scope { user: UserId::floor(now), team: None, reach: Reach::Everything }
}

fn nobody() -> Error {
    Error::internal("an inquiry of the demo, or a user for it, that is not there")
}
