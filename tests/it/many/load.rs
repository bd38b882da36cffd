//! So many requests a second, on many connections, for a time: how long each took, and how long nobody
//! was answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::support::answer::split_head;
use crate::support::world::ID;

/// How many connections there are; each asks for the next when it was answered and its turn comes.
const CONNECTIONS: u32 = 50;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Served {
    /// What each request took, the quickest first.
    took: Vec<Duration>,
    /// The longest time in which no request was answered.
    pub(crate) pause: Duration,
    time: Duration,
}

impl Served {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.took.len() as f64 / self.time.as_secs_f64()
    }

    /// What so many in a thousand did not exceed.
    pub(crate) fn within(&self, thousandths: usize) -> Duration {
        let last = self.took.len() - 1;
        self.took[(self.took.len() * thousandths / 1000).min(last)]
    }
}

/// Asks. Each request must be answered with 200.
pub(crate) async fn run(at: SocketAddr, tokens: &[String], rate: u32, time: Duration) -> Served {
    let start = Instant::now();
    let every = Duration::from_secs(1) * CONNECTIONS / rate;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let token = &tokens[number as usize % tokens.len()];
            let request: Arc<str> = format!(
                "GET /v1/customers/{ID} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\r\n"
            )
            .into();
            let begin = start + every * number / CONNECTIONS;
            tokio::spawn(converse(at, request, begin, every, start + time))
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("every request is answered"));
    }
    all.sort_unstable();
    let ends = std::iter::once(start).chain(all.iter().map(|(end, _)| *end));
    let pauses = ends.zip(&all).map(|(before, (end, _))| end.duration_since(before));
    let pause = pauses.max().unwrap_or_default();
    let mut took: Vec<Duration> = all.iter().map(|(_, took)| *took).collect();
    took.sort_unstable();
    Served { took, pause, time: start.elapsed() }
}

/// Asks again and again; gives when each answer was there, and what it took.
async fn converse(
    at: SocketAddr,
    request: Arc<str>,
    begin: Instant,
    every: Duration,
    end: Instant,
) -> Vec<(Instant, Duration)> {
    let mut stream = TcpStream::connect(at).await.expect("the gateway accepts connections");
    stream.set_nodelay(true).expect("a socket takes its options");
    let mut turns = interval_at(begin.into(), every);
    // What fell behind is made up for, so that the rate is kept.
    turns.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut all, mut read) = (Vec::new(), Vec::with_capacity(16 * 1024));
    while Instant::now() < end {
        turns.tick().await;
        let asked = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("the gateway reads");
        read.clear();
        while !is_whole(&read) {
            let count = stream.read_buf(&mut read).await.expect("an answer");
            assert!(count > 0, "the gateway closed the connection");
        }
        assert!(read.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&read));
        all.push((Instant::now(), asked.elapsed()));
    }
    all
}

fn is_whole(answer: &[u8]) -> bool {
    let Some((head, body)) = split_head(answer) else { return false };
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| body.len() >= length)
}
