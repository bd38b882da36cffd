//! `GET /_kustodian/access`: tells an agent who it is and what it may do, so that it can plan within it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use catalogue::{Catalogue, Resource};
use http::HeaderMap;
use http::header::CACHE_CONTROL;
use policy::matrix::{self, Row};
use policy::{Facts, KlassName, Narrowing, Occasion, Policy};
use serde_json::{Value, json};

use crate::arrival::Arrival;
use crate::gateway::Gateway;
use crate::pipeline::{OffRecord, authenticate, refuse};
use crate::wire::REQUEST_ID;

/// Answers from the policy in force; asks nothing of Kustomer and leaves no record, unless the caller
/// cannot prove who it is: that is recorded as on any other path.
pub(super) async fn access(
    State(gateway): State<Arc<Gateway>>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Response {
    let policies = gateway.policies();
    let mut off = OffRecord::new(&gateway, &policies, &arrival);
    let agent = match authenticate(&gateway, &policies, &headers, &arrival).await {
        Ok(agent) => agent,
        Err(refusal) => return refuse(&mut off, refusal).await,
    };
    off.over();
    let description = describe(&gateway, &agent.policy, arrival.at);
    let own = [(CACHE_CONTROL, "no-store".to_owned()), (REQUEST_ID, arrival.id.to_string())];
    (own, Json(description)).into_response()
}

fn describe(gateway: &Gateway, policy: &Policy, now: jiff::Timestamp) -> Value {
    let facts = Facts::at(now);
    let agent = policy.agent();
    let rows = matrix::rows(&gateway.catalogue, policy, &facts);
    let permitted: BTreeMap<_, _> = rows
        .iter()
        .filter(|row| row.permitted)
        .map(|row| (row.operation.id().as_str(), row))
        .collect();
    let mut description = json!({
        "agent": {
            "id": agent.id(),
            "name": agent.name(),
            "owner": agent.owner(),
            "purpose": agent.purpose(),
            "not_before": agent.not_before().map(|term| term.bound),
            "expires": agent.expires().map(|term| term.bound),
        },
        "limits": {
            "requests": policy.limits().requests.as_ref().map(ToString::to_string),
            "in_flight": gateway.in_flight.limit(policy),
        },
        "resources": resources(&gateway.catalogue, &permitted),
        "actions": actions(&gateway.catalogue, &permitted),
        "operations": permitted.values().map(|row| outline(row)).collect::<Vec<_>>(),
        "note": note(&permitted),
    });
    if let Value::Object(description) = &mut description {
        description.extend(narrowings(policy, &facts));
        description.extend(token(policy));
    }
    description
}

/// What operations alone do not show, where the policy says any of it: the klasses that have a line of
/// their own, and the records that the agent is confined to.
fn narrowings(policy: &Policy, facts: &Facts<'_>) -> impl Iterator<Item = (String, Value)> {
    let occasion = Occasion::at_large(facts);
    let klass = |name: &KlassName| {
        (name.as_str().to_owned(), json!(policy.level_on_klass(name, &occasion)))
    };
    let klasses = policy.klasses().map(klass);
    let only = policy
        .only()
        .map(|only| (only.scope().id().to_string(), json!(only.ids().collect::<Vec<_>>())));
    let parts: [(&str, serde_json::Map<String, Value>); 2] =
        [("klasses", klasses.collect()), ("only", only.collect())];
    let there = parts.into_iter().filter(|(_, part)| !part.is_empty());
    there.map(|(name, part)| (name.to_owned(), Value::Object(part)))
}

/// What the token is narrowed to, if it is.
fn token(policy: &Policy) -> Option<(String, Value)> {
    let is_narrowed = policy.narrowings().next().is_some();
    let items: Vec<&str> = policy.narrowings().flat_map(Narrowing::items).collect();
    is_narrowed.then(|| ("token".to_owned(), json!({ "only": items })))
}

/// Operations that the agent may make, by id; those under a condition among them.
type Permitted<'p> = BTreeMap<&'p str, &'p Row>;

fn note(permitted: &Permitted<'_>) -> &'static str {
    if permitted.values().any(|row| row.is_conditional()) {
        "What is not listed is denied; what has `when` is permitted where all of that is true of the \
         request. Ask the owner for more."
    } else {
        "What is not listed is denied. Ask the owner for more."
    }
}

/// The highest level that the agent may use on each resource: what it can do, not what is written.
fn resources(catalogue: &Catalogue, permitted: &Permitted<'_>) -> Value {
    let highest = |resource: &Resource| {
        let levels = permitted
            .values()
            .filter(|row| row.operation.resource() == resource.id())
            .map(|row| row.operation.level());
        levels.max().map(|level| (resource.id().to_string(), json!(level)))
    };
    Value::Object(catalogue.resources().filter_map(highest).collect())
}

/// The actions of which the agent may make every operation.
fn actions(catalogue: &Catalogue, permitted: &Permitted<'_>) -> Value {
    let whole = catalogue.actions().filter_map(|action| {
        let rows = action.operations().iter().map(|id| permitted.get(id.as_str()).copied());
        rows.collect::<Option<Vec<_>>>().map(|rows| (action, rows))
    });
    whole
        .map(|(action, rows)| {
            let about = json!({
                "id": action.id(),
                "title": action.title(),
                "about": action.about(),
            });
            under(about, &rows)
        })
        .collect()
}

fn outline(row: &Row) -> Value {
    let operation = &row.operation;
    let about = json!({
        "id": operation.id(),
        "method": operation.method().as_str(),
        "path": operation.template().to_string(),
        "does": operation.phrase().bare_text(),
    });
    under(about, &[row])
}

/// The same with the conditions that these operations are under, if they are under any.
fn under(mut about: Value, rows: &[&Row]) -> Value {
    let conditions: BTreeSet<&str> = rows.iter().flat_map(|row| row.conditions()).collect();
    if let Value::Object(about) = &mut about
        && !conditions.is_empty()
    {
        about.insert("when".to_owned(), json!(conditions));
    }
    about
}
