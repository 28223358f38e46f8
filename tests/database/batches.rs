//! Batches: changes that wait at the same time are made together, each with its own answer.
//! Changes that only share a commit are in `changes.rs`.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use leaddock::kernel::error::{Class, Error, Result};
use leaddock::platform::db::{Batch, Batcher, Tx, lost_race};

use crate::setup::{Home, each_database, mark};

/// A mark, and what happens while it is made.
struct Mark {
    n: i64,
    fate: Fate,
    tries: AtomicU32,
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Good,
    /// Refused by the batch itself, before anything is written.
    RefusedAtOnce,
    Refused,
    Panics,
    LosesRaces(u32),
    EndsTheTransaction,
    /// What it needs is locked by somebody else.
    Blocked,
    /// The batch forgets to say what became of it.
    Forgotten,
}

impl Mark {
    fn of(n: i64, fate: Fate) -> Self {
        Self { n, fate, tries: AtomicU32::new(0) }
    }
}

struct Marks;

impl Batch for Marks {
    type Member = Mark;
    type Answer = i64;

    fn lock(_: &mut Tx<'_>, members: &[Arc<Mark>]) -> Result<()> {
        match members.iter().any(|member| member.fate == Fate::Blocked) {
            true => Err(Error::unavailable("canceling statement due to lock timeout")),
            false => Ok(()),
        }
    }

    fn apply(tx: &mut Tx<'_>, member: &Mark) -> Result<i64> {
        let tries = member.tries.fetch_add(1, Ordering::SeqCst);
        mark(tx, member.n)?;
        match member.fate {
            Fate::RefusedAtOnce | Fate::Refused => Err(Error::not_found()),
            Fate::Panics => resume_unwind(Box::new("on purpose")),
            Fate::LosesRaces(times) if tries < times => {
                Err(lost_race(diesel::result::Error::RollbackTransaction))
            }
            Fate::EndsTheTransaction => {
                tx.conn.batch_execute("ROLLBACK")?;
                Ok(member.n)
            }
            Fate::Good | Fate::Forgotten | Fate::Blocked | Fate::LosesRaces(_) => Ok(member.n),
        }
    }

    fn apply_all(tx: &mut Tx<'_>, members: &[Arc<Mark>]) -> Result<Vec<Result<i64>>> {
        let one = |member: &Arc<Mark>| match member.fate {
            Fate::Good => mark(tx, member.n).map(|()| Ok(member.n)),
            Fate::RefusedAtOnce => Ok(Err(Error::not_found())),
            _ => Err(Error::internal("not together")),
        };
        members.iter().filter(|member| member.fate != Fate::Forgotten).map(one).collect()
    }
}

/// What each of these is answered, all of them waiting at the same time.
fn answers(home: &Home, fates: impl Iterator<Item = Fate>) -> Vec<Result<i64>> {
    let batcher = Batcher::<Marks>::default();
    let (held, gate) = home.gate();
    let submitted: Vec<_> = (1..)
        .zip(fates)
        .map(|(n, fate)| {
            let (db, batcher) = (home.db.clone(), batcher.clone());
            home.begin(async move { db.write_batch(&batcher, Mark::of(n, fate)).await })
        })
        .collect();
    gate.open();
    home.answers(vec![held]).remove(0).unwrap();
    home.answers(submitted)
}

/// The marks that were answered as made.
fn made(answers: &[Result<i64>]) -> Vec<i64> {
    answers.iter().filter_map(|answer| answer.as_ref().ok().copied()).collect()
}

each_database! {
    fn more_than_one_batch_is_made_together(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let fate = |n: i64| if n % 5 == 0 { Fate::RefusedAtOnce } else { Fate::Good };
        let answers = answers(&home, (1..=200).map(fate));
        let good: Vec<i64> = (1..=200).filter(|n| n % 5 != 0).collect();
        assert_eq!((made(&answers), home.marks()), (good.clone(), good));
        assert!(answers.iter().flat_map(Result::as_ref).count() == 160);
        let refusals = answers.iter().filter_map(|answer| answer.as_ref().err());
        assert!(refusals.map(Error::class).all(|class| class == Class::NotFound));
    }

    fn one_that_fails_costs_the_others_nothing(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let fate = |n: i64| match n {
            7 => Fate::Panics,
            20 => Fate::Refused,
            33 => Fate::LosesRaces(2),
            99 => Fate::LosesRaces(u32::MAX),
            _ => Fate::Good,
        };
        let answers = answers(&home, (1..=130).map(fate));
        let good: Vec<i64> = (1..=130).filter(|n| ![7, 20, 99].contains(n)).collect();
        assert_eq!((made(&answers), home.marks()), (good.clone(), good));
        let class = |n: usize| answers[n - 1].as_ref().unwrap_err().class();
        assert_eq!(
            (class(7), class(20), class(99)),
            (Class::Internal, Class::NotFound, Class::Unavailable)
        );
    }

    fn one_that_is_blocked_refuses_nobody_else(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let fate = |n: i64| if n == 9 { Fate::Blocked } else { Fate::Good };
        let answers = answers(&home, (1..=40).map(fate));
        let good: Vec<i64> = (1..=40).filter(|n| *n != 9).collect();
        assert_eq!((made(&answers), home.marks()), (good.clone(), good));
        assert_eq!(answers[8].as_ref().unwrap_err().class(), Class::Unavailable);
    }

    fn a_member_that_the_batch_forgets_is_made_alone(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let fate = |n: i64| if n == 3 { Fate::Forgotten } else { Fate::Good };
        let answers = answers(&home, (1..=10).map(fate));
        let all: Vec<i64> = (1..=10).collect();
        assert_eq!((made(&answers), home.marks()), (all.clone(), all));
    }

    fn nobody_is_answered_for_what_was_taken_back(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let fate = |n: i64| if n == 30 { Fate::EndsTheTransaction } else { Fate::Good };
        let answers = answers(&home, (1..=60).map(fate));
        assert!(answers[29].is_err(), "{:?}", answers[29]);
        let marks = home.marks();
        assert!(made(&answers).iter().all(|n| marks.contains(n)), "{:?} of {marks:?}", made(&answers));
        assert_eq!(marks.len(), made(&answers).len(), "nor is anything there that was answered as failed");
        // The worker goes on.
        home.crowd(|tx| mark(tx, 1_000)).unwrap();
    }
}
