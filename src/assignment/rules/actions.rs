//! The verbs of rules: make, change, order, delete; and the fallback, which is always there.
//! What is valid in a rule is in `check.rs`.

use super::check::{KnownForm, check};
use super::model::{Rule, Then, When};
use super::store;
use crate::assignment::decision::roster;
use crate::assignment::events::RulesChanged;
use crate::assignment::warnings::{self, Warning};
use crate::kernel::error::{Class, Error, Fault, FaultKind, Faults, INVALID, Refusal, Result, UNKNOWN_ID};
use crate::kernel::id::RuleId;
use crate::kernel::precondition::Precondition;
use crate::platform::db::Tx;
use crate::platform::db::types::Json;
use crate::platform::events::NO_SUBJECT;

/// The most rules that there may be, for each is tried on each inquiry.
pub const RULES_MAX: usize = 500;

static FALLBACK_REQUIRED: Refusal = Refusal::new(
    Class::Conflict,
    "fallback_required",
    "最后一条兜底规则不能删除、停用，也不能带条件；只能修改它的 then。",
    "The last rule, the fallback, cannot be deleted, switched off, or have conditions; only what it does can \
     be changed.",
);
static TOO_MANY_RULES: Refusal =
    Refusal::new(Class::Conflict, "too_many_rules", "最多 500 条规则。", "There can be at most 500 rules.");
static NOT_ALL_ONCE: FaultKind = FaultKind::new(
    "not_all_once",
    "必须恰好列出除兜底规则外的所有规则，每条一次。",
    "All rules but the fallback have to be named, each once.",
);

/// What a rule is made from.
#[derive(Debug, Clone)]
pub struct NewRule {
    pub name: String,
    pub active: bool,
    pub when: When,
    pub then: Then,
}

/// What is changed of a rule.
#[derive(Debug, Clone, Default)]
pub struct RulePatch {
    pub name: Option<String>,
    pub active: Option<bool>,
    pub when: Option<When>,
    pub then: Option<Then>,
}

/// Makes the fallback, if there is none yet: all agents take turns.
pub fn ensure_fallback(tx: &mut Tx<'_>) -> Result<()> {
    if store::all(tx.conn)?.iter().any(|rule| rule.is_fallback) {
        return Ok(());
    }
    let new = NewRule {
        name: "兜底规则".to_owned(),
        active: true,
        when: When::default(),
        then: Then::all_agents(),
    };
    insert(tx, new, 0, true).map(drop)
}

fn insert(tx: &mut Tx<'_>, new: NewRule, position: i32, is_fallback: bool) -> Result<Rule> {
    let rule = Rule {
        id: tx.id(),
        position,
        name: new.name,
        active: new.active,
        is_fallback,
        conditions: Json(new.when),
        action: Json(new.then),
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    };
    store::insert(tx, &rule)?;
    changed(tx, Some(rule.id))?;
    Ok(rule)
}

fn changed(tx: &mut Tx<'_>, rule_id: Option<RuleId>) -> Result<()> {
    tx.record(NO_SUBJECT, &RulesChanged { rule_id }).map(drop)
}

/// Makes a rule, which is tried after the others and before the fallback.
pub fn create(tx: &mut Tx<'_>, new: NewRule, known_form: KnownForm) -> Result<(Rule, Vec<Warning>)> {
    // Decisions lock this first, and so does every change of rules.
    roster::lock(tx)?;
    let mut faults = Faults::default();
    check(tx.conn, Some(&new.when), Some(&new.then), known_form, &mut faults)?;
    faults.none_or(&INVALID)?;
    let others = store::all(tx.conn)?;
    if others.len() > RULES_MAX {
        return Err(Error::refuse(&TOO_MANY_RULES));
    }
    let last = others.iter().filter(|rule| !rule.is_fallback).map(|rule| rule.position).max();
    let rule = insert(tx, new, last.map_or(0, |last| last.saturating_add(1)), false)?;
    let warnings = warn(tx)?;
    Ok((rule, warnings))
}

