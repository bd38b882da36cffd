//! The listeners: connections in, connections out, and the few paths that are the gateway's own.

mod access;
mod connections;
mod health;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Router};
use futures_util::FutureExt as _;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::arrival::Arrival;
use crate::gateway::Gateway;
use crate::pipeline::{self, is_origin_form};
use crate::refusal::Refusal;
use crate::wire::{AnswerBody, OWN_PATHS};

/// How patient the listeners are.
#[derive(Debug, Clone, Copy)]
pub struct EdgeLimits {
    /// With a request's head.
    pub header: Duration,
    /// With an agent that does not take its answer.
    pub idle: Duration,
    /// With requests under way, when the gateway stops.
    pub drain: Duration,
}

/// Serves agents until told to stop: `/_kustodian/` is ours, all else goes through the pipeline.
pub async fn serve_agents(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    limits: EdgeLimits,
    stop: CancellationToken,
) {
    let trail = gateway.trail.clone();
    let own = Router::new()
        .route("/_kustodian/health", get(health::alive))
        .route("/_kustodian/access", get(access::access))
        .fallback(not_ours)
        .method_not_allowed_fallback(not_ours)
        .with_state(Arc::clone(&gateway));
    let answer = move |request: Request<Incoming>, address: IpAddr| {
        let (gateway, own) = (Arc::clone(&gateway), own.clone());
        async move {
            let arrival = Arrival::of(&request, &gateway, address);
            if is_own(&request) {
                answer_own(own, arrival, request).await
            } else {
                answer_calmly(&gateway, arrival, request).await
            }
        }
    };
    connections::serve(listener, answer, limits, stop, || trail.stopping()).await;
}

/// Whether a request is for the gateway itself. One whose target is more than a path is for nobody.
fn is_own<B>(request: &Request<B>) -> bool {
    request.uri().path().starts_with(OWN_PATHS) && is_origin_form(request)
}

/// Serves health and administration until told to stop.
pub async fn serve_admin(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    limits: EdgeLimits,
    stop: CancellationToken,
) {
    let routes = Router::new().route("/health", get(health::ready)).with_state(gateway);
    let answer = move |request: Request<Incoming>, _: IpAddr| {
        let routes = routes.clone();
        async move { route(routes, request.map(AnswerBody::new)).await }
    };
    connections::serve(listener, answer, limits, stop, || ()).await;
}

/// Takes a request through the pipeline. A fault of ours that panics ends this one request, with an
/// answer; its record, if it is open, closes itself.
async fn answer_calmly(
    gateway: &Gateway,
    arrival: Arrival,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let answer = pipeline::answer(gateway, arrival.clone(), request);
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(request.id = %arrival.id, "the gateway failed inside");
        Refusal::InternalFailure.into_response(&arrival, "")
    })
}

async fn answer_own(
    own: Router,
    arrival: Arrival,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let mut request = request.map(AnswerBody::new);
    request.extensions_mut().insert(arrival);
    route(own, request).await
}

async fn route(routes: Router, request: Request<AnswerBody>) -> Response<AnswerBody> {
    match routes.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn not_ours(Extension(arrival): Extension<Arrival>) -> Response<AnswerBody> {
    Refusal::NoSuchPage.into_response(&arrival, "")
}
