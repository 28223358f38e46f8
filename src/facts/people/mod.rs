//! Who asks: people, companies, accounts.
//! Their numbers are in `phones`.

pub mod accounts;
pub mod addressed;
pub mod around;
pub mod asker;
pub mod bare_names;
pub mod brands;
pub mod company;
pub mod contact;
pub mod familiar_names;
pub mod foreign_companies;
pub mod foreign_names;
pub mod full_companies;
pub mod labelled_names;
pub mod latin;
pub mod mixed_names;
pub mod model;
pub mod names;
pub mod short_companies;
