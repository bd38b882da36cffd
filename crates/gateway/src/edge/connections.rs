//! Speaks HTTP/1.1 and HTTP/2 on connections, with a time limit for every silence.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Layer as _, Service as _, service_fn};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

use super::EdgeLimits;
use super::pace::{End, Pace, Patience};
use super::tls::{ClientCertificate, Peer, Tls};
use super::watched::{Heard, Kept};
use super::workers::{Connection, Connections};
use crate::wire::AnswerBody;

/// What HTTP/2 may hold of what nobody has taken yet: of a connection, of a stream, and of an answer.
const CONNECTION_WINDOW: u32 = 512 * 1024;
const STREAM_WINDOW: u32 = 64 * 1024;
const SEND_BUFFER: usize = 64 * 1024;

/// Streams that were reset and are still remembered: an agent that opens and resets them without end is
/// cut off here.
const RESET_STREAMS: usize = 32;

/// How often an HTTP/2 agent is asked whether it is there, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_ANSWER: Duration = Duration::from_secs(10);

/// Serves connections until no more come, then lets what is under way end within the limit.
///
/// `ending` is called when the limit is up and what is still under way is about to be broken off.
pub(super) async fn serve<A, F>(
    mut connections: Connections,
    answer: A,
    limits: EdgeLimits,
    tls: Option<Arc<Tls>>,
    ending: impl FnOnce(),
) where
    A: Fn(Request<Incoming>, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let (stop, open) = (CancellationToken::new(), TaskTracker::new());
    while let Some(Connection { stream, address, held }) = connections.recv().await {
        match TcpStream::from_std(stream) {
            Ok(stream) => {
                let (answer, tls, stop) = (answer.clone(), tls.clone(), stop.clone());
                open.spawn(async move {
                    // Small answers should not wait for more; a socket that refuses this still works.
                    let _ = stream.set_nodelay(true);
                    let peer = Peer { address, certificate: None };
                    match tls {
                        None => connection(stream, peer, answer, limits, stop).await,
                        // Boxed, so that a plain connection takes no room for it.
                        Some(tls) => {
                            Box::pin(encrypted(stream, peer, answer, limits, stop, &tls)).await;
                        }
                    }
                    drop(held);
                });
            }
            Err(failure) => tracing::warn!(%failure, "a connection could not be served"),
        }
    }
    stop.cancel();
    open.close();
    if tokio::time::timeout(limits.drain, open.wait()).await.is_err() {
        tracing::warn!("requests were still under way when the time to stop was up");
        ending();
    }
}

/// Speaks TLS on a connection first. That takes as long as the head of a request may, and how it fails is
/// told the agent by TLS itself.
async fn encrypted<A, F>(
    stream: TcpStream,
    peer: Peer,
    answer: A,
    limits: EdgeLimits,
    stop: CancellationToken,
    tls: &Tls,
) where
    A: Fn(Request<Incoming>, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let handshake = tokio::time::timeout(limits.header, tls.acceptor().accept(stream));
    let Some(Ok(shaken)) = stop.run_until_cancelled(handshake).await else { return };
    match shaken {
        Ok(stream) => {
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = shown.map(|shown| Arc::new(ClientCertificate::of(shown)));
            let peer = Peer { certificate, ..peer };
            connection(stream, peer, answer, limits, stop).await;
        }
        Err(failure) => {
            tracing::debug!(address = %peer.address, %failure, "no TLS could be agreed on");
        }
    }
}

async fn connection<S, A, F>(
    stream: S,
    peer: Peer,
    answer: A,
    limits: EdgeLimits,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Send + 'static,
    A: Fn(Request<Incoming>, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let pace = Pace::new(limits.patience());
    let begun = Arc::clone(&pace);
    let service = service_fn(move |request: Request<Incoming>| {
        let under_way = begun.begin(request.version());
        let answer = answer(request, peer.clone());
        async move { Ok::<_, Infallible>(answer.await.map(|body| Kept::new(body, under_way))) }
    });
    // From here on, whatever prints a request's headers prints no credential.
    let credentials = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE];
    let service = SetSensitiveRequestHeadersLayer::new(credentials).layer(service);
    // Called at once, not when it is first polled: hyper may drop what this gives before that, where it
    // hears in the same moment that the agent is gone, and such a request has its record too.
    let service = hyper::service::service_fn(move |request| service.clone().call(request));
    // An agent that does not take its answer holds a connection and a record open: not for ever.
    let mut stream = TimeoutStream::new(Heard::new(stream, Arc::clone(&pace)));
    stream.set_write_timeout(Some(limits.idle));
    let stream = TokioIo::new(Box::pin(stream));
    let builder = builder(&limits, Streams { longest: pace.longest_request() });
    let mut connection = std::pin::pin!(builder.serve_connection(stream, service).into_owned());
    let mut timer = std::pin::pin!(sleep(limits.header));
    let mut stopped = std::pin::pin!(stop.cancelled());
    let mut stopping = false;
    poll_fn(|cx| {
        if !stopping && stopped.as_mut().poll(cx).is_ready() {
            stopping = true;
            connection.as_mut().graceful_shutdown();
        }
        // How a connection ends is between it and its agent; requests have their records.
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match std::task::ready!(pace.poll_end(timer.as_mut(), cx)) {
            End::AtOnce => Poll::Ready(()),
            End::Gracefully => {
                connection.as_mut().graceful_shutdown();
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await;
}

impl EdgeLimits {
    fn patience(&self) -> Patience {
        Patience { head: self.header, idle: self.keep_alive, request: self.request }
    }
}

fn builder(limits: &EdgeLimits, streams: Streams) -> auto::Builder<Streams> {
    let mut builder = auto::Builder::new(streams);
    builder
        .http1()
        .timer(TokioTimer::new())
        // The pace keeps the time.
        .header_read_timeout(None)
        .max_headers(limits.headers)
        .max_buf_size(limits.head_bytes as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_ANSWER)
        .max_concurrent_streams(limits.streams)
        .max_pending_accept_reset_streams(RESET_STREAMS)
        .max_local_error_reset_streams(RESET_STREAMS)
        .max_header_list_size(limits.head_bytes)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .initial_stream_window_size(STREAM_WINDOW)
        .max_send_buf_size(SEND_BUFFER);
    builder
}

/// Runs the requests of an HTTP/2 connection. One that takes too long in all, such as because its agent
/// opens no window for the answer, is reset.
#[derive(Debug, Clone)]
struct Streams {
    longest: Duration,
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        tokio::spawn(tokio::time::timeout(self.longest, stream));
    }
}
