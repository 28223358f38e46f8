//! What is wanted: the kind of need, areas, money, trade, and the side facts.

pub mod advertisements;
pub mod also;
pub mod areas;
pub mod assets;
mod bare_trades;
pub mod beside;
pub mod budgets;
pub mod cranes;
pub mod custom;
pub mod dates;
pub mod deals;
pub mod divisions;
pub mod extra;
pub mod features;
pub mod foreign_industry;
pub mod heights;
pub mod industry;
pub mod industry_verbs;
pub mod model;
pub mod money;
pub mod need;
pub mod offers;
pub mod policies;
pub mod sums;
pub mod taxes;
pub mod tenure;
pub mod wishes;
