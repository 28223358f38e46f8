//! Steps of a history as bytes: small numbers take one byte, moments are written as what passed since the
//! step before. What a step is, is in `../history/change.rs`; where the bytes are kept, in `segment.rs`.

use crate::assignment::decision::CandidateReason;
use crate::facts::NeedKind;
use crate::follow_ups::model::{Kind, Outcome};
use crate::inquiries::Status;
use crate::reports::history::{Candidate, Change, Decision, Gain, Loss, Step, Wanted};

/// Appends steps.
pub fn encode(steps: &[Step], to: &mut Vec<u8>) {
    let mut before = 0;
    for step in steps {
        let mut writer = Writer { to, at: step.at };
        writer.step(step, before);
        before = step.at;
    }
}

/// Reads the steps of bytes that were written here; what was not ends it.
pub fn decode(bytes: &[u8], with_decisions: bool) -> Steps<'_> {
    Steps { reader: Reader(bytes), at: 0, with_decisions }
}

struct Writer<'a> {
    to: &'a mut Vec<u8>,
    /// The moment of the step.
    at: i64,
}

/// Numbers with a sign as such without one: small ones stay small.
const fn zigzag(number: i64) -> u64 {
    (number.wrapping_shl(1) ^ (number >> 63)).cast_unsigned()
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}

/// The place of a word among all that its type has.
fn place<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|known| known == one).and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

impl Writer<'_> {
    fn byte(&mut self, byte: u8) {
        self.to.push(byte);
    }

    /// Seven bits a byte, the least first.
    fn number(&mut self, mut number: u64) {
        loop {
            let [byte, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                return self.byte(byte & 0x7f);
            }
            self.byte(byte | 0x80);
        }
    }

    fn signed(&mut self, number: i64) {
        self.number(zigzag(number));
    }

    /// None is 0.
    fn optional(&mut self, number: Option<u64>) {
        self.number(number.map_or(0, |number| number.saturating_add(1)));
    }

    /// A moment, by what lies between it and that of the step.
    fn moment(&mut self, at: i64) {
        self.signed(at.wrapping_sub(self.at));
    }

    fn step(&mut self, step: &Step, before: i64) {
        self.byte(tag(&step.change));
        self.signed(step.at.wrapping_sub(before));
        match &step.change {
            Change::Received { status } => self.byte(place(Status::ALL, status)),
            Change::Gained { owner, team, how } => {
                self.number((*owner).into());
                self.optional(team.map(u64::from));
                self.byte(place(&GAINS, how));
            }
            Change::Lost(loss) => self.byte(place(&LOSSES, loss)),
            Change::Moved { status, reason } => {
                self.byte(place(Status::ALL, status));
                self.optional(reason.map(u64::from));
            }
            Change::Planned { follow_up, kind, due_at } => {
                self.number((*follow_up).into());
                self.byte(place(Kind::ALL, kind));
                self.moment(*due_at);
            }
            Change::PlanChanged { follow_up, kind, due_at } => {
                self.number((*follow_up).into());
                self.optional(kind.map(|kind| place(Kind::ALL, &kind).into()));
                self.optional(due_at.map(|at| zigzag(at.wrapping_sub(self.at))));
            }
            Change::FollowUpDeleted { follow_up } => self.number((*follow_up).into()),
            Change::Done { follow_up, kind, outcome, done_at, is_real } => {
                self.number((*follow_up).into());
                self.byte(place(Kind::ALL, kind));
                self.optional(outcome.map(|outcome| place(Outcome::ALL, &outcome).into()));
                self.moment(*done_at);
                self.byte(u8::from(*is_real));
            }
            Change::Understood(wanted) => self.wanted(wanted),
            Change::Reachable(is_reachable) => self.byte(u8::from(*is_reachable)),
            Change::Decided(decision) => self.decision(decision),
            Change::Accepted | Change::Breached | Change::Repeated | Change::Binned | Change::Restored => {}
        }
    }

    fn wanted(&mut self, wanted: &Wanted) {
        let Wanted { need_kind, region, industry, tax_fen, area_milli, land_milli } = wanted;
        self.optional(need_kind.map(|kind| place(NeedKind::ALL, &kind).into()));
        self.optional(region.map(u64::from));
        self.optional(industry.map(u64::from));
        for amount in [tax_fen, area_milli, land_milli] {
            self.optional(amount.map(zigzag));
        }
    }

    fn decision(&mut self, decision: &Decision) {
        let mut bytes = Vec::with_capacity(decision.candidates.len().saturating_mul(3));
        let mut inner = Writer { to: &mut bytes, at: self.at };
        inner.byte(u8::from(decision.by_turns));
        for Candidate { user, reason, weight } in &decision.candidates {
            inner.number((*user).into());
            inner.byte(place(CandidateReason::ALL, reason));
            inner.number((*weight).into());
        }
        // Its length first: most reports skip it.
        self.number(u64::try_from(bytes.len()).unwrap_or(0));
        self.to.append(&mut bytes);
    }
}

