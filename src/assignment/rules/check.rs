//! What is wrong with a rule, all of it at once, each fault with its pointer.
//! What a rule says is in `model.rs`.

use std::collections::HashSet;

use super::model::{Strategy, Then, When};
use crate::access::{self, teams};
use crate::assignment::availability::model::WEIGHTS;
use crate::kernel::error::{
    BAD_FORMAT, Fault, FaultKind, Faults, OUT_OF_RANGE, REQUIRED, Result, UNKNOWN_ID,
};
use crate::kernel::id::{FormId, UserId};
use crate::kernel::language::Bilingual;
use crate::platform::db::DbConnection;

/// Whether there is a form of this id. Forms belong to a room above, which says so.
pub type KnownForm = fn(&mut DbConnection, FormId) -> Result<bool>;

static ONE_USER: FaultKind =
    FaultKind::new("one_user", "策略 user 需要恰好一个用户。", "The strategy user takes exactly one user.");
static NOBODY_TO_NAME: FaultKind =
    FaultKind::new("not_with_pool", "策略 pool 不分给任何人。", "The strategy pool gives to nobody.");
static NEVER_MATCHES: FaultKind = FaultKind::new(
    "never_matches",
    "下限大于上限，此规则永远不会匹配。",
    "The minimum is above the maximum: such a rule never matches.",
);

/// Finds everything that is wrong with the parts of a rule that somebody writes. What was there before is
/// not looked at: a form, user or team of it may be gone by now.
pub fn check(
    conn: &mut DbConnection,
    when: Option<&When>,
    then: Option<&Then>,
    known_form: KnownForm,
    faults: &mut Faults,
) -> Result<()> {
    if let Some(when) = when {
        check_when(conn, when, known_form, faults)?;
    }
    if let Some(then) = then {
        check_then(conn, then, faults)?;
    }
    Ok(())
}

fn check_when(
    conn: &mut DbConnection,
    when: &When,
    known_form: KnownForm,
    faults: &mut Faults,
) -> Result<()> {
    for (n, id) in when.form_ids.iter().enumerate() {
        let is_known = match id.parse() {
            Ok(form) => known_form(conn, form)?,
            Err(_) => false,
        };
        if !is_known {
            faults.add(Fault::new(format!("/when/form_ids/{n}"), &UNKNOWN_ID));
        }
    }
    let alone = |when: When| when.conditions().is_ok();
    let words = [("regions", &when.regions), ("industries", &when.industries), ("keywords", &when.keywords)];
    for (member, words) in words {
        for (n, word) in words.iter().enumerate() {
            let one = vec![word.clone()];
            let is_fit = match member {
                "regions" => alone(When { regions: one, ..When::default() }),
                "industries" => alone(When { industries: one, ..When::default() }),
                _ => alone(When { keywords: one, ..When::default() }),
            };
            if !is_fit {
                faults.add(Fault::with(format!("/when/{member}/{n}"), &BAD_FORMAT, wanted(member)));
            }
        }
    }
    let numbers = [
        ("tax_wan_min", when.tax_wan_min),
        ("area_sqm_min", when.area_sqm_min),
        ("area_sqm_max", when.area_sqm_max),
    ];
    for (member, number) in numbers {
        if number.is_some_and(|number| !number.is_finite() || number < 0.0) {
            faults.add(Fault::with(format!("/when/{member}"), &OUT_OF_RANGE, Bilingual::same("≥ 0")));
        }
    }
    if let (Some(min), Some(max)) = (when.area_sqm_min, when.area_sqm_max)
        && min > max
    {
        faults.add(Fault::new("/when/area_sqm_max", &NEVER_MATCHES));
    }
    Ok(())
}

fn wanted(member: &str) -> (&'static str, &'static str) {
    match member {
        "regions" => ("行政区划代码的前几位数字", "the first digits of a region code"),
        "industries" => {
            ("行业代码的前几位，例如 C 或 C38", "the first characters of an industry code, such as C or C38")
        }
        _ => ("非空的词", "a word that is not blank"),
    }
}

fn check_then(conn: &mut DbConnection, then: &Then, faults: &mut Faults) -> Result<()> {
    let users = then.user_ids.as_deref().unwrap_or_default();
    let weights = then.weights.iter().flatten();
    let named: Vec<(String, &String)> = users
        .iter()
        .enumerate()
        .map(|(n, id)| (format!("/then/user_ids/{n}"), id))
        .chain(weights.clone().map(|(id, _)| (format!("/then/weights/{id}"), id)))
        .collect();
    let ids: Vec<UserId> = named.iter().filter_map(|(_, id)| id.parse().ok()).collect();
    let known = access::store::names(conn, &ids)?;
    let known: HashSet<UserId> = known.into_iter().map(|(id, _)| id).collect();
    for (at, id) in named {
        if !id.parse().is_ok_and(|id: UserId| known.contains(&id)) {
            // A name that is none is not repeated.
            let at = if at.starts_with("/then/weights/") { "/then/weights".to_owned() } else { at };
            faults.add(Fault::new(at, &UNKNOWN_ID));
        }
    }
    for (id, _) in weights.filter(|(_, weight)| !(WEIGHTS.0..=WEIGHTS.1).contains(weight)) {
        let at = id
            .parse::<UserId>()
            .map_or_else(|_| "/then/weights".to_owned(), |id| format!("/then/weights/{id}"));
        faults.add(Fault::with(at, &OUT_OF_RANGE, Bilingual::same(format!("{}–{}", WEIGHTS.0, WEIGHTS.1))));
    }
    if let Some(team) = &then.team_id {
        let is_known = match team.parse() {
            Ok(team) => teams::store::exists(conn, team)?,
            Err(_) => false,
        };
        if !is_known {
            faults.add(Fault::new("/then/team_id", &UNKNOWN_ID));
        }
    }
    match then.strategy {
        Strategy::User if then.user_ids.is_none() => faults.add(Fault::new("/then/user_ids", &REQUIRED)),
        Strategy::User if users.len() != 1 => faults.add(Fault::new("/then/user_ids", &ONE_USER)),
        Strategy::Pool => {
            let members = [
                ("/then/user_ids", then.user_ids.is_some()),
                ("/then/team_id", then.team_id.is_some()),
                ("/then/weights", then.weights.as_ref().is_some_and(|weights| !weights.is_empty())),
            ];
            for (at, _) in members.into_iter().filter(|(_, is_given)| *is_given) {
                faults.add(Fault::new(at, &NOBODY_TO_NAME));
            }
        }
        _ if then.user_ids.is_some() && users.is_empty() => {
            faults.add(Fault::new("/then/user_ids", &REQUIRED));
        }
        _ => {}
    }
    Ok(())
}
