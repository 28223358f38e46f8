//! Authentication and authorisation of API requests, checked in the same transaction that reads or changes.
//! Without `Authorized` a handler has neither a caller nor a database. Changes are written to the audit log
//! here; its format is in `audit`. What a request presents is `credential.rs`, what its holder may do
//! `authorization.rs`.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::audit::{self, AuditEntry};
use super::authorization::authorize;
use super::caller::{Caller, CredentialId, Principal};
use super::credential::Credential;
use super::keys::LastUse;
use super::model::USER;
use super::passwords::Passwords;
use super::passwords::attempts::Attempts;
use super::policy::{Grant, Permission};
use super::tokens::Keys;
use crate::kernel::error::{Class, Error, Result};
use crate::platform::db::{Actor, Context, Db, Read, Tx};
use crate::platform::http::body::BodyDigest;
use crate::platform::http::idempotency::{IdempotencyKey, IdempotencyScope, with_idempotency};
use crate::platform::http::parameter;
use crate::platform::http::request::Input;
use crate::platform::http::{Reply, Requester, query};

/// Shared state for authentication; one per app.
pub struct AuthContext {
    pub db: Db,
    pub keys: Arc<Keys>,
    pub passwords: Passwords,
    pub attempts: Attempts,
    pub last_use: Arc<LastUse>,
}

impl AuthContext {
    /// The principal of the API key that a request shows, where no permission is asked for. `None` if it
    /// shows none, or one that is not valid.
    pub async fn api_key(&self, request: &HttpRequest) -> Option<Principal> {
        let key = Credential::api_key(request)?;
        self.db.read(move |read| key.principal(read.conn, read.now)).await.ok()?
    }

    /// Remembers that a credential was used; a job writes it down.
    pub fn note_use(&self, principal: &Principal) {
        self.last_use.record(Some(principal.credential), self.db.parts().clock.now());
    }
}

/// Extractor: a caller who holds the permission `P`, with the input `In` of their request.
pub struct Authorized<P, In = ()> {
    auth: web::Data<AuthContext>,
    credential: Credential,
    requester: Requester,
    /// For the audit log: the method, the route, and the id in the path.
    asked: Arc<audit::RequestInfo>,
    scope: Option<IdempotencyScope>,
    input: Arc<In>,
    permission: PhantomData<fn() -> P>,
}

