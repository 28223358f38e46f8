//! The dictionaries of the image: values that many inquiries share, each kept once.
//! The numbers that name them are in the rows.

use crate::facts::NeedKind;
use crate::reports::history::{Interner, Origin, Symbol};

/// Owner and team.
pub type Holder = (Option<Symbol>, Option<Symbol>);

#[derive(Debug, Default)]
pub struct Dictionaries {
    pub holders: Interner<Holder>,
    pub origins: Interner<Origin>,
    /// Kind, region, industry.
    pub abouts: Interner<(Option<NeedKind>, Option<u32>, Option<Symbol>)>,
    pub amounts: Interner<Option<i64>>,
    /// Area and land.
    pub spaces: Interner<(Option<i64>, Option<i64>)>,
}

impl Dictionaries {
    /// Bytes that they take, about.
    pub fn memory(&self) -> usize {
        let Self { holders, origins, abouts, amounts, spaces } = self;
        [holders.memory(), origins.memory(), abouts.memory(), amounts.memory(), spaces.memory()]
            .into_iter()
            .sum()
    }
}
