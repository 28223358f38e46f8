//! Progress of long commands: a bar on a terminal, lines otherwise.
//! The work itself is in the commands.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use super::output::Format;

/// Reports progress on standard error: a bar on a terminal, otherwise a line for every tenth.
pub enum Progress {
    Bar(ProgressBar),
    Lines { what: &'static str, all: usize, done: usize, written: usize, format: Format },
}

impl Progress {
    pub fn new(what: &'static str, all: usize, format: Format) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { what, all, done: 0, written: 0, format };
        }
        let bar = ProgressBar::new(u64::try_from(all).unwrap_or(u64::MAX)).with_prefix(what);
        let style = ProgressStyle::with_template("{prefix} [{bar:40}] {percent:>3} %  {eta} left");
        Self::Bar(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    pub fn advance(&mut self, count: usize) {
        match self {
            Self::Bar(bar) => bar.inc(u64::try_from(count).unwrap_or(0)),
            Self::Lines { what, all, done, written, format } => {
                *done += count;
                let tenths = *done * 10 / (*all).max(1);
                if tenths > *written {
                    *written = tenths;
                    format.notice(format_args!("{what}: {} %", tenths * 10));
                }
            }
        }
    }

    pub fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