impl<P: Grant, In: Send + Sync + 'static> Authorized<P, In> {
    pub fn auth(&self) -> &web::Data<AuthContext> {
        &self.auth
    }

    pub fn requester(&self) -> Requester {
        self.requester
    }

    pub fn input(&self) -> &In {
        &self.input
    }

    /// Reads on the caller's behalf.
    pub async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, &In) -> Result<T> + Send + 'static,
    {
        let (credential, input) = (self.credential.clone(), Arc::clone(&self.input));
        let answer = self.auth.db.read(move |door| {
            let caller = authorize(door.conn, door.now, &credential, P::PERMISSION)?;
            Ok((caller.credential, read(door, &caller, &input)?))
        });
        self.used(answer.await).await
    }

    /// The same for what may take long: it runs where exports do, so that the reads of others go on. `read`
    /// is given a way to ask whether the caller still waits.
    pub async fn read_at_length<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, &In, &dyn Fn() -> bool) -> Result<T> + Send + 'static,
    {
        let (credential, input) = (self.credential.clone(), Arc::clone(&self.input));
        let answer = self.auth.db.read_at_length(move |door, is_awaited| {
            let caller = authorize(door.conn, door.now, &credential, P::PERMISSION)?;
            Ok((caller.credential, read(door, &caller, &input, is_awaited)?))
        });
        self.used(answer.await).await
    }

    /// Notes that the credential was used, or that somebody was refused.
    async fn used<T>(&self, answer: Result<(Option<CredentialId>, T)>) -> Result<T> {
        match answer {
            Ok((credential, answer)) => {
                self.auth.last_use.record(credential, self.auth.db.parts().clock.now());
                Ok(answer)
            }
            Err(error) => Err(self.audited(error).await),
        }
    }

    /// Reads data for an export, which is recorded in the audit log.
    pub async fn export<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, &In) -> Result<T> + Send + 'static,
    {
        let (who, answer) =
            self.read(move |door, caller, input| Ok((caller.clone(), read(door, caller, input)?))).await?;
        let entry = AuditEntry::done(&who, P::PERMISSION, &self.asked);
        self.auth.db.write(Context::system(), move |tx| audit::record(tx, &entry)).await?;
        Ok(answer)
    }

    /// Runs a change on the caller's behalf; at most once per Idempotency-Key, if they sent one.
    pub async fn write<F>(&self, change: F) -> Result<HttpResponse>
    where
        F: Fn(&mut Tx<'_>, &Caller, &In) -> Result<Reply> + Send + 'static,
    {
        self.change(self.scope.clone(), change).await
    }

    /// Like `write`, but no reply is stored for an Idempotency-Key: where the reply holds a secret, which
    /// would be stored too, and where the change is about the calling session, since keys are scoped to the
    /// user and not to one of their sessions.
    pub async fn write_without_idempotency<F>(&self, change: F) -> Result<HttpResponse>
    where
        F: Fn(&mut Tx<'_>, &Caller, &In) -> Result<Reply> + Send + 'static,
    {
        self.change(None, change).await
    }

    async fn change<F>(&self, key: Option<IdempotencyScope>, change: F) -> Result<HttpResponse>
    where
        F: Fn(&mut Tx<'_>, &Caller, &In) -> Result<Reply> + Send + 'static,
    {
        let (credential, input, asked) =
            (self.credential.clone(), Arc::clone(&self.input), Arc::clone(&self.asked));
        let context = Context::by(Actor::SYSTEM, Some(self.requester.id));
        let answer = self
            .auth
            .db
            .write(context, move |tx| {
                let caller = authorize(tx.conn, tx.now, &credential, P::PERMISSION)?;
                tx.context.actor = Actor::new(USER, caller.id);
                let key = key.as_ref().map(|key| key.for_caller(&idempotency_owner(&caller)));
                let reply = with_idempotency(tx, key.as_ref(), |tx| change(tx, &caller, &input))?;
                if !reply.replayed {
                    audit::record(
                        tx,
                        &AuditEntry::done(&caller, P::PERMISSION, &asked)
                            .with_target(reply.location.as_deref()),
                    )?;
                }
                Ok((caller.credential, reply))
            })
            .await;
        match answer {
            Ok((credential, reply)) => {
                self.auth.last_use.record(credential, self.auth.db.parts().clock.now());
                Ok(reply.into())
            }
            Err(error) => Err(self.audited(error).await),
        }
    }

    /// Returns the error, after recording it in the audit log if it is a refusal for lack of permission.
    async fn audited(&self, error: Error) -> Error {
        if error.class() == Class::Forbidden { self.refused(error).await } else { error }
    }

    /// Returns the error, after recording in the audit log that this was refused, such as a wrong password.
    pub async fn refused(&self, error: Error) -> Error {
        record_refusal(&self.auth, &self.credential, P::PERMISSION, &self.asked).await;
        error
    }
}

/// Records a refusal in the audit log. If that fails, the caller's answer stays the same.
async fn record_refusal(
    auth: &AuthContext,
    credential: &Credential,
    permission: Permission,
    asked: &Arc<audit::RequestInfo>,
) {
    let (credential, asked) = (credential.clone(), Arc::clone(asked));
    let noted = auth
        .db
        .write(Context::system(), move |tx| match credential.principal(tx.conn, tx.now)? {
            Some(principal) => audit::record(
                tx,
                &AuditEntry::refused(principal.user, principal.credential, permission, &asked),
            ),
            None => Ok(()),
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(error = %error.chain(), "a refusal could not be noted in the audit");
    }
}

/// The parameters for the OpenAPI document, derived from the types that read them.
impl<P: Grant, In: Input> IntoParams for Authorized<P, In> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = vec![parameter::permission(P::PERMISSION.word())];
        In::describe(&mut parameters);
        parameters
    }
}

impl<P: Grant, In: Input> FromRequest for Authorized<P, In> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let auth = request
                .app_data::<web::Data<AuthContext>>()
                .cloned()
                .ok_or_else(|| Error::internal("the app has no AuthContext"))?;
            let credential = Credential::of(&request, &auth.keys, auth.db.parts().clock.now())?;
            let requester = Requester::of(&request)?;
            let asked = Arc::new(audit::RequestInfo {
                method: request.method().to_string(),
                route: request.match_pattern().unwrap_or_default(),
                target: request.match_info().get("id").filter(|text| is_id(text)).map(str::to_owned),
                address: requester.address,
            });
            let taken = match idempotency_key(&request)
                .and_then(|key| reject_unread_query::<In>(&request).map(|()| key))
            {
                Ok(key) => In::extract(&request, &mut payload).await.map(|input| (key, input)),
                Err(fault) => Err(fault),
            };
            let (key, input) = match taken {
                Ok(taken) => taken,
                Err(fault) => {
                    // Without the permission the answer is 403, whatever else is wrong with the request.
                    let asking = credential.clone();
                    let may = auth
                        .db
                        .read(move |read| authorize(read.conn, read.now, &asking, P::PERMISSION).map(drop))
                        .await;
                    if let Err(refused) = may {
                        if refused.class() == Class::Forbidden {
                            record_refusal(&auth, &credential, P::PERMISSION, &asked).await;
                        }
                        return Err(refused);
                    }
                    return Err(fault);
                }
            };
            let scope = key.map(|key| idempotency_scope(&request, key));
            Ok(Self {
                auth,
                credential,
                requester,
                asked,
                scope,
                input: Arc::new(input),
                permission: PhantomData,
            })
        })
    }
}

