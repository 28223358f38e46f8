//! What the definition of a report consists of. The reports are beside it, a file each.
//! How items are added up is in `../tally.rs`.

use std::fmt;

use super::figure::{Bilingual, Figure, How};
use super::item::{Ask, Item};
use crate::reports::groups::GroupBy;
use crate::reports::history::Case;
use crate::text_enum;

text_enum! {
    /// What the period of a report bounds.
    pub enum ReportKind {
        /// The inquiries received in the period, and what became of them.
        Cohort => "cohort",
        /// What happened in the period.
        Activity => "activity",
        /// What is open at a moment.
        Stock => "stock",
    }
}

/// How much of an inquiry a report looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What it is at the moment of the report: what [`Case`] has but for the lists of its past; of its plans
    /// when the open ones are due, of repeats how many there were.
    Summary,
    /// All that happened to it.
    History,
}

/// Which inquiries a report may count something of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Those received in the period.
    Received,
    /// Those open at the moment of the report, and received in the period if there is one.
    Open,
    /// Those that something happened to in the period, and those open or won.
    Touched,
    All,
}

/// Hands on the items of an inquiry.
pub type Items = fn(&Case, &Ask<'_>, &mut dyn FnMut(Item));

/// A report.
pub struct Definition {
    pub name: &'static str,
    pub title: Bilingual,
    pub kind: ReportKind,
    /// What it can be grouped by; the first unless asked for another.
    pub groups: &'static [GroupBy],
    pub figures: &'static [Figure],
    pub depth: Depth,
    pub among: Among,
    /// The items of an inquiry that exists.
    pub items: Items,
    /// Items of inquiries in reach of all times and whatever filters, keyed by [`Item::own`].
    pub background: Option<Items>,
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Definition {
    /// Whether its rows are stages within groups.
    pub fn has_stages(&self) -> bool {
        self.figures.iter().any(|figure| matches!(figure.how, How::Stage(_)))
    }

    pub fn figure(&self, key: &str) -> Option<&'static Figure> {
        self.figures.iter().find(|figure| figure.key == key)
    }
}

/// A list of groupings. `T` are those by time, `P` by person, `S` by source, `D` by demand.
macro_rules! groups {
    (@ [$($all:ident)*]) => { &[$($crate::reports::groups::GroupBy::$all),*] };
    (@ [$($all:ident)*] T $($rest:ident)*) => { groups!(@ [$($all)* Day Week Month] $($rest)*) };
    (@ [$($all:ident)*] P $($rest:ident)*) => { groups!(@ [$($all)* Agent Team] $($rest)*) };
    (@ [$($all:ident)*] S $($rest:ident)*) => {
        groups!(@ [$($all)* Form Channel Source UtmSource UtmMedium UtmCampaign] $($rest)*)
    };
    (@ [$($all:ident)*] D $($rest:ident)*) => {
        groups!(@ [$($all)* NeedKind Region2 Region4 Region6 Industry] $($rest)*)
    };
    (@ [$($all:ident)*] $one:ident $($rest:ident)*) => { groups!(@ [$($all)* $one] $($rest)*) };
    ($($one:ident)+) => { groups!(@ [] $($one)+) };
}
pub(super) use groups;