fn warn(tx: &mut Tx<'_>) -> Result<Vec<Warning>> {
    let roster = roster::current(tx)?;
    Ok(warnings::of_roster(&roster, tx.now))
}

/// Changes a rule.
pub fn update(
    tx: &mut Tx<'_>,
    id: RuleId,
    patch: &RulePatch,
    known_form: KnownForm,
    precondition: &Precondition,
) -> Result<(Rule, Vec<Warning>)> {
    roster::lock(tx)?;
    let before = store::find(tx.conn, id)?.ok_or_else(Error::not_found)?;
    precondition.check(before.version)?;
    let RulePatch { name, active, when, then } = patch.clone();
    let mut faults = Faults::default();
    check(tx.conn, when.as_ref(), then.as_ref(), known_form, &mut faults)?;
    faults.none_or(&INVALID)?;
    let mut rule = before.clone();
    rule.name = name.unwrap_or(rule.name);
    rule.active = active.unwrap_or(rule.active);
    rule.conditions.0 = when.unwrap_or(rule.conditions.0);
    rule.action.0 = then.unwrap_or(rule.action.0);
    let keeps_what_must_be = rule.active && rule.conditions.0 == When::default() && rule.name == before.name;
    if rule.is_fallback && !keeps_what_must_be {
        return Err(Error::refuse(&FALLBACK_REQUIRED));
    }
    if rule == before {
        return Ok((before, Vec::new()));
    }
    rule.updated_at = tx.now;
    rule.version = before.version.saturating_add(1);
    store::update(tx, &rule, before.version)?;
    changed(tx, Some(id))?;
    let warnings = warn(tx)?;
    Ok((rule, warnings))
}

/// Deletes a rule.
pub fn delete(tx: &mut Tx<'_>, id: RuleId, precondition: &Precondition) -> Result<()> {
    roster::lock(tx)?;
    let rule = store::find(tx.conn, id)?.ok_or_else(Error::not_found)?;
    precondition.check(rule.version)?;
    if rule.is_fallback {
        return Err(Error::refuse(&FALLBACK_REQUIRED));
    }
    store::delete(tx, id)?;
    changed(tx, Some(id))
}

/// Puts the rules in this order; the fallback stays the last.
pub fn reorder(tx: &mut Tx<'_>, ids: &[String]) -> Result<(Vec<Rule>, Vec<Warning>)> {
    roster::lock(tx)?;
    let rules = store::all(tx.conn)?;
    let mut faults = Faults::default();
    let mut wanted: Vec<RuleId> = Vec::with_capacity(ids.len());
    for (n, id) in ids.iter().enumerate() {
        let at = format!("/ids/{n}");
        match id.parse::<RuleId>() {
            Ok(id) if wanted.contains(&id) => faults.add(Fault::new(at, &NOT_ALL_ONCE)),
            Ok(id) if rules.iter().any(|rule| rule.id == id && !rule.is_fallback) => wanted.push(id),
            _ => faults.add(Fault::new(at, &UNKNOWN_ID)),
        }
    }
    let is_missing = |rule: &&Rule| !rule.is_fallback && !wanted.contains(&rule.id);
    if rules.iter().any(|rule| is_missing(&rule)) {
        faults.add(Fault::new("/ids", &NOT_ALL_ONCE));
    }
    faults.none_or(&INVALID)?;
    let mut is_changed = false;
    for (position, id) in wanted.iter().enumerate() {
        let position = i32::try_from(position).map_err(Error::internal)?;
        let Some(rule) = rules.iter().find(|rule| rule.id == *id) else { continue };
        if rule.position != position {
            let version = rule.version.saturating_add(1);
            let moved = Rule { position, version, updated_at: tx.now, ..rule.clone() };
            store::update(tx, &moved, rule.version)?;
            is_changed = true;
        }
    }
    if is_changed {
        changed(tx, None)?;
    }
    let warnings = warn(tx)?;
    Ok((store::all(tx.conn)?, warnings))
}