/// Whether a text has the form of an id: anything else in a path may be personal data.
fn is_id(text: &str) -> bool {
    let word = |part: &str, len: std::ops::RangeInclusive<usize>| {
        len.contains(&part.len()) && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    text.split_once('_').is_some_and(|(kind, rest)| word(kind, 2..=8) && word(rest, 26..=26))
}

/// The owner that an Idempotency-Key is scoped to: a user or an API key.
fn idempotency_owner(caller: &Caller) -> String {
    match caller.credential {
        Some(CredentialId::Key(key)) => key.to_string(),
        _ => caller.id.to_string(),
    }
}

/// The scope of a key that a request shows; its owner is known once the caller is.
fn idempotency_scope(request: &HttpRequest, key: String) -> IdempotencyScope {
    let extensions = request.extensions();
    let digest = extensions.get::<BodyDigest>().map(|digest| digest.0.clone()).unwrap_or_default();
    IdempotencyScope::new(String::new(), format!("{} {}", request.method(), request.path()), key, digest)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>> {
    if request.method() == Method::POST { Ok(IdempotencyKey::of(request)?.0) } else { Ok(None) }
}

/// Refuses query parameters on routes that read none, as unknown ones are refused elsewhere.
fn reject_unread_query<In: Input>(request: &HttpRequest) -> Result<()> {
    if In::READS_QUERY { Ok(()) } else { query::refuse_any(request) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::clock::Timestamp;
    use crate::kernel::id::UserId;

    #[test]
    fn only_what_has_the_form_of_an_id_is_noted() {
        let id = UserId::floor(Timestamp::from_millis(1_795_000_000_000)).to_string();
        assert!(is_id(&id));
        let rest = "0".repeat(26);
        for no in [
            "",
            "usr",
            "usr_",
            &rest,
            &format!("u_{rest}"),
            &format!("toolongkind_{rest}"),
            &format!("USR_{rest}"),
            &format!("usr_{rest}0"),
            "usr_周启澜",
            &format!("usr_{}!", "0".repeat(25)),
        ] {
            assert!(!is_id(no), "{no}");
        }
    }
}
