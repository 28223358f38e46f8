//! The settings of the pool: terms, limits of claims, cooling down, what is hidden.
//! How terms are worked out is in `../terms`, how something is hidden in `inquiries/masking.rs`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::assignment::availability::model::LIMIT_MAX;
use crate::assignment::terms::Recycle;
use crate::inquiries::pool_view::{MaskedField, SETTINGS};
use crate::kernel::error::{Fault, FaultKind, Faults, OUT_OF_RANGE};
use crate::kernel::language::Bilingual;
use crate::platform::settings::Setting;

/// The longest time that a former owner cools down: a year.
const HOURS_MAX: u32 = 8_784;

static ALWAYS_MASKED: FaultKind = FaultKind::new(
    "always_masked",
    "phone、contact、email、wechat 必须隐藏，不能去掉：{}。",
    "phone, contact, email and wechat are always hidden; missing: {}.",
);

/// What may be taken from the pool, what it shows, and when something comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"claims_per_day": 10, "holding_max": 80, "cool_down_hours": 72,
    "masked_fields": ["phone", "contact", "email", "wechat"]}))]
pub struct PoolSettings {
    pub recycle: Recycle,
    /// The most claims of one user on one date; giving back frees none.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub claims_per_day: u32,
    /// The most open inquiries of somebody who claims.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub holding_max: u32,
    /// For so long a former owner gets an inquiry back neither by a claim nor by a rule.
    #[schema(minimum = 0, maximum = 8784)]
    pub cool_down_hours: u32,
    /// What agents do not see of what is in the pool: at least phone, contact, email and wechat.
    #[schema(max_items = 50)]
    pub masked_fields: Vec<MaskedField>,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            recycle: Recycle::default(),
            claims_per_day: 10,
            holding_max: 80,
            cool_down_hours: 72,
            masked_fields: MaskedField::ALWAYS.to_vec(),
        }
    }
}

impl Setting for PoolSettings {
    const NAME: &'static str = SETTINGS;

    fn check(&self, faults: &mut Faults) {
        self.recycle.check(faults);
        let limits = [
            ("/claims_per_day", self.claims_per_day, LIMIT_MAX),
            ("/holding_max", self.holding_max, LIMIT_MAX),
            ("/cool_down_hours", self.cool_down_hours, HOURS_MAX),
        ];
        for (at, _, max) in limits.into_iter().filter(|(_, value, max)| value > max) {
            faults.add(Fault::with(at, &OUT_OF_RANGE, Bilingual::same(format!("0–{max}"))));
        }
        let masked: BTreeSet<MaskedField> = self.masked_fields.iter().copied().collect();
        let missing: Vec<&str> = MaskedField::ALWAYS
            .iter()
            .filter(|field| !masked.contains(field))
            .map(|field| field.word())
            .collect();
        if !missing.is_empty() {
            faults.add(Fault::with("/masked_fields", &ALWAYS_MASKED, &missing.join(", ")));
        }
    }
}
