//! One exchange with a sender: the request, the form that it is for, and what browsers of other origins may
//! do with the answer, each looked at once. A person whose submission is refused gets the form again, with
//! what they typed.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use sha2::{Digest, Sha256};

use super::batch::{Ready, Stored, ToStore};
use crate::intake::context::Intake;
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::hosted::pages::{self, Sent, Visitor};
use crate::intake::reading::answer::CorsDecision;
use crate::intake::reading::proof::Challenged;
use crate::intake::reading::raw::RawSubmission;
use crate::intake::reading::token::PageTokens;
use crate::intake::reading::typed::Typed;
use crate::intake::reading::{Parsed, Submission};
use crate::intake::submissions::incoming::IncomingSubmission;
use crate::intake::submissions::reply::{reply, status};
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::{ReceiptId, RequestId};
use crate::platform::http::body::read;
use crate::platform::http::idempotency::IdempotencyScope;
use crate::platform::http::middleware::ExtraHeaders;
use crate::platform::http::page::ErrorPage;
use crate::platform::http::requester::wanted_language;
use crate::platform::http::{Reply, Requester};

/// Bytes that are read of a submission that is too large, so that a person at a browser does not lose what
/// they typed.
const TYPED_MAX: usize = 1 << 20;
/// Bytes in the body of a submission.
const SUBMISSION_MAX: usize = 64 << 10;
/// The same of an HTML form, where a Chinese character is nine bytes.
const HTML_FORM_MAX: usize = 256 << 10;
/// Bytes in the body of one that is parsed on the thread that received it: a fraction of a millisecond.
const PARSED_AT_ONCE_MAX: usize = 4 << 10;

static CHALLENGE_FAILED: Refusal = Refusal::new(
    Class::Forbidden,
    "challenge_failed",
    "校验口令不正确。",
    "The token of the challenge is not the one that this form expects.",
);

/// One request to a form's address.
pub struct Exchange {
    request: HttpRequest,
    requester: Requester,
    intake: web::Data<Intake>,
    form: Arc<CompiledForm>,
    cors: CorsDecision,
}

/// The body of a submission.
pub enum Body {
    Whole(web::Bytes),
    /// More than is accepted; with what a person may have typed, if it is not much more.
    TooLarge(Option<web::Bytes>),
}

/// A request that was parsed.
enum ParsedRequest {
    Challenge(Challenged),
    /// No body that a form could have sent: nothing is stored.
    Unsupported(Error),
    Ready(Arc<Ready>),
}

/// How an exchange goes on once its request is parsed.
pub enum Next {
    Store(Arc<Ready>),
    Answer(HttpResponse),
    /// It would be answered without a look at the database, by a form that has changed since.
    Reload,
}

/// Parses a request and makes all that needs no database.
fn prepare(
    (id, request): (ReceiptId, RequestId),
    form: Arc<CompiledForm>,
    raw: &RawSubmission,
    cors: &CorsDecision,
    tokens: &PageTokens,
) -> Result<ParsedRequest> {
    let submission = match form.parse(raw, cors, tokens) {
        Parsed::Challenge(challenged) => return Ok(ParsedRequest::Challenge(challenged)),
        Parsed::Submission(submission) => submission,
    };
    if let Some(refusal) =
        submission.undecodable.filter(|refusal| refusal.class == Class::UnsupportedMediaType)
    {
        return Ok(ParsedRequest::Unsupported(Error::refuse(refusal)));
    }
    let reply = reply(&form, raw, &submission, id)?;
    let answered = status(&reply, &submission);
    let mut incoming = IncomingSubmission::new(id, form, raw, submission, answered)?;
    incoming.request = Some(request);
    Ok(ParsedRequest::Ready(Arc::new(Ready { incoming, reply })))
}

/// Who looks at a form's pages: the language, and whether in a frame.
pub fn visitor(request: &HttpRequest, form: &CompiledForm) -> Visitor {
    let framed = url::form_urlencoded::parse(request.query_string().as_bytes())
        .any(|(name, value)| name == "embed" && value == "1");
    Visitor { language: wanted_language(request).unwrap_or(form.language), framed }
}

