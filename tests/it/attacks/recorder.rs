//! A Kustomer that reads HTTP/1.1 by the letter, answers everything, and keeps what it received: it
//! is the witness of what an attack reached.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::answer::{split_head, unchunked};

/// What it answers.
const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// One request, or the part of one that came before the connection closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    /// Method, target and version, byte for byte.
    pub(crate) line: String,
    /// Each with its name in small letters, in the order received.
    pub(crate) headers: Vec<(String, String)>,
    /// Without its framing.
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) whole: bool,
}

/// The listener and what it received so far.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) at: SocketAddr,
    log: Log,
}

type Log = Arc<Mutex<Vec<Received>>>;

impl Received {
    /// All values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(own, _)| own == name);
        of_name.map(|(_, value)| value.as_str()).collect()
    }

    /// Its headers by name.
    pub(crate) fn names(&self) -> BTreeMap<&str, usize> {
        let mut names = BTreeMap::new();
        for (name, _) in &self.headers {
            *names.entry(name.as_str()).or_default() += 1;
        }
        names
    }

    fn of_head(head: &[u8]) -> Self {
        let head = String::from_utf8_lossy(head);
        // Only CRLF ends a line here: whatever else was let through stays in a value, and shows.
        let mut lines = head.trim_end_matches("\r\n").split("\r\n");
        let line = lines.next().unwrap_or_default().to_owned();
        let header = |line: &str| match line.split_once(':') {
            Some((name, value)) => (name.to_ascii_lowercase(), value.trim().to_owned()),
            None => (line.to_owned(), String::new()),
        };
        Self { line, headers: lines.map(header).collect(), body: Vec::new(), whole: false }
    }
}

impl Recorder {
    /// Listens and answers until this is dropped with its runtime.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("an address");
        let log = Log::default();
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(answer(stream, Arc::clone(&kept)));
            }
        });
        Self { at, log }
    }

    /// What was received since the last time this was asked.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut lock(&self.log))
    }
}

/// Reads one request after another; each is kept before it is answered.
async fn answer(mut stream: TcpStream, log: Log) {
    let mut unread = Vec::new();
    while let Some(received) = read(&mut stream, &mut unread).await {
        let whole = received.whole;
        lock(&log).push(received);
        if !whole || stream.write_all(OK).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Received> {
    let mut received = loop {
        if let Some((head, rest)) = split_head(unread) {
            let received = Received::of_head(head);
            *unread = rest.to_vec();
            break received;
        }
        more(stream, unread).await?;
    };
    let length = received.all("content-length").first().and_then(|length| length.parse().ok());
    let chunked = !received.all("transfer-encoding").is_empty();
    loop {
        let end = if chunked { end_of_chunks(unread) } else { Some(length.unwrap_or(0)) };
        match end.filter(|end| unread.len() >= *end) {
            Some(end) => {
                received.body = unread.drain(..end).collect();
                received.whole = true;
                break;
            }
            None if more(stream, unread).await.is_none() => {
                received.body = std::mem::take(unread);
                break;
            }
            None => {}
        }
    }
    if chunked {
        received.body = unchunked(&received.body);
    }
    Some(received)
}

/// Where the last chunk of a body ends; trailers would be taken for the next request, and show.
fn end_of_chunks(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = bytes.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
        let size = String::from_utf8_lossy(bytes.get(at..at + line)?).into_owned();
        let size = usize::from_str_radix(&size, 16).ok()?;
        at += line + 2 + size + 2;
        if size == 0 {
            return (bytes.len() >= at).then_some(at);
        }
    }
}

async fn more(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<()> {
    stream.read_buf(unread).await.ok().filter(|count| *count > 0).map(|_| ())
}

fn lock(log: &Log) -> MutexGuard<'_, Vec<Received>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