const GAINS: [Gain; 3] = [Gain::Assigned, Gain::AssignedByHand, Gain::Claimed];
const LOSSES: [Loss; 3] = [Loss::Declined, Loss::Released, Loss::Recycled];

fn tag(change: &Change) -> u8 {
    match change {
        Change::Received { .. } => 0,
        Change::Gained { .. } => 1,
        Change::Lost(_) => 2,
        Change::Accepted => 3,
        Change::Breached => 4,
        Change::Moved { .. } => 5,
        Change::Repeated => 6,
        Change::Binned => 7,
        Change::Restored => 8,
        Change::Planned { .. } => 9,
        Change::PlanChanged { .. } => 10,
        Change::FollowUpDeleted { .. } => 11,
        Change::Done { .. } => 12,
        Change::Understood(_) => 13,
        Change::Reachable(_) => 14,
        Change::Decided(_) => 15,
    }
}

/// The steps of some bytes, one after the other.
pub struct Steps<'a> {
    reader: Reader<'a>,
    /// The moment of the last one.
    at: i64,
    with_decisions: bool,
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let tag = self.reader.byte()?;
        self.at = self.at.wrapping_add(unzigzag(self.reader.number()?));
        let change = self.reader.change(tag, self.at, self.with_decisions)?;
        Some(Step { at: self.at, change })
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0_u64, 0_u32);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift = shift.saturating_add(7);
        }
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn optional(&mut self) -> Option<Option<u64>> {
        Some(self.number()?.checked_sub(1))
    }

    fn optional_small(&mut self) -> Option<Option<u32>> {
        Some(self.optional()?.and_then(|number| u32::try_from(number).ok()))
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::from(self.byte()?)).copied()
    }

    fn optional_of<T: Copy>(&mut self, all: &[T]) -> Option<Option<T>> {
        let place = self.optional()?.and_then(|place| usize::try_from(place).ok());
        Some(place.and_then(|place| all.get(place)).copied())
    }

    fn moment(&mut self, at: i64) -> Option<i64> {
        Some(at.wrapping_add(unzigzag(self.number()?)))
    }

    fn change(&mut self, tag: u8, at: i64, with_decisions: bool) -> Option<Change> {
        Some(match tag {
            0 => Change::Received { status: self.one_of(Status::ALL)? },
            1 => Change::Gained {
                owner: self.small()?,
                team: self.optional_small()?,
                how: self.one_of(&GAINS)?,
            },
            2 => Change::Lost(self.one_of(&LOSSES)?),
            3 => Change::Accepted,
            4 => Change::Breached,
            5 => Change::Moved {
                status: self.one_of(Status::ALL)?,
                reason: self.optional()?.and_then(|reason| u8::try_from(reason).ok()),
            },
            6 => Change::Repeated,
            7 => Change::Binned,
            8 => Change::Restored,
            9 => Change::Planned {
                follow_up: self.small()?,
                kind: self.one_of(Kind::ALL)?,
                due_at: self.moment(at)?,
            },
            10 => Change::PlanChanged {
                follow_up: self.small()?,
                kind: self.optional_of(Kind::ALL)?,
                due_at: self.optional()?.map(|passed| at.wrapping_add(unzigzag(passed))),
            },
            11 => Change::FollowUpDeleted { follow_up: self.small()? },
            12 => Change::Done {
                follow_up: self.small()?,
                kind: self.one_of(Kind::ALL)?,
                outcome: self.optional_of(Outcome::ALL)?,
                done_at: self.moment(at)?,
                is_real: self.byte()? != 0,
            },
            13 => Change::Understood(self.wanted()?),
            14 => Change::Reachable(self.byte()? != 0),
            15 => Change::Decided(self.decision(with_decisions)?),
            _ => return None,
        })
    }

    fn wanted(&mut self) -> Option<Wanted> {
        Some(Wanted {
            need_kind: self.optional_of(NeedKind::ALL)?,
            region: self.optional_small()?,
            industry: self.optional_small()?,
            tax_fen: self.optional()?.map(unzigzag),
            area_milli: self.optional()?.map(unzigzag),
            land_milli: self.optional()?.map(unzigzag),
        })
    }

    fn decision(&mut self, is_wanted: bool) -> Option<Decision> {
        let length = usize::try_from(self.number()?).ok()?;
        let (own, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let mut reader = Reader(own);
        let by_turns = reader.byte()? != 0;
        let mut candidates = Vec::new();
        while is_wanted && !reader.0.is_empty() {
            candidates.push(Candidate {
                user: reader.small()?,
                reason: reader.one_of(CandidateReason::ALL)?,
                weight: reader.small()?,
            });
        }
        Some(Decision { by_turns, candidates })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn change() -> impl Strategy<Value = Change> {
        let at = -4_000_000_000_000_i64..4_000_000_000_000;
        let kind = || prop::sample::select(Kind::ALL);
        let status = || prop::sample::select(Status::ALL);
        let wanted = (
            prop::option::of(prop::sample::select(NeedKind::ALL)),
            prop::option::of(any::<u32>().prop_map(|code| code / 2)),
            prop::option::of(0_u32..9),
            prop::option::of(-9_000_000_000_000_000_i64..9_000_000_000_000_000),
        );
        let wanted = wanted.prop_map(|(need_kind, region, industry, amount)| Wanted {
            need_kind,
            region,
            industry,
            tax_fen: amount,
            area_milli: amount.map(|amount| amount / 3),
            land_milli: None,
        });
        let candidate = (0_u32..400, prop::sample::select(CandidateReason::ALL), 0_u32..70_000);
        let candidate = candidate.prop_map(|(user, reason, weight)| Candidate { user, reason, weight });
        let decision = (any::<bool>(), prop::collection::vec(candidate, 0..4))
            .prop_map(|(by_turns, candidates)| Change::Decided(Decision { by_turns, candidates }));
        prop_oneof![
            status().prop_map(|status| Change::Received { status }),
            (any::<u32>(), prop::option::of(0_u32..300), prop::sample::select(GAINS.to_vec()))
                .prop_map(|(owner, team, how)| Change::Gained { owner, team, how }),
            prop::sample::select(LOSSES.to_vec()).prop_map(Change::Lost),
            Just(Change::Accepted),
            Just(Change::Breached),
            (status(), prop::option::of(any::<u8>()))
                .prop_map(|(status, reason)| Change::Moved { status, reason }),
            Just(Change::Repeated),
            Just(Change::Binned),
            Just(Change::Restored),
            (any::<u32>(), kind(), at.clone()).prop_map(|(follow_up, kind, due_at)| Change::Planned {
                follow_up,
                kind,
                due_at
            }),
            (any::<u32>(), prop::option::of(kind()), prop::option::of(at.clone()))
                .prop_map(|(follow_up, kind, due_at)| Change::PlanChanged { follow_up, kind, due_at }),
            any::<u32>().prop_map(|follow_up| Change::FollowUpDeleted { follow_up }),
            (any::<u32>(), kind(), prop::option::of(prop::sample::select(Outcome::ALL)), at, any::<bool>())
                .prop_map(|(follow_up, kind, outcome, done_at, is_real)| Change::Done {
                    follow_up,
                    kind,
                    outcome,
                    done_at,
                    is_real
                }),
            wanted.prop_map(Change::Understood),
            any::<bool>().prop_map(Change::Reachable),
            decision,
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            steps in prop::collection::vec((-4_000_000_000_000_i64..4_000_000_000_000, change()), 0..20),
        ) {
            let steps: Vec<Step> = steps.into_iter().map(|(at, change)| Step { at, change }).collect();
            let mut bytes = Vec::new();
            encode(&steps, &mut bytes);
            prop_assert_eq!(decode(&bytes, true).collect::<Vec<_>>(), steps);
        }

        #[test]
        fn other_bytes_only_end_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&bytes, true).count() <= 200);
        }
    }

    #[test]
    fn a_usual_step_takes_few_bytes() {
        let at = 1_790_000_000_000;
        let gained = Change::Gained { owner: 3, team: Some(1), how: Gain::Assigned };
        let steps = [
            Step { at, change: Change::Received { status: Status::New } },
            Step { at, change: gained },
            Step { at: at + 600_000, change: Change::Moved { status: Status::Contacted, reason: None } },
        ];
        let mut bytes = Vec::new();
        encode(&steps, &mut bytes);
        assert_eq!(bytes.len(), 8 + 5 + 6);
    }
}
