//! A sandbox with a clock that tests set, and a client that needs no socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use sandbox::{Sandbox, Settings};
use serde_json::Value;
use tower::ServiceExt;

/// A sandbox of a test's own.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    seconds: Arc<AtomicI64>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let seconds = Arc::new(AtomicI64::new(1_772_442_000));
        let told = Arc::clone(&seconds);
        let clock = Arc::new(move || Timestamp::from_second(told.load(Ordering::SeqCst)).unwrap());
        Self { sandbox: Sandbox::new(settings, clock), seconds }
    }

    pub(crate) fn let_pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, &body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask("PUT", path, &body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, "").await
    }

    /// Asks with the key that opens everything.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.ask_with(&self.sandbox.admin_key(), method, path, body).await
    }

    pub(crate) async fn ask_with(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()));
        self.send(request.unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.sandbox.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, json }
    }
}

impl Answer {
    /// The id of the one record that was answered.
    pub(crate) fn id(&self) -> String {
        self.json["data"]["id"].as_str().unwrap().to_owned()
    }

    /// An attribute of the one record that was answered.
    pub(crate) fn attribute(&self, name: &str) -> &Value {
        &self.json["data"]["attributes"][name]
    }

    /// The ids of the records of a list.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.json["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of the error, which both of Kustomer's error shapes have.
    pub(crate) fn code(&self) -> &str {
        self.json["errors"][0]["code"].as_str().unwrap()
    }
}
