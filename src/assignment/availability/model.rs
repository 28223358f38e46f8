//! The availability of a user, what is valid in it, and whether they can take something at a moment.
//! How many inquiries they have is counted elsewhere.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::{WallTime, WorkingTime};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{BAD_FORMAT, Fault, FaultKind, Faults, OUT_OF_RANGE};
use crate::kernel::language::Bilingual;
use crate::kernel::line::Lines;

/// The least and the greatest weight.
pub const WEIGHTS: (u32, u32) = (1, 100);
/// Shifts and absences of one user.
const ITEMS_MAX: usize = 200;
/// The greatest limit.
pub const LIMIT_MAX: u32 = 1_000_000;

static OVERLAP: FaultKind =
    FaultKind::new("overlap", "与另一个班次重叠。", "It overlaps with another shift.");
static BACKWARDS: FaultKind =
    FaultKind::new("backwards", "结束时间必须晚于开始时间。", "The end must be after the beginning.");

/// When and how much somebody can take. Members that are absent take their default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Availability {
    /// True: nothing is given to them until they say otherwise.
    pub paused: bool,
    /// When they are on duty, in the organisation's time zone; null: always, `[]`: never.
    #[schema(max_items = 200)]
    pub shifts: Option<Vec<Shift>>,
    /// When they are away.
    #[schema(max_items = 200)]
    pub absences: Vec<Absence>,
    /// The most open inquiries they own; null: no limit, 0: none.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub open_max: Option<u32>,
    /// The most inquiries that rules give to them on one date.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub daily_max: Option<u32>,
    /// Their share of turns, beside the weights of the others.
    #[schema(minimum = 1, maximum = 100)]
    pub weight: u32,
}

impl Default for Availability {
    fn default() -> Self {
        Self { paused: false, shifts: None, absences: Vec::new(), open_max: None, daily_max: None, weight: 1 }
    }
}

/// Hours on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}))]
pub struct Shift {
    /// Days of the week, 1 = Monday. A make-up day counts as the day whose hours it has; a holiday has none.
    #[schema(min_items = 1, max_items = 7)]
    pub days: Vec<u8>,
    pub from: WallTime,
    /// Not after `from`: on the next day. `24:00` is the end of the day.
    pub to: WallTime,
}

/// A time away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-12-01T00:00:00.000Z", "to": null, "note": "年假"}))]
pub struct Absence {
    pub from: Timestamp,
    /// Null: until further notice.
    #[serde(default)]
    pub to: Option<Timestamp>,
    #[serde(default)]
    #[schema(value_type = Option<Lines<500>>)]
    pub note: Option<String>,
}

/// Minutes of a week.
const WEEK: u32 = 7 * 1440;

impl Shift {
    fn wraps(&self) -> bool {
        self.to <= self.from
    }

    /// Its minutes in a week, one span for each day; one may reach beyond the end of the week.
    fn spans(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let (from, to) = (u32::from(self.from.minutes()), u32::from(self.to.minutes()));
        let length = if self.wraps() { to + 1440 - from } else { to - from };
        self.days.iter().filter(|day| is_day(**day)).map(move |day| {
            let start = u32::from(day.saturating_sub(1)) * 1440 + from;
            (start, start + length)
        })
    }

    fn check(&self, at: &str, faults: &mut Faults) {
        if self.days.is_empty() || !self.days.iter().all(|day| is_day(*day)) {
            faults.add(Fault::with(
                format!("{at}/days"),
                &BAD_FORMAT,
                ("1 到 7 的星期数（1 为星期一）", "days of the week from 1 (Monday) to 7"),
            ));
        }
        if self.from == WallTime::END {
            faults.add(Fault::with(format!("{at}/from"), &OUT_OF_RANGE, Bilingual::same("00:00–23:59")));
        }
    }
}

fn is_day(day: u8) -> bool {
    (1..=7).contains(&day)
}

/// Whether two spans of a week share a minute, also around its end.
fn overlap(a: (u32, u32), b: (u32, u32)) -> bool {
    [0, WEEK].into_iter().any(|shift| {
        let touches = |a: (u32, u32), b: (u32, u32)| a.0 < b.1 + shift && b.0 + shift < a.1;
        touches(a, b) || touches(b, a)
    })
}

impl Availability {
    /// What is wrong with it.
    pub fn check(&self, faults: &mut Faults) {
        let limits = [("/open_max", self.open_max), ("/daily_max", self.daily_max)];
        for (at, _) in limits.into_iter().filter(|(_, limit)| limit.is_some_and(|limit| limit > LIMIT_MAX)) {
            faults.add(Fault::with(at, &OUT_OF_RANGE, Bilingual::same(format!("0–{LIMIT_MAX}"))));
        }
        if !(WEIGHTS.0..=WEIGHTS.1).contains(&self.weight) {
            faults.add(Fault::with(
                "/weight",
                &OUT_OF_RANGE,
                Bilingual::same(format!("{}–{}", WEIGHTS.0, WEIGHTS.1)),
            ));
        }
        for (n, absence) in self.absences.iter().enumerate() {
            if absence.to.is_some_and(|to| to <= absence.from) {
                faults.add(Fault::new(format!("/absences/{n}/to"), &BACKWARDS));
            }
        }
        let shifts = self.shifts.as_deref().unwrap_or_default();
        let mut seen: Vec<(u32, u32)> = Vec::new();
        for (n, shift) in shifts.iter().enumerate().take(ITEMS_MAX) {
            let at = format!("/shifts/{n}");
            shift.check(&at, faults);
            let mut is_overlapping = false;
            for span in shift.spans() {
                is_overlapping |= seen.iter().any(|other| overlap(*other, span));
                seen.push(span);
            }
            if is_overlapping {
                faults.add(Fault::new(at, &OVERLAP));
            }
        }
    }

    /// Whether they are away at a moment.
    pub fn is_absent(&self, at: Timestamp) -> bool {
        self.absences.iter().any(|absence| absence.from <= at && absence.to.is_none_or(|to| at < to))
    }

    /// Whether they are on duty at a moment: in a shift of that day, or of the day before if it runs past
    /// midnight. Where clocks go back over midnight, shifts of the next day begin on the day before.
    pub fn is_on_duty(&self, at: Timestamp, working: &WorkingTime) -> bool {
        let Some(shifts) = &self.shifts else { return true };
        let zone = working.zone();
        let today = at.date(zone);
        [today.pred_opt(), Some(today), today.succ_opt()].into_iter().flatten().any(|date| {
            let Some(weekday) = working.weekday(date) else { return false };
            shifts.iter().filter(|shift| shift.days.contains(&weekday)).any(|shift| {
                let end = if shift.wraps() { date.succ_opt().unwrap_or(date) } else { date };
                shift.from.on(date, zone) <= at && at < shift.to.on(end, zone)
            })
        })
    }
}