/// The raw submission of a request.
pub fn raw_submission(
    request: &HttpRequest,
    requester: &Requester,
    body: Vec<u8>,
    intake: &Intake,
) -> RawSubmission {
    // What is not UTF-8 is read byte by byte, as HTTP once had it.
    let text = |bytes: &[u8]| {
        std::str::from_utf8(bytes)
            .map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
    };
    let headers = request.headers().iter();
    RawSubmission {
        method: request.method().to_string(),
        query: request.query_string().to_owned(),
        headers: headers.map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect(),
        body,
        address: requester.address.known(),
        at: intake.db.parts().clock.now(),
        hidden: None,
    }
}

/// The answer to a sender that checks whether the address is ours.
pub fn challenge(challenged: Challenged) -> Result<HttpResponse> {
    match challenged {
        Challenged::Refused => Err(Error::refuse(&CHALLENGE_FAILED)),
        Challenged::Echo { body, content_type } => {
            Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, content_type)).body(body))
        }
    }
}

impl Exchange {
    /// Begins: decides what the origin of the request may do, and notes it for the answer, whatever that is.
    pub fn new(
        request: HttpRequest,
        requester: Requester,
        intake: web::Data<Intake>,
        form: Arc<CompiledForm>,
    ) -> Self {
        let cors = cors(&request, &form);
        Self { request, requester, intake, form, cors }
    }

    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    pub fn cors(&self) -> &CorsDecision {
        &self.cors
    }

    /// Goes on with the form as it is now.
    pub async fn reload(&mut self) -> Result<()> {
        self.form = self.intake.form(&self.form.key).await?;
        self.cors = cors(&self.request, &self.form);
        Ok(())
    }

    /// The request's body, of a person's browser a larger one than is accepted: they shall not lose it.
    pub async fn body(&self, payload: &mut Payload) -> Result<Body> {
        let max = self.longest();
        if !self.requester.wants_page() {
            return read(&self.request, payload, max).await.map(Body::Whole);
        }
        // Only so many are held in memory at the same time.
        let is_large = self.declared_length().is_some_and(|length| length > max);
        let held = is_large.then(|| self.intake.large_bodies.try_acquire().ok()).flatten();
        let most = if held.is_some() { TYPED_MAX } else { max };
        match read(&self.request, payload, most).await {
            Ok(body) if body.len() <= max => Ok(Body::Whole(body)),
            Ok(body) => Ok(Body::TooLarge(Some(body))),
            Err(error) if error.class() == Class::TooLarge => Ok(Body::TooLarge(None)),
            Err(error) => Err(error),
        }
    }

