//! The queue of password reset requests: stored for any address, and processed by a job, so that neither the
//! answer nor its time reveals whether there is such a user. The validity of links is decided in
//! `actions.rs`.

use super::model::ResetRequest;
use super::store;
use crate::access::audit::{self, AuditEntry, Outcome, RequestInfo};
use crate::kernel::error::Result;
use crate::platform::db::{Context, Db, Tx, is_lost_race};
use crate::platform::http::client::ClientAddress;
use crate::platform::jobs::Next;

/// Requests processed in one transaction.
const BATCH: i64 = 50;

/// Stores a request.
pub fn enqueue(tx: &mut Tx<'_>, email_key: &str, asked: &RequestInfo) -> Result<()> {
    let request = ResetRequest {
        id: tx.id(),
        created_at: tx.now,
        email_key: email_key.to_owned(),
        method: asked.method.clone(),
        route: asked.route.clone(),
        remote_ip: asked.address.known().map(|address| address.to_string()),
        request_id: tx.context.request,
    };
    store::insert_request(tx, &request)
}

/// Processes pending requests, oldest first: mails a link to the user with that address, if any.
pub async fn process_pending(db: &Db) -> Result<Next> {
    if db.read(|read| store::waiting_requests(read.conn, 1)).await?.is_empty() {
        return Ok(Next::Wait);
    }
    let answered = db.write_in_background(Context::system(), process_batch).await?;
    Ok(if answered < BATCH { Next::Wait } else { Next::Immediately })
}

fn process_batch(tx: &mut Tx<'_>) -> Result<i64> {
    let mut answered = 0;
    for request in store::waiting_requests(tx.conn, BATCH)? {
        answered += 1;
        // Whoever deletes the row processes it: another server may have claimed it first.
        if !store::claim_request(tx, request.id)? {
            continue;
        }
        // One that fails does not hold up those behind it: it is dropped, and asked for again.
        match tx.savepoint(|tx| process(tx, request))? {
            Err(error) if is_lost_race(&error) => return Err(error),
            Err(error) => {
                tracing::error!(error = %error.chain(), "a request for a password link failed");
            }
            Ok(()) => {}
        }
    }
    Ok(answered)
}

fn process(tx: &mut Tx<'_>, request: ResetRequest) -> Result<()> {
    tx.context.request = request.request_id;
    let user = super::send_reset_link(tx, &request.email_key)?;
    let address = ClientAddress::from_stored(request.remote_ip.as_deref());
    let asked = RequestInfo { method: request.method, route: request.route, target: None, address };
    audit::record(tx, &AuditEntry::unauthenticated(&asked, "auth.password_reset", Outcome::Done, user))
}
