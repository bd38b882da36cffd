//! How long a connection may take: to send a head, between two requests, and over one request in all.
//!
//! The HTTP library has one time limit for a head and the pause before it together, and none for
//! HTTP/2. Here a pause is a pause, and begins to be a head with its first byte.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Version;
use tokio::time::{Instant, Sleep};

/// What a connection that is told to end may still take to do so.
const GOODBYE: Duration = Duration::from_secs(1);

/// How every connection of HTTP/2 begins, as far as no method of HTTP/1 does.
const HTTP2_BEGINS: &[u8] = b"PRI";

/// How patient a listener is with a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// With a head, from its first byte; of a new connection, from the start.
    pub(super) head: Duration,
    /// With a connection that has no request under way.
    pub(super) idle: Duration,
    /// With a request, from its arrival to the last byte of its answer. The pipeline ends it in good time;
    /// this ends one whose agent is too slow to be told.
    pub(super) request: Duration,
}

/// What a connection does, and until when it may.
#[derive(Debug)]
pub(super) struct Pace {
    patience: Patience,
    /// Of this connection alone: nobody ever waits for it.
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    phase: Phase,
    /// None where something else keeps the time.
    due: Option<Instant>,
    under_way: u32,
    http2: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It has not sent anything yet.
    New,
    /// A head is arriving.
    Head,
    /// Requests are under way.
    Busy,
    /// It could send one.
    Idle,
    /// It was told to end.
    Leaving,
}

/// How a connection whose time is up is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It is told so, and has a moment to finish what it has begun.
    Gracefully,
    /// It is closed.
    AtOnce,
}

/// A request that is under way on a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Pace>);

impl Pace {
    /// For a connection that is new.
    pub(super) fn new(patience: Patience) -> Arc<Self> {
        let due = Some(Instant::now() + patience.head);
        let state = State { phase: Phase::New, due, under_way: 0, http2: false };
        Arc::new(Self { patience, state: Mutex::new(state) })
    }

    /// Bytes came in.
    pub(super) fn heard(&self, bytes: &[u8]) {
        self.with_state(|state| match state.phase {
            // With HTTP/2, much that comes is no head: it only has to make a request in time.
            Phase::New if bytes.starts_with(HTTP2_BEGINS) => {
                state.http2 = true;
                state.turn(Phase::Idle, self.patience.idle);
            }
            Phase::New => state.phase = Phase::Head,
            Phase::Idle if !state.http2 => state.turn(Phase::Head, self.patience.head),
            Phase::Head | Phase::Busy | Phase::Idle | Phase::Leaving => {}
        });
    }

    /// A request has arrived.
    pub(super) fn begin(self: &Arc<Self>, version: Version) -> UnderWay {
        self.with_state(|state| {
            state.under_way += 1;
            state.http2 = version >= Version::HTTP_2;
            state.turn(Phase::Busy, self.longest_request());
            if state.http2 {
                // Each stream has a time of its own.
                state.due = None;
            }
        });
        UnderWay(Arc::clone(self))
    }

    /// The longest that a request may be under way, with its end.
    pub(super) fn longest_request(&self) -> Duration {
        self.patience.request + GOODBYE
    }

    /// Ready when the connection's time is up. `timer` is its own, and is only ever brought forward
    /// here or set again when it rings, so that a request that comes and goes does not touch it.
    pub(super) fn poll_end(&self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            let State { phase, due, .. } = self.with_state(|state| *state);
            if let Some(due) = due.filter(|due| *due < timer.deadline()) {
                timer.as_mut().reset(due);
            }
            ready!(timer.as_mut().poll(cx));
            let now = Instant::now();
            match due {
                Some(due) if due <= now => return Poll::Ready(self.end(phase)),
                Some(due) => timer.as_mut().reset(due),
                None => timer.as_mut().reset(now + self.patience.idle),
            }
        }
    }

    fn end(&self, phase: Phase) -> End {
        if phase == Phase::Idle {
            self.with_state(|state| state.turn(Phase::Leaving, GOODBYE));
            return End::Gracefully;
        }
        End::AtOnce
    }

    fn with_state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn turn(&mut self, phase: Phase, patience: Duration) {
        self.phase = phase;
        self.due = Some(Instant::now() + patience);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let idle = self.0.patience.idle;
        self.0.with_state(|state| {
            state.under_way = state.under_way.saturating_sub(1);
            if state.under_way == 0 {
                state.turn(Phase::Idle, idle);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::sleep_until;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> Arc<Pace> {
        Pace::new(Patience { head: SECOND * 10, idle: SECOND * 75, request: SECOND * 600 })
    }

    /// When and how the connection ends, if nothing more happens on it.
    async fn end(pace: &Pace, since: Instant) -> (u64, End) {
        let mut timer = std::pin::pin!(sleep_until(since + SECOND * 10));
        let end = poll_fn(|cx| pace.poll_end(timer.as_mut(), cx)).await;
        (since.elapsed().as_secs(), end)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_ends_when_a_head_should_have_come() {
        let since = Instant::now();
        assert_eq!(end(&pace(), since).await, (10, End::AtOnce));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_that_drip_give_a_head_no_more_time() {
        let (pace, since) = (pace(), Instant::now());
        for _ in 0..9 {
            pace.heard(b"G");
            tokio::time::advance(SECOND).await;
        }
        assert_eq!(end(&pace, since).await, (10, End::AtOnce));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_between_requests_is_no_head_until_its_first_byte() {
        let (pace, since) = (pace(), Instant::now());
        pace.heard(b"GET");
        drop(pace.begin(Version::HTTP_11));
        tokio::time::advance(SECOND * 70).await;
        pace.heard(b"G");
        assert_eq!(end(&pace, since).await, (80, End::AtOnce));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_is_told_to_end_and_then_closed() {
        let (pace, since) = (pace(), Instant::now());
        pace.heard(b"GET");
        drop(pace.begin(Version::HTTP_11));
        assert_eq!(end(&pace, since).await, (75, End::Gracefully));
        assert_eq!(end(&pace, since).await, (76, End::AtOnce));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_is_given_its_whole_time() {
        let (pace, since) = (pace(), Instant::now());
        let _under_way = pace.begin(Version::HTTP_11);
        pace.heard(b"body");
        assert_eq!(end(&pace, since).await, (601, End::AtOnce));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_of_http_2_is_idle_when_none_of_its_requests_is_under_way() {
        let (pace, since) = (pace(), Instant::now());
        pace.heard(b"PRI * HTTP/2.0");
        let first = pace.begin(Version::HTTP_2);
        let second = pace.begin(Version::HTTP_2);
        drop(first);
        let waiting = Arc::clone(&pace);
        let waiting = tokio::spawn(async move { end(&waiting, since).await });
        tokio::time::sleep(SECOND * 1000).await;
        assert!(!waiting.is_finished(), "a stream is still open");
        drop(second);
        pace.heard(b"a ping is no request");
        assert_eq!(waiting.await.unwrap().1, End::Gracefully);
    }
}
