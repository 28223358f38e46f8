//! How many mails wait to be sent, and how late they are, as gauges.
//! Sending them is the matter of `platform/delivery`.

use crate::kernel::error::Result;
use crate::platform::db::Db;
use crate::platform::delivery::store;
use crate::platform::mail::channel::CHANNEL;

/// Counts what waits.
pub async fn measure(db: &Db) -> Result<()> {
    let (waiting, next) = db.read(|read| store::backlog(read.conn, CHANNEL)).await?;
    let late = next.map_or(0, |next| db.parts().clock.now().since(next).num_seconds().max(0));
    metrics::gauge!("leaddock_notifications_waiting")
        .set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
    metrics::gauge!("leaddock_notifications_late_seconds")
        .set(f64::from(u32::try_from(late).unwrap_or(u32::MAX)));
    Ok(())
}
