//! How an inquiry began, as bytes before its steps: numbers in the dictionaries.
//! The steps are written in `codec.rs`.

use super::dictionary::Dictionaries;
use crate::reports::history::{Start, Wanted};

const LENGTH: usize = 17;

/// Appends a start.
pub fn encode(start: &Start, known: &mut Dictionaries, to: &mut Vec<u8>) {
    let Wanted { need_kind, region, industry, tax_fen, area_milli, land_milli } = start.wanted;
    let numbers = [
        known.origins.intern(&start.origin),
        known.abouts.intern(&(need_kind, region, industry)),
        known.amounts.intern(&tax_fen),
        known.spaces.intern(&(area_milli, land_milli)),
    ];
    to.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
    to.push(u8::from(start.unreachable));
}

/// The start that some bytes begin with, and the bytes behind it.
pub fn decode<'a>(bytes: &'a [u8], known: &Dictionaries) -> Option<(Start, &'a [u8])> {
    let (own, rest) = bytes.split_at_checked(LENGTH)?;
    let (origin, own) = number(own)?;
    let (about, own) = number(own)?;
    let (tax, own) = number(own)?;
    let (space, own) = number(own)?;
    let (need_kind, region, industry) = *known.abouts.value(about)?;
    let (area_milli, land_milli) = *known.spaces.value(space)?;
    let tax_fen = *known.amounts.value(tax)?;
    let wanted = Wanted { need_kind, region, industry, tax_fen, area_milli, land_milli };
    let start = Start { origin: *known.origins.value(origin)?, wanted, unreachable: own.first() == Some(&1) };
    Some((start, rest))
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}
