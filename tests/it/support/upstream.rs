//! A Kustomer that misbehaves as a test tells it to, and keeps every byte it received.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::answer::{split_head, unchunked};

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// A port at which nobody listens, for as long as this is held: nobody else can be given it.
#[derive(Debug)]
pub(crate) struct Nobody {
    pub(crate) at: SocketAddr,
    _bound: TcpSocket,
}

impl Nobody {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        Self { at: socket.local_addr().expect("an address"), _bound: socket }
    }
}

/// Bytes of one connection each.
type Log = Arc<Mutex<Vec<Vec<u8>>>>;

/// A listener that hands each connection to a script.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) at: SocketAddr,
    received: Log,
}

/// One connection from the gateway, in the hands of a script. It closes when the script returns.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
    number: usize,
    log: Log,
}

impl Upstream {
    /// Listens, and runs the script on each connection.
    pub(crate) async fn start<S, F>(script: S) -> Self
    where
        S: Fn(Connection) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("an address");
        let received = Log::default();
        let log = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Else the system holds the second piece of an answer back until the first is confirmed.
                let _ = stream.set_nodelay(true);
                let number = lock(&log).len();
                lock(&log).push(Vec::new());
                let connection =
                    Connection { stream, unread: Vec::new(), number, log: Arc::clone(&log) };
                tokio::spawn(script(connection));
            }
        });
        Self { at, received }
    }

    /// Answers every request with the same bytes, on as few connections as the gateway likes.
    pub(crate) async fn answering(answer: &'static [u8]) -> Self {
        Self::start(move |mut connection| async move {
            while connection.request().await.is_some() {
                connection.send(answer).await;
            }
        })
        .await
    }

    /// Every byte received, connection by connection.
    pub(crate) fn received(&self) -> Vec<String> {
        lock(&self.received).iter().map(|bytes| String::from_utf8_lossy(bytes).into()).collect()
    }

    /// Everything received, in one text.
    pub(crate) fn all_received(&self) -> String {
        self.received().concat()
    }

    /// The request lines received, oldest first within a connection.
    pub(crate) fn request_lines(&self) -> Vec<String> {
        let received = self.received();
        let lines = received.iter().flat_map(|text| text.split("\r\n"));
        let lines = lines.filter(|line| line.ends_with(" HTTP/1.1"));
        lines.map(|line| without_body(line).to_owned()).collect()
    }
}

impl Connection {
    /// Waits for one whole request; gives its head, and none where the gateway closed the connection.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let head = self.head().await?;
        let text = head.to_ascii_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        if let Some(length) = length.and_then(|length| length.parse().ok()) {
            self.body(length).await;
        } else if text.contains("transfer-encoding: chunked") {
            self.until(b"0\r\n\r\n").await;
        }
        Some(head)
    }

    /// Waits for the head of a request alone.
    pub(crate) async fn head(&mut self) -> Option<String> {
        loop {
            if let Some((head, rest)) = split_head(&self.unread) {
                let head = String::from_utf8_lossy(head).into_owned();
                self.unread = rest.to_vec();
                return Some(head);
            }
            self.more().await?;
        }
    }

    /// Waits for so many bytes of a body.
    pub(crate) async fn body(&mut self, length: usize) -> Vec<u8> {
        while self.unread.len() < length && self.more().await.is_some() {}
        self.unread.drain(..length.min(self.unread.len())).collect()
    }

    /// Waits until these bytes came, and gives what came with them, taken out of its chunks.
    pub(crate) async fn until(&mut self, end: &[u8]) -> Vec<u8> {
        while !self.unread.windows(end.len()).any(|bytes| bytes == end) {
            if self.more().await.is_none() {
                break;
            }
        }
        unchunked(&std::mem::take(&mut self.unread))
    }

    /// Sends bytes; a gateway that has gone away is none of the script's concern.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Sends bytes; false where the gateway has gone away.
    pub(crate) async fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// Keeps the connection open and says nothing until the gateway closes it.
    pub(crate) async fn hold(&mut self) {
        while self.more().await.is_some() {}
    }

    async fn more(&mut self) -> Option<()> {
        self.unread.reserve(PIECE);
        let before = self.unread.len();
        self.stream.read_buf(&mut self.unread).await.ok().filter(|count| *count > 0)?;
        lock(&self.log)[self.number].extend_from_slice(&self.unread[before..]);
        Some(())
    }
}

/// A request line without the JSON of the request before, which has no end of line of its own.
fn without_body(line: &str) -> &str {
    let ends = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        .iter()
        .flat_map(|method| ["}", "]"].map(|end| format!("{end}{method} /")))
        .filter_map(|text| line.rfind(&text));
    ends.max().map_or(line, |at| &line[at + 1..])
}

fn lock(log: &Log) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
