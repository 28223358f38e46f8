//! What a report comes to: its lines, and those of the period before.
//! How it is shown is in `report.rs`.

use super::compute::Cases;
use super::definitions::Period;
use super::groups::Key;
use super::lines::{Lines, Wanted};
use super::question::{Question, Setting};
use crate::kernel::error::Result;

/// Rows of a report unless asked for others.
const LIMIT: usize = 200;

/// A computed report.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub question: Question,
    pub lines: Lines,
    pub previous: Option<(Question, Lines)>,
}

impl Outcome {
    pub fn compute(
        question: Question,
        setting: &Setting<'_>,
        cases: &mut dyn Cases,
        (limit, compare): (Option<usize>, bool),
    ) -> Result<Self> {
        // Of a period every day, week or month is there.
        let limit = limit.unwrap_or(if question.group.is_time() { usize::MAX } else { LIMIT });
        let (lines, keys) = lines(&question, setting, cases, limit, None)?;
        let previous = if compare {
            let before = question.previous(setting.prepared.zone());
            let (lines, _) = self::lines(&before, setting, cases, limit, Some(&keys))?;
            Some((before, lines))
        } else {
            None
        };
        Ok(Self { question, lines, previous })
    }

    /// The keys that have to be named.
    pub fn keys(&self) -> Vec<String> {
        let previous = self.previous.iter().flat_map(|(_, lines)| &lines.lines);
        let all = self.lines.lines.iter().chain(previous).filter_map(|line| line.key.clone().flatten());
        let mut keys: Vec<String> = all.collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// The lines of a question, and their keys. With those of another one its lines come first, in their order,
/// unless the keys are times.
fn lines(
    question: &Question,
    setting: &Setting<'_>,
    cases: &mut dyn Cases,
    limit: usize,
    like: Option<&[Key]>,
) -> Result<(Lines, Vec<Key>)> {
    setting.with(question, cases, |computation, cases| {
        let mut tally = computation.tally(cases)?;
        let period: Option<Period> = computation.ask.period;
        let people = setting.people(question, cases);
        let wanted = Wanted::of(question.definition, question.group, period, people);
        let maker = question.line_maker(cases.symbols());
        question.check_size(wanted.count(&tally).saturating_mul(maker.stages().len()))?;
        let mut keys = maker.keys(&tally, &wanted);
        if let Some(like) = like.filter(|_| !question.group.is_time()) {
            keys.retain(|key| !like.contains(key));
            keys.splice(0..0, like.iter().copied());
        }
        Ok((maker.lines_of(&mut tally, &keys, limit), keys))
    })
}
