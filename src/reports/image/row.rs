//! What is kept in memory of an inquiry as it is now, in few bytes: enough for figures about what was
//! received and what is open. All that happened to it is in its steps, see `segment.rs`.

use super::dictionary::Dictionaries;
use crate::inquiries::{Category, Status};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::InquiryId;
use crate::reports::history::{Case, STAGES, Symbol};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// An inquiry. Its values are numbers in the dictionaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub id: InquiryId,
    /// Whose it is: owner and team.
    holder: Number,
    origin: Number,
    about: Number,
    tax: Number,
    space: Number,
    state: State,
    /// Days from its receipt to the last moment that plays a part in it, rounded up.
    last: u16,
    /// Milliseconds from the receipt to the first real contact, at least 0; all ones for none.
    contact: [u8; 5],
}

/// The number of a value in a dictionary, in three bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number([u8; 3]);

impl Number {
    fn of(symbol: Symbol) -> Result<Self> {
        match symbol.to_le_bytes() {
            [a, b, c, 0] => Ok(Self([a, b, c])),
            _ => Err(Error::internal("the inquiries have more different values than reports can number")),
        }
    }

    fn symbol(self) -> Symbol {
        let [a, b, c] = self.0;
        Symbol::from_le_bytes([a, b, c, 0])
    }
}

/// Status (4 bits), furthest stage (3), reason (4, 15 for none), and three flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State(u16);

const NO_REASON: u16 = 15;
const UNREACHABLE: u16 = 1 << 11;
const BINNED: u16 = 1 << 12;
const RECEIVED: u16 = 1 << 13;

impl State {
    fn of(case: &Case, is_received: bool) -> Self {
        let status = Status::ALL.iter().position(|status| *status == case.status).unwrap_or(0);
        let small = |number: usize| u16::try_from(number).unwrap_or(0);
        let reason = case.reason.map(u16::from).filter(|reason| *reason < NO_REASON).unwrap_or(NO_REASON);
        let flag = |holds: bool, flag: u16| if holds { flag } else { 0 };
        Self(
            small(status)
                | small(case.rank) << 4
                | reason << 7
                | flag(case.start.unreachable, UNREACHABLE)
                | flag(case.is_binned, BINNED)
                | flag(is_received, RECEIVED),
        )
    }

    fn status(self) -> Status {
        Status::ALL.get(usize::from(self.0 & 15)).copied().unwrap_or(Status::New)
    }

    fn rank(self) -> usize {
        usize::from((self.0 >> 4) & 7)
    }

    fn reason(self) -> Option<u8> {
        let reason = (self.0 >> 7) & 15;
        (reason != NO_REASON).then_some(reason).and_then(|reason| u8::try_from(reason).ok())
    }
}

/// What of an inquiry has no place in its row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// When it was received, if that is not when its id was made.
    pub received_at: Option<i64>,
    /// Seconds from its receipt until it had each stage that it ever had, but the first.
    pub stages: Vec<u32>,
    /// When its open plans are due.
    pub due: Vec<i64>,
    pub repeats: u32,
}

