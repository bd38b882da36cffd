//! One plain-http call to a listener that is near, as a client would make it: for `kustodian health`
//! and for the demo's own calls. Never on a request's way.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long a call may take in all.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// What to ask.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// Such as `GET`.
    pub method: &'c str,
    /// The path and query, sent byte for byte.
    pub path: &'c str,
    /// What stands in `Authorization` behind `Bearer`.
    pub bearer: Option<&'c str>,
    /// A body of JSON.
    pub json: Option<&'c str>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

/// Gets a page; `authority` is a host and a port.
pub async fn get(authority: &str, path: &str) -> Result<Answer, ProbeFailure> {
    send(authority, Call { method: "GET", path, bearer: None, json: None }).await
}

/// Makes a call and reads the whole answer, within three seconds.
pub async fn send(authority: &str, call: Call<'_>) -> Result<Answer, ProbeFailure> {
    let request = request(authority, call)?;
    let exchange = exchange(authority, request);
    tokio::time::timeout(TIME_LIMIT, exchange).await.unwrap_or(Err(ProbeFailure::TooSlow))
}

fn request(authority: &str, call: Call<'_>) -> Result<Request<Full<Bytes>>, ProbeFailure> {
    let mut request = Request::builder().method(call.method).uri(call.path).header(HOST, authority);
    if let Some(token) = call.bearer {
        request = request.header(http::header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if call.json.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    let body = Bytes::copy_from_slice(call.json.unwrap_or_default().as_bytes());
    request.body(Full::new(body)).map_err(ProbeFailure::NoRequest)
}

async fn exchange(authority: &str, request: Request<Full<Bytes>>) -> Result<Answer, ProbeFailure> {
    let stream = TcpStream::connect(authority).await.map_err(ProbeFailure::Unreachable)?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(ProbeFailure::BrokeOff)?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(ProbeFailure::BrokeOff)?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, LONGEST_ANSWER).collect().await;
    let body = body.map_err(|_| ProbeFailure::NoWholeBody)?.to_bytes();
    connection.abort();
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProbeFailure {
    /// The method, path or token cannot stand in a request.
    #[error("this cannot be sent as a request")]
    NoRequest(#[source] http::Error),
    /// Nobody listens there.
    #[error("cannot connect")]
    Unreachable(#[source] std::io::Error),
    /// The connection ended too soon, or what came is no HTTP.
    #[error("the connection broke off")]
    BrokeOff(#[source] hyper::Error),
    /// The answer's body broke off, or is longer than a megabyte.
    #[error("the answer's body broke off or is too long")]
    NoWholeBody,
    /// Three seconds were not enough.
    #[error("no answer within {} s", TIME_LIMIT.as_secs())]
    TooSlow,
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    #[tokio::test]
    async fn a_path_with_dot_segments_is_sent_as_it_is() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 1024];
            let length = stream.read(&mut head).await.unwrap();
            stream.write_all(b"HTTP/1.1 418 X\r\ncontent-length: 2\r\n\r\nno").await.unwrap();
            String::from_utf8(head[..length].to_vec()).unwrap()
        });
        let call = Call { method: "PUT", path: "/v1/a/../b?c", bearer: Some("x"), json: None };
        let answer = send(&authority, call).await.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (418, "no"));
        let head = server.await.unwrap();
        assert!(head.starts_with("PUT /v1/a/../b?c HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("authorization: Bearer x\r\n"), "{head}");
    }

    #[tokio::test]
    async fn a_port_without_a_listener_is_unreachable() {
        // Bound but not listening: nobody else can be given the port meanwhile.
        let nobody = TcpSocket::new_v4().unwrap();
        nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let authority = nobody.local_addr().unwrap().to_string();
        let failure = get(&authority, "/").await.unwrap_err();
        assert!(matches!(failure, ProbeFailure::Unreachable(_)), "{failure:?}");
    }
}
