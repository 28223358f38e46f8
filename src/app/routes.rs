//! The rooms' operations and pages, and who asks below which paths.
//! How an operation is described is in the rooms' `api.rs`.

use actix_web::web;

use crate::follow_ups::calendar_feed;
use crate::notifications::webhooks;
use crate::platform::http::Operations;
use crate::platform::http::audience::{Area, Areas};
use crate::platform::http::routes::Page;
use crate::{access, assignment, calendar, follow_ups, inquiries, intake, notifications, reports, worklist};

/// Registers the operations of the API.
pub fn operations(operations: &mut Operations<'_>) {
    // Most used first: they are matched in this order.
    inquiries::api::routes(operations);
    intake::submissions::api::routes(operations);
    intake::hosted::api::routes(operations);
    intake::entry::api::routes(operations);
    intake::forms::api::routes(operations);
    intake::receipts::api::routes(operations);
    calendar::api::routes(operations);
    assignment::api::routes(operations);
    follow_ups::api::routes(operations);
    calendar_feed::api::routes(operations);
    access::api::routes(operations);
    access::sessions::api::routes(operations);
    access::passwords::api::routes(operations);
    access::second_factor::api::routes(operations);
    access::teams::api::routes(operations);
    access::keys::api::routes(operations);
    access::audit::api::routes(operations);
    notifications::api::routes(operations);
    notifications::preferences::api::routes(operations);
    notifications::feed::api::routes(operations);
    webhooks::api::routes(operations);
    notifications::robots::api::routes(operations);
    worklist::api::routes(operations);
    reports::api::routes(operations);
    reports::schedules::api::routes(operations);
}

/// Registers the pages, which are no operations of the API.
pub fn pages(config: &mut web::ServiceConfig) {
    intake::submissions::api::preflight_route(config);
    intake::hosted::api::page_routes(config);
    inquiries::pages::page_routes(config);
    access::passwords::pages::routes(config);
    notifications::links::pages::page_routes(config);
    calendar_feed::pages::page_routes(config);
    reports::dashboard::pages::page_routes(config);
}

/// Where these pages are.
pub fn page_paths() -> Vec<Page> {
    [
        &intake::hosted::api::PAGES[..],
        &inquiries::pages::PAGES,
        &access::passwords::pages::PAGES,
        &notifications::links::pages::PAGES,
        &calendar_feed::pages::PAGES,
        &reports::dashboard::pages::PAGES,
    ]
    .concat()
}

/// Who asks below which paths: it decides whether an error is answered as a page or as problem+json.
pub const AREAS: Areas = &[
    ("/api/", Area::Programs),
    ("/openapi.json", Area::Programs),
    ("/metrics", Area::Programs),
    ("/healthz", Area::Programs),
    ("/readyz", Area::Programs),
];
