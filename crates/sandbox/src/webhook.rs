//! Outbound webhooks: telling others what was created and updated.
//!
//! A registered webhook gets a POST for each event that it names, signed as Kustomer signs:
//! `X-Kustomer-Webhook-Signature` is the HMAC-SHA256 of the body by the webhook's token, in
//! lower-case hex. Two things differ from Kustomer. The sandbox must never send traffic elsewhere,
//! so a webhook may point at this machine only, and there plain http will do. And it tries again
//! twice within half a second, not over an hour.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use reqwest::{Client, Url, redirect};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio_util::task::TaskTracker;

use crate::envelope;
use crate::hex;
use crate::record::{Kind, Record, time_text};
use crate::refusal::Refusal;
use crate::seed::{ORG_ID, ORG_NAME};
use crate::state::{Change, State};

/// The events that a webhook can ask for.
pub(crate) const EVENTS: [&str; 12] = [
    "kustomer.conversation.create",
    "kustomer.conversation.update",
    "kustomer.customer.create",
    "kustomer.customer.update",
    "kustomer.message.create",
    "kustomer.message.update",
    "kustomer.user.create",
    "kustomer.user.update",
    "kustomer.team.create",
    "kustomer.team.update",
    "kustomer.tag.create",
    "kustomer.tag.update",
];

/// The waits before the second and the third attempt.
const WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a stopping sandbox waits for deliveries that are under way.
const FAREWELL: Duration = Duration::from_secs(1);

/// One event on its way to one webhook.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

/// Carries deliveries out, apart from the requests that caused them.
#[derive(Debug)]
pub(crate) struct Courier {
    /// `None` when the machine cannot make a client at all; deliveries then fail in the log.
    client: Option<Client>,
    tasks: TaskTracker,
}

impl Courier {
    pub(crate) fn new() -> Self {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .resolve("localhost", here)
            .tls_certs_only([])
            .timeout(PATIENCE)
            .build();
        Self { client: client.ok(), tasks: TaskTracker::new() }
    }

    /// Starts the deliveries and returns at once.
    pub(crate) fn send(&self, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            let Some(client) = self.client.clone() else {
                tracing::warn!(url = %delivery.url, "no HTTP client: a webhook was not told");
                continue;
            };
            self.tasks.spawn(deliver(client, delivery));
        }
    }

    /// Waits a moment for the deliveries that are under way.
    pub(crate) async fn finish(&self) {
        self.tasks.close();
        if tokio::time::timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            tracing::warn!("stopped before every webhook was told");
        }
    }
}

async fn deliver(client: Client, delivery: Delivery) {
    let mut waits = WAITS.into_iter();
    loop {
        let request = client.post(delivery.url.clone()).headers(delivery.headers.clone());
        let answer = request.body(delivery.body.clone()).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        let Some(wait) = waits.next() else { break };
        tokio::time::sleep(wait).await;
    }
    tracing::warn!(url = %delivery.url, "a webhook could not be told, three attempts failed");
}

/// What the webhooks have to be told of these changes.
pub(crate) fn deliveries(state: &mut State, changes: &[Change], now: Timestamp) -> Vec<Delivery> {
    let hooks: Vec<Record> = state.all(Kind::OutboundWebhook).cloned().collect();
    let mut deliveries = Vec::new();
    for change in changes {
        let Some(event) = event_of(change) else { continue };
        let listening = hooks.iter().filter(|hook| hook.list_holds("events", event));
        for hook in listening {
            let body = Bytes::from(body(state, change, event, now).to_string());
            deliveries.extend(address(hook, event, body));
        }
    }
    deliveries
}

/// The address that a webhook may have: this machine, by plain http.
pub(crate) fn check_url(text: &str) -> Result<(), Refusal> {
    let url = Url::parse(text).map_err(|_| Refusal::bad_field("url", "`url` must be a URL"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if url.scheme() == "http" && is_here {
        return Ok(());
    }
    let message = "the sandbox sends to this machine only: `url` must begin with http://127.0.0.1 or http://localhost";
    Err(Refusal::bad_field("url", message))
}

fn event_of(change: &Change) -> Option<&'static str> {
    let verb = if change.difference.is_some() { "update" } else { "create" };
    let name = format!("kustomer.{}.{verb}", change.kind.type_name());
    EVENTS.into_iter().find(|event| *event == name)
}

/// The event as it is told: what the record is now, and what differs from before.
fn body(state: &mut State, change: &Change, event: &str, now: Timestamp) -> Value {
    let id = state.next_id(Kind::OutboundWebhook);
    json!({
        "id": id,
        "name": event,
        "org": ORG_ID,
        "orgName": ORG_NAME,
        "partition": ORG_ID,
        "createdAt": time_text(now),
        "persist": true,
        "client": "sandbox",
        "data": state.get(change.kind, &change.id).map(envelope::resource),
        "changes": change.difference,
    })
}

/// Puts the address, the signature and the webhook's own headers on a body.
fn address(hook: &Record, event: &'static str, body: Bytes) -> Option<Delivery> {
    let mut headers = own_headers(hook);
    let signature = HeaderValue::try_from(sign(hook.text("token"), &body)).ok()?;
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("x-kustomer-webhook-event", HeaderValue::from_static(event));
    headers.insert("x-kustomer-webhook-signature", signature);
    Some(Delivery { url: hook.text("url").parse().ok()?, headers, body })
}

fn own_headers(hook: &Record) -> HeaderMap {
    let listed = hook.attributes.get("headers").and_then(Value::as_array);
    let pairs = listed.into_iter().flatten().filter_map(|header| {
        let name = HeaderName::try_from(header.get("name")?.as_str()?).ok()?;
        let value = HeaderValue::try_from(header.get("value")?.as_str()?).ok()?;
        Some((name, value))
    });
    pairs.collect()
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn sign(token: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes any key");
    mac.update(body);
    hex::text(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_may_point_at_this_machine_only() {
        for url in ["http://127.0.0.1:9000/x", "http://localhost/x", "http://[::1]:80/"] {
            assert!(check_url(url).is_ok(), "{url}");
        }
        for url in [
            "https://hooks.example.com/kustomer",
            "http://hooks.example.com/",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1@example.com/",
            "http://10.0.0.1/",
            "https://127.0.0.1/",
            "file:///etc/hosts",
            "not a url",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_signature_is_hmac_sha256_in_lower_case_hex() {
        // The second test case of RFC 4231.
        assert_eq!(
            sign("Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
