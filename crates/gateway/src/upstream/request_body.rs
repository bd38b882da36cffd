//! The agent's request body on its way to Kustomer: streamed, counted, and watched for stalling.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

/// How far a request's body has come. Shared between the body and whoever waits for the answer.
#[derive(Debug, Clone)]
pub struct Progress(Arc<Mutex<State>>);

#[derive(Debug, Clone, Copy)]
struct State {
    bytes: u64,
    last: Instant,
    broke_off: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State { bytes: 0, last: Instant::now(), broke_off: false })))
    }
}

impl Progress {
    /// Bytes that have been read from the agent.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.state().bytes
    }

    /// Whether the agent's body broke off or stalled.
    #[must_use]
    pub fn broke_off(&self) -> bool {
        self.state().broke_off
    }

    fn last(&self) -> Instant {
        self.state().last
    }

    fn state(&self) -> State {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Waits for a future for at most `limit` after the last progress of the request; none if it took longer.
pub async fn in_time<F: Future>(
    future: F,
    progress: &Progress,
    limit: Duration,
) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    loop {
        let last = progress.last();
        tokio::select! {
            output = &mut future => return Some(output),
            () = sleep_until(last + limit) => if progress.last() == last { return None },
        }
    }
}

pin_project_lite::pin_project! {
    /// A body that counts what passes and ends with an error when nothing does for too long.
    #[derive(Debug)]
    pub struct RequestBody {
        #[pin]
        body: Incoming,
        progress: Progress,
        idle: Duration,
        stalled: Option<Pin<Box<Sleep>>>,
    }
}

impl RequestBody {
    /// Wraps a body that may pause for at most `idle`.
    #[must_use]
    pub fn new(body: Incoming, progress: Progress, idle: Duration) -> Self {
        Self { body, progress, idle, stalled: None }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BrokeOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokeOff>>> {
        let this = self.project();
        let Poll::Ready(frame) = this.body.poll_frame(cx) else {
            let idle = *this.idle;
            let stalled =
                this.stalled.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + idle)));
            ready!(stalled.as_mut().poll(cx));
            this.progress.change(|state| state.broke_off = true);
            return Poll::Ready(Some(Err(BrokeOff)));
        };
        *this.stalled = None;
        match frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                this.progress.change(|state| {
                    state.bytes += bytes;
                    state.last = Instant::now();
                });
                // Trailers are not passed on: they could bring in what the headers may not.
                Poll::Ready(frame.into_data().ok().map(|data| Ok(Frame::data(data))))
            }
            Some(Err(_)) => {
                this.progress.change(|state| state.broke_off = true);
                Poll::Ready(Some(Err(BrokeOff)))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The agent's request body broke off or stalled.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the agent's request body broke off or stalled")]
pub struct BrokeOff;
