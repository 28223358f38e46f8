//! `Idempotency-Key`: a change is made once, and its reply is repeated for the same key.
//! The reply is stored in the transaction of the change, so that after a crash there are both or neither.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::Duration;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::reply::Reply;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::platform::db::{Tx, overtaken, retry_on_conflict};

/// How long a reply is stored.
const RETENTION: Duration = Duration::hours(48);
/// Replies that are deleted in one transaction.
const DELETED_TOGETHER: i64 = 500;
/// Characters in a key.
const KEY_MAX: usize = 255;

static BAD_KEY: Refusal = Refusal::new(
    Class::Malformed,
    "bad_idempotency_key",
    "Idempotency-Key 应为一个 1–255 个可见 ASCII 字符的值。",
    "Idempotency-Key must be one value of 1–255 visible ASCII characters.",
);
static REUSED: Refusal = Refusal::new(
    Class::Invalid,
    "idempotency_key_reused",
    "该 Idempotency-Key 已用于另一个内容不同的请求。",
    "This Idempotency-Key was used with another body. Use a new key for a new request.",
);

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    idempotency_keys (caller, route, key) {
        caller -> Text,
        route -> Text,
        key -> Text,
        fingerprint -> Binary,
        status -> Integer,
        version -> Nullable<BigInt>,
        location -> Nullable<Text>,
        content_type -> Text,
        body -> Binary,
        created_at -> Moment,
    }
}

/// The header, if the request has it.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl IdempotencyKey {
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let mut headers = request.headers().get_all("idempotency-key");
        let Some(header) = headers.next() else { return Ok(Self(None)) };
        let good = headers.next().is_none()
            && (1..=KEY_MAX).contains(&header.len())
            && header.as_bytes().iter().all(u8::is_ascii_graphic);
        match header.to_str() {
            Ok(key) if good => Ok(Self(Some(key.to_owned()))),
            _ => Err(Error::refuse(&BAD_KEY)),
        }
    }
}

/// A key in its scope, with the SHA-256 of its request.
#[derive(Debug, Clone)]
pub struct IdempotencyScope {
    caller: String,
    route: String,
    key: String,
    fingerprint: Vec<u8>,
}

impl IdempotencyScope {
    pub fn new(caller: String, route: String, key: String, fingerprint: Vec<u8>) -> Self {
        Self { caller, route, key, fingerprint }
    }

    /// The same key, scoped to the authenticated caller.
    pub fn for_caller(&self, caller: &str) -> Self {
        Self { caller: caller.to_owned(), ..self.clone() }
    }
}

/// Runs a change, unless it was made under this key before: then returns the stored reply.
pub fn with_idempotency(
    tx: &mut Tx<'_>,
    scope: Option<&IdempotencyScope>,
    change: impl FnOnce(&mut Tx<'_>) -> Result<Reply>,
) -> Result<Reply> {
    let Some(scope) = scope else { return change(tx) };
    if let Some(reply) = find_stored_reply(tx, scope)? {
        return Ok(reply);
    }
    let reply = match change(tx) {
        // The same request came twice at once, and the other one was first: its reply is this one's, too.
        Err(error) if is_refused(&error) && find_stored_reply(tx, scope)?.is_some() => {
            return Err(overtaken());
        }
        outcome => outcome?,
    };
    use idempotency_keys as table;
    let row = (
        table::caller.eq(&scope.caller),
        table::route.eq(&scope.route),
        table::key.eq(&scope.key),
        table::fingerprint.eq(&scope.fingerprint),
        table::status.eq(i32::from(reply.status)),
        table::version.eq(reply.version),
        table::location.eq(&reply.location),
        table::content_type.eq(reply.content_type.as_ref()),
        table::body.eq(&reply.body),
        table::created_at.eq(tx.now),
    );
    // If another node was first with this key: roll back, retry, and return its reply.
    retry_on_conflict(diesel::insert_into(table::table).values(row).execute(tx.conn)).map(|_| reply)
}

/// Whether the fault is in the request as things are, and not in this server.
fn is_refused(error: &Error) -> bool {
    !matches!(error.refusal().class, Class::Unavailable | Class::Internal)
}

type StoredReplyRow = (Vec<u8>, i32, Option<i64>, Option<String>, String, Vec<u8>, Timestamp);

fn find_stored_reply(tx: &mut Tx<'_>, scope: &IdempotencyScope) -> Result<Option<Reply>> {
    use idempotency_keys as table;
    let row = table::table.find((&scope.caller, &scope.route, &scope.key));
    let columns = (
        table::fingerprint,
        table::status,
        table::version,
        table::location,
        table::content_type,
        table::body,
        table::created_at,
    );
    let found: Option<StoredReplyRow> = row.select(columns).first(tx.conn).optional()?;
    let Some((fingerprint, status, version, location, content_type, body, created_at)) = found else {
        return Ok(None);
    };
    if created_at < tx.now.minus(RETENTION) {
        diesel::delete(row).execute(tx.conn)?;
        return Ok(None);
    }
    if fingerprint != scope.fingerprint {
        return Err(Error::refuse(&REUSED));
    }
    let status = u16::try_from(status).map_err(Error::internal)?;
    Ok(Some(Reply { status, version, location, content_type: content_type.into(), body, replayed: true }))
}

/// Deletes expired replies, the oldest hundreds. Returns whether there are more.
pub fn delete_expired(tx: &mut Tx<'_>) -> Result<bool> {
    use idempotency_keys::created_at;
    let expired = || idempotency_keys::table.filter(created_at.lt(tx.now.minus(RETENTION)));
    let last: Option<Timestamp> = expired()
        .order(created_at.asc())
        .offset(DELETED_TOGETHER)
        .select(created_at)
        .first(tx.conn)
        .optional()?;
    match last {
        Some(last) => diesel::delete(expired().filter(created_at.le(last))).execute(tx.conn)?,
        None => diesel::delete(expired()).execute(tx.conn)?,
    };
    Ok(last.is_some())
}
