//! The crowd: connections that say nothing, and connections that say something at a byte a second.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// So many connections come from one address.
const OF_ONE_ADDRESS: u32 = 2500;

/// How often a slow connection sends a byte.
const DRIP: Duration = Duration::from_secs(1);

/// A crowd, on a thread of its own. It goes away when this is dropped.
#[derive(Debug)]
pub(crate) struct Crowd {
    leave: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What one of the crowd does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Makes one request, and says nothing more.
    Idle,
    /// Never comes to the end of a head.
    SlowHead,
    /// Never comes to the end of a body.
    SlowBody,
}

impl Crowd {
    /// Opens so many connections, and returns when all of them have said what they say at first.
    pub(crate) fn gather(at: SocketAddr, token: &str, idle: u32, slow: u32) -> Self {
        let (ready, is_ready) = mpsc::channel();
        let (leave, left) = oneshot::channel();
        let token = token.to_owned();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let _crowd = open_all(at, &token, idle, slow).await;
                ready.send(()).expect("somebody waits");
                let _ = left.await;
            });
        });
        is_ready.recv().expect("the crowd gathers");
        Self { leave: Some(leave), thread: Some(thread) }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        drop(self.leave.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Every one of the crowd goes on by itself once it is open.
async fn open_all(at: SocketAddr, token: &str, idle: u32, slow: u32) -> JoinSet<()> {
    let mut crowd = JoinSet::new();
    for number in 0..idle + slow {
        let kind = match number {
            number if number < idle => Kind::Idle,
            number if number.is_multiple_of(2) => Kind::SlowHead,
            _ => Kind::SlowBody,
        };
        let from = number / OF_ONE_ADDRESS;
        let beginning = beginning(kind, token);
        let stream = open(at, from, &beginning, kind).await;
        crowd.spawn(async move {
            let mut stream = stream;
            loop {
                hold(&mut stream, kind).await;
                stream = open(at, from, &beginning, kind).await;
            }
        });
    }
    crowd
}

fn beginning(kind: Kind, token: &str) -> Vec<u8> {
    match kind {
        Kind::Idle => "GET /_kustodian/health HTTP/1.1\r\nhost: gateway\r\n\r\n".into(),
        Kind::SlowHead => "GET /v1/customers HTTP/1.1\r\nhost: gateway\r\nx-slow: ".into(),
        Kind::SlowBody => format!(
            "POST /v1/customers HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: 100000\r\n\r\n{{"
        )
        .into(),
    }
}

/// Opens a connection and says what it says at first.
async fn open(at: SocketAddr, from: u32, beginning: &[u8], kind: Kind) -> TcpStream {
    let [.., third, fourth] = (256 + from).to_be_bytes();
    let socket = TcpSocket::new_v4().expect("a socket");
    let address = Ipv4Addr::new(127, 0, third, fourth + 1);
    socket.bind(SocketAddr::from((address, 0))).expect("an address of the loopback");
    let mut stream = socket.connect(at).await.expect("the gateway accepts connections");
    stream.write_all(beginning).await.expect("the gateway reads");
    if kind == Kind::Idle {
        let mut answer = [0; 4096];
        let count = stream.read(&mut answer).await.expect("an answer");
        assert!(answer[..count].starts_with(b"HTTP/1.1 200"), "the crowd is let in");
    }
    stream
}

/// Goes on until the gateway closes the connection.
async fn hold(stream: &mut TcpStream, kind: Kind) {
    let mut answer = [0; 4096];
    let mut next = Instant::now() + DRIP;
    loop {
        tokio::select! {
            count = stream.read(&mut answer) => if count.unwrap_or(0) == 0 { return },
            () = sleep_until(next), if kind != Kind::Idle => {
                next += DRIP;
                if stream.write_all(b"a").await.is_err() {
                    return;
                }
            }
        }
    }
}
