//! The page that a link to an inquiry leads to: the same for every id, it names no data.
//! The template is in `templates/`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, web};
use askama::Template;

use crate::kernel::error::Result;
use crate::platform::http::Requester;
use crate::platform::http::context::HttpContext;
use crate::platform::http::page::{Layout, Policy, page};
use crate::platform::http::routes::Page;

/// Where the page is; it is no operation of the API.
pub const PAGES: [Page; 1] = [("/i/{id}", &["GET"])];

pub fn page_routes(config: &mut web::ServiceConfig) {
    config.service(inquiry_page);
}

#[derive(Template)]
#[template(path = "inquiry.html")]
struct InquiryPage<'a> {
    layout: Layout<'a>,
}

#[get("/i/{id}")]
async fn inquiry_page(requester: Requester, http: web::Data<HttpContext>) -> Result<HttpResponse> {
    let template = InquiryPage { layout: Layout::own(&http.site, requester.language) };
    page(&template, StatusCode::OK, &Policy::default())
}
