//! A Kustomer that remembers each request it saw.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::support::upstream::{Connection, Upstream};

/// Request lines, such as `GET /v1/customers/5f1a HTTP/1.1`.
type Lines = Arc<Mutex<Vec<String>>>;

/// A Kustomer on a socket.
#[derive(Debug)]
pub(crate) struct Kustomer {
    pub(crate) at: SocketAddr,
    seen: Lines,
}

impl Kustomer {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let seen = Lines::default();
        let lines = Arc::clone(&seen);
        let upstream = Upstream::start(move |connection| serve(connection, Arc::clone(&lines)));
        Self { at: upstream.await.at, seen }
    }

    /// The lines of all requests whose head came, in the order in which they came.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers in two pieces, so that a kill meets answers that are under way too.
async fn serve(mut connection: Connection, seen: Lines) {
    while let Some(head) = connection.request().await {
        let line = head.lines().next().unwrap_or_default().to_owned();
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"dat").await;
        tokio::task::yield_now().await;
        connection.send(b"a\":1}").await;
    }
}
