//! HTML pages: the shared layout, the content security policy, and the error page.
//! The pages themselves are in the rooms' `pages.rs`.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;

use super::problem;
use super::requester::Requester;
use super::theme::Theme;
use crate::kernel::error::{Class, Error, Result};
use crate::kernel::language::Language;
use crate::platform::config::PublicUrl;

/// Data shared by all pages.
#[derive(Debug, Clone)]
pub struct Site {
    pub organisation: String,
    pub public_url: PublicUrl,
}

/// The context of base.html.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    pub site: &'a Site,
    pub language: Language,
    pub theme: &'a Theme,
    /// A picture as a `data:` URL.
    pub logo: Option<&'a str>,
    /// Set for pages in a frame of another site: no header or footer, and this script, which reports the
    /// page's height to the embedding site.
    pub frame_script: Option<&'a str>,
}

impl<'a> Layout<'a> {
    /// With the default theme.
    pub fn own(site: &'a Site, language: Language) -> Self {
        Self { site, language, theme: Theme::own(), logo: None, frame_script: None }
    }

    pub fn is_framed(&self) -> bool {
        self.frame_script.is_some()
    }

    /// A path of this server, for a link.
    pub fn at(&self, path: &str) -> String {
        self.site.public_url.local(path)
    }
}

/// The Content-Security-Policy of a page. Pages load nothing but inline styles and images.
#[derive(Debug, Clone)]
pub struct Policy {
    pub form_action: String,
    pub frame_ancestors: String,
    /// Whether scripts of this server run.
    pub scripts: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { form_action: "'self'".to_owned(), frame_ancestors: "'none'".to_owned(), scripts: false }
    }
}

impl Policy {
    fn header(&self) -> String {
        let Self { form_action, frame_ancestors, scripts } = self;
        let scripts = if *scripts { "script-src 'self'; " } else { "" };
        format!(
            "default-src 'none'; {scripts}style-src 'unsafe-inline'; img-src data:; form-action \
            {form_action}; base-uri 'none'; frame-ancestors {frame_ancestors}"
        )
    }
}

/// The header by which a page keeps out of search engines, whatever its address, and its value.
pub const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
pub const NOINDEX: HeaderValue = HeaderValue::from_static("noindex");

/// A page as a response: not cached, and without a referrer for other sites.
pub fn page(template: &impl Template, status: StatusCode, policy: &Policy) -> Result<HttpResponse> {
    let html = template.render().map_err(Error::internal)?;
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, policy.header()))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(html))
}

/// Request extension: the page of a handler's own for the error that it returns, shown to people only. It
/// needs a status, which the error's replaces.
pub struct ErrorPage(HttpResponse);

impl ErrorPage {
    /// Notes the page on the request. If it cannot be made, the error has the plain one.
    pub fn note(request: &HttpRequest, page: Result<HttpResponse>) {
        match page {
            Ok(page) => drop(request.extensions_mut().insert(Self(page))),
            Err(error) => tracing::warn!(error = %error.chain(), "the page of an error cannot be made"),
        }
    }

    /// The page that was noted.
    pub(super) fn take(request: &HttpRequest) -> Option<HttpResponse> {
        request.extensions_mut().remove::<Self>().map(|Self(page)| page)
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    layout: Layout<'a>,
    heading: &'a str,
    words: String,
    request_id: Option<String>,
}

/// The error page, in this layout.
pub fn error_page(
    error: &Error,
    requester: &Requester,
    layout: Layout<'_>,
    policy: &Policy,
) -> Result<HttpResponse> {
    let status = problem::status(error.class());
    let template = ErrorTemplate {
        heading: heading(error.class(), layout.language),
        words: error_text(error, layout.language),
        request_id: status.is_server_error().then(|| requester.id.to_string()),
        layout,
    };
    page(&template, status, policy)
}

fn heading(class: Class, language: Language) -> &'static str {
    let (zh, en) = match class {
        Class::NotFound => ("没有这个页面", "There is no such page"),
        Class::TooLarge => ("内容太多了", "This is too long"),
        Class::TooMany => ("操作过于频繁", "Too many attempts"),
        Class::Unavailable => ("暂时无法使用", "Not available at the moment"),
        Class::MethodNotAllowed => ("这个地址不能这样使用", "This address cannot be used like that"),
        Class::UnsupportedMediaType => {
            ("无法识别提交的格式", "The form was sent in a format that is not known")
        }
        Class::Unauthenticated => ("需要登录", "Please log in"),
        other => return problem::title(other, language),
    };
    language.pick(zh, en)
}

/// What happened, for a person, and what to do about it.
pub fn error_text(error: &Error, language: Language) -> String {
    let seconds = error.retry_seconds();
    let (zh, en) = match (error.class(), seconds) {
        (Class::NotFound, _) => {
            ("链接可能有误，或页面已停用。", "The link may be wrong, or the page was closed.")
        }
        (Class::TooLarge, _) => (
            "您填写的内容太长，没有提交成功。请删短一些再提交。",
            "What you filled in is too long and was not sent. Please shorten it and send it again.",
        ),
        (Class::TooMany, Some(seconds)) => {
            let (zh, en) = (
                format!("没有提交成功，请在 {seconds} 秒后再试。"),
                format!("It was not sent. Please try again in {seconds} seconds."),
            );
            return language.pick(&zh, &en).to_owned();
        }
        (Class::TooMany, None) => ("没有提交成功，请稍后再试。", "It was not sent. Please try again later."),
        (Class::Unavailable, _) => (
            "系统暂时繁忙，请过一会儿再试。",
            "The service is busy at the moment. Please try again in a little while.",
        ),
        (Class::Internal, _) => (
            "系统出错，已记录下来。请过一会儿再试。",
            "Something went wrong here, and has been recorded. Please try again in a little while.",
        ),
        (Class::MethodNotAllowed, _) => ("请从首页重新打开。", "Please begin again from the start page."),
        _ => (error.refusal().zh, error.refusal().en),
    };
    language.pick(zh, en).to_owned()
}
