//! A rule: when it matches, and what it does then. What is valid in one is in `check.rs`.
//! Conditions are those that lists of inquiries are narrowed by (`inquiries/conditions`).

use std::collections::BTreeMap;

use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::assignment::schema::assignment_rules;
use crate::facts::NeedKind;
use crate::inquiries::Condition;
use crate::inquiries::conditions::Bound;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{RuleId, TeamId, UserId};
use crate::kernel::line::Line;
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;
use crate::word_enum;

word_enum! {
    /// How a rule chooses.
    pub enum Strategy as "AssignmentStrategy" {
        /// In turn, by weight.
        RoundRobin => "round_robin",
        /// Who has the fewest open inquiries by weight.
        LeastBusy => "least_busy",
        /// This one user.
        User => "user",
        /// Nobody: it lies in the pool.
        Pool => "pool",
    }
}

word_enum! {
    /// What happens if nobody is eligible.
    pub enum Otherwise {
        /// It lies in the pool.
        Pool => "pool",
        /// The next rule that matches decides.
        Next => "next",
    }
}

/// When a rule matches: all of these hold, of each list any. A fact that is not there does not match.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"need_kinds": ["factory_rent"], "regions": ["3205"], "tax_wan_min": 300.0}))]
pub struct When {
    /// It came by one of these forms.
    #[schema(value_type = Vec<String>, max_items = 200)]
    pub form_ids: Vec<String>,
    #[schema(max_items = 50)]
    pub need_kinds: Vec<NeedKind>,
    /// The first digits of a region code (GB/T 2260).
    #[schema(max_items = 200)]
    pub regions: Vec<String>,
    /// The first characters of an industry code (GB/T 4754), such as `C` or `C38`.
    #[schema(max_items = 200)]
    pub industries: Vec<String>,
    /// At least so much tax, in 万元 a year.
    pub tax_wan_min: Option<f64>,
    /// Square metres: the ranges overlap.
    pub area_sqm_min: Option<f64>,
    /// Square metres: the ranges overlap.
    pub area_sqm_max: Option<f64>,
    /// Part of what the person said, in whatever case and width.
    #[schema(value_type = Vec<Line<0, 200>>, max_items = 200)]
    pub keywords: Vec<String>,
}

/// What is given to whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"strategy": "round_robin", "user_ids": ["usr_06a9e1t7qdw0x3f8m2c5kz4rpg"],
    "weights": {"usr_06a9e1t7qdw0x3f8m2c5kz4rpg": 2}, "otherwise": "next"}))]
pub struct Then {
    pub strategy: Strategy,
    /// Among whom; null: the agents of `team_id`, else all agents.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 1000)]
    pub user_ids: Option<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub team_id: Option<String>,
    /// Shares of turns by user, in place of those in their availability.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::HashMap<String, u32>>)]
    pub weights: Option<BTreeMap<String, u32>>,
    #[serde(default)]
    pub otherwise: Option<Otherwise>,
}

/// What is given to whom, read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CandidateSet {
    pub users: Option<Vec<UserId>>,
    pub team: Option<TeamId>,
    pub weights: BTreeMap<UserId, u32>,
}

impl Then {
    /// By turns among all agents.
    pub fn all_agents() -> Self {
        Self { strategy: Strategy::RoundRobin, user_ids: None, team_id: None, weights: None, otherwise: None }
    }

    pub fn otherwise(&self) -> Otherwise {
        self.otherwise.unwrap_or(Otherwise::Pool)
    }

    /// Its ids; those that are none were refused when it was written.
    pub fn among(&self) -> CandidateSet {
        let users = |ids: &Vec<String>| ids.iter().filter_map(|id| id.parse().ok()).collect();
        let weights = self.weights.iter().flatten();
        CandidateSet {
            users: self.user_ids.as_ref().map(users),
            team: self.team_id.as_ref().and_then(|id| id.parse().ok()),
            weights: weights.filter_map(|(id, weight)| Some((id.parse().ok()?, *weight))).collect(),
        }
    }
}

impl When {
    /// The conditions, each with the member that it is from. `Err` names a member that holds no condition.
    pub fn conditions(&self) -> Result<Vec<(&'static str, Condition)>, &'static str> {
        let kinds: Vec<String> = self.need_kinds.iter().map(|kind| kind.word().to_owned()).collect();
        let words = [
            ("form_ids", "form", &self.form_ids),
            ("need_kinds", "need_kind", &kinds),
            ("regions", "region", &self.regions),
            ("industries", "industry", &self.industries),
        ];
        let numbers = [
            ("tax_wan_min", "tax", Bound::AtLeast, self.tax_wan_min),
            // An area that ends before the least one, or begins after the greatest.
            ("area_sqm_min", "area", Bound::AtLeast, self.area_sqm_min),
            ("area_sqm_max", "area", Bound::AtMost, self.area_sqm_max),
        ];
        let mut all = Vec::new();
        for (member, field, words) in words.into_iter().filter(|(_, _, words)| !words.is_empty()) {
            all.push((member, Condition::any_of(field, words.clone()).ok_or(member)?));
        }
        for (member, field, bound, number) in numbers {
            if let Some(number) = number {
                all.push((member, Condition::number(field, bound, number).ok_or(member)?));
            }
        }
        if !self.keywords.is_empty() {
            all.push(("keywords", Condition::contains("keyword", &self.keywords).ok_or("keywords")?));
        }
        Ok(all)
    }
}

/// A rule as it is stored. The first one that matches decides; the fallback comes last and matches always.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = assignment_rules, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Rule {
    pub id: RuleId,
    pub position: i32,
    pub name: String,
    pub active: bool,
    pub is_fallback: bool,
    pub conditions: Json<When>,
    pub action: Json<Then>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Rule {
    /// Where it is among the rules.
    pub fn place(&self) -> (bool, i32, RuleId) {
        (self.is_fallback, self.position, self.id)
    }
}
