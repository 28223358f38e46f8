//! The words right before and right behind a quantity, which are asked for the words of a list.
//! What follows from them is decided in the files of the side facts.

use crate::facts::measures::quantity::Quantity;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span, tail};
use crate::facts::words::lists::List;

/// What is written beside a quantity, in small letters.
pub struct Beside<'r> {
    page: &'r Normal<'r>,
    /// The words of its part before it, the last of them.
    pub before: &'r str,
    /// The words right behind it.
    after: &'r str,
}

impl<'r> Beside<'r> {
    /// The words beside a quantity of the text.
    pub fn of(reading: &'r Reading<'r>, quantity: &Quantity) -> Self {
        let page = &reading.page;
        let part = reading.part(quantity.span);
        let before = tail(page.lower_cut(Span::new(part.start, quantity.span.start)), 16);
        Self { page, before, after: page.lower_after(quantity.span.end, 8) }
    }

    /// Whether a word of the list is before the quantity.
    pub fn is_led_by(&self, list: &List) -> bool {
        self.page.among(list.words()).any(|word| self.before.contains(word))
    }

    /// Whether a word of the list is right behind the quantity.
    pub fn is_followed_by(&self, list: &List) -> bool {
        self.page.among(list.words()).any(|word| self.after.contains(word))
    }
}
