//! Who asks: people, companies, accounts.
//! Their numbers are in `phones`.

pub mod accounts;
pub mod addressed;
pub mod brands;
pub mod company;
pub mod contact;
pub mod foreign_companies;
pub mod foreign_names;
pub mod latin;
pub mod names;
