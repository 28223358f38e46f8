//! What is wanted: the kind of need, areas, money, trade, and the side facts.

pub mod advertisements;
pub mod also;
pub mod areas;
pub mod assets;
mod bare_trades;
pub mod custom;
pub mod deals;
pub mod divisions;
pub mod extra;
pub mod foreign_industry;
pub mod industry;
pub mod industry_verbs;
pub mod model;
pub mod money;
pub mod need;
pub mod offers;
pub mod policies;
pub mod wishes;