impl Row {
    /// Of an inquiry as it is now, whose last moment is `latest`.
    pub fn of(
        case: &Case,
        is_received: bool,
        latest: i64,
        known: &mut Dictionaries,
    ) -> Result<(Self, Beside)> {
        let wanted = case.start.wanted;
        let since = |at: i64| at.saturating_sub(case.received_at).max(0);
        let contact = case.first_contact.map_or(NO_CONTACT, |at| since(at).min(NO_CONTACT - 1));
        let [a, b, c, d, e, ..] = contact.to_le_bytes();
        let row = Self {
            id: case.inquiry,
            holder: Number::of(known.holders.intern(&(case.owner, case.team)))?,
            origin: Number::of(known.origins.intern(&case.start.origin))?,
            about: Number::of(known.abouts.intern(&(wanted.need_kind, wanted.region, wanted.industry)))?,
            tax: Number::of(known.amounts.intern(&wanted.tax_fen))?,
            space: Number::of(known.spaces.intern(&(wanted.area_milli, wanted.land_milli)))?,
            state: State::of(case, is_received),
            last: u16::try_from(since(latest).div_euclid(DAY).saturating_add(1)).unwrap_or(u16::MAX),
            contact: [a, b, c, d, e],
        };
        let seconds = |at: Option<i64>| {
            let seconds = since(at.unwrap_or(case.received_at)).div_euclid(1_000);
            u32::try_from(seconds).unwrap_or(u32::MAX)
        };
        let stages = case.rank_at.iter().skip(1).take(case.rank).map(|at| seconds(*at)).collect();
        let open = case.plans.iter().filter(|plan| plan.done_at.is_none());
        let beside = Beside {
            received_at: Some(case.received_at).filter(|at| *at != case.inquiry.millis()),
            stages,
            due: open.map(|plan| plan.due_at).collect(),
            repeats: u32::try_from(case.repeats.len()).unwrap_or(u32::MAX),
        };
        Ok((row, beside))
    }

    /// The number of its owner and team in their dictionary.
    pub fn holder(&self) -> Symbol {
        self.holder.symbol()
    }

    /// How many stages it ever had, but the first.
    pub fn rank(&self) -> usize {
        self.state.rank()
    }

    pub fn status(&self) -> Status {
        self.state.status()
    }

    /// Whether it is open or won.
    pub fn is_current(&self) -> bool {
        matches!(self.status().category(), Category::Open | Category::Won)
    }

    /// Whether it is there now: received, and not in the bin.
    pub fn exists(&self) -> bool {
        self.state.0 & (RECEIVED | BINNED) == RECEIVED
    }

    /// A moment after which nothing plays a part in it.
    pub fn latest(&self, received_at: i64) -> i64 {
        if self.last == u16::MAX {
            return i64::MAX;
        }
        received_at.saturating_add(i64::from(self.last).saturating_mul(DAY))
    }

    /// Makes a case that has what is kept here; the lists of its past are empty.
    pub fn fill(&self, case: &mut Case, received_at: i64, known: &Dictionaries) {
        let Some(origin) = known.origins.value(self.origin.symbol()) else { return };
        case.inquiry = self.id;
        case.start.origin = *origin;
        let (need_kind, region, industry) =
            known.abouts.value(self.about.symbol()).copied().unwrap_or_default();
        let (area_milli, land_milli) = known.spaces.value(self.space.symbol()).copied().unwrap_or_default();
        let wanted = &mut case.start.wanted;
        (wanted.need_kind, wanted.region, wanted.industry) = (need_kind, region, industry);
        (wanted.area_milli, wanted.land_milli) = (area_milli, land_milli);
        wanted.tax_fen = known.amounts.value(self.tax.symbol()).copied().unwrap_or_default();
        case.start.unreachable = self.state.0 & UNREACHABLE != 0;
        case.received_at = received_at;
        case.status = self.state.status();
        case.reason = self.state.reason();
        (case.owner, case.team) = known.holders.value(self.holder.symbol()).copied().unwrap_or_default();
        case.rank = self.state.rank().min(STAGES.len().saturating_sub(1));
        let [a, b, c, d, e] = self.contact;
        let contact = i64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
        case.first_contact = (contact != NO_CONTACT).then(|| received_at.saturating_add(contact));
        case.last_contact = case.first_contact;
    }
}

/// Forty bits.
const NO_CONTACT: i64 = (1 << 40) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_forty_bytes() {
        assert_eq!(size_of::<Row>(), 40);
    }

    #[test]
    fn what_has_no_place_in_three_bytes_is_an_error() {
        for symbol in [0, 1, 0x0001_0203, 0x00ff_ffff] {
            assert_eq!(Number::of(symbol).unwrap().symbol(), symbol);
        }
        assert!(Number::of(0x0100_0000).is_err());
    }
}
