//! The listeners: connections in, connections out, and the few paths that are the gateway's own.

mod access;
mod connections;
mod health;
mod workers;

use std::io;
use std::net::IpAddr;
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Router};
use futures_util::FutureExt as _;
use http::{Request, Response};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use crate::arrival::Arrival;
use crate::gateway::Gateway;
use crate::pipeline::{self, is_origin_form};
use crate::refusal::Refusal;
use crate::upstream::Pool;
use crate::wire::{AnswerBody, OWN_PATHS, keep_private};
pub use workers::Workers;

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

/// Starts the workers that serve agents, one for each processor: `/_kustodian/` is ours, all else
/// goes through the pipeline.
pub fn agents(gateway: &Arc<Gateway>, limits: EdgeLimits) -> io::Result<Workers> {
    let own = Router::new()
        .route("/_kustodian/health", get(health::alive))
        .route("/_kustodian/access", get(access::access))
        .fallback(not_ours)
        .method_not_allowed_fallback(not_ours)
        .with_state(Arc::clone(gateway));
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    Workers::start("agents", processors, |connections| {
        let trail = gateway.trail.clone();
        let line = Arc::new(Line {
            gateway: Arc::clone(gateway),
            pool: gateway.upstream.pool(),
            own: own.clone(),
        });
        let answer = move |request, address| Arc::clone(&line).answer(request, address);
        connections::serve(connections, answer, limits, move || trail.stopping())
    })
}

/// What a worker serves agents with.
struct Line {
    gateway: Arc<Gateway>,
    pool: Pool,
    own: Router,
}

impl Line {
    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        address: IpAddr,
    ) -> Response<AnswerBody> {
        let arrival = Arrival::of(&request, &self.gateway, address);
        if is_own(&request) {
            answer_own(self.own.clone(), arrival, request).await
        } else {
            self.answer_calmly(arrival, request).await
        }
    }

    /// Takes a request through the pipeline. A fault of ours that panics ends this one request, with
    /// an answer; its record, if it is open, closes itself.
    async fn answer_calmly(
        &self,
        arrival: Arrival,
        request: Request<Incoming>,
    ) -> Response<AnswerBody> {
        let answer = pipeline::answer(&self.gateway, &self.pool, arrival.clone(), request);
        AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(request.id = %arrival.id, "the gateway failed inside");
            Refusal::InternalFailure.into_response(&arrival, "")
        })
    }
}

/// Whether a request is for the gateway itself. One whose target is more than a path is for nobody.
fn is_own<B>(request: &Request<B>) -> bool {
    request.uri().path().starts_with(OWN_PATHS) && is_origin_form(request)
}

/// Starts the worker that serves health and administration.
pub fn admin(gateway: &Arc<Gateway>, limits: EdgeLimits) -> io::Result<Workers> {
    let routes = Router::new().route("/health", get(health::ready)).with_state(Arc::clone(gateway));
    Workers::start("admin", 1, |connections| {
        let routes = routes.clone();
        let answer = move |request: Request<Incoming>, _: IpAddr| {
            let routes = routes.clone();
            async move {
                let mut response = route(routes, request.map(AnswerBody::new)).await;
                keep_private(response.headers_mut());
                response
            }
        };
        connections::serve(connections, answer, limits, || ())
    })
}

async fn answer_own(
    own: Router,
    arrival: Arrival,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let mut request = request.map(AnswerBody::new);
    request.extensions_mut().insert(arrival);
    let mut response = route(own, request).await;
    keep_private(response.headers_mut());
    response
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
