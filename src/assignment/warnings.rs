//! Warnings: what a change of rules or people leads to that nobody may have wanted. It is made all the same.
//! What cannot be made is a fault.

use serde::Serialize;
use utoipa::ToSchema;

use super::decision::roster::{CompiledRule, Roster};
use super::rules::{Otherwise, Strategy};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::RuleId;
use crate::word_enum;

word_enum! {
    /// What is to be warned of.
    pub enum WarningKind as "WarningCode" {
        /// No rule could give an inquiry to anybody now: all would lie in the pool.
        NobodyReceives => "nobody_receives",
        /// This rule could give an inquiry to nobody now, though others could.
        HasNobody => "rule_has_nobody",
        /// This rule is never tried: one before it takes everything.
        NeverReached => "never_reached",
    }
}

/// Something that a change leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"code": "nobody_receives", "rule_id": null}))]
pub struct Warning {
    pub code: WarningKind,
    /// The rule that it is about, if it is about one.
    pub rule_id: Option<RuleId>,
}

/// What is to be warned of, as things are now.
pub fn of_roster(roster: &Roster, now: Timestamp) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let takes_everything = |rule: &CompiledRule| {
        rule.conditions.is_empty() && (rule.strategy == Strategy::Pool || rule.otherwise == Otherwise::Pool)
    };
    let active: Vec<&CompiledRule> = roster.rules.iter().filter(|rule| rule.is_active).collect();
    let last = active.iter().position(|rule| takes_everything(rule));
    let reached_count = last.map_or(active.len(), |last| last.saturating_add(1));
    let (reached, behind) = active.split_at(reached_count.min(active.len()));
    let of = |code, rule: &CompiledRule| Warning { code, rule_id: Some(rule.id) };
    let gives = |rule: &CompiledRule| gives_to_somebody(roster, rule, now);
    if reached.iter().any(|rule| gives(rule)) {
        let has_nobody = |rule: &&&CompiledRule| rule.strategy != Strategy::Pool && !gives(rule);
        warnings.extend(reached.iter().filter(has_nobody).map(|rule| of(WarningKind::HasNobody, rule)));
    } else {
        warnings.push(Warning { code: WarningKind::NobodyReceives, rule_id: None });
    }
    warnings.extend(behind.iter().map(|rule| of(WarningKind::NeverReached, rule)));
    warnings
}

fn gives_to_somebody(roster: &Roster, rule: &CompiledRule, now: Timestamp) -> bool {
    let people = rule.candidates.iter().filter_map(|(place, _)| roster.people.get(*place));
    let mut able = people.filter(|person| {
        let of = &person.availability;
        let is_of_team = rule.team.is_none_or(|team| person.team == Some(team));
        let is_never = of.shifts.as_ref().is_some_and(Vec::is_empty);
        let has_room = of.open_max != Some(0) && of.daily_max != Some(0);
        person.is_active && is_of_team && person.away(now).is_none() && !is_never && has_room
    });
    able.next().is_some()
}
