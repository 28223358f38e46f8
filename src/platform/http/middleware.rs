//! Middleware of every request: request id, deadline, catching panics, metrics, security headers, and
//! rendering errors. What is specific to some routes is not here.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FORWARDED_FOR,
};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::FutureExt;

use super::audience::Audience;
use super::client::ClientAddress;
use super::context::HttpContext;
use super::flow::InFlight;
use super::limits::RateLimitStatus;
use super::page::{self, ErrorPage, Layout, Policy, Site};
use super::problem;
use super::requester::{Requester, language};
use super::sliced::Sliced;
use crate::kernel::error::{Class, Error, Refusal};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The content security policy of responses that are not pages.
const CSP_NO_CONTENT: &str = "default-src 'none'; frame-ancestors 'none'";

static TIMED_OUT: Refusal = Refusal::new(
    Class::RequestTimeout,
    "request_timeout",
    "请求未能在规定时间内完成。",
    "The request was not finished in time. Send it again, or send less at once.",
);

/// An error response after a timeout or panic, when the request itself is gone.
#[derive(Debug)]
struct EarlyResponse {
    error: Error,
    requester: Requester,
    /// Present if the client is a person's browser: they get a page.
    page: Option<Arc<Site>>,
    request: InFlight,
}

impl std::fmt::Display for EarlyResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for EarlyResponse {
    fn status_code(&self) -> StatusCode {
        problem::status(self.error.class())
    }

    fn error_response(&self) -> HttpResponse {
        let page = self.page.as_ref().and_then(|site| error_page(&self.error, &self.requester, site));
        let answer = with_common_headers(
            page.unwrap_or_else(|| problem::answer(&self.error, &self.requester)),
            &self.requester,
        );
        answer.map_body(|_, body| self.request.clone().attach_to_body(body))
    }
}

pub async fn middleware<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let context = request
        .app_data::<web::Data<HttpContext>>()
        .cloned()
        .ok_or_else(|| Error::internal("the app has no HttpContext"))?;
    strip_trailing_slash(&mut request);
    let parts = context.db.parts();
    let forwarded = request.headers().get_all(X_FORWARDED_FOR).map(|line| line.as_bytes());
    let requester = Requester {
        id: parts.ids.make(parts.clock.now()),
        address: ClientAddress::of(
            request.peer_addr().map(|peer| peer.ip()),
            forwarded,
            &context.trusted_proxies,
        ),
        language: language(&request),
        audience: Audience::of(request.request(), context.areas),
    };
    let method = request.method().clone();
    if method == Method::HEAD {
        // EarlyResponse as GET; the protocol leaves the body out.
        request.head_mut().method = Method::GET;
    }
    request.extensions_mut().insert(requester);
    let in_flight = InFlight::begin(&mut request).await;
    let page = requester.wants_page().then(|| Arc::clone(&context.site));

    let run = tokio::time::timeout(
        Duration::from_secs(context.timeout_seconds),
        AssertUnwindSafe(next.call(request)).catch_unwind(),
    );
    let result = match run.await {
        Err(_) => Err(EarlyResponse {
            error: Error::refuse(&TIMED_OUT),
            requester,
            page,
            request: in_flight.clone(),
        }
        .into()),
        Ok(Err(_)) => {
            metrics::counter!("leaddock_panics_total", "where" => "request").increment(1);
            Err(EarlyResponse {
                error: Error::internal("a request panicked"),
                requester,
                page,
                request: in_flight.clone(),
            }
            .into())
        }
        Ok(Ok(Err(error))) => Err(error),
        Ok(Ok(Ok(response))) => {
            Ok(apply_extra_headers(render_error(response, &requester, page.as_deref()), &context.site))
        }
    };
    let result = result.map(|response: ServiceResponse<BoxBody>| {
        response.map_body(|_, body| in_flight.attach_to_body(asked_for(&method, body)))
    });
    note(&result, requester, &method, began);
    result
}

/// The body, unless only the head is asked for: what has no length may have no end, and would be made for
/// nobody.
fn asked_for(method: &Method, body: BoxBody) -> BoxBody {
    if *method == Method::HEAD && body.size() == BodySize::Stream { BoxBody::new(()) } else { body }
}

/// Logs and counts a request, once its response is known.
fn note(
    result: &Result<ServiceResponse<BoxBody>, actix_web::Error>,
    requester: Requester,
    method: &Method,
    began: Instant,
) {
    let (status, route) = match result {
        Ok(response) => {
            (response.status(), response.request().match_pattern().unwrap_or_else(|| "none".to_owned()))
        }
        Err(error) => (error.as_response_error().status_code(), "none".to_owned()),
    };
    if status.is_server_error() {
        log_failure(result, requester);
    }
    tracing::debug!(request_id = %requester.id, %method, route, status = status.as_u16(), "request");
    let class = match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    metrics::counter!("leaddock_http_requests_total", "status" => class).increment(1);
    metrics::histogram!("leaddock_http_request_seconds", "method" => method_label(method), "route" => route)
        .record(began.elapsed().as_secs_f64());
}

/// The method as a metrics label, from a closed set: clients may send any word, and each would be a new time
/// series.
fn method_label(method: &Method) -> &'static str {
    const KNOWN: [Method; 8] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ];
    const LABELS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    KNOWN.iter().zip(LABELS).find_map(|(known, label)| (known == method).then_some(label)).unwrap_or("other")
}

