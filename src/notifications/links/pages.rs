//! The pages behind one-tap links: GET shows a button and changes nothing, POST does it. Plain HTML without
//! scripts, and nothing from outside. What is done is in `actions.rs`.

use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, ResponseError, get, post, web};
use askama::Template;
use serde::Serialize;
use url::form_urlencoded;

use super::actions::{self, LinkOutcome};
use super::model::{Action, Tap};
use super::token::LinkTokens;
use crate::access::{self, LINK, Viewer};
use crate::inquiries::store as inquiries;
use crate::kernel::error::{Error, Fault, Result, TOO_LONG};
use crate::kernel::language::Language;
use crate::notifications::headline::headline;
use crate::platform::db::{Actor, Context, Db};
use crate::platform::http::Requester;
use crate::platform::http::context::HttpContext;
use crate::platform::http::page::{self, ErrorPage, Layout, Policy};
use crate::platform::http::requester::wanted_language;
use crate::platform::http::routes::Page;
use crate::reports::schedules;

/// Where the pages are; they are no operations of the API.
pub const PAGES: [Page; 1] = [("/a/{token}", &["GET", "POST"])];

/// Code points of a reason.
const REASON_MAX: usize = 1_000;

pub fn page_routes(config: &mut web::ServiceConfig) {
    config.service(show).service(press);
}

/// The page, in one of its states.
#[derive(Template)]
#[template(path = "tap.html")]
struct TapPage<'a> {
    layout: Layout<'a>,
    tap: Tap,
    /// What it is about: an inquiry in short, or the name of a schedule.
    about: Option<&'a str>,
    token: &'a str,
    state: State<'a>,
}

/// What the page says beside the button, or instead of it.
enum State<'a> {
    Asked,
    Done,
    AlreadyDone,
    /// It was not done, for this reason; it can be tried once more.
    Refused(&'a str),
    /// Somebody else has it; none: nobody.
    Taken(Option<&'a str>),
    Over(&'a str),
}

impl TapPage<'_> {
    fn label(&self) -> &'static str {
        let (zh, en) = self.tap.label();
        self.layout.language.pick(zh, en)
    }

    fn done(&self) -> &'static str {
        let (zh, en) = self.tap.done();
        self.layout.language.pick(zh, en)
    }

    fn has_button(&self) -> bool {
        matches!(self.state, State::Asked | State::Refused(_))
    }

    fn needs_reason(&self) -> bool {
        self.tap.action == Action::Decline
    }

    fn answer(&self, status: StatusCode) -> Result<HttpResponse> {
        let mut response = page::page(self, status, &Policy::default())?;
        response.headers_mut().insert(page::ROBOTS, page::NOINDEX);
        Ok(response)
    }
}

/// What the pages need.
pub struct LinkPages {
    pub tokens: LinkTokens,
    /// The language of whoever has chosen none.
    pub locale: String,
}

fn genuine(tokens: &LinkTokens, token: &str) -> Result<Tap> {
    tokens.verified(token).ok_or_else(Error::not_found)
}

/// The language of the pages: what the browser asks for, else that of whom the link is for.
async fn language(request: &HttpRequest, db: &Db, tap: &Tap, locale: &str) -> Result<Language> {
    if let Some(wanted) = wanted_language(request) {
        return Ok(wanted);
    }
    let user = tap.user;
    let user = db.read(move |read| access::store::by_id(read.conn, user)).await?;
    let chosen = user.and_then(|user| user.locale);
    Ok(Language::of_locale(chosen.map_or(locale, |locale| locale.word())))
}

/// What a link is about, without a name or a number; an error if it serves no more.
async fn look_up(db: &Db, tap: Tap, language: Language) -> Result<Option<String>> {
    db.read(move |read| {
        let user = actions::user_of(read.conn, &tap, read.now)?;
        if let Some(schedule) = tap.schedule {
            return schedules::actions::name(read.conn, schedule);
        }
        let inquiry = tap.inquiry.map(|id| inquiries::by_id(read.conn, id)).transpose()?.flatten();
        let viewer = Viewer::recipient(&user);
        Ok(inquiry.map(|inquiry| headline(&viewer.sees(inquiry), language)))
    })
    .await
}

