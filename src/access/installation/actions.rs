//! Compares the signing secret of this process with the one of the server that started last.
//! The keys themselves are in `../tokens.rs`.

use super::store;
use crate::access::tokens::Keys;
use crate::kernel::error::Result;
use crate::platform::db::{Context, Db};

/// How the secret of this process compares with the one of the server that started last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The first server on this database, or the same secret.
    Same,
    /// The last server's secret is this one's `auth.previous_secret`: it is being changed.
    BeingChanged,
    Different,
}

/// Stores the secret's fingerprint, and warns the operator if the last server signed with another one.
pub async fn compare_secret(db: &Db, keys: &Keys) -> Result<Comparison> {
    let known = keys.fingerprints();
    let comparison = db
        .write(Context::system(), move |tx| {
            let Some(own) = known.first() else { return Ok(Comparison::Same) };
            let last = store::replace(tx, own)?;
            Ok(match last {
                None => Comparison::Same,
                Some(last) if last == *own => Comparison::Same,
                Some(last) if known.contains(&last) => Comparison::BeingChanged,
                Some(_) => Comparison::Different,
            })
        })
        .await?;
    if comparison == Comparison::Different {
        tracing::warn!(
            "the last server on this database signed with another secret (auth.secret, \
             auth.secret_file): if it still runs, each refuses \
             the other's tokens and links; give both the same"
        );
    }
    Ok(comparison)
}