/// Removes a trailing slash before routing. `/docs/` is kept: it is a folder of files.
fn strip_trailing_slash(request: &mut ServiceRequest) {
    let Some(path) = request
        .path()
        .strip_suffix('/')
        .filter(|path| !path.is_empty() && !path.ends_with('/') && *path != "/docs")
    else {
        return;
    };
    let path = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    let Ok(path) = path.parse() else { return };
    parts.path_and_query = Some(path);
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// The response, or the rendered error in place of one, with the common headers.
fn render_error<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    requester: &Requester,
    page: Option<&Site>,
) -> ServiceResponse<BoxBody> {
    let problem = response.response().error().map(|error| match error.as_error::<Error>() {
        Some(error) => error_response_for(error, requester, response.request(), page),
        None => error_response_for(
            &framework_error(error.as_response_error().status_code()),
            requester,
            response.request(),
            page,
        ),
    });
    match problem {
        Some(problem) => {
            // The original error is kept for the log.
            let (request, failed) = response.into_parts();
            let mut kept = ServiceResponse::new(request, with_common_headers(problem, requester));
            let is_logged =
                |error: &&actix_web::Error| failed.status().is_server_error() && !is_refusal(error);
            if let Some(error) = failed.error().filter(is_logged) {
                tracing::error!(request_id = %requester.id, error = %chain(error), "a request failed");
            }
            kept.response_mut().extensions_mut().insert(AlreadyLogged);
            kept
        }
        None => {
            let mut response = response.map_into_boxed_body().map_body(|_, body| Sliced::of(body));
            set_common_headers(response.headers_mut(), requester);
            response
        }
    }
}

/// Renders an error: as a page for a person at a browser, else as problem+json.
fn error_response_for(
    error: &Error,
    requester: &Requester,
    request: &HttpRequest,
    page: Option<&Site>,
) -> HttpResponse {
    let Some(site) = page else { return problem::answer(error, requester) };
    let Some(mut page) = ErrorPage::take(request).or_else(|| error_page(error, requester, site)) else {
        return problem::answer(error, requester);
    };
    problem::headers(error, page.headers_mut());
    page
}

fn error_page(error: &Error, requester: &Requester, site: &Site) -> Option<HttpResponse> {
    page::error_page(error, requester, Layout::own(site, requester.language), &Policy::default()).ok()
}

/// Request extension: headers that a handler adds to the response, also if it is an error.
#[derive(Debug, Clone, Default)]
pub struct ExtraHeaders(pub Vec<(HeaderName, String)>);

/// Adds the rate limit fields and extra headers that handlers stored on the request. A local `Location` gets
/// the path of the public URL.
fn apply_extra_headers(mut response: ServiceResponse<BoxBody>, site: &Site) -> ServiceResponse<BoxBody> {
    let own = |location: &HeaderValue| {
        location.to_str().ok().filter(|path| path.starts_with('/')).map(|path| site.public_url.local(path))
    };
    if let Some(location) = response
        .headers()
        .get(LOCATION)
        .and_then(own)
        .and_then(|location| HeaderValue::from_str(&location).ok())
    {
        response.headers_mut().insert(LOCATION, location);
    }
    let status = response.request().extensions().get::<RateLimitStatus>().copied();
    if let Some(status) = status {
        status.set_headers(response.headers_mut());
    }
    let extra = response.request().extensions_mut().remove::<ExtraHeaders>();
    for (name, value) in extra.unwrap_or_default().0 {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Response extension: the failure has been logged.
struct AlreadyLogged;

fn log_failure(result: &Result<ServiceResponse<BoxBody>, actix_web::Error>, requester: Requester) {
    match result {
        Ok(response) if response.response().extensions().get::<AlreadyLogged>().is_some() => {}
        Ok(_) => tracing::error!(request_id = %requester.id, "a request failed"),
        Err(error) if is_refusal(error) => {}
        Err(error) => tracing::error!(request_id = %requester.id, error = %chain(error), "a request failed"),
    }
}

/// Whether nothing has failed, and only too much is asked for at once: of that a metric is kept.
fn is_refusal(error: &actix_web::Error) -> bool {
    let error = error.as_error::<Error>();
    error.is_some_and(|error| {
        std::error::Error::source(error).is_none() && error.class() == Class::Unavailable
    })
}

fn chain(error: &actix_web::Error) -> String {
    match error.as_error::<Error>() {
        Some(error) => error.chain(),
        None => error.to_string(),
    }
}

/// Maps an error of the framework itself.
fn framework_error(status: StatusCode) -> Error {
    static MALFORMED: Refusal =
        Refusal::new(Class::Malformed, "malformed", "请求格式有误。", "The request is malformed.");
    match status {
        StatusCode::NOT_FOUND => Error::not_found(),
        StatusCode::PAYLOAD_TOO_LARGE => Error::refuse(&super::body::TOO_LARGE),
        StatusCode::REQUEST_TIMEOUT => Error::refuse(&TIMED_OUT),
        status if status.is_client_error() => Error::refuse(&MALFORMED),
        _ => Error::internal("the framework failed"),
    }
}

fn with_common_headers(mut response: HttpResponse, requester: &Requester) -> HttpResponse {
    set_common_headers(response.headers_mut(), requester);
    response
}

fn set_common_headers(headers: &mut actix_web::http::header::HeaderMap, requester: &Requester) {
    if let Ok(id) = HeaderValue::from_str(&requester.id.to_string()) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Our pages set their own; this one is for the docs page, whose scripts are served from here. Anything
    // that is not a page may load nothing.
    let is_page = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page {
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    } else {
        CSP_NO_CONTENT
    };
    for (name, value) in
        [(CONTENT_SECURITY_POLICY, policy), (REFERRER_POLICY, "no-referrer"), (CACHE_CONTROL, "no-store")]
    {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