#[get("/a/{token}")]
async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    http: web::Data<HttpContext>,
    pages: web::Data<LinkPages>,
) -> Result<HttpResponse, actix_web::Error> {
    let tap = genuine(&pages.tokens, &path)?;
    let language = language(&request, &http.db, &tap, &pages.locale).await?;
    let layout = Layout::own(&http.site, language);
    match look_up(&http.db, tap, language).await {
        Ok(about) => {
            let about = about.as_deref();
            let page = TapPage { layout, tap, about, token: &path, state: State::Asked };
            Ok(page.answer(StatusCode::OK)?)
        }
        Err(error) => Err(refused(&request, error, TapContext { layout, tap, about: None, token: &path })),
    }
}

#[derive(Serialize)]
struct TapAnswer {
    outcome: LinkOutcome,
}

#[post("/a/{token}")]
async fn press(
    request: HttpRequest,
    path: web::Path<String>,
    body: web::Bytes,
    requester: Requester,
    http: web::Data<HttpContext>,
    pages: web::Data<LinkPages>,
) -> Result<HttpResponse, actix_web::Error> {
    let tap = genuine(&pages.tokens, &path)?;
    let language = language(&request, &http.db, &tap, &pages.locale).await?;
    let layout = Layout::own(&http.site, language);
    let pressed = async {
        let reason = reason(&body)?;
        let about = look_up(&http.db, tap, language).await?;
        let context = Context::by(Actor::new(LINK, tap.user), Some(requester.id));
        let outcome = http.db.write(context, move |tx| actions::perform(tx, &tap, reason.as_deref())).await?;
        Ok((outcome, about))
    };
    let (outcome, about) = match pressed.await {
        Ok(done) => done,
        Err(error) => {
            let about = look_up(&http.db, tap, language).await.ok().flatten();
            let context = TapContext { layout, tap, about: about.as_deref(), token: &path };
            return Err(refused(&request, error, context));
        }
    };
    if wants_json(&request) {
        return Ok(HttpResponse::Ok().json(TapAnswer { outcome }));
    }
    let state = if outcome == LinkOutcome::Done { State::Done } else { State::AlreadyDone };
    let page = TapPage { layout, tap, about: about.as_deref(), token: &path, state };
    Ok(page.answer(StatusCode::OK)?)
}

/// The reason in a form; none if there is no form.
fn reason(body: &[u8]) -> Result<Option<String>> {
    let mut members = form_urlencoded::parse(body);
    let reason = members.find(|(name, _)| name == "reason").map(|(_, reason)| reason.into_owned());
    let reason =
        reason.map(|reason| reason.chars().filter(|c| *c == '\n' || !c.is_control()).collect::<String>());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
        return Err(Error::invalid(vec![Fault::with("/reason", &TOO_LONG, REASON_MAX)]));
    }
    Ok(reason)
}

fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json") && !accept.contains("text/html"))
}

/// What is known of a link whose action was refused.
struct TapContext<'a> {
    layout: Layout<'a>,
    tap: Tap,
    about: Option<&'a str>,
    token: &'a str,
}

/// An error, with a page for people that says it in words.
fn refused(request: &HttpRequest, error: Error, context: TapContext<'_>) -> actix_web::Error {
    let TapContext { layout, tap, about, token } = context;
    let language = layout.language;
    let words = match error.field_faults().first() {
        Some(fault) => fault.message(language),
        None => page::error_text(&error, language),
    };
    let taken_by = error.members().get("taken_by").cloned();
    let state = match (&taken_by, error.field_faults().is_empty()) {
        (Some(owner), _) => State::Taken(owner.get("name").and_then(|name| name.as_str())),
        (None, false) => State::Refused(&words),
        (None, true) => State::Over(&words),
    };
    let page = TapPage { layout, tap, about, token, state };
    ErrorPage::note(request, page.answer(error.status_code()));
    error.into()
}
