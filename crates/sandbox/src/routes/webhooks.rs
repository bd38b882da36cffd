//! Inbound hooks, which start workflows, and outbound webhooks, which tell others what happened.

use serde_json::{Map, Value, json};

use super::Table;
use crate::call::{Call, Reply};
use crate::record::Kind;
use crate::refusal::Refusal;
use crate::seed::ORG_NAME;
use crate::webhook::{self, EVENTS};

/// How many outbound webhooks an organisation may have.
const MOST_WEBHOOKS: usize = 5;

pub(super) const ROUTES: Table = &[
    ("inbound_hooks.list_web", |call| call.list(Kind::WebHook)),
    ("inbound_hooks.create_web", create_inbound),
    ("outbound_webhooks.list", |call| call.list(Kind::OutboundWebhook)),
    ("outbound_webhooks.get", |call| call.show(Kind::OutboundWebhook, call.value("id"))),
    ("outbound_webhooks.list_events", |_| Ok(Reply::Document(json!({ "events": EVENTS })))),
    ("outbound_webhooks.create", create_outbound),
    ("outbound_webhooks.delete", delete_outbound),
];

fn create_inbound(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.create(Kind::WebHook, &call.object()?, Vec::new())?;
    let own = json!({ "hash": id, "url": format!("/v1/hooks/web/{id}"), "org": ORG_NAME });
    set(call, Kind::WebHook, &id, own);
    call.show(Kind::WebHook, &id)
}

/// The answer carries the token that signs what the webhook is told.
fn create_outbound(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.object()?;
    check(call, &body)?;
    let id = call.create(Kind::OutboundWebhook, &body, Vec::new())?;
    let own = json!({ "token": format!("sandbox-webhook-token-{id}") });
    set(call, Kind::OutboundWebhook, &id, own);
    call.show(Kind::OutboundWebhook, &id)
}

fn check(call: &Call<'_>, body: &Map<String, Value>) -> Result<(), Refusal> {
    if call.state.all(Kind::OutboundWebhook).count() >= MOST_WEBHOOKS {
        return Err(Refusal::bad_request("there are five webhooks already, the most there can be"));
    }
    webhook::check_url(body.get("url").and_then(Value::as_str).unwrap_or_default())?;
    let events =
        body.get("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let unknown = events.iter().find(|event| !EVENTS.iter().any(|known| *event == known));
    match unknown {
        Some(unknown) => Err(Refusal::bad_field("events", format!("{unknown} is not an event"))),
        None if events.is_empty() || events.len() > EVENTS.len() => {
            Err(Refusal::bad_field("events", "`events` must hold 1 to 12 events"))
        }
        None => Ok(()),
    }
}

fn delete_outbound(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.value("id").to_owned();
    call.delete(Kind::OutboundWebhook, &id)
}

/// Sets what the sandbox gives a new hook by itself.
fn set(call: &mut Call<'_>, kind: Kind, id: &str, own: Value) {
    call.state.update(kind, id, |record| {
        if let Value::Object(own) = own {
            record.attributes.extend(own);
        }
    });
}
