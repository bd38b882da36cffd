//! Outbound webhooks, over real sockets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::world::World;

type Told = (HeaderMap, Bytes);

/// What a receiver does: it fails so often, then takes what comes.
#[derive(Clone)]
struct Receiver {
    failures: Arc<Mutex<u32>>,
    told: mpsc::UnboundedSender<Told>,
}

/// Listens on this machine, and gives what it is told.
async fn listen(failures: u32) -> (SocketAddr, mpsc::UnboundedReceiver<Told>) {
    let (told, telling) = mpsc::unbounded_channel();
    let receiver = Receiver { failures: Arc::new(Mutex::new(failures)), told };
    let router = Router::new().fallback(take).with_state(receiver);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, telling)
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut failures = receiver.failures.lock().unwrap();
    if *failures > 0 {
        *failures -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    receiver.told.send((headers, body)).unwrap();
    StatusCode::OK
}

fn signature(token: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[tokio::test]
async fn a_webhook_is_told_with_a_signature_that_its_token_proves() {
    let world = World::new();
    let (address, mut telling) = listen(0).await;
    let hook = json!({
        "name": "Sync",
        "url": format!("http://{address}/in"),
        "events": ["kustomer.customer.create", "kustomer.customer.update"],
        "headers": [{ "name": "X-Source", "value": "sandbox" }],
    });
    let hook = world.post("/v1/outbound-webhooks", hook).await;
    assert_eq!(hook.status, 201);
    let token = hook.attribute("token").as_str().unwrap();

    let customer = world.post("/v1/customers", json!({ "name": "Ada" })).await;
    let (headers, body) = telling.recv().await.unwrap();
    assert_eq!(headers["x-kustomer-webhook-event"], "kustomer.customer.create");
    assert_eq!(headers["x-kustomer-webhook-signature"], signature(token, &body));
    assert_eq!(headers["x-source"], "sandbox");
    let event: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(event["name"], "kustomer.customer.create");
    assert_eq!(event["data"], customer.json["data"]);
    assert!(event["changes"].is_null());

    world.put(&format!("/v1/customers/{}", customer.id()), json!({ "name": "Eve" })).await;
    let (_, body) = telling.recv().await.unwrap();
    let event: Value = serde_json::from_slice(&body).unwrap();
    let change = json!({ "op": "replace", "before": "Ada", "after": "Eve" });
    assert_eq!(event["changes"]["attributes"]["name"], change);
}

#[tokio::test]
async fn a_webhook_that_fails_twice_is_told_the_third_time() {
    let world = World::new();
    let (address, mut telling) = listen(2).await;
    let hook = json!({
        "name": "Sync", "url": format!("http://{address}/"), "events": ["kustomer.customer.create"],
    });
    world.post("/v1/outbound-webhooks", hook).await;
    world.post("/v1/customers", json!({ "name": "Ada" })).await;
    assert!(telling.recv().await.is_some());
}

#[tokio::test]
async fn a_webhook_is_not_told_of_other_events_nor_after_its_deletion() {
    let world = World::new();
    let (address, mut telling) = listen(0).await;
    let hook = |events: Value| json!({ "name": "Sync", "url": format!("http://{address}/"), "events": events });
    let gone = world.post("/v1/outbound-webhooks", hook(json!(["kustomer.customer.create"]))).await;
    world.delete(&format!("/v1/outbound-webhooks/{}", gone.id())).await;
    world.post("/v1/outbound-webhooks", hook(json!(["kustomer.message.create"]))).await;
    let customer = world.post("/v1/customers", json!({ "name": "Ada" })).await.id();
    let message = json!({ "channel": "email", "app": "postmark", "customer": customer });
    world.post("/v1/messages", message).await;
    let (headers, _) = telling.recv().await.unwrap();
    assert_eq!(headers["x-kustomer-webhook-event"], "kustomer.message.create");
}

#[tokio::test]
async fn a_webhook_must_point_at_this_machine_and_name_events_that_exist() {
    let world = World::new();
    let check = async |url: &str, events: Value, expected: u16| {
        let hook = json!({ "name": "Sync", "url": url, "events": events });
        assert_eq!(world.post("/v1/outbound-webhooks", hook).await.status, expected, "{url}");
    };
    let create = || json!(["kustomer.customer.create"]);
    check("https://hooks.example.com/in", create(), 400).await;
    check("http://127.0.0.1:9/in", json!(["kustomer.invoice.create"]), 400).await;
    check("http://127.0.0.1:9/in", json!([]), 400).await;
    for _ in 0..5 {
        check("http://127.0.0.1:9/in", create(), 201).await;
    }
    check("http://127.0.0.1:9/in", create(), 400).await;
    let events = world.get("/v1/outbound-webhooks/events").await;
    assert_eq!(events.json["events"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn the_sandbox_serves_on_a_socket_and_stops_when_told() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(world.sandbox.clone().serve(listener, async {
        stopped.await.ok();
    }));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{address}/v1/customers?pageSize=1");
    let answer = client.get(url).bearer_auth(world.sandbox.admin_key()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(world.sandbox.received_count(), 1);
    drop(answer);
    drop(client);
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}
