//! One number at a place, in digits, in Chinese numerals or in English words.
//! What is counted is not asked here; each way of writing has its file.

mod digits;
mod english;
mod han;
pub mod number;
mod scales;
#[cfg(test)]
mod tests;

use crate::facts::text::normal::Normal;

pub use digits::digits_end;
pub use han::han_digit;
pub use number::{Context, Number, Style};
pub use scales::{past_blank, scale_of};

/// The number that begins at `at`; the caller sees to it that none began before.
pub fn read(page: &Normal<'_>, at: usize, context: Context) -> Option<Number> {
    let first = page.char_at(at)?;
    match first {
        '0'..='9' => digits::read(page, at, context),
        '块' | '亩' => han::left_out(page, at),
        'a'..='z' | 'A'..='Z' => english::read(page, at),
        _ => han::read(page, at),
    }
}

/// Whether a number can begin with this character.
pub fn begins(page: &Normal<'_>, at: usize, c: char) -> bool {
    c.is_ascii_digit()
        || c.is_ascii_alphabetic() && english::begins(page, at)
        || han::begins(c)
        || matches!(c, '块' | '亩')
}
