//! A company and a contact at their places in a text, as the files of this room hand them on.
//! How they are found is decided in the others.

use crate::facts::text::normal::Span;

/// A company at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Company {
    pub span: Span,
    pub confidence: f64,
}

/// The contact at its place, and the title if one is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    pub span: Span,
    pub confidence: f64,
    pub title: Option<Span>,
}

impl Contact {
    /// A contact of whom no title is said.
    pub fn untitled(span: Span, confidence: f64) -> Self {
        Self { span, confidence, title: None }
    }

    /// The surer of both, the first of equals.
    pub fn surer(best: Option<Self>, next: Self) -> Option<Self> {
        best.filter(|best| next.confidence <= best.confidence).or(Some(next))
    }
}
