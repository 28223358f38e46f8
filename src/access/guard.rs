//! The guard at every door of the API: who calls, whether they may, and how far they reach — asked in the
//! very transaction that reads or changes. Without it a handler has neither a caller nor a database.
//! What a change leaves in the audit is written here too, beside it; what the audit looks like is in `audit`.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use chrono_tz::Tz;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::audit::{self, Entry};
use super::keys::{self, LastUse};
use super::model::{Caller, Role, Shown, USER};
use super::passwords::Passwords;
use super::passwords::attempts::Attempts;
use super::policy::{Grant, KeyScope, Permission, Reach, Scope};
use super::sessions;
use super::tokens::{Claims, Keys, UNAUTHENTICATED, digest};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::{ApiKeyId, TeamId, UserId};
use crate::platform::db::{Actor, Context, Db, DbConnection, Read, Tx};
use crate::platform::http::body::BodyDigest;
use crate::platform::http::idempotency::{IdempotencyKey, IdempotencyScope, with_idempotency};
use crate::platform::http::parameter;
use crate::platform::http::request::Input;
use crate::platform::http::{Reply, Requester, query};

static FORBIDDEN: Refusal = Refusal::new(
    Class::Forbidden,
    "forbidden",
    "您的角色或密钥不允许此操作。",
    "Your role or your key does not allow this.",
);

/// What the guard needs; one for the app.
pub struct AuthContext {
    pub db: Db,
    pub keys: Arc<Keys>,
    pub passwords: Passwords,
    pub attempts: Attempts,
    pub last_use: Arc<LastUse>,
}

impl AuthContext {
    /// The API key that a submission of a form shows, if it may take inquiries in. What else is shown there
    /// is between a form and its sender, and a key that is good for nothing no reason to lose an inquiry.
    pub async fn intake_key(&self, request: &HttpRequest) -> Option<ApiKeyId> {
        let digest = digest(shown(request).filter(|shown| shown.starts_with(keys::PREFIX))?);
        let principal =
            self.db.read(move |read| keys::principal(read.conn, read.now, &digest)).await.ok()??;
        let Shown::Key(key) = principal.shown else { return None };
        principal.scopes.filter(|scopes| scopes.contains(&KeyScope::Intake))?;
        self.last_use.note(Some(principal.shown), self.db.parts().clock.now());
        Some(key)
    }
}

/// What somebody shows to be let in.
#[derive(Debug, Clone)]
enum Credential {
    Token(Claims),
    /// The digest of an API key's secret.
    Key(Vec<u8>),
}

/// A caller who holds the permission `P`, with the input `In` of their request.
pub struct Authorized<P, In = ()> {
    auth: web::Data<AuthContext>,
    credential: Credential,
    requester: Requester,
    /// What was asked for, for the audit: the method, the route, and the id in the path.
    asked: Arc<audit::Asked>,
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
        let answer = self
            .auth
            .db
            .read(move |door| {
                let caller = identify(door.conn, door.now, &credential, P::PERMISSION)?;
                Ok((caller.shown, read(door, &caller, &input)?))
            })
            .await;
        match answer {
            Ok((shown, answer)) => {
                self.auth.last_use.note(shown, self.auth.db.parts().clock.now());
                Ok(answer)
            }
            Err(error) => Err(self.audited(error).await),
        }
    }

    /// Reads something that leaves the house as a whole, which the audit tells.
    pub async fn export<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, &In) -> Result<T> + Send + 'static,
    {
        let (who, answer) =
            self.read(move |door, caller, input| Ok((caller.clone(), read(door, caller, input)?))).await?;
        let entry = Entry::done(&who, P::PERMISSION, &self.asked);
        self.auth.db.write(Context::system(), move |tx| audit::record(tx, &entry)).await?;
        Ok(answer)
    }

    /// Changes on the caller's behalf: once, if they sent an Idempotency-Key.
    pub async fn write<F>(&self, change: F) -> Result<HttpResponse>
    where
        F: Fn(&mut Tx<'_>, &Caller, &In) -> Result<Reply> + Send + 'static,
    {
        self.change(self.scope.clone(), change).await
    }

    /// The same, and nothing is kept for an Idempotency-Key: where the answer holds a secret, which would be
    /// kept with it, and where the change is one of the session that asks, for a key is its user's, whichever
    /// of their sessions sent it.
    pub async fn write_unkept<F>(&self, change: F) -> Result<HttpResponse>
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
                let caller = identify(tx.conn, tx.now, &credential, P::PERMISSION)?;
                tx.context.actor = Actor::new(USER, caller.id);
                let key = key.as_ref().map(|key| key.of_caller(&name(&caller)));
                let reply = with_idempotency(tx, key.as_ref(), |tx| change(tx, &caller, &input))?;
                if !reply.replayed {
                    audit::record(
                        tx,
                        &Entry::done(&caller, P::PERMISSION, &asked).made(reply.location.as_deref()),
                    )?;
                }
                Ok((caller.shown, reply))
            })
            .await;
        match answer {
            Ok((shown, reply)) => {
                self.auth.last_use.note(shown, self.auth.db.parts().clock.now());
                Ok(reply.into())
            }
            Err(error) => Err(self.audited(error).await),
        }
    }

    /// The error, after the audit has heard of it if somebody may not do this.
    async fn audited(&self, error: Error) -> Error {
        if error.class() == Class::Forbidden { self.refused(error).await } else { error }
    }

    /// The error, after the audit has heard that this was refused: a wrong password, say.
    pub async fn refused(&self, error: Error) -> Error {
        note_refusal(&self.auth, &self.credential, P::PERMISSION, &self.asked).await;
        error
    }
}

