//! What a link does, as its user would do it, once.
//! Free of HTTP; who issued it is checked in `token.rs`.

use serde::Serialize;
use serde_json::json;

use super::model::{Action, Tap};
use super::store;
use crate::access::{self, Caller, Permission, User};
use crate::assignment::ownership::actions as ownership;
use crate::follow_ups::actions::{self as follow_ups, Completion};
use crate::follow_ups::model::{Kind, NewFollowUp, Outcome};
use crate::follow_ups::store as plans;
use crate::inquiries::Inquiry;
use crate::inquiries::store as inquiries;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::InquiryId;
use crate::kernel::precondition::Precondition;
use crate::notifications::preferences;
use crate::platform::db::{DbConnection, Tx};
use crate::reports::schedules;

static EXPIRED: Refusal = Refusal::new(
    Class::Gone,
    "link_expired",
    "链接已失效：超过 24 小时，或线索、账号已不可用。",
    "This link serves no more: it is older than 24 hours, or the inquiry or the account is gone.",
);
static LEAVING_EXPIRED: Refusal = Refusal::new(
    Class::Gone,
    "link_expired",
    "链接已失效：超过 60 天，或账号已不可用。",
    "This link serves no more: it is older than 60 days, or the account is gone.",
);
static ALREADY_TAKEN: Refusal = Refusal::new(
    Class::Conflict,
    "already_taken",
    "这条线索已不归您，见 taken_by。",
    "The inquiry is not yours any more; see taken_by.",
);

/// What came of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkOutcome {
    Done,
    AlreadyDone,
}

/// Who a link acts for, if it still serves.
pub fn user_of(conn: &mut DbConnection, tap: &Tap, now: Timestamp) -> Result<User> {
    let user = access::store::by_id(conn, tap.user)?.filter(|user| user.active && now < tap.expires_at);
    let over = if tap.schedule.is_some() { &LEAVING_EXPIRED } else { &EXPIRED };
    user.ok_or_else(|| Error::refuse(over))
}

/// Does what a link is for.
pub fn perform(tx: &mut Tx<'_>, tap: &Tap, reason: Option<&str>) -> Result<LinkOutcome> {
    let user = user_of(tx.conn, tap, tx.now)?;
    if let Some(schedule) = tap.schedule {
        let has_left = schedules::actions::leave(tx, schedule, user.id)?;
        return Ok(if has_left { LinkOutcome::Done } else { LinkOutcome::AlreadyDone });
    }
    let Some(inquiry) = tap.inquiry else {
        let ended = preferences::actions::end_digest(tx, user.id)?;
        return Ok(if ended { LinkOutcome::Done } else { LinkOutcome::AlreadyDone });
    };
    if !store::take(tx, tap, inquiry)? {
        return Ok(LinkOutcome::AlreadyDone);
    }
    let found = own(tx.conn, &user, inquiry)?;
    if tap.action == Action::Accept && found.accepted_at.is_some() {
        return Ok(LinkOutcome::AlreadyDone);
    }
    match act(tx, tap, &user, inquiry, reason) {
        // It was lost between the two looks.
        Err(error) if error.class() == Class::NotFound => {
            own(tx.conn, &user, inquiry).map(drop)?;
            Err(error)
        }
        acted => acted.map(|()| LinkOutcome::Done),
    }
}

/// An inquiry that is still theirs; else who has it, or that it is gone.
fn own(conn: &mut DbConnection, user: &User, inquiry: InquiryId) -> Result<Inquiry> {
    let found = inquiries::by_id(conn, inquiry)?.filter(|inquiry| inquiry.deleted_at.is_none());
    let found = found.ok_or_else(|| Error::refuse(&EXPIRED))?;
    if found.assignee_id == Some(user.id) {
        return Ok(found);
    }
    let owner = found.assignee_id.map(|owner| access::store::by_id(conn, owner)).transpose()?.flatten();
    let taken_by = owner.map(|owner| json!({ "name": owner.name }));
    Err(Error::refuse(&ALREADY_TAKEN).member("taken_by", json!(taken_by)))
}

fn act(tx: &mut Tx<'_>, tap: &Tap, user: &User, inquiry: InquiryId, reason: Option<&str>) -> Result<()> {
    match tap.action {
        Action::Accept => {
            let caller = Caller::on_behalf_of(user, Permission::WriteInquiry);
            ownership::accept(tx, &caller, inquiry, &Precondition::Any).map(drop)
        }
        Action::Decline => {
            let caller = Caller::on_behalf_of(user, Permission::WriteInquiry);
            ownership::decline(tx, &caller, inquiry, reason, &Precondition::Any).map(drop)
        }
        Action::Reached => note_call(tx, user, tap, inquiry, Outcome::Reached),
        Action::NoAnswer => note_call(tx, user, tap, inquiry, Outcome::NoAnswer),
        Action::Unsubscribe => Err(Error::internal("an unsubscription about an inquiry")),
    }
}

/// Records a call of now, by completing the plan that the link is about, if that is open.
fn note_call(tx: &mut Tx<'_>, user: &User, tap: &Tap, inquiry: InquiryId, outcome: Outcome) -> Result<()> {
    let caller = Caller::on_behalf_of(user, Permission::WriteFollowUps);
    let plan = tap.plan.map(|plan| plans::by_id(tx.conn, plan)).transpose()?.flatten();
    if let Some(plan) = plan.filter(|plan| plan.done_at.is_none() && plan.inquiry_id == inquiry) {
        let done = Completion { outcome, note: None, next: None };
        return follow_ups::complete(tx, &caller, plan.id, &done, &Precondition::Any).map(drop);
    }
    let call = NewFollowUp {
        kind: Kind::Call,
        due_at: None,
        done_at: None,
        outcome: Some(outcome),
        note: None,
        next: None,
    };
    follow_ups::add(tx, &caller, inquiry, &call, &Precondition::Any).map(drop)
}
