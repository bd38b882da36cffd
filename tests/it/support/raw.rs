//! A client that sends exactly the bytes it is given, for requests that no library would make.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::{Answer, split_head};

/// The longest that anything under test may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// A connection and what was read of it ahead of need.
#[derive(Debug)]
pub(crate) struct RawClient {
    stream: TcpStream,
    read: Vec<u8>,
}

impl RawClient {
    /// Connects.
    pub(crate) async fn connect(at: SocketAddr) -> Self {
        let stream = TcpStream::connect(at).await.expect("the address accepts connections");
        stream.set_nodelay(true).expect("a socket's option");
        Self { stream, read: Vec::new() }
    }

    /// Sends bytes.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the other side reads");
    }

    /// Reads the head of an answer; its body is still to come.
    pub(crate) async fn head(&mut self) -> Answer {
        loop {
            if let Some((head, rest)) = split_head(&self.read) {
                let mut answer = Answer::parse(head);
                answer.body.clear();
                self.read = rest.to_vec();
                return answer;
            }
            assert!(self.more().await, "the connection ended before the head was whole");
        }
    }

    /// Reads until what was read holds `text`.
    pub(crate) async fn until(&mut self, text: &str) {
        while !String::from_utf8_lossy(&self.read).contains(text) {
            assert!(self.more().await, "the connection ended before `{text}` came");
        }
    }

    /// Reads an answer whose end is told by its `content-length`.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        let length = answer.header("content-length").parse().expect("a length");
        while self.read.len() < length {
            assert!(self.more().await, "the connection ended before the body was whole");
        }
        answer.body = self.read.drain(..length).collect();
        answer
    }

    /// Everything until the other side closes the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.read)
    }

    /// Closes its half of the connection, and waits until the other side has done so too.
    pub(crate) async fn leave(mut self) {
        // Who is gone already cannot leave.
        let _ = self.stream.shutdown().await;
        self.rest().await;
    }

    /// The first byte that comes.
    pub(crate) async fn first(&mut self) -> u8 {
        while self.read.is_empty() {
            assert!(self.more().await, "the connection ended before anything came");
        }
        self.read[0]
    }

    /// Reads a piece more; false at the end.
    async fn more(&mut self) -> bool {
        self.read.reserve(PIECE);
        let read = self.stream.read_buf(&mut self.read);
        // A connection that is reset has ended too.
        let count = timeout(PATIENCE, read).await.expect("an answer in time").unwrap_or(0);
        count > 0
    }
}

/// Sends one request, which must ask for `Connection: close`, and reads the whole answer.
pub(crate) async fn exchange(at: SocketAddr, request: &[u8]) -> Answer {
    let mut client = RawClient::connect(at).await;
    client.send(request).await;
    Answer::parse(&client.rest().await)
}

/// A request without a body, for [`exchange`]. The target may be any bytes.
pub(crate) fn request(method: &str, target: &[u8], token: &str) -> Vec<u8> {
    let mut bytes = format!("{method} ").into_bytes();
    bytes.extend_from_slice(target);
    let rest = format!(
        " HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