/// What was refused is in the audit. That the note fails changes nothing for the caller.
async fn note_refusal(
    auth: &AuthContext,
    credential: &Credential,
    permission: Permission,
    asked: &Arc<audit::Asked>,
) {
    let (credential, asked) = (credential.clone(), Arc::clone(asked));
    let noted = auth
        .db
        .write(Context::system(), move |tx| match principal(tx.conn, tx.now, &credential)? {
            Some(principal) => {
                audit::record(tx, &Entry::refused(principal.user, principal.shown, permission, &asked))
            }
            None => Ok(()),
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(error = %error.chain(), "a refusal could not be noted in the audit");
    }
}

/// Whose a credential is, as the database knows them now.
pub struct Principal {
    pub user: UserId,
    pub role: Role,
    pub team: Option<TeamId>,
    pub shown: Shown,
    /// What a key may be used for; a session, for everything that its user may do.
    pub scopes: Option<Vec<KeyScope>>,
}

fn principal(conn: &mut DbConnection, now: Timestamp, credential: &Credential) -> Result<Option<Principal>> {
    match credential {
        Credential::Token(claims) => sessions::principal(conn, now, claims),
        Credential::Key(digest) => keys::principal(conn, now, digest),
    }
}

/// Who the credential's bearer is now, and whether they may.
fn identify(
    conn: &mut DbConnection,
    now: Timestamp,
    credential: &Credential,
    permission: Permission,
) -> Result<Caller> {
    let Principal { user, role, team, shown, scopes } =
        principal(conn, now, credential)?.ok_or_else(|| Error::refuse(&UNAUTHENTICATED))?;
    let reach = permission.reach(role);
    let in_scope =
        scopes.is_none_or(|scopes| permission.key_scopes().iter().any(|scope| scopes.contains(scope)));
    if reach == Reach::Nothing || !in_scope {
        return Err(Error::refuse(&FORBIDDEN));
    }
    Ok(Caller { id: user, role, team_id: team, scope: Scope { user, team, reach }, shown: Some(shown) })
}

/// What an operation takes, for the OpenAPI document: said by the very type that takes it.
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
            let credential = credential(&request, &auth)?;
            let requester = Requester::of(&request)?;
            let asked = Arc::new(audit::Asked {
                method: request.method().to_string(),
                route: request.match_pattern().unwrap_or_default(),
                target: request.match_info().get("id").filter(|text| is_id(text)).map(str::to_owned),
                address: requester.address,
            });
            let taken = match key(&request).and_then(|key| known_query::<In>(&request).map(|()| key)) {
                Ok(key) => In::take(&request, &mut payload).await.map(|input| (key, input)),
                Err(fault) => Err(fault),
            };
            let (key, input) = match taken {
                Ok(taken) => taken,
                Err(fault) => {
                    // Who may not do this at all hears only that, whatever is wrong with what they sent.
                    let asking = credential.clone();
                    let may = auth
                        .db
                        .read(move |read| identify(read.conn, read.now, &asking, P::PERMISSION).map(drop))
                        .await;
                    if let Err(refused) = may {
                        if refused.class() == Class::Forbidden {
                            note_refusal(&auth, &credential, P::PERMISSION, &asked).await;
                        }
                        return Err(refused);
                    }
                    return Err(fault);
                }
            };
            let scope = key.map(|key| {
                let digest = request
                    .extensions()
                    .get::<BodyDigest>()
                    .map(|digest| digest.0.clone())
                    .unwrap_or_default();
                IdempotencyScope::new(
                    String::new(),
                    format!("{} {}", request.method(), request.path()),
                    key,
                    digest,
                )
            });
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

/// Whether a text has the form of an id: anything else in a path may be what a person wrote.
fn is_id(text: &str) -> bool {
    let word = |part: &str, len: std::ops::RangeInclusive<usize>| {
        len.contains(&part.len()) && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    text.split_once('_').is_some_and(|(kind, rest)| word(kind, 2..=8) && word(rest, 26..=26))
}

/// Whose an Idempotency-Key is: a user's, or an API key's.
fn name(caller: &Caller) -> String {
    match caller.shown {
        Some(Shown::Key(key)) => key.to_string(),
        _ => caller.id.to_string(),
    }
}

fn key(request: &HttpRequest) -> Result<Option<String>> {
    if request.method() == Method::POST { Ok(IdempotencyKey::of(request)?.0) } else { Ok(None) }
}

/// Parameters where there are none to be read are refused, as unknown ones are elsewhere.
fn known_query<In: Input>(request: &HttpRequest) -> Result<()> {
    if In::READS_QUERY { Ok(()) } else { query::parse(request, Tz::UTC) }
}

fn credential(request: &HttpRequest, auth: &AuthContext) -> Result<Credential> {
    let shown = shown(request).ok_or_else(|| Error::refuse(&UNAUTHENTICATED))?;
    if shown.starts_with(keys::PREFIX) {
        return Ok(Credential::Key(digest(shown)));
    }
    Ok(Credential::Token(auth.keys.check(shown, auth.db.parts().clock.now())?))
}

/// The credential of a request: a token or a key as the bearer's, or a key in its own header. Two at once are
/// none, the same header twice included: whoever is in between may have added one.
fn shown(request: &HttpRequest) -> Option<&str> {
    let mut shown = request.headers().get_all("x-api-key");
    match (request.headers().get_all(AUTHORIZATION).count(), shown.next(), shown.next()) {
        (1, None, _) => bearer(request),
        (0, Some(key), None) => key.to_str().ok().map(str::trim).filter(|key| key.starts_with(keys::PREFIX)),
        _ => None,
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

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
