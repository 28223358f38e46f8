//! A team as stored, and the rule for its name.
//! What is done with teams is in `actions.rs`.

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};

use super::schema::teams;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Fault, Faults, INVALID, REQUIRED, Result};
use crate::kernel::id::TeamId;
use crate::kernel::text::{NAME_MAX, one_line};
use crate::platform::db::MultiBackend;

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = teams, check_for_backend(MultiBackend))]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    pub name_key: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

/// The name, and its canonical form for comparing.
pub(super) fn name_and_key(pointer: &str, name: &str) -> Result<(String, String)> {
    let mut faults = Faults::default();
    if name.trim().is_empty() {
        faults.add(Fault::new(pointer, &REQUIRED));
    }
    faults.keep(one_line(pointer, name, NAME_MAX));
    faults.none_or(&INVALID)?;
    Ok((name.trim().to_owned(), name.trim().to_lowercase()))
}
