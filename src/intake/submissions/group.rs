//! Groups: submissions that wait at the same time are taken in by set-shaped statements: those of which it is
//! enough to know that somebody or something is known. What would have to be looked at is left to
//! `actions.rs`, one by one.

use std::collections::HashSet;

use super::actions::TakenIn;
use super::decision::{Alone, Circumstances, Decision, PriorUses, Verdict, decide_alone};
use super::incoming::IncomingSubmission;
use super::store::{Known, token};
use crate::assignment::decision::Decisions;
use crate::inquiries::Submitted;
use crate::inquiries::events::FORM;
use crate::intake::forms::cache::FORM_CHANGED;
use crate::intake::reading::Intent;
use crate::kernel::error::{Error, Result};
use crate::platform::db::{Actor, Context, Tx};

/// What became of a submission of a group; none if it must be taken in on its own.
pub type Grouped = Option<Result<TakenIn>>;

/// Takes in those of a group that need no look at others, and returns what became of each, in their order.
pub fn take_in_group(tx: &mut Tx<'_>, group: &[&IncomingSubmission]) -> Result<Vec<Grouped>> {
    let plans = Group::of(tx, group)?.plans();
    // Who decides waits for who decides: only if there is something to decide.
    let decides = plans.iter().any(Plan::is_create);
    tx.with_write_set(|tx| {
        if decides {
            Decisions::of(tx, |tx, decisions| apply(tx, group, plans, Some(decisions)))
        } else {
            apply(tx, group, plans, None)
        }
    })
}

fn apply(
    tx: &mut Tx<'_>,
    group: &[&IncomingSubmission],
    plans: Vec<Plan>,
    mut decisions: Option<&mut Decisions>,
) -> Result<Vec<Grouped>> {
    let mut results = Vec::with_capacity(group.len());
    for (incoming, plan) in group.iter().zip(plans) {
        results.push(match plan {
            Plan::OnItsOwn => None,
            Plan::FormChanged => Some(Err(Error::refuse(&FORM_CHANGED))),
            Plan::Apply(verdict) => {
                tx.context = Context::by(Actor::new(FORM, incoming.form.id), incoming.request);
                let submitted = Submitted { form: incoming.form.id, receipt: incoming.receipt.id };
                let inquiry = match verdict.decision {
                    Decision::Create => match &mut decisions {
                        Some(decisions) => {
                            let new = &incoming.submission.new;
                            Some(decisions.receive(tx, new, Some(submitted))?.id)
                        }
                        None => return Err(Error::internal("a new inquiry that nothing decides about")),
                    },
                    Decision::Duplicate(first) => first,
                    _ => None,
                };
                tx.insert(incoming.receipt(&verdict, inquiry)?)?;
                Some(Ok(TakenIn { outcome: verdict.outcome(), inquiry }))
            }
        });
    }
    Ok(results)
}

/// What is done with a member of a group.
enum Plan {
    Apply(Verdict),
    FormChanged,
    OnItsOwn,
}

impl Plan {
    fn is_create(&self) -> bool {
        matches!(self, Self::Apply(Verdict { decision: Decision::Create, .. }))
    }
}

/// A group of submissions, and what there was before each: stored, or earlier in the group.
struct Group<'a> {
    members: &'a [&'a IncomingSubmission],
    known: Known,
    /// What earlier members of the group will be known by.
    fingerprints: HashSet<&'a [u8]>,
}

impl<'a> Group<'a> {
    fn of(tx: &mut Tx<'_>, members: &'a [&'a IncomingSubmission]) -> Result<Self> {
        Ok(Self { members, known: Known::of(tx, members)?, fingerprints: HashSet::new() })
    }

    fn plans(mut self) -> Vec<Plan> {
        self.members.iter().enumerate().map(|(place, incoming)| self.plan(place, incoming)).collect()
    }

    fn plan(&mut self, place: usize, incoming: &'a IncomingSubmission) -> Plan {
        let submission = &incoming.submission;
        if self.known.versions.get(&incoming.form.id) != Some(&incoming.form.version) {
            return Plan::FormChanged;
        }
        let is_plain = submission.nonce.is_none()
            && submission.external_id.is_none()
            && !matches!(submission.intent, Intent::Update | Intent::Delete);
        if !is_plain {
            return Plan::OnItsOwn;
        }
        let at = Circumstances::first(incoming.receipt.id, incoming.receipt.received_at);
        let Alone { decision, reasons } = decide_alone(submission, at, self.seen(incoming));
        match decision.or_else(|| self.by_others(place, incoming)) {
            Some(decision) => Plan::Apply(Verdict { decision, reasons }),
            None => Plan::OnItsOwn,
        }
    }

    /// What its token is known for; it is used once more.
    fn seen(&mut self, incoming: &IncomingSubmission) -> PriorUses {
        let Some(token) = token(incoming) else { return PriorUses::default() };
        let uses = self.known.uses.entry(token.nonce.to_vec()).or_default();
        let token_uses = *uses;
        if incoming.submission.refused.is_none() {
            *uses = uses.saturating_add(1);
        }
        PriorUses { nonce: None, token_uses }
    }

    /// What follows from the inquiries that there are; none if they must be looked at.
    fn by_others(&mut self, place: usize, incoming: &'a IncomingSubmission) -> Option<Decision> {
        let fingerprint = incoming.submission.dedup_key.fingerprint.as_slice();
        let number = incoming.submission.new.phone_e164();
        if let Some(first) = self.known.equals.get(&place) {
            return Some(Decision::Duplicate(Some(*first)));
        }
        if self.fingerprints.contains(fingerprint)
            || number.is_some_and(|number| self.known.numbers.contains(number))
        {
            return None;
        }
        self.fingerprints.insert(fingerprint);
        self.known.numbers.extend(number.map(str::to_owned));
        Some(Decision::Create)
    }
}
