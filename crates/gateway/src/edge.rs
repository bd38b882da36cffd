//! The listeners: connections in, connections out, and the few paths that are the gateway's own.

mod access;
mod callers;
mod capacity;
mod connections;
mod health;
mod numbers;
mod pace;
mod page;
mod reload;
pub mod tls;
mod watched;
mod workers;

use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{Request, Response};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use crate::arrival::Arrival;
use crate::config::HostName;
use crate::gateway::Gateway;
use crate::lane::Lane;
use crate::pipeline::{self, OffRecord, is_origin_form};
use crate::refusal::Refusal;
use crate::wire::{AnswerBody, OWN_PATHS, keep_private};
use callers::Callers;
pub use capacity::{Capacity, Occupancy};
use tls::Peer;
pub use workers::Workers;

/// The most connections of the administration's listener, which is for few.
const ADMIN_CONNECTIONS: u32 = 256;

/// How patient the listeners are, and how much they take.
#[derive(Debug, Clone, Copy)]
pub struct EdgeLimits {
    /// For a request's head.
    pub header: Duration,
    /// For an agent that does not take its answer.
    pub idle: Duration,
    /// For a connection without a request.
    pub keep_alive: Duration,
    /// For a request, from its arrival to the last byte of its answer.
    pub request: Duration,
    /// For requests under way, when the gateway stops.
    pub drain: Duration,
    /// Bytes of a request's head.
    pub head_bytes: u32,
    /// Headers of a request.
    pub headers: usize,
    /// Requests at once on one connection of HTTP/2.
    pub streams: u32,
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
    let capacity = Arc::clone(&gateway.connections);
    Workers::start("agents", processors, capacity, |connections| {
        let trail = gateway.trail.clone();
        let (lane, courier) = Lane::new(gateway);
        let service = Arc::new(Service { gateway: Arc::clone(gateway), lane, own: own.clone() });
        let answer = move |request, peer| Box::pin(Arc::clone(&service).answer(request, peer));
        let tls = gateway.tls.clone();
        let serving = connections::serve(connections, answer, limits, tls, move || {
            trail.stopping();
        });
        async {
            tokio::spawn(courier);
            serving.await;
        }
    })
}

/// What a worker serves agents with.
struct Service {
    gateway: Arc<Gateway>,
    lane: Lane,
    own: Router,
}

impl Service {
    /// Takes a request down at once, and answers it when it is awaited.
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: Peer,
    ) -> impl Future<Output = Response<AnswerBody>> + Send + use<> {
        let arrival = Arrival::of(&request, &self.gateway, peer);
        let is_own = is_own(&request);
        let mut arrived = Arrived { service: self, arrival, is_seen_to: is_own };
        async move {
            arrived.is_seen_to = true;
            let Arrived { service, arrival, .. } = &arrived;
            if is_own {
                return Box::pin(answer_own(service.own.clone(), arrival.clone(), request)).await;
            }
            pipeline::answer(&service.gateway, &service.lane, arrival, request).await
        }
    }
}

/// A request that has come in. hyper drops it before anybody has seen to it where it hears in the same
/// moment that the agent is gone; it leaves its record all the same.
struct Arrived {
    service: Arc<Service>,
    arrival: Arrival,
    /// Whether somebody does, who leaves its record if there is to be one.
    is_seen_to: bool,
}

impl Drop for Arrived {
    fn drop(&mut self) {
        if !self.is_seen_to {
            let gateway = &self.service.gateway;
            let policies = gateway.policies();
            drop(OffRecord::new(gateway, &policies, &self.arrival));
        }
    }
}

/// Whether a request is for the gateway itself. One whose target is more than a path is for nobody.
fn is_own<B>(request: &Request<B>) -> bool {
    request.uri().path().starts_with(OWN_PATHS) && is_origin_form(request)
}

/// Starts the worker that serves health and administration, by its address or one of these names. It
/// speaks plain HTTP, because it belongs on loopback.
pub fn admin(
    gateway: &Arc<Gateway>,
    limits: EdgeLimits,
    names: &[HostName],
) -> io::Result<Workers> {
    let routes = Router::new()
        .route("/health", get(health::ready))
        .route("/metrics", get(numbers::metrics))
        .route("/policies/reload", post(reload::reload))
        .with_state(Arc::clone(gateway));
    let callers = Arc::new(Callers::new(names));
    let capacity = Capacity::new(ADMIN_CONNECTIONS, ADMIN_CONNECTIONS);
    Workers::start("admin", 1, capacity, |connections| {
        let (routes, callers) = (routes.clone(), Arc::clone(&callers));
        let answer = move |request: Request<Incoming>, _: Peer| {
            let (routes, callers) = (routes.clone(), Arc::clone(&callers));
            async move {
                let mut response = match callers.admit(&request) {
                    Ok(()) => route(routes, request.map(AnswerBody::new)).await,
                    Err(why) => page::forbidden(&why),
                };
                keep_private(response.headers_mut());
                response
            }
        };
        connections::serve(connections, answer, limits, None, || ())
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
