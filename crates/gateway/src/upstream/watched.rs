//! A body from the network that ends with an error when nothing comes for too long.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

pin_project_lite::pin_project! {
    /// An incoming body with a limit on its pauses. Only the time spent waiting for it counts: while
    /// whoever takes the body is slow, the limit does not run.
    #[derive(Debug)]
    pub struct Watched {
        #[pin]
        body: Incoming,
        idle: Duration,
        pause: Option<Pin<Box<Sleep>>>,
    }
}

impl Watched {
    /// Wraps a body that may pause for at most `idle`.
    #[must_use]
    pub fn new(body: Incoming, idle: Duration) -> Self {
        Self { body, idle, pause: None }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = BrokeOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokeOff>>> {
        let this = self.project();
        if let Poll::Ready(frame) = this.body.poll_frame(cx) {
            *this.pause = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|_| BrokeOff)));
        }
        let pause = this.pause.get_or_insert_with(|| Box::pin(sleep(*this.idle)));
        ready!(pause.as_mut().poll(cx));
        Poll::Ready(Some(Err(BrokeOff)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body broke off or stalled.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the body broke off or stalled")]
pub struct BrokeOff;
