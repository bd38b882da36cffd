//! How long the threads that serve keep somebody waiting: a page of the gateway's own, asked for a
//! thousand times a second on each of them. It needs no record, so the disk has no part in it, and what
//! is left is what serving itself, or a reload, keeps the threads from.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Below the gateway's own paths and no page: answered at once, and not put on record.
const REQUEST: &[u8] = b"GET /_kustodian/nothing HTTP/1.1\r\nhost: gateway\r\n\r\n";

/// How often it is asked for on each connection, if the answer does not take longer.
const EVERY: Duration = Duration::from_millis(1);

/// When it was asked for, and how long the answer took.
pub(crate) type Waited = (Instant, Duration);

/// What asks, until it is ended.
#[derive(Debug)]
pub(crate) struct Probe {
    done: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<Waited>>>,
}

impl Probe {
    /// Asks on a connection for each processor. Each goes to the worker that has the fewest connections,
    /// so each worker has one.
    pub(crate) fn start(at: SocketAddr) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let start = |_| {
            let done = Arc::clone(&done);
            let stream = TcpStream::connect(at).expect("the gateway accepts connections");
            thread::spawn(move || ask_until(&done, stream))
        };
        let threads = (0..workers).map(start).collect();
        Self { done, threads }
    }

    /// Ends it; all that it saw, in the order of time.
    pub(crate) fn end(self) -> Vec<Waited> {
        self.done.store(true, Ordering::Relaxed);
        let ended = |thread: JoinHandle<_>| thread.join().expect("every question is answered");
        let mut all: Vec<Waited> = self.threads.into_iter().flat_map(ended).collect();
        all.sort_unstable();
        all
    }
}

fn ask_until(done: &AtomicBool, mut stream: TcpStream) -> Vec<Waited> {
    stream.set_nodelay(true).expect("a socket takes its options");
    let (mut all, mut answer) = (Vec::new(), [0; 4096]);
    while !done.load(Ordering::Relaxed) {
        let asked = Instant::now();
        stream.write_all(REQUEST).expect("the gateway reads");
        // The answer is one small piece.
        let count = stream.read(&mut answer).expect("an answer");
        assert!(answer[..count].starts_with(b"HTTP/1.1 404"), "it is no page");
        let took = asked.elapsed();
        all.push((asked, took));
        thread::sleep(EVERY.saturating_sub(took));
    }
    all
}

/// What so many in ten thousand did not exceed.
pub(crate) fn within(waited: &[Waited], in_ten_thousand: usize) -> Duration {
    let mut took: Vec<Duration> = waited.iter().map(|(_, took)| *took).collect();
    took.sort_unstable();
    let last = took.len().saturating_sub(1);
    took.get((took.len() * in_ten_thousand / 10_000).min(last)).copied().unwrap_or_default()
}

/// The longest in each of these stretches of time.
pub(crate) fn longest_in(waited: &[Waited], stretches: &[(Instant, Instant)]) -> Vec<Duration> {
    let longest = |(from, until): &(Instant, Instant)| {
        let start = waited.partition_point(|(asked, _)| asked < from);
        let during = waited[start..].iter().take_while(|(asked, _)| asked < until);
        during.map(|(_, took)| *took).max().unwrap_or_default()
    };
    stretches.iter().map(longest).collect()
}
