//! `GET /metrics` on the administration's listener: what is counted, as Prometheus reads it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::gateway::Gateway;
use crate::metrics::PAGE_TYPE;

/// Everything that is counted.
pub(super) async fn metrics(State(gateway): State<Arc<Gateway>>) -> Response {
    let now = gateway.clock.now();
    let ages = gateway.issuers.health(now).map(|issuer| issuer.age_seconds(now));
    gateway.metrics.issuer_keys(ages.fold(0.0, f64::max));
    let page = gateway.metrics.page(gateway.policies().fingerprint());
    ([(CONTENT_TYPE, PAGE_TYPE)], page).into_response()
}
