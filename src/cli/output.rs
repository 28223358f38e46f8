//! Standard output and standard error, for people and for scripts. A closed pipe is not an error.
//! Logs, which also go to standard error, are in `platform/telemetry`.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use serde_json::json;

use super::failure::Failure;
use crate::kernel::clock::Clock;
use crate::platform::config::Log;

/// Writes a line to standard output. A closed pipe (`leaddock print openapi | head`) is not an error.
pub fn print(line: impl Display) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes lines to standard output. Returns whether somebody still reads it.
pub fn print_lines(lines: &[String]) -> Result<bool, Failure> {
    let mut stdout = std::io::stdout().lock();
    let mut written = lines.iter().try_for_each(|line| writeln!(stdout, "{line}"));
    written = written.and_then(|()| stdout.flush());
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The format of lines on standard error: that of the log, so that programs can parse both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    /// One JSON object a line, with `timestamp`, `level` and `message`, as in the log.
    Json,
}

impl Format {
    pub fn of(log: &Log) -> Self {
        if log.json { Self::Json } else { Self::Text }
    }

    /// Writes a line to standard error, whatever the log level. Errors are ignored.
    pub fn notice(self, message: impl Display) {
        self.write("INFO", message);
    }

    /// The same for what an operator should look at.
    pub fn warning(self, message: impl Display) {
        self.write("WARN", format_args!("warning: {message}"));
    }

    /// The same for an error that ends the program.
    pub fn error(self, message: impl Display) {
        self.write("ERROR", message);
    }

    fn write(self, level: &str, message: impl Display) {
        let line = match self {
            Self::Text => format!("{message}\n"),
            Self::Json => format!(
                "{}\n",
                json!({"timestamp": Clock::System.now(), "level": level, "message": message.to_string()})
            ),
        };
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}
