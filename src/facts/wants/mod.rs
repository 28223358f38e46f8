//! What is wanted: the kind of need, areas, money, trade, and the side facts.

pub mod areas;
pub mod deals;
pub mod divisions;
pub mod extra;
pub mod foreign_industry;
pub mod industry;
pub mod money;
pub mod need;
pub mod offers;
