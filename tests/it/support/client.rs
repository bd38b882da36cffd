//! A convenient client: no redirects, no proxy, nothing added.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::answer::Answer;

/// The longest that anything under test may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of one listener.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pooled: Pooled<HttpConnector, Full<Bytes>>,
    at: SocketAddr,
}

impl Client {
    /// A client that speaks HTTP/1.1.
    pub(crate) fn new(at: SocketAddr) -> Self {
        Self { pooled: Pooled::builder(TokioExecutor::new()).build_http(), at }
    }

    /// A client that speaks HTTP/2 without asking first.
    pub(crate) fn http2(at: SocketAddr) -> Self {
        Self { pooled: Pooled::builder(TokioExecutor::new()).http2_only(true).build_http(), at }
    }

    /// Sends `GET /v1/...`, and gives what came of an answer's body until it broke off.
    pub(crate) async fn broken_body(&self, line: &str, token: &str) -> Vec<u8> {
        let (method, target) = line.split_once(' ').expect("a method and a target");
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{target}", self.at))
            .header("authorization", format!("Bearer {token}"))
            .body(Full::default())
            .expect("a request");
        let mut body = self.pooled.request(request).await.expect("an answer").into_body();
        let mut came = Vec::new();
        loop {
            match body.frame().await.expect("the body breaks off") {
                Ok(frame) => came.extend(frame.into_data().unwrap_or_default()),
                Err(_) => return came,
            }
        }
    }

    /// Sends `GET /v1/...` with a token and a body; `headers` are further ones.
    pub(crate) async fn send(
        &self,
        line: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let (method, target) = line.split_once(' ').expect("a method and a target");
        let mut request = Request::builder()
            .method(method.parse::<Method>().expect("a method"))
            .uri(format!("http://{}{target}", self.at));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        let exchange = async {
            let response = self.pooled.request(request).await.expect("an answer");
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
            Answer { status: parts.status.as_u16(), headers: parts.headers, body }
        };
        tokio::time::timeout(PATIENCE, exchange).await.expect("an answer in time")
    }
}
