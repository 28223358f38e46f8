//! The shape of `texts.json`, the texts and tables of the demo, and deterministic choices from them.
//! What is chosen is said in `profile.rs` and `story.rs`.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde::Deserialize;

use crate::access::Role;
use crate::facts::NeedKind;
use crate::follow_ups::model::Kind;
use crate::inquiries::Status;
use crate::kernel::error::{Error, Result};

/// The file itself. What it is and where it is from is said in its first member.
#[derive(Debug, Deserialize)]
pub struct Texts {
    /// The password of all demo users. It is public: such a database is for trying out only.
    pub password: String,
    /// The park's own site.
    pub site: String,
    pub teams: Vec<String>,
    /// The users. The administrator is first, and is created only if there is none.
    pub staff: Vec<Person>,
    pub surnames: Vec<String>,
    pub given_names: Vec<String>,
    pub titles: Vec<String>,
    /// The first and second halves of company names.
    pub brands: (Vec<String>, Vec<String>),
    /// By the name that needs refer to them with.
    pub industries: BTreeMap<String, Vec<Industry>>,
    pub needs: Vec<Need>,
    /// Those nearer to the park come first, and are wanted more often.
    pub regions: Vec<Region>,
    pub taxes: Vec<String>,
    pub no_taxes: Vec<String>,
    pub messages: Vec<String>,
    pub move_in: Vec<String>,
    pub tags: Vec<String>,
    pub campaigns: Vec<Campaign>,
    pub stages: Vec<Stage>,
    /// What is done between the signature and moving in.
    pub moving_in: Vec<Talk>,
    /// Notes of first calls, by whether somebody answers, and of the plans to call once more.
    pub reached: Vec<String>,
    pub unanswered: Vec<String>,
    pub call_again: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Person {
    pub name: String,
    /// The local part of the mail address.
    pub address: String,
    pub role: Role,
    /// An index into `teams`.
    pub team: Option<usize>,
}

/// A kind of need: how frequent it is, who has it, and what they write.
#[derive(Debug, Deserialize)]
pub struct Need {
    pub weight: u32,
    pub kind: NeedKind,
    pub industries: String,
    pub space: Option<Space>,
    /// 万元 a year for a thousand units of space; in all, if no space is given.
    pub tax: (i64, i64),
    /// The page of the park's site that has its form.
    pub page: String,
    /// `{area}` and `{region}` are filled in.
    pub texts: Vec<String>,
}

/// An industry: its name and division in GB/T 4754, how its companies are called, and what they do.
#[derive(Debug, Deserialize)]
pub struct Industry {
    pub name: String,
    pub code: String,
    pub suffixes: Vec<String>,
    pub usages: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Space {
    pub unit: Unit,
    pub from: i64,
    pub to: i64,
    pub step: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Sqm,
    Mu,
}

/// 省/市/区, and its code in GB/T 2260.
#[derive(Debug, Deserialize)]
pub struct Region {
    pub code: String,
    pub path: String,
}

#[derive(Debug, Deserialize)]
pub struct Campaign {
    pub weight: u32,
    /// Source, medium and name.
    pub utm: [String; 3],
}

/// A stage of an inquiry that is worked on: how often it is followed up there, the days between, how many of
/// a hundred go on to the next stage, and why the others are lost.
#[derive(Debug, Deserialize)]
pub struct Stage {
    pub status: Status,
    pub times: (i64, i64),
    pub days: (i64, i64),
    pub talks: Vec<Talk>,
    pub go_on: i64,
    pub lost_for: Vec<(u32, String)>,
}

/// A follow-up: the note of its plan and the note of its result.
#[derive(Debug, Clone, Deserialize)]
pub struct Talk {
    pub kind: Kind,
    pub plan: String,
    pub note: String,
}

impl Texts {
    pub fn load() -> Result<Self> {
        serde_json::from_str(include_str!("texts.json")).map_err(Error::internal)
    }
}

/// A random number generator with a seed: the same choices each time.
pub struct Chance(StdRng);

impl Chance {
    pub fn seeded(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    pub fn percent(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    pub fn pick<'a, T>(&mut self, table: &'a [T]) -> Result<&'a T> {
        table.choose(&mut self.0).ok_or_else(without_rows)
    }

    /// With a bias to the first rows.
    pub fn pick_early<'a, T>(&mut self, table: &'a [T]) -> Result<&'a T> {
        let last = table.len().saturating_sub(1);
        let place = self.0.random_range(0..=last).min(self.0.random_range(0..=last));
        table.get(place).ok_or_else(without_rows)
    }

    pub fn pick_weighted<'a, T>(&mut self, table: &'a [T], weight: impl Fn(&T) -> u32) -> Result<&'a T> {
        table.choose_weighted(&mut self.0, weight).map_err(Error::internal)
    }
}

fn without_rows() -> Error {
    Error::internal("a table of the demo has no rows")
}
