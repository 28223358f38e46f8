//! What a phone number is once it is read.
//! How one is read is in `number.rs`, `national.rs` and `spoken.rs`.

use crate::facts::text::normal::Span;

/// A number in E.164 and the place of its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    pub e164: String,
    pub span: Span,
    pub kind: Kind,
    pub extension: Option<String>,
}

/// What sort of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A mobile of China.
    Mobile,
    /// A landline or hotline of China.
    Fixed,
    Abroad,
}
