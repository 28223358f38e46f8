//! The guard at every door of the API: who calls, whether he may, and how far he reaches — asked in the very
//! transaction that reads or changes. Without it a handler has neither a caller nor a database.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use chrono_tz::Tz;

use super::model::Caller;
use super::passwords::Passwords;
use super::policy::{Grant, Permission, Reach, Scope};
use super::store;
use super::tokens::{Claims, Keys, UNAUTHENTICATED};
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::RequestId;
use crate::platform::db::{Actor, Context, Db, DbConnection, Read, Tx};
use crate::platform::http::body::BodyDigest;
use crate::platform::http::idempotency::{IdempotencyKey, Once, once};
use crate::platform::http::request::Input;
use crate::platform::http::{Reply, Requester, query};

static FORBIDDEN: Refusal = Refusal::new(Class::Forbidden, "forbidden", "您的角色不允许此操作。", "Your role does not allow this.");

/// What the guard needs; one for the app.
pub struct Gate {
    pub db: Db,
    pub keys: Keys,
    pub passwords: Passwords,
}

/// A caller who holds the permission `P`, with the input `In` of his request.
pub struct Allowed<P, In = ()> {
    gate: web::Data<Gate>,
    claims: Claims,
    request: RequestId,
    once: Option<Once>,
    input: In,
    permission: PhantomData<fn() -> P>,
}

impl<P: Grant, In: Send + 'static> Allowed<P, In> {
    /// Reads on the caller's behalf.
    pub async fn read<T, F>(self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, &In) -> Result<T> + Send + 'static,
    {
        let Self { gate, claims, input, .. } = self;
        gate.db
            .read(move |door| {
                let caller = identify(door.conn, door.now, &claims, P::PERMISSION)?;
                read(door, &caller, &input)
            })
            .await
    }

    /// Changes on the caller's behalf: once, if he sent an Idempotency-Key.
    pub async fn write<F>(self, change: F) -> Result<HttpResponse>
    where
        F: Fn(&mut Tx<'_>, &Caller, &In) -> Result<Reply> + Send + 'static,
    {
        let Self { gate, claims, request, once: key, input, .. } = self;
        let context = Context::by(Actor::User(claims.user), Some(request));
        let reply = gate
            .db
            .write(context, move |tx| {
                let caller = identify(tx.conn, tx.now, &claims, P::PERMISSION)?;
                once(tx, key.as_ref(), |tx| change(tx, &caller, &input))
            })
            .await?;
        Ok(reply.into())
    }
}

/// Who the token's bearer is now, and whether he may.
fn identify(conn: &mut DbConnection, now: crate::kernel::clock::Timestamp, claims: &Claims, permission: Permission) -> Result<Caller> {
    let Some((id, role, team_id, active, expires_at, revoked_at)) = store::standing(conn, claims.session)? else {
        return Err(Error::refuse(&UNAUTHENTICATED));
    };
    if id != claims.user || !active || revoked_at.is_some() || expires_at <= now {
        return Err(Error::refuse(&UNAUTHENTICATED));
    }
    let reach = permission.reach(role);
    if reach == Reach::Nothing {
        return Err(Error::refuse(&FORBIDDEN));
    }
    Ok(Caller { id, role, team_id, scope: Scope { user: id, team: team_id, reach } })
}

impl<P: Grant, In: Input> FromRequest for Allowed<P, In> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let gate = request.app_data::<web::Data<Gate>>().cloned().ok_or_else(|| Error::internal("the app has no gate"))?;
            let claims = gate.keys.check(bearer(&request)?, gate.db.parts().clock.now())?;
            let taken = match key(&request).and_then(|key| known_query::<In>(&request).map(|()| key)) {
                Ok(key) => In::take(&request, &mut payload).await.map(|input| (key, input)),
                Err(fault) => Err(fault),
            };
            let (key, input) = match taken {
                Ok(taken) => taken,
                Err(fault) => {
                    // Who may not do this at all is told so, whatever is wrong with what he sent.
                    gate.db.read(move |read| identify(read.conn, read.now, &claims, P::PERMISSION).map(drop)).await?;
                    return Err(fault);
                }
            };
            let once = key.map(|key| {
                let digest = request.extensions().get::<BodyDigest>().map(|digest| digest.0.clone()).unwrap_or_default();
                Once::new(claims.user.to_string(), format!("{} {}", request.method(), request.path()), key, digest)
            });
            Ok(Self { gate, claims, request: Requester::of(&request)?.id, once, input, permission: PhantomData })
        })
    }
}

fn key(request: &HttpRequest) -> Result<Option<String>> {
    if request.method() == Method::POST { Ok(IdempotencyKey::of(request)?.0) } else { Ok(None) }
}

/// Parameters where there are none to be read are refused, as unknown ones are elsewhere.
fn known_query<In: Input>(request: &HttpRequest) -> Result<()> {
    if In::READS_QUERY { Ok(()) } else { query::parse(request, Tz::UTC) }
}

fn bearer(request: &HttpRequest) -> Result<&str> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    token.filter(|token| !token.is_empty()).ok_or_else(|| Error::refuse(&UNAUTHENTICATED))
}
