//! Is it alive, and can it take requests?

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use policy::{Mode, PolicySet};
use serde_json::json;

use super::Occupancy;
use super::page::json_page;
use crate::gateway::Gateway;
use crate::reload::PolicyState;

/// `GET /_kustodian/health` for anybody: whether requests would be forwarded, and no more than that.
pub(super) async fn alive(State(gateway): State<Arc<Gateway>>) -> Response {
    match gateway.ready().await {
        Ok(()) => Json(json!({"status": "ok"})).into_response(),
        Err(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unready"}))).into_response()
        }
    }
}

/// `GET /health` on the administration's listener: the same, with the details.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    let ready = gateway.ready().await;
    let policies = gateway.policies();
    let PolicyState { loaded_at, failure } = gateway.reloading.state();
    let Occupancy { open, most, turned_away } = gateway.connections.occupancy();
    let details = json!({
        "status": if ready.is_ok() { "ok" } else { "unready" },
        "version": env!("CARGO_PKG_VERSION"),
        "store": {
            "kind": gateway.store.kind(),
            "failure": ready.as_ref().err(),
        },
        "policies": {
            "agents": policies.policies().count(),
            "roles": policies.roles().count(),
            "fingerprint": policies.fingerprint().to_string(),
            "observed": in_mode(&policies, Mode::Observe),
            "suspended": in_mode(&policies, Mode::Suspended),
            "loaded_at": loaded_at.to_string(),
            "failure": failure.map(|failure| json!({
                "since": failure.since.to_string(),
                "problems": failure.problems,
            })),
        },
        "issuers": gateway.issuers.health(gateway.clock.now()).collect::<Vec<_>>(),
        "tls": gateway.tls.as_ref().map(|tls| json!({ "failure": tls.failure() })),
        "connections": { "open": open, "most": most, "turned_away": turned_away },
        "upstream": gateway.upstream.base().to_string(),
    });
    let status = if ready.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json_page(status, &details)
}

/// The agents for whom their policy is not enforced as it stands, by id.
fn in_mode(policies: &PolicySet, mode: Mode) -> Vec<&str> {
    let agents = policies.policies().map(|policy| policy.agent());
    agents.filter(|agent| agent.mode() == mode).map(|agent| agent.id().as_str()).collect()
}
