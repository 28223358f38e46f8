//! An inquiry as conditions look at it in memory: what many of them ask for is worked out once.
//! What they ask is in `fields.rs`.

use std::cell::OnceCell;

use crate::facts::Indexed;
use crate::inquiries::model::Inquiry;

/// An inquiry that conditions are tried on.
pub struct Subject<'a> {
    pub inquiry: &'a Inquiry,
    pub facts: Indexed,
    text: OnceCell<String>,
}

impl<'a> Subject<'a> {
    pub fn of(inquiry: &'a Inquiry) -> Self {
        Self { inquiry, facts: Indexed::of(&inquiry.content.facts.0), text: OnceCell::new() }
    }

    /// The text that it is found by.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| self.inquiry.content.searchable())
    }
}
