//! All SQL on rules.
//! How they decide is in `../decision`.

use std::collections::BTreeMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use serde_json::Value;

use super::model::Rule;
use crate::assignment::schema::{assignment_rules, rotations};
use crate::kernel::error::Result;
use crate::kernel::id::RuleId;
use crate::platform::db::types::Json;
use crate::platform::db::{DbConnection, Tx, compare_and_set, retry_on_conflict};

/// All rules in the order in which they are tried: the fallback is the last.
pub fn all(conn: &mut DbConnection) -> Result<Vec<Rule>> {
    let order =
        (assignment_rules::is_fallback.asc(), assignment_rules::position.asc(), assignment_rules::id.asc());
    Ok(assignment_rules::table.order(order).select(Rule::as_select()).load(conn)?)
}

pub fn find(conn: &mut DbConnection, id: RuleId) -> Result<Option<Rule>> {
    Ok(assignment_rules::table.find(id).select(Rule::as_select()).first(conn).optional()?)
}

/// Inserts a rule, and its rotation, in which nobody has had a turn.
pub fn insert(tx: &mut Tx<'_>, rule: &Rule) -> Result<()> {
    let inserted = diesel::insert_into(assignment_rules::table).values(rule).execute(tx.conn);
    retry_on_conflict(inserted)?;
    let rotation = (
        rotations::rule_id.eq(rule.id),
        rotations::turns.eq(0_i64),
        rotations::credits.eq(Json(BTreeMap::<String, Value>::new())),
    );
    diesel::insert_into(rotations::table).values(rotation).execute(tx.conn)?;
    Ok(())
}

/// Updates a rule by compare-and-set on the version it was read at.
pub fn update(tx: &mut Tx<'_>, rule: &Rule, read_at: i64) -> Result<()> {
    let target = assignment_rules::table
        .filter(assignment_rules::id.eq(rule.id))
        .filter(assignment_rules::version.eq(read_at));
    let change = (
        assignment_rules::position.eq(rule.position),
        assignment_rules::name.eq(&rule.name),
        assignment_rules::active.eq(rule.active),
        assignment_rules::conditions.eq(&rule.conditions),
        assignment_rules::action.eq(&rule.action),
        assignment_rules::version.eq(rule.version),
        assignment_rules::updated_at.eq(rule.updated_at),
    );
    compare_and_set(diesel::update(target).set(change).execute(tx.conn))
}

/// Deletes a rule with its rotation. What it decided stays explained.
pub fn delete(tx: &mut Tx<'_>, id: RuleId) -> Result<()> {
    diesel::delete(rotations::table.find(id)).execute(tx.conn)?;
    diesel::delete(assignment_rules::table.find(id)).execute(tx.conn)?;
    Ok(())
}
