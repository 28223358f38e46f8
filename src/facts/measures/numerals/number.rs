//! A number as it was read at a place: its value, its end, how it is written.
//! How it is read is in the files beside, one for each way of writing.

/// A number and the byte after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    pub value: f64,
    /// The upper end of `三四百` and the like.
    pub high: Option<f64>,
    pub end: usize,
    /// 万, 亿, k … that it was multiplied with; 1 if there is none.
    pub scale: f64,
    pub style: Style,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Digits,
    Han,
}

/// Whether a lone `m` after the number may be a million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    Money,
    Plain,
}
