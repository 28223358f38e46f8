//! What a failure of the database means for the caller: try again later, run the change again, or a bug.
//! The words of both databases are compared here and nowhere else.

use diesel::QueryResult;
use diesel::result::{ConnectionError, DatabaseErrorKind, Error as DieselError};

use crate::kernel::error::{Class, Error, Result};

/// Words in the messages of SQLite and PostgreSQL that mean trouble outside the statement.
const TROUBLE: &[&str] = &[
    "database is locked",
    "database table is locked",
    "database or disk is full",
    "disk i/o error",
    "readonly database",
    "unable to open database file",
    "no space left on device",
    "could not extend file",
    "could not write",
    "terminating connection",
    "the database system is",
    "server closed the connection",
    "connection to server",
    "could not connect",
    "connection not open",
    "no connection to the server",
    "ssl syscall error",
    "canceling statement due to",
    "read-only transaction",
    "recovery mode",
    "too many connections",
    "remaining connection slots",
];

/// The transaction lost against another one and may be run again.
#[derive(Debug, thiserror::Error)]
#[error("lost against a concurrent transaction")]
struct LostRace(#[source] DieselError);

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                return lost_race(error);
            }
            DieselError::DatabaseError(kind, info) => {
                let message = info.message().to_lowercase();
                if message.contains("deadlock detected") {
                    return lost_race(error);
                }
                if matches!(
                    kind,
                    DatabaseErrorKind::ClosedConnection
                        | DatabaseErrorKind::ReadOnlyTransaction
                        | DatabaseErrorKind::UnableToSendCommand
                ) || TROUBLE.iter().any(|word| message.contains(word))
                {
                    return Self::unavailable(error);
                }
            }
            DieselError::BrokenTransactionManager
            | DieselError::AlreadyInTransaction
            | DieselError::NotInTransaction => return Self::unavailable(error),
            _ => {}
        }
        Self::internal(error)
    }
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        Self::unavailable(error)
    }
}

/// A failure that means "another one was first": the change is run again.
pub fn lost_race(error: DieselError) -> Error {
    Error::unavailable(LostRace(error))
}

/// Another transaction changed in between what this one rests on: the change is run again.
pub fn overtaken() -> Error {
    lost_race(DieselError::NotFound)
}

/// The outcome of a compare-and-set: none or one row was changed. If none was, or a unique value was taken
/// meanwhile, another transaction was first.
pub fn compare_and_set(changed: QueryResult<usize>) -> Result<()> {
    match retry_on_conflict(changed)? {
        0 => Err(overtaken()),
        _ => Ok(()),
    }
}

/// The outcome of a write whose unique values and references were found free and there: if they no longer
/// are, another transaction was first.
pub fn retry_on_conflict<T>(written: QueryResult<T>) -> Result<T> {
    written.map_err(|error| {
        if is_unique_violation(&error) || is_reference_violation(&error) {
            lost_race(error)
        } else {
            error.into()
        }
    })
}

/// Whether the same change may succeed when run again at once.
pub fn is_lost_race(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<LostRace>())
}

/// Whether somebody else holds the lock of the whole database (SQLite). The connection itself is good.
pub fn is_locked(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|source| source.downcast_ref::<DieselError>());
    matches!(cause, Some(DieselError::DatabaseError(_,
        info)) if info.message().contains("database is locked"))
}

/// Whether the connection should be looked at before it is used again.
pub fn is_connection_suspect(error: &Error) -> bool {
    matches!(error.class(), Class::Unavailable | Class::Internal) && !is_lost_race(error)
}

/// Whether the error says that a row is still, or no longer, referred to.
pub fn is_reference_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _))
}

/// Whether the error says that a unique value is there already.
pub fn is_unique_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}
