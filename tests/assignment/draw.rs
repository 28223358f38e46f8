//! People's availability, rules and settings of the simulation, drawn by lot.
//! What is done with them is in `simulation.rs`.

use chrono::Duration;
use leaddock::assignment::availability::Availability;
use leaddock::assignment::decision::roster::Settings;
use leaddock::assignment::pool::PoolSettings;
use leaddock::assignment::rules::Rule;
use leaddock::assignment::terms::SlaSettings;
use leaddock::kernel::id::UserId;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::setup::{at, availability_of, rule_for, team, user};

/// When the simulation begins.
pub const START: &str = "2027-03-01T00:00:00Z";

pub fn any_availability(dice: &mut Dice, now: &str) -> Availability {
    let now = at(now);
    let hours = |hours: u32| Duration::hours(hours.into());
    let shifts = match dice.below(5) {
        0 => json!([{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}]),
        1 => json!([{"days": [dice.between(1, 7)], "from": "20:00", "to": "06:00"},
            {"days": [1, 2, 3, 4, 5, 6, 7], "from": "08:00", "to": "14:00"}]),
        2 if dice.once_in(4) => json!([]),
        _ => json!(null),
    };
    let absences = if dice.once_in(6) {
        let from = now.plus(hours(dice.below(60))).minus(hours(30));
        let to = (!dice.once_in(4)).then(|| from.plus(hours(dice.between(1, 90))));
        json!([{"from": from, "to": to}])
    } else {
        json!([])
    };
    let mut limit = |most: u32| dice.once_in(3).then(|| dice.below(most));
    let (open_max, daily_max) = (limit(5), limit(4));
    availability_of(&json!({"paused": dice.once_in(10), "shifts": shifts, "absences": absences,
        "open_max": open_max, "daily_max": daily_max, "weight": dice.between(1, 5)}))
}

/// Two to five rules and the fallback.
pub fn any_rules(dice: &mut Dice, people: usize) -> Vec<Rule> {
    let count = usize::try_from(dice.between(2, 5)).unwrap();
    let mut rules: Vec<Rule> = (0..count)
        .map(|n| {
            let strategy = dice.of(&["round_robin", "round_robin", "least_busy", "user", "pool"]);
            let named = match strategy {
                "user" => 1,
                "pool" => 0,
                _ if dice.once_in(2) => dice.between(1, 6),
                _ => 0,
            };
            let named: Vec<UserId> = (0..named).map(|_| user(dice.place(people))).collect();
            let mut then = json!({"strategy": strategy, "otherwise": dice.of(&["next", "pool"])});
            if !named.is_empty() {
                then["user_ids"] = json!(named);
            }
            if strategy != "pool" && dice.once_in(3) {
                then["team_id"] = json!(team(dice.place(3)));
            }
            let kind = dice.of(&["land", "factory_rent", "office_rent"]);
            let when = if dice.once_in(4) { json!({}) } else { json!({"need_kinds": [kind]}) };
            Rule { active: !dice.once_in(8), ..rule_for(n, &when, &then) }
        })
        .collect();
    let strategy = dice.of(&["round_robin", "least_busy"]);
    rules.push(rule_for(9, &json!({}), &json!({ "strategy": strategy })));
    rules
}

/// Settings with the same working time.
pub fn any_settings(dice: &mut Dice, before: Settings) -> Settings {
    let mut days = |most: u32| (!dice.once_in(3)).then(|| dice.between(1, most));
    let (contact, status, hard) = (days(8), days(10), days(14));
    let pool = json!({"recycle": {"unit": dice.of(&["day", "working_day"]), "no_contact_days": contact,
            "no_status_change_days": status, "hard_days": hard, "warn_days": dice.below(4)},
        "claims_per_day": dice.below(4), "holding_max": dice.between(1, 6),
        "cool_down_hours": dice.below(100)});
    let mut ladder: Vec<Value> = Vec::new();
    for _ in 0..dice.below(5) {
        let step = json!({"on": dice.of(&["accept", "first_contact"]), "minutes": dice.between(1, 8) * 15,
            "do": dice.of(&["remind_owner", "tell_manager", "reassign", "pool"])});
        if !ladder.contains(&step) {
            ladder.push(step);
        }
    }
    let mut minutes = || (!dice.once_in(4)).then(|| dice.between(1, 8) * 15);
    let (accept, first_contact) = (minutes(), minutes());
    let sla = json!({"accept_minutes": accept, "first_contact_minutes": first_contact,
        "working_time": dice.once_in(2), "ladder": ladder});
    let pool: PoolSettings = serde_json::from_value(pool).unwrap();
    let sla: SlaSettings = serde_json::from_value(sla).unwrap();
    Settings { pool, sla, ..before }
}
