//! Extractors of a handler: ids in the path, and the inputs of an authorized handler.
//! Authentication is in `access`.

use std::future::{Future, Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::path::Parameter;

use super::body::{Body, MaybeBody};
use super::event_stream::LastEventId;
use super::parameter::{self, Shape};
use super::query::{self, Parameters, Query};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{Id, Kind};
use crate::kernel::precondition::Precondition;

/// Extractor: the id in the path, as `{id}`; anything else is 404.
#[derive(Clone, Copy, Debug)]
pub struct PathId<K>(pub Id<K>);

impl<K: Kind> FromRequest for PathId<K> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().query("id").parse().map(Self).map_err(|_| Error::not_found()))
    }
}

/// The input of an authorized handler: one extractor, or several.
pub trait Input: Sized + 'static {
    /// Whether it reads the query string. If none does, query parameters are refused.
    const READS_QUERY: bool = false;

    /// Its parameters, for the OpenAPI document.
    fn describe(into: &mut Vec<Parameter>);

    fn extract(request: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Self>>;
}

macro_rules! inputs {
    ($([$($generics:tt)*] $type:ty, reads_query $reads_query:literal, $describe:expr;)*) => {
        $(impl<$($generics)*> Input for $type {
            const READS_QUERY: bool = $reads_query;

            fn describe(into: &mut Vec<Parameter>) {
                into.extend(Vec::<Parameter>::from($describe));
            }

            async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self> {
                Self::from_request(request, payload).await
            }
        })*
    };
}

inputs! {
    [T: DeserializeOwned + ToSchema + 'static] Body<T>, reads_query false, [];
    [T: DeserializeOwned + ToSchema + 'static] MaybeBody<T>, reads_query false, [];
    [T: Parameters] Query<T>, reads_query true, query::parameters_of::<T>();
    [K: Kind] PathId<K>, reads_query false, [parameter::path("id", "Which one.", &Shape::id::<K>())];
    [] LastEventId, reads_query false, [parameter::last_event_id()];
    [] Precondition, reads_query false, [parameter::if_match()];
}

impl Input for () {
    fn describe(_: &mut Vec<Parameter>) {}

    async fn extract(_: &HttpRequest, _: &mut Payload) -> Result<Self> {
        Ok(())
    }
}

impl<A: Input, B: Input> Input for (A, B) {
    const READS_QUERY: bool = A::READS_QUERY || B::READS_QUERY;

    fn describe(into: &mut Vec<Parameter>) {
        A::describe(into);
        B::describe(into);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self> {
        Ok((A::extract(request, payload).await?, B::extract(request, payload).await?))
    }
}

impl<A: Input, B: Input, C: Input> Input for (A, B, C) {
    const READS_QUERY: bool = A::READS_QUERY || B::READS_QUERY || C::READS_QUERY;

    fn describe(into: &mut Vec<Parameter>) {
        A::describe(into);
        B::describe(into);
        C::describe(into);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self> {
        Ok((
            A::extract(request, payload).await?,
            B::extract(request, payload).await?,
            C::extract(request, payload).await?,
        ))
    }
}
