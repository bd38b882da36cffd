//! Speaks HTTP/1.1 and HTTP/2 on connections, with a time limit for every silence.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tower::{Layer as _, service_fn};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

use super::EdgeLimits;
use super::workers::{Connection, Connections};
use crate::wire::AnswerBody;

/// Serves connections until no more come, then lets what is under way end within the limit.
///
/// `ending` is called when the limit is up and what is still under way is about to be broken off.
pub(super) async fn serve<A, F>(
    mut connections: Connections,
    answer: A,
    limits: EdgeLimits,
    ending: impl FnOnce(),
) where
    A: Fn(Request<Incoming>, IpAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    while let Some(Connection { stream, address, open }) = connections.recv().await {
        match TcpStream::from_std(stream) {
            Ok(stream) => {
                let answer = answer.clone();
                let connection = connection(stream, address, answer, limits, graceful.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(open);
                });
            }
            Err(failure) => tracing::warn!(%failure, "a connection could not be served"),
        }
    }
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when the time to stop was up");
        ending();
    }
}

async fn connection<A, F>(
    stream: TcpStream,
    address: IpAddr,
    answer: A,
    limits: EdgeLimits,
    watcher: Watcher,
) where
    A: Fn(Request<Incoming>, IpAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<AnswerBody>> + Send + 'static,
{
    // Small answers should not wait for more; a socket that refuses this still works.
    let _ = stream.set_nodelay(true);
    let spoke = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&spoke);
    let service = service_fn(move |request| {
        heard.store(true, Ordering::Relaxed);
        let answer = answer(request, address);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    // From here on, whatever prints a request's headers prints no credential.
    let credentials = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE];
    let service = SetSensitiveRequestHeadersLayer::new(credentials).layer(service);
    let service = TowerToHyperService::new(service);
    let builder = builder(limits.header);
    // An agent that does not take its answer holds a connection and a record open: not for ever.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.idle));
    let stream = TokioIo::new(Box::pin(stream));
    let connection = builder.serve_connection(stream, service).into_owned();
    let mut connection = std::pin::pin!(watcher.watch(connection));
    tokio::select! {
        // How a connection ends is between it and its agent; requests have their records.
        _ = &mut connection => return,
        () = tokio::time::sleep(limits.header) => {}
    }
    // While it finds out which HTTP is spoken, hyper has no time limit of its own: a connection that
    // has not brought a single request by now is closed.
    if spoke.load(Ordering::Relaxed) {
        let _ = connection.await;
    }
}

fn builder(header: Duration) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .max_concurrent_streams(128)
        .max_header_list_size(32 * 1024);
    builder
}
