//! The threads that serve connections: each has a runtime of its own, so that nothing of a request
//! goes from one processor to another except its record.
//!
//! One task accepts for all of them and gives each connection to the worker that has the fewest. It
//! stays there: what it shares with others is read, or is a queue.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::capacity::{Capacity, Place};

/// How long to wait after the system gave no connection: it is out of descriptors, most likely.
const PAUSE: Duration = Duration::from_millis(50);

/// The workers of one listener. They end what is under way once this is dropped.
#[derive(Debug)]
pub struct Workers {
    workers: Vec<Worker>,
    capacity: Arc<Capacity>,
}

#[derive(Debug)]
struct Worker {
    connections: UnboundedSender<Connection>,
    /// Held by each of its connections too, so that its holders are a count of them.
    open: Arc<()>,
    thread: JoinHandle<()>,
}

/// Connections on their way to a worker; none any more once the listener has stopped.
pub(super) type Connections = UnboundedReceiver<Connection>;

/// An accepted connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: std::net::TcpStream,
    pub(super) address: IpAddr,
    /// To be held for as long as the connection is open.
    pub(super) held: Held,
}

/// What an open connection counts as.
#[derive(Debug)]
pub(super) struct Held {
    _of_worker: Arc<()>,
    _place: Place,
}

impl Workers {
    /// Starts so many threads. Each runs its own `serve` until there are no connections to come and
    /// that future ends; what it has spawned by then is dropped.
    pub(super) fn start<F>(
        name: &str,
        count: usize,
        capacity: Arc<Capacity>,
        serve: impl Fn(Connections) -> F,
    ) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let start = |number| {
            let (connections, arriving) = unbounded_channel();
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let serving = serve(arriving);
            let thread = thread::Builder::new().name(format!("{name}-{number}"));
            let thread = thread.spawn(move || run(runtime, serving))?;
            Ok(Worker { connections, open: Arc::default(), thread })
        };
        let workers = (1..=count).map(start).collect::<io::Result<_>>()?;
        Ok(Self { workers, capacity })
    }

    /// Accepts until told to stop, then waits for what is under way to end.
    pub async fn accept(self, listener: TcpListener, stop: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let given = accepted.and_then(|(stream, peer)| self.admit(stream, peer));
            if let Err(failure) = given {
                tracing::warn!(%failure, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
        drop(listener);
        self.end().await;
    }

    /// Gives a connection to a worker, if there is room for it; it is closed if not.
    fn admit(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        match self.capacity.take(peer.ip()) {
            Some(place) => self.give(stream, peer.ip(), place),
            None => Ok(()),
        }
    }

    /// Gives a connection to the worker that has the fewest.
    fn give(&self, stream: TcpStream, address: IpAddr, place: Place) -> io::Result<()> {
        let there = self.workers.iter().filter(|worker| !worker.connections.is_closed());
        let worker = there.min_by_key(|worker| Arc::strong_count(&worker.open));
        let worker = worker.ok_or_else(|| io::Error::other("no worker is there any more"))?;
        // It is taken off this task's runtime, to be put on the worker's.
        let stream = stream.into_std()?;
        let held = Held { _of_worker: Arc::clone(&worker.open), _place: place };
        let connection = Connection { stream, address, held };
        worker.connections.send(connection).map_err(|_| io::Error::other("a worker has ended"))
    }

    async fn end(self) {
        let threads: Vec<_> = self.workers.into_iter().map(|worker| worker.thread).collect();
        let joining = tokio::task::spawn_blocking(|| {
            for thread in threads {
                // One that panicked has said so itself.
                let _ = thread.join();
            }
        });
        let _ = joining.await;
    }
}

fn run(runtime: Runtime, serving: impl Future<Output = ()>) {
    runtime.block_on(serving);
    // A name look-up may still be waiting for its answer; nobody waits for it.
    runtime.shutdown_background();
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn a_connection_goes_to_the_worker_that_has_the_fewest() {
        let counts = Arc::new(Mutex::new(Vec::new()));
        let hold = |mut connections: Connections| {
            let counts = Arc::clone(&counts);
            async move {
                let mut held = Vec::new();
                while let Some(connection) = connections.recv().await {
                    held.push(connection);
                }
                counts.lock().unwrap().push(held.len());
            }
        };
        let workers = Workers::start("test", 2, Capacity::new(9, 9), hold).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..6 {
            let _agent = TcpStream::connect(address).await.unwrap();
            let (stream, peer) = listener.accept().await.unwrap();
            workers.admit(stream, peer).unwrap();
        }
        workers.end().await;
        assert_eq!(*counts.lock().unwrap(), [3, 3]);
    }
}
