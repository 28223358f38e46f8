//! Chunked request bodies that no handler reads to the end: if the end has not come by the answer, the
//! connection is closed. Otherwise the HTTP server would drain them for as long as they are sent. See also
//! `flow.rs`.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

/// The request's body, kept alive beside its reader until the answer is sent.
#[derive(Clone)]
pub struct UnreadBody(Rc<RefCell<Payload>>);

impl UnreadBody {
    /// Takes a share in the body of a request.
    pub fn of(request: &mut ServiceRequest) -> Self {
        let shared = Self(Rc::new(RefCell::new(request.take_payload())));
        request.set_payload(Payload::Stream { payload: Box::pin(shared.clone()) });
        shared
    }
}

impl fmt::Debug for UnreadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnreadBody")
    }
}

impl Stream for UnreadBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}
