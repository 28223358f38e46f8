//! The slow way: inquiries as of a moment, read from the log itself, without the image.
//! Folding is the same as from the image, in `history/fold.rs`.

use super::compute::{Cases, Reading};
use super::history::{Case, Symbols, fold, read};
use crate::access::Scope;
use crate::inquiries::asked;
use crate::kernel::error::{Error, Result};
use crate::platform::db::DbConnection;

/// Inquiries that are read together.
const AT_ONCE: i64 = 200;

/// The inquiries of the log within a reach.
pub struct LogCases<'a> {
    pub conn: &'a mut DbConnection,
    pub scope: Scope,
    pub symbols: Symbols,
    /// Whether somebody still waits for it.
    pub is_awaited: &'a dyn Fn() -> bool,
}

impl Cases for LogCases<'_> {
    fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    fn each(&mut self, reading: &Reading, visit: &mut dyn FnMut(&Case, &Symbols)) -> Result<()> {
        let mut after = None;
        loop {
            let ids = asked::ids_after(self.conn, after, AT_ONCE)?;
            let Some(last) = ids.last() else { return Ok(()) };
            after = Some(*last);
            for history in read::histories(self.conn, &ids, &mut self.symbols)? {
                let mut case = Case::empty(history.inquiry, history.start);
                let (inquiry, start, steps) = (history.inquiry, history.start, &history.steps);
                fold(&mut case, inquiry, start, steps.iter().cloned(), i64::MAX);
                let owner = case.owner.and_then(|owner| self.symbols.users.value(owner)).copied();
                let team = case.team.and_then(|team| self.symbols.teams.value(team)).copied();
                if self.scope.covers(owner, team)
                    && fold(&mut case, inquiry, start, steps.iter().cloned(), reading.as_of)
                {
                    visit(&case, &self.symbols);
                }
            }
            if !(self.is_awaited)() {
                return Err(Error::unavailable("nobody waits for the report any more"));
            }
        }
    }
}
