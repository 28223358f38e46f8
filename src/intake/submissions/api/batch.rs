//! Storing submissions in batches: those that wait at the same time are one piece of work for the database,
//! each with its own reply, once under an Idempotency-Key. What becomes of one is decided in
//! `../decision.rs`.

use std::sync::Arc;

use crate::intake::receipts::model::Outcome;
use crate::intake::submissions::actions;
use crate::intake::submissions::group::take_in_group;
use crate::intake::submissions::incoming::IncomingSubmission;
use crate::kernel::error::Result;
use crate::platform::db::{Actor, Batch, Context, Tx, is_lost_race};
use crate::platform::http::Reply;
use crate::platform::http::idempotency::{IdempotencyScope, with_idempotency};

/// A submission that is ready to be stored, with the reply to its sender if it is.
pub struct Ready {
    pub incoming: IncomingSubmission,
    pub reply: Reply,
}

/// A submission that is to be stored.
pub struct ToStore {
    pub ready: Arc<Ready>,
    pub key: Option<IdempotencyScope>,
}

/// What became of it; no outcome where the reply was stored before, under the same key.
pub struct Stored {
    pub reply: Reply,
    pub outcome: Option<Outcome>,
}

/// The batches of submissions.
pub struct Submissions;

impl Batch for Submissions {
    type Member = ToStore;
    type Answer = Stored;

    fn lock(tx: &mut Tx<'_>, members: &[Arc<ToStore>]) -> Result<()> {
        let incoming = members.iter().map(|member| &member.ready.incoming);
        actions::lock_keys(tx, incoming.map(|incoming| (&*incoming.form, &*incoming.submission)))
    }

    fn apply(tx: &mut Tx<'_>, member: &ToStore) -> Result<Stored> {
        let (incoming, reply) = (&member.ready.incoming, &member.ready.reply);
        tx.context = Context::by(Actor::SYSTEM, incoming.request);
        if incoming.submission.refused.is_some() {
            // Its receipt is stored, and no reply for the key: the sender mends it and sends it again.
            let outcome = Some(actions::take_in(tx, incoming)?.outcome);
            return Ok(Stored { reply: reply.clone(), outcome });
        }
        let mut outcome = None;
        let reply = with_idempotency(tx, member.key.as_ref(), |tx| {
            outcome = Some(actions::take_in(tx, incoming)?.outcome);
            Ok(reply.clone())
        })?;
        Ok(Stored { reply, outcome })
    }

    fn apply_all(tx: &mut Tx<'_>, members: &[Arc<ToStore>]) -> Result<Vec<Result<Stored>>> {
        let without_key: Vec<_> = members.iter().filter(|member| member.key.is_none()).collect();
        let group: Vec<_> = without_key.iter().map(|member| &member.ready.incoming).collect();
        let mut grouped = take_in_group(tx, &group)?.into_iter();
        let mut results = Vec::with_capacity(members.len());
        for member in members {
            let taken = if member.key.is_none() { grouped.next().flatten() } else { None };
            results.push(match taken {
                Some(taken) => taken
                    .map(|taken| Stored { reply: member.ready.reply.clone(), outcome: Some(taken.outcome) }),
                None => on_its_own(tx, member)?,
            });
        }
        Ok(results)
    }
}

/// A member that the group could not take in. Its form was looked at, so without a key it is not refused: if
/// it fails, all are made again. One with a key may be refused for the key.
fn on_its_own(tx: &mut Tx<'_>, member: &ToStore) -> Result<Result<Stored>> {
    if member.key.is_none() {
        return Submissions::apply(tx, member).map(Ok);
    }
    let result = tx.savepoint(|tx| Submissions::apply(tx, member))?;
    match result {
        Err(error) if is_lost_race(&error) => Err(error),
        result => Ok(result),
    }
}
