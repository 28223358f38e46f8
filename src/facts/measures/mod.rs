//! Numerals, units, bounds, currencies: amounts as they are written and spoken.
//! What an amount is about is decided in `wants`.

pub mod bounds;
pub mod currency;
pub mod numerals;
pub mod per;
pub mod quantity;
pub mod units;
