//! Groups: submissions that wait at the same time are taken in by set-shaped statements. Only what follows
//! from one submission alone is decided here, and that nobody is known: anything else is left to
//! `actions.rs`, one by one.

use std::collections::HashSet;

use super::actions::{TakenIn, apply_create};
use super::decision::{Decision, Verdict};
use super::incoming::IncomingSubmission;
use crate::assignment::actions as assignment;
use crate::inquiries;
use crate::inquiries::events::Trigger;
use crate::intake::forms;
use crate::intake::forms::cache::FORM_CHANGED;
use crate::intake::forms::model::FORM;
use crate::intake::reading::Intent;
use crate::intake::reading::spam::is_spam;
use crate::intake::receipts::model::Outcome;
use crate::intake::receipts::store;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::FormId;
use crate::platform::db::{Actor, Context, Tx};

/// What became of a submission of a group; none if it must be taken in on its own.
pub type Grouped = Option<Result<TakenIn>>;

/// Takes in those of a group that need no look at others, and returns what became of each, in their order.
pub fn take_in_group(tx: &mut Tx<'_>, group: &[&IncomingSubmission]) -> Result<Vec<Grouped>> {
    let verdicts: Vec<Option<Verdict>> = group.iter().map(|incoming| by_itself(incoming)).collect();
    let decided: Vec<&IncomingSubmission> =
        group.iter().zip(&verdicts).filter(|(_, verdict)| verdict.is_some()).map(|(one, _)| *one).collect();
    let mut known = Known::of(tx, &decided)?;
    let plan: Vec<Plan> = group
        .iter()
        .zip(verdicts)
        .map(|(incoming, verdict)| match verdict {
            Some(_) if !known.is_current(incoming) => Plan::FormChanged,
            Some(verdict) if known.is_free(incoming, &verdict) => Plan::Apply(verdict),
            _ => Plan::OnItsOwn,
        })
        .collect();
    let creates = plan.iter().filter(|plan| plan.is_create()).count();
    let mut owners = assignment::next_owners(tx, creates, Trigger::Received)?.into_iter();
    tx.with_write_set(|tx| {
        let mut results = Vec::with_capacity(group.len());
        for (incoming, plan) in group.iter().zip(plan) {
            results.push(match plan {
                Plan::OnItsOwn => None,
                Plan::FormChanged => Some(Err(Error::refuse(&FORM_CHANGED))),
                Plan::Apply(verdict) => {
                    tx.context = Context::by(Actor::new(FORM, incoming.form.id), incoming.request);
                    let inquiry = match verdict.decision {
                        Decision::Create => Some(apply_create(tx, incoming, owners.next().flatten())?),
                        _ => None,
                    };
                    tx.insert(incoming.receipt(&verdict, inquiry)?)?;
                    Some(Ok(TakenIn { outcome: verdict.outcome(), inquiry }))
                }
            });
        }
        Ok(results)
    })
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

/// The verdict on a submission that follows from it alone, if nothing like it was there before.
fn by_itself(incoming: &IncomingSubmission) -> Option<Verdict> {
    let submission = &incoming.submission;
    let is_plain = submission.nonce.is_none()
        && submission.external_id.is_none()
        && submission.token.is_none()
        && submission.refused.is_none()
        && submission.intent == Intent::Create;
    if !is_plain {
        return None;
    }
    let all = submission.reasons.iter().chain(&submission.spam);
    let reasons = all.map(|reason| (*reason).to_owned()).collect();
    let decision = if is_spam(&submission.spam, submission.is_plausible) {
        Decision::Keep(Outcome::Spam)
    } else {
        Decision::Create
    };
    Some(Verdict { decision, reasons })
}

/// What the database knows of a group's submissions.
struct Known {
    /// Forms whose present version is another one than a submission was parsed by.
    changed: HashSet<(FormId, i64)>,
    numbers: HashSet<String>,
    fingerprints: HashSet<Vec<u8>>,
}

impl Known {
    fn of(tx: &mut Tx<'_>, group: &[&IncomingSubmission]) -> Result<Self> {
        let forms: HashSet<(FormId, i64)> =
            group.iter().map(|incoming| (incoming.form.id, incoming.form.version)).collect();
        let mut changed = HashSet::new();
        for (form, version) in forms {
            if forms::store::active_version(tx.conn, form)? != Some(version) {
                changed.insert((form, version));
            }
        }
        let numbers: Vec<&str> =
            group.iter().filter_map(|incoming| incoming.submission.new.phone_e164()).collect();
        let keys: Vec<_> = group
            .iter()
            .map(|incoming| {
                let key = &incoming.submission.dedup_key;
                (key.fingerprint.as_slice(), incoming.receipt.received_at.minus(key.within))
            })
            .collect();
        Ok(Self {
            changed,
            numbers: inquiries::store::known_numbers(tx, &numbers)?,
            fingerprints: store::known_fingerprints(tx, &keys)?,
        })
    }

    fn is_current(&self, incoming: &IncomingSubmission) -> bool {
        !self.changed.contains(&(incoming.form.id, incoming.form.version))
    }

    /// Whether nothing that was there before bears on it: neither stored, nor earlier in the group.
    fn is_free(&mut self, incoming: &IncomingSubmission, verdict: &Verdict) -> bool {
        if !matches!(verdict.decision, Decision::Create) {
            return true;
        }
        let number = incoming.submission.new.phone_e164();
        let is_new_number = number.is_none_or(|number| !self.numbers.contains(number));
        let fingerprint = &incoming.submission.dedup_key.fingerprint;
        if !is_new_number || self.fingerprints.contains(fingerprint) {
            return false;
        }
        self.numbers.extend(number.map(str::to_owned));
        self.fingerprints.insert(fingerprint.clone());
        true
    }
}
