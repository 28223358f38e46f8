//! What the public side of intake needs for every request: one for the app. The form of a request, the limits
//! that count it, and the API key that it may show for a form.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use tokio::sync::Semaphore;

use super::forms::cache::{Current, FormCache};
use super::forms::compiled::CompiledForm;
use super::reading::token::PageTokens;
use super::submissions::api::batch::Submissions;
use crate::access::{AuthContext, CredentialId, KeyScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::ApiKeyId;
use crate::platform::db::{Batcher, Db};
use crate::platform::http::Requester;
use crate::platform::http::client::ClientKey;
use crate::platform::http::limits::Limiter;
use crate::platform::http::page::Site;

/// What the public side needs; one for the app.
pub struct Intake {
    pub db: Db,
    pub site: Arc<Site>,
    pub forms: FormCache,
    pub tokens: PageTokens,
    /// Submissions that wait to be stored.
    pub submissions: Batcher<Submissions>,
    /// The limit of submissions per client address and form.
    pub limit: Limiter<(ClientKey, String)>,
    /// The limit of those that show an API key for it, per key: a site's own server sends for many visitors.
    pub key_limit: Limiter<ApiKeyId>,
    /// The limit of pages that show again what was refused by another limit, per client address: reading it
    /// costs what the limit saves.
    pub page_limit: Limiter<ClientKey>,
    /// Bodies that are longer than is accepted, and read all the same to be shown again.
    pub large_bodies: Semaphore,
}

/// How many of them are held at the same time.
pub const LARGE_BODIES: usize = 32;

impl Intake {
    /// The form of this key as it is now, if it takes submissions.
    pub async fn form(&self, key: &str) -> Result<Arc<CompiledForm>> {
        let (forms, key) = (self.forms.clone(), key.to_owned());
        match self.db.read(move |read| forms.current(read.conn, &key)).await? {
            Current::Cached(form) => Ok(form),
            Current::Stored(form) => {
                let forms = self.forms.clone();
                web::block(move || forms.compile(&form)).await.map_err(Error::unavailable)?
            }
        }
    }

    /// Counts a submission in its limit: that of the API key that it shows for intake, else of its address.
    pub async fn check_limit(
        &self,
        request: &HttpRequest,
        requester: &Requester,
        auth: &AuthContext,
        key: &str,
    ) -> Result<()> {
        match intake_key(auth, request).await {
            Some(api_key) => self.key_limit.check(request, &api_key),
            None => self.limit.check(request, &(requester.address.key(), key.to_owned())),
        }
    }
}

/// The API key of a request, if it may take inquiries in. What else is in these headers is between a form and
/// its sender, and a key that is good for nothing no reason to lose an inquiry.
async fn intake_key(auth: &AuthContext, request: &HttpRequest) -> Option<ApiKeyId> {
    let principal = auth.api_key(request).await?;
    let CredentialId::Key(key) = principal.credential else { return None };
    principal.scopes.as_ref().filter(|scopes| scopes.contains(&KeyScope::Intake))?;
    auth.note_use(&principal);
    Some(key)
}