    fn declared_length(&self) -> Option<usize> {
        self.request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// How long a submission of this type may be.
    fn longest(&self) -> usize {
        let is_html_form = ["application/x-www-form-urlencoded", "multipart/form-data"]
            .iter()
            .any(|kind| self.request.content_type().eq_ignore_ascii_case(kind));
        if is_html_form { HTML_FORM_MAX } else { SUBMISSION_MAX }
    }

    pub fn raw(&self, body: Vec<u8>) -> RawSubmission {
        raw_submission(&self.request, &self.requester, body, &self.intake)
    }

    /// The scope of an Idempotency-Key: this sender's, for this form.
    pub fn idempotency_scope(&self, key: String, body: &[u8]) -> IdempotencyScope {
        let route = format!("POST /f/{}", self.form.key);
        IdempotencyScope::new(self.requester.address.to_string(), route, key, Sha256::digest(body).to_vec())
    }

    /// Parses the request: a small one by simple rules here, what may take milliseconds on a thread of its
    /// own.
    pub async fn parse(&self, raw: &Arc<RawSubmission>) -> Result<Next> {
        let ids = (self.intake.db.parts().ids.make(raw.at), self.requester.id);
        let form = Arc::clone(&self.form);
        let parsed = if raw.body.len() <= PARSED_AT_ONCE_MAX && !form.is_heavy() {
            prepare(ids, form, raw, &self.cors, &self.intake.tokens)?
        } else {
            let (raw, cors, tokens) = (Arc::clone(raw), self.cors.clone(), self.intake.tokens.clone());
            web::block(move || prepare(ids, form, &raw, &cors, &tokens))
                .await
                .map_err(Error::unavailable)??
        };
        match parsed {
            ParsedRequest::Ready(ready) => Ok(Next::Store(ready)),
            // Nothing of these is stored, so no transaction sees whether the form is the present one.
            _ if !self.is_present().await? => Ok(Next::Reload),
            ParsedRequest::Challenge(challenged) => challenge(challenged).map(Next::Answer),
            ParsedRequest::Unsupported(error) => Err(error),
        }
    }

    async fn is_present(&self) -> Result<bool> {
        Ok(self.intake.form(&self.form.key).await?.version == self.form.version)
    }

    /// Stores a submission, unless its form has changed since it was parsed. Once, under an Idempotency-Key.
    pub async fn store(&self, ready: &Arc<Ready>, key: Option<&IdempotencyScope>) -> Result<Reply> {
        let member = ToStore { ready: Arc::clone(ready), key: key.cloned() };
        let Stored { reply, outcome } = self.intake.db.write_batch(&self.intake.submissions, member).await?;
        // What was answered before under the same key is no new receipt.
        if let Some(outcome) = outcome {
            metrics::counter!("leaddock_receipts_total", "outcome" => outcome.word()).increment(1);
        }
        Ok(reply)
    }

    /// What was parsed and is refused: on the page again for a person's browser, else as a problem.
    pub fn refuse(&self, raw: &RawSubmission, submission: &Submission, error: Error) -> Error {
        if self.requester.wants_page() {
            self.note_form(raw, &Typed::of(submission), &error);
        }
        error
    }

    /// A submission that is over a limit. A person's browser gets the form again, with what they typed.
    pub async fn refuse_over_limit(&self, payload: &mut Payload, error: Error) -> Error {
        if self.requester.wants_page() && self.intake.page_limit.allows(&self.requester.address.key()) {
            let body = read(&self.request, payload, self.longest()).await.ok();
            self.note_page(body, &error).await;
        }
        error
    }

    /// Notes the form again where what was typed can be read, else a page that says what is wrong.
    pub async fn note_page(&self, body: Option<web::Bytes>, error: &Error) {
        let is_whole = body.is_some();
        let raw = self.raw(body.map(|body| body.to_vec()).unwrap_or_default());
        let (form, tokens) = (Arc::clone(&self.form), self.intake.tokens.clone());
        let glance = web::block(move || {
            let typed = Typed::at_a_glance(&form, &raw, &tokens);
            (raw, typed)
        });
        match glance.await {
            Ok((raw, Some(typed))) if is_whole => self.note_form(&raw, &typed, error),
            _ => {
                let (form, visitor) = (&self.form, visitor(&self.request, &self.form));
                let page = pages::error(&self.intake.site, form, visitor, error, &self.requester);
                ErrorPage::note(&self.request, page);
            }
        }
    }

    /// Notes the form again, with what was typed and what is wrong, for the answer to a person's browser.
    fn note_form(&self, raw: &RawSubmission, typed: &Typed, error: &Error) {
        let token = match &typed.fields.token {
            // It was not used up.
            Some(token) if typed.has_token => Ok(token.clone()),
            _ => self.intake.tokens.issue(self.form.id, raw.at),
        };
        let refused = Some((error, self.requester));
        let sent = Sent { values: &typed.values, items: Some(&typed.fields), refused };
        let visitor = visitor(&self.request, &self.form);
        let page = token.and_then(|token| {
            pages::form(&self.intake.site, &self.form, visitor, token, &sent, error.status_code())
        });
        ErrorPage::note(&self.request, page);
    }
}

/// What the origin of a request may do, noted for browsers in whatever the answer is.
fn cors(request: &HttpRequest, form: &CompiledForm) -> CorsDecision {
    let origin = request.headers().get("origin").map(|origin| origin.to_str().unwrap_or("null"));
    let cors = form.destinations.cors(origin);
    let mut headers = ExtraHeaders(vec![(VARY, "Origin".to_owned())]);
    if let CorsDecision::Readable(origin) = &cors {
        headers.0.push((ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()));
    }
    request.extensions_mut().insert(headers);
    cors
}
