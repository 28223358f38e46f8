//! The verbs of entry: read what a user enters, and make an inquiry of it.
//! Submissions of forms are in `../submissions`.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::access::{Caller, Permission, Role};
use crate::assignment::decision::Decisions;
use crate::assignment::ownership::actions::FirstOwner;
use crate::facts::Facts;
use crate::inquiries::bounds;
use crate::inquiries::model::{Channel, Items, check_facts};
use crate::inquiries::{Inquiry, NewInquiry, Source, actions as inquiries};
use crate::intake::reading::names::{folded, item};
use crate::intake::reading::understanding::{self, Said};
use crate::kernel::error::{Class, Error, Fault, Faults, INVALID, REQUIRED, Refusal, Result};
use crate::kernel::id::UserId;
use crate::kernel::text::some;
use crate::platform::db::Tx;

static NOT_YOURS_TO_GIVE: Refusal = Refusal::new(
    Class::Forbidden,
    "forbidden",
    "只有主管、管理员和有修改权限的密钥可以指定经办人。",
    "Only managers, admins and keys that may change inquiries may assign one to somebody.",
);

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
pub struct RawEntry {
    pub items: Items,
    /// All in one; kept as the message, after an own message if there is one, and read for what no item says.
    pub text: Option<String>,
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
    /// What the user knows; it goes before what is read.
    pub facts: Map<String, Value>,
    pub assign: Option<Assign>,
}

/// What a user enters, read and found valid.
#[derive(Debug, Clone)]
pub struct ParsedEntry {
    new: NewInquiry,
    assign: Option<Assign>,
}

impl RawEntry {
    /// Reads it, or tells every fault. A long text takes milliseconds: it is read before the transaction that
    /// others wait for.
    pub fn parse(self) -> Result<ParsedEntry> {
        let items = self.items.without_blanks();
        let text = self.text.as_deref().and_then(some);
        let something = items.say_something() || text.is_some();
        let mut faults = Faults::default();
        items.check(&mut faults);
        check_facts(&self.facts, &mut faults);
        let given = !self.facts.is_empty();
        if !something {
            faults.add(Fault::new("/need", &REQUIRED));
        }
        let said = Said { blob: text.as_deref(), custom: self.custom, source: Source::of(Channel::Api) };
        let mut new = understanding::inquiry(items, said, |_| "", |label| item(&folded(label)));
        if given {
            let facts = Arc::make_mut(&mut new.facts);
            // Null: the user knows better than the text.
            facts.give(self.facts);
            bounds::check("/facts", &Facts::default(), facts, &mut faults);
        }
        new.tags = self.tags;
        new.check(&mut faults);
        faults.none_or(&INVALID)?;
        Ok(ParsedEntry { new, assign: self.assign })
    }
}

/// Takes in what a user enters.
pub fn enter(tx: &mut Tx<'_>, caller: &Caller, entry: &ParsedEntry) -> Result<Inquiry> {
    let usual = if caller.role == Role::Agent { Assign::Me } else { Assign::Auto };
    let owner = match entry.assign.unwrap_or(usual) {
        Assign::Auto => {
            return Decisions::of(tx, |tx, decisions| decisions.receive(tx, &entry.new, None));
        }
        Assign::None => None,
        Assign::Me => Some(caller.id),
        Assign::User(_) if !caller.may(Permission::AssignInquiry) => {
            return Err(Error::refuse(&NOT_YOURS_TO_GIVE));
        }
        Assign::User(user) => Some(user),
    };
    let first = owner.map(|owner| FirstOwner::of(tx, caller, owner, "/assign")).transpose()?;
    let draft = inquiries::draft(tx, &entry.new, None);
    let owner = first.map(|first| first.owner(draft.inquiry(), tx));
    Ok(inquiries::receive_draft(tx, draft, owner)?.0)
}
