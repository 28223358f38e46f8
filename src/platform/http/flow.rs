//! Backpressure between a connection and the request on it: no byte of the next request is passed to the HTTP
//! server before this one is answered. With HTTP pipelining it would hold thousands of requests in memory.
//! The bytes are counted in `connection.rs`.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::web::Bytes;
use tokio::time::Instant;

use super::framing::Body;
use super::unread::UnreadBody;

/// How often a request polls whether the server has read from the connection.
const POLLS_MAX: u32 = 4;

/// The state of a connection that its request shares.
#[derive(Debug, Clone, Default)]
pub struct Flow(Rc<State>);

#[derive(Debug, Default)]
struct State {
    /// Since when a request is being answered.
    serving_since: Cell<Option<Instant>>,
    body: Cell<Body>,
    /// How often the server has asked the connection for bytes.
    reads: Cell<u32>,
    /// Of the connection, when it waits for the answer's end or for a reader of the body.
    waiting: RefCell<Option<Waker>>,
}

/// What a connection may pass on now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The head of a request.
    Head,
    Body(Body),
}

impl Flow {
    pub(super) fn start(&self, body: Body) -> Serving {
        self.0.serving_since.set(Some(Instant::now()));
        self.0.body.set(body);
        self.wake();
        Serving(Rc::new(End(self.clone())))
    }

    pub fn due(&self) -> Due {
        if self.0.serving_since.get().is_some() { Due::Body(self.0.body.get()) } else { Due::Head }
    }

    /// Since when a request is being answered.
    pub fn serving_since(&self) -> Option<Instant> {
        self.0.serving_since.get()
    }

    /// Counts bytes of the body that were passed on.
    pub fn consume(&self, bytes: usize) {
        if let Body::Bytes(left) = self.0.body.get() {
            self.0.body.set(Body::Bytes(left.saturating_sub(u64::try_from(bytes).unwrap_or(u64::MAX))));
        }
    }

    /// Marks the body as complete.
    pub fn end_body(&self) {
        self.0.body.set(Body::Bytes(0));
    }

    /// Records that the server reads from the connection.
    pub fn note_read(&self) {
        self.0.reads.set(self.0.reads.get().wrapping_add(1));
    }

    /// Waits until the server reads from the connection again; with a bound, since the client may have closed
    /// it.
    async fn next_read(&self) {
        let (before, mut polls) = (self.0.reads.get(), 0);
        poll_fn(|context| {
            polls += 1;
            if self.0.reads.get() != before || polls > POLLS_MAX {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Registers the connection to be woken when it may pass on more.
    pub fn wait(&self, waker: &Waker) {
        self.0.waiting.borrow_mut().replace(waker.clone());
    }

    pub fn wake(&self) {
        if let Some(waker) = self.0.waiting.borrow_mut().take() {
            waker.wake();
        }
    }
}

/// A request is being answered as long as a share of this lives.
#[derive(Debug, Clone)]
pub struct Serving(#[expect(dead_code, reason = "it is there to be dropped")] Rc<End>);

/// Lives until a request's answer is sent: keeps its body and the state of its connection.
#[derive(Debug, Clone)]
pub struct InFlight {
    _body: Option<UnreadBody>,
    _serving: Option<Serving>,
}

impl InFlight {
    /// Starts to answer a request. If it has a body, waits until the connection has passed on what has
    /// arrived: if it were answered before that, the connection would have to be closed.
    pub async fn begin(request: &mut ServiceRequest) -> Self {
        let flow = request.conn_data::<Flow>().cloned();
        let length =
            request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
        let body = if is_chunked { Body::Chunked } else { Body::Bytes(length.unwrap_or(0)) };
        let serving = flow.as_ref().map(|flow| flow.start(body));
        if let Some(flow) = flow.as_ref().filter(|_| body != Body::Bytes(0)) {
            flow.next_read().await;
        }
        Self { _serving: serving, _body: is_chunked.then(|| UnreadBody::of(request)) }
    }

    /// Attaches this to the answer's body, to be dropped with it.
    pub fn attach_to_body(self, body: BoxBody) -> BoxBody {
        BoxBody::new(Answer { body, _request: self })
    }
}

struct Answer {
    body: BoxBody,
    _request: InFlight,
}

impl MessageBody for Answer {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

#[derive(Debug)]
struct End(Flow);

impl Drop for End {
    fn drop(&mut self) {
        self.0.0.serving_since.set(None);
        self.0.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_served_until_the_last_share_is_gone() {
        let flow = Flow::default();
        assert_eq!(flow.due(), Due::Head);
        let serving = flow.start(Body::Bytes(10));
        flow.consume(4);
        assert_eq!(flow.due(), Due::Body(Body::Bytes(6)));
        let other = serving.clone();
        drop(serving);
        assert_eq!(flow.due(), Due::Body(Body::Bytes(6)));
        drop(other);
        assert_eq!(flow.due(), Due::Head);
        let chunked = flow.start(Body::Chunked);
        flow.consume(4);
        assert_eq!(flow.due(), Due::Body(Body::Chunked));
        flow.end_body();
        assert_eq!(flow.due(), Due::Body(Body::Bytes(0)));
        drop(chunked);
    }
}
