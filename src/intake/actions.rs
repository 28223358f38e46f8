//! The verbs of this room: take a submission in, note one that failed, take in what a user enters, make the first form.
//! Receipt, inquiry, owner, events and the messages they cause are one transaction.

use serde_json::{Map, Value};

use super::fields::{self, Submission};
use super::model::{DEFAULT_FORM, Form, Outcome, Receipt};
use super::store;
use crate::access::{Caller, Role};
use crate::assignment::actions as assignment;
use crate::inquiries::events::Trigger;
use crate::inquiries::model::{Channel, Items};
use crate::inquiries::{Inquiry, NewInquiry, Owner, Source, Submitted, actions as inquiries};
use crate::kernel::error::{Class, Error, Fault, Faults, INVALID, REQUIRED, Refusal, Result};
use crate::kernel::id::{ReceiptId, UserId};
use crate::platform::db::{Actor, Tx};

static NOTHING_IN_IT: Refusal = Refusal::new(Class::Invalid, "empty", "请至少填写一项。", "Fill in at least one thing.");
static NOT_YOURS_TO_GIVE: Refusal =
    Refusal::new(Class::Forbidden, "forbidden", "只有主管和管理员可以指定经办人。", "Only managers and admins may give an inquiry to somebody.");

/// A submission, decoded and read before the transaction begins.
#[derive(Debug)]
pub struct Arrived {
    content_type: Option<String>,
    body: Vec<u8>,
    new: NewInquiry,
}

impl Arrived {
    pub fn new(content_type: Option<String>, body: Vec<u8>, submission: Submission) -> Self {
        let Submission { items, page_url, referrer, utm, leftover } = submission;
        let mut new = NewInquiry::new(items, Source { channel: Channel::Form, page_url, referrer, utm });
        new.custom = leftover;
        Self { content_type, body, new }
    }
}

/// Reads the fields of a submission; refuses one with nothing in it.
pub fn read_fields(fields: Map<String, Value>) -> Result<Submission> {
    let submission = fields::read(fields);
    if submission.is_empty() { Err(Error::refuse(&NOTHING_IN_IT)) } else { Ok(submission) }
}

/// The form of this key, on whose behalf the change is made from here on.
fn on_behalf_of(tx: &mut Tx<'_>, key: &str) -> Result<Form> {
    let form = store::active_form(tx.conn, key)?.ok_or_else(Error::not_found)?;
    tx.context.actor = Actor::Form(form.id);
    Ok(form)
}

/// Takes a submission in: the receipt, the inquiry, its owner.
pub fn submit(tx: &mut Tx<'_>, form: &str, arrived: &Arrived) -> Result<ReceiptId> {
    let form = on_behalf_of(tx, form)?;
    let receipt_id: ReceiptId = tx.id();
    let owner = assignment::next_in_turn(tx, Trigger::Received)?;
    let inquiry = inquiries::receive(tx, &arrived.new, Some(Submitted { form: form.id, receipt: receipt_id }), owner)?;
    let receipt = Receipt {
        id: receipt_id,
        form_id: form.id,
        received_at: tx.now,
        content_type: arrived.content_type.clone(),
        body: arrived.body.clone(),
        outcome: Outcome::Accepted,
        reason: None,
        inquiry_id: Some(inquiry.id),
    };
    store::insert_receipt(tx, &receipt)?;
    Ok(receipt_id)
}

/// Keeps a submission that could not become an inquiry, with the reason.
pub fn note_failed(tx: &mut Tx<'_>, form: &str, content_type: Option<String>, body: Vec<u8>, reason: &str) -> Result<()> {
    let form = on_behalf_of(tx, form)?;
    let receipt = Receipt {
        id: tx.id(),
        form_id: form.id,
        received_at: tx.now,
        content_type,
        body,
        outcome: Outcome::Failed,
        reason: Some(reason.to_owned()),
        inquiry_id: None,
    };
    store::insert_receipt(tx, &receipt)
}

/// To whom what a user enters goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assign {
    Auto,
    None,
    Me,
    User(UserId),
}

/// What a user enters.
#[derive(Debug, Clone)]
pub struct Entered {
    pub items: Items,
    /// All in one; kept as the message, after an own message if there is one.
    pub text: Option<String>,
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
    pub facts: Map<String, Value>,
    pub assign: Option<Assign>,
}

/// Takes in what a user enters.
pub fn enter(tx: &mut Tx<'_>, caller: &Caller, entered: &Entered) -> Result<Inquiry> {
    let mut items = entered.items.clone().without_blanks();
    items.message = match (items.message, entered.text.as_deref().and_then(crate::kernel::text::some)) {
        (Some(message), Some(text)) => Some(format!("{message}\n{text}")),
        (one, other) => one.or(other),
    };
    let something = items.say_something();
    let mut new = NewInquiry::new(items, Source::of(Channel::Api));
    new.facts.clone_from(&entered.facts);
    new.tags.clone_from(&entered.tags);
    new.custom.clone_from(&entered.custom);
    let mut faults = Faults::default();
    new.check(&mut faults);
    if !something {
        faults.add(Fault::new("/need", &REQUIRED));
    }
    faults.none_or(&INVALID)?;
    let owner = first_owner(tx, caller, entered.assign)?;
    inquiries::receive(tx, &new, None, owner)
}

fn first_owner(tx: &mut Tx<'_>, caller: &Caller, wanted: Option<Assign>) -> Result<Option<Owner>> {
    let usual = if caller.role == Role::Agent { Assign::Me } else { Assign::Auto };
    match wanted.unwrap_or(usual) {
        Assign::Auto => assignment::next_in_turn(tx, Trigger::Received),
        Assign::None => Ok(None),
        Assign::Me => Ok(Some(Owner { user: caller.id, team: caller.team_id, trigger: Trigger::Received })),
        Assign::User(_) if caller.role == Role::Agent => Err(Error::refuse(&NOT_YOURS_TO_GIVE)),
        Assign::User(user) => assignment::chosen(tx, caller, user, "/assign").map(Some),
    }
}

/// Makes the form that exists from the start.
pub fn ensure_default_form(tx: &mut Tx<'_>) -> Result<()> {
    if store::form_exists(tx.conn, DEFAULT_FORM)? {
        return Ok(());
    }
    let form = Form {
        id: tx.id(),
        key: DEFAULT_FORM.to_owned(),
        name: "默认表单 Default".to_owned(),
        active: true,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    store::insert_form(tx, &form)
}
