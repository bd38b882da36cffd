//! A bare pass-through of what the gateway is built from: hyper's server, hyper-util's pooled client,
//! tokio's usual runtime. It swaps the key and streams both ways; it asks nobody and records nothing.
//!
//! It is what a proxy in Rust costs anyway, and so what the gateway is compared with.

use std::net::{Ipv4Addr, SocketAddr};

use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

use super::KEY;
use super::process::{announce, wait_for_the_end};

type Pool = Client<HttpConnector, Incoming>;

/// Serves until its parent is gone.
pub(crate) fn run(upstream: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
        let listener = listener.expect("a port");
        announce(listener.local_addr().expect("an address"));
        // A task of its own: the runtime's threads serve, this one only waits.
        let serving = tokio::spawn(serve(listener, upstream));
        let _ = tokio::task::spawn_blocking(wait_for_the_end).await;
        serving.abort();
    });
}

async fn serve(listener: TcpListener, upstream: SocketAddr) {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let pool: Pool = Client::builder(TokioExecutor::new()).build(connector);
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket takes its options");
        let pool = pool.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| pass(pool.clone(), upstream, request));
            let builder = auto::Builder::new(TokioExecutor::new());
            // How a connection ends is the load generator's affair.
            let _ = builder.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn pass(
    pool: Pool,
    upstream: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, Error> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let uri = Uri::try_from(format!("http://{upstream}{path}")).expect("a path that came in");
    *request.uri_mut() = uri;
    let key = HeaderValue::try_from(format!("Bearer {KEY}")).expect("a key that is plain text");
    request.headers_mut().insert(AUTHORIZATION, key);
    pool.request(request).await
}
