//! Response bodies in slices, so that a connection does not copy more of a body than its peer can receive.
//! Bodies are made by the handlers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

/// Bytes in a slice.
const SLICE: usize = 16 << 10;

/// The rest of a body.
pub struct Sliced(Bytes);

impl Sliced {
    /// The same body; one that is larger than a slice, in slices.
    pub fn of(body: BoxBody) -> BoxBody {
        match body.try_into_bytes() {
            Ok(bytes) if bytes.len() > SLICE => BoxBody::new(Self(bytes)),
            Ok(bytes) => BoxBody::new(bytes),
            Err(body) => body,
        }
    }
}

impl MessageBody for Sliced {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(u64::try_from(self.0.len()).unwrap_or(u64::MAX))
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let len = self.0.len().min(SLICE);
        Poll::Ready((len > 0).then(|| Ok(self.0.split_to(len))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slices_are_the_body() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
        let mut body = Box::pin(Sliced(Bytes::from(text.clone())));
        assert_eq!(body.size(), BodySize::Sized(400_000));
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut sent = Vec::new();
        while let Poll::Ready(Some(Ok(slice))) = body.as_mut().poll_next(&mut context) {
            assert!(!slice.is_empty() && slice.len() <= SLICE);
            sent.extend_from_slice(&slice);
        }
        assert_eq!(sent, text);
    }
}
