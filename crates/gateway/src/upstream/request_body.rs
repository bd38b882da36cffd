//! The agent's request body on its way to Kustomer: streamed, counted, and watched for stalling.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until};

use super::ForwardLimits;
use super::watched::{BrokeOff, Watched};

/// A request's body on this side of Kustomer.
#[derive(Debug)]
pub enum Payload {
    /// It comes from the agent while it goes on.
    Streamed(Incoming),
    /// It was read before the decision; these bytes go on, and no others.
    Read(Bytes),
}

impl Payload {
    /// How many bytes there are at the least.
    #[must_use]
    pub fn least(&self) -> u64 {
        match self {
            Self::Streamed(body) => body.size_hint().lower(),
            Self::Read(bytes) => bytes.len() as u64,
        }
    }
}

/// How far a request's body has come. Shared between the body and whoever waits for the answer.
#[derive(Debug, Clone)]
pub struct Progress(Arc<Mutex<State>>);

#[expect(clippy::struct_excessive_bools, reason = "each can hold with each other")]
#[derive(Debug, Clone, Copy)]
struct State {
    bytes: u64,
    last: Instant,
    broke_off: bool,
    /// Whether the body was longer than it may be.
    too_long: bool,
    /// Whether the next piece was asked for and has not come.
    waiting: bool,
    /// Whether the request has its answer, and its place is given to another.
    over: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            bytes: 0,
            last: Instant::now(),
            broke_off: false,
            too_long: false,
            waiting: false,
            over: false,
        })))
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

    /// Whether the agent's body was longer than it may be.
    #[must_use]
    pub fn too_long(&self) -> bool {
        self.state().too_long
    }

    /// Whether Kustomer would take more of the body, and the agent does not send it.
    #[must_use]
    pub fn waits_for_agent(&self) -> bool {
        self.state().waiting
    }

    /// Notes a body that was read before it is sent.
    pub fn has_read(&self, bytes: usize) {
        self.change(|state| state.bytes += bytes as u64);
    }

    /// Notes that nobody waits for the request any more: what of its body is still to come does not go on.
    pub fn end(&self) {
        self.change(|state| state.over = true);
    }

    /// Notes bytes that came; false where they are more than there may be.
    fn advance(&self, bytes: usize, most: u64) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.bytes += bytes as u64;
        state.last = Instant::now();
        state.too_long = state.bytes > most;
        !state.too_long && !state.over
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

/// Waits for a future for at most `limit` after the last progress of the request, and not beyond `end`;
/// none if it took longer.
pub async fn in_time<F: Future>(
    future: F,
    progress: &Progress,
    limit: Duration,
    end: std::time::Instant,
) -> Option<F::Output> {
    let (mut future, end) = (std::pin::pin!(future), Instant::from_std(end));
    loop {
        let last = progress.last();
        let until = end.min(last + limit);
        tokio::select! {
            output = &mut future => return Some(output),
            () = sleep_until(until) => if until == end || progress.last() == last { return None },
        }
    }
}

pin_project_lite::pin_project! {
    /// The agent's body as it goes to Kustomer: what passes is counted, and cut off where it is too
    /// long.
    #[derive(Debug)]
    pub struct RequestBody {
        #[pin]
        body: Watched,
        progress: Progress,
        most: u64,
    }
}

impl RequestBody {
    /// Wraps a body that may pause, and be long, within the limits.
    #[must_use]
    pub fn new(body: Incoming, progress: Progress, limits: &ForwardLimits) -> Self {
        let body = Watched::new(body, limits.idle);
        Self { body, progress, most: limits.request_bytes }
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
        let frame = this.body.poll_frame(cx);
        this.progress.change(|state| state.waiting = frame.is_pending());
        match ready!(frame) {
            Some(Ok(frame)) => {
                // Trailers are not passed on: they could bring in what the headers may not.
                let Ok(data) = frame.into_data() else { return Poll::Ready(None) };
                if this.progress.advance(data.len(), *this.most) {
                    Poll::Ready(Some(Ok(Frame::data(data))))
                } else {
                    Poll::Ready(Some(Err(BrokeOff)))
                }
            }
            Some(Err(broke_off)) => {
                this.progress.change(|state| state.broke_off = true);
                Poll::Ready(Some(Err(broke_off)))
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
