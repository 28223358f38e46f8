//! A history of calls on one inquiry, and whether it is one call after another in some order: an inquiry is a
//! register that holds nobody or its owner. Search as by Wing and Gong. What the calls are is in `races.rs`.

use std::collections::HashSet;

/// What somebody asked for; people are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Claim(usize),
    Release(usize),
    /// By somebody who may release whatever is owned.
    TakeAway,
    Assign(usize),
}

/// What it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Somebody else has it.
    TakenBy(usize),
    /// It is not there for who asks.
    NotFound,
    /// Nobody has it.
    NotAssigned,
}

/// One call, with places in one order of all beginnings and ends.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    pub call: Call,
    pub outcome: Outcome,
    pub begin: usize,
    pub end: usize,
}

/// Who owns it, and whether they got it from the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    owner: Option<usize>,
    from_pool: bool,
}

/// The state after a call that was answered so; none if it cannot have been.
fn after(state: State, call: Call, outcome: Outcome) -> Option<State> {
    let State { owner, from_pool } = state;
    let nobodys = State { owner: None, from_pool };
    match (call, outcome) {
        (Call::Claim(who), Outcome::Done) if owner == Some(who) => Some(state),
        (Call::Claim(who), Outcome::Done) if owner.is_none() => {
            Some(State { owner: Some(who), from_pool: true })
        }
        // Of what its owner gave on either may be said.
        (Call::Claim(who), Outcome::TakenBy(by)) if by != who && owner == Some(by) => Some(state),
        (Call::Claim(who), Outcome::NotFound) if owner.is_some_and(|owner| owner != who) && !from_pool => {
            Some(state)
        }
        (Call::Release(who), Outcome::Done) if owner == Some(who) => Some(nobodys),
        (Call::Release(who), Outcome::NotFound) if owner != Some(who) => Some(state),
        (Call::TakeAway, Outcome::Done) if owner.is_some() => Some(nobodys),
        (Call::TakeAway, Outcome::NotAssigned) if owner.is_none() => Some(state),
        (Call::Assign(to), Outcome::Done) if owner == Some(to) => Some(state),
        (Call::Assign(to), Outcome::Done) => Some(State { owner: Some(to), from_pool: owner.is_none() }),
        _ => None,
    }
}

/// Whether some order of these calls explains all answers and the owner at the end, in which no call comes
/// before one that had ended when it began. At first nobody owns it.
pub fn is_linearizable(history: &[Record], at_last: Option<usize>) -> bool {
    assert!(history.len() <= 128, "{} calls on one inquiry", history.len());
    let first = State { owner: None, from_pool: true };
    search(history, at_last, 0, first, &mut HashSet::new())
}

fn search(
    history: &[Record],
    at_last: Option<usize>,
    done: u128,
    state: State,
    seen: &mut HashSet<(u128, State)>,
) -> bool {
    let left = || history.iter().enumerate().filter(|(n, _)| done & (1 << n) == 0);
    let Some(first_end) = left().map(|(_, record)| record.end).min() else {
        return state.owner == at_last;
    };
    if !seen.insert((done, state)) {
        return false;
    }
    let mut next = left().filter(|(_, record)| record.begin < first_end);
    next.any(|(n, record)| {
        let after = after(state, record.call, record.outcome);
        after.is_some_and(|after| search(history, at_last, done | (1 << n), after, seen))
    })
}

#[cfg(test)]
mod tests {
    use super::Call::{Assign, Claim, Release, TakeAway};
    use super::Outcome::{Done, NotAssigned, NotFound, TakenBy};
    use super::*;

    fn history(calls: &[(Call, Outcome, usize, usize)]) -> Vec<Record> {
        calls.iter().map(|&(call, outcome, begin, end)| Record { call, outcome, begin, end }).collect()
    }

    #[test]
    fn what_can_be_is_accepted() {
        for (calls, at_last) in [
            (vec![], None),
            (vec![(Claim(1), Done, 0, 3), (Claim(2), TakenBy(1), 1, 2)], Some(1)),
            // Both overlap with the release: the second got it after that.
            (vec![(Claim(1), Done, 0, 1), (Release(1), Done, 2, 5), (Claim(2), Done, 3, 4)], Some(2)),
            (
                vec![(TakeAway, NotAssigned, 0, 1), (Assign(3), Done, 2, 3), (Claim(1), TakenBy(3), 4, 5)],
                Some(3),
            ),
            (vec![(Assign(3), Done, 0, 1), (Assign(4), Done, 2, 3), (Claim(1), NotFound, 4, 5)], Some(4)),
            (vec![(Release(1), NotFound, 0, 9), (Claim(1), Done, 1, 2), (TakeAway, Done, 3, 4)], None),
            (vec![(Claim(1), Done, 0, 9), (Claim(1), Done, 1, 2), (Claim(2), TakenBy(1), 3, 4)], Some(1)),
        ] {
            assert!(is_linearizable(&history(&calls), at_last), "{calls:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_found_out() {
        for (calls, at_last) in [
            // Two owners, one after the other and at the same time.
            (vec![(Claim(1), Done, 0, 1), (Claim(2), Done, 2, 3)], Some(2)),
            (vec![(Claim(1), Done, 0, 3), (Claim(2), Done, 1, 2)], Some(2)),
            // Somebody has it before anybody took it, or after it was given back.
            (vec![(Claim(2), TakenBy(1), 0, 1), (Claim(1), Done, 2, 3)], Some(1)),
            (vec![(Claim(1), Done, 0, 1), (Release(1), Done, 2, 3), (Claim(2), TakenBy(1), 4, 5)], None),
            // It names the wrong one, or is forgotten at the end.
            (vec![(Claim(1), Done, 0, 1), (Claim(2), TakenBy(3), 2, 3)], Some(1)),
            (vec![(Claim(1), Done, 0, 1)], None),
            (vec![(Claim(1), Done, 0, 1), (Release(1), Done, 2, 3)], Some(1)),
            // Given back twice, or by somebody who does not have it.
            (vec![(Claim(1), Done, 0, 1), (Release(1), Done, 2, 5), (TakeAway, Done, 3, 4)], None),
            (vec![(Claim(1), Done, 0, 1), (Release(2), Done, 2, 3)], None),
            (vec![(Claim(1), NotFound, 0, 1)], None),
        ] {
            assert!(!is_linearizable(&history(&calls), at_last), "{calls:?}");
        }
    }
}
