//! The trail: the one way to a record, and the writer that makes records durable.
//!
//! One writer task takes whatever has queued up while the last commit ran and commits it as a group.
//! [`Trail::open`] answers only after that commit, so an [`OpenRecord`] is proof of a durable record.

mod abandoned;
mod courier;
mod open_record;
mod unsent;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use policy::Permit;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::scribe::{Entry, Scribe};
use crate::{AuditSink, Opening, Outcome, OutcomeKind, RecordId, StoreFailure, sentence};
pub use abandoned::Heirs;
use courier::Courier;
pub use open_record::{Ending, OpenRecord};
use unsent::Unsent;
pub use writer::TrailWriter;

/// How much may wait for the writer, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct TrailSettings {
    /// Requests that may wait for their record at once; more wait for a place.
    pub queue: usize,
    /// The longest a request waits for its record to be durable.
    pub wait: Duration,
    /// How long the writer pauses after a failed commit before it tries again.
    pub retry: Duration,
    /// How long a writer is silent before others take it for dead and complete its records. One that
    /// has nothing to write says four times as often that it is alive.
    pub silence: Duration,
}

impl TrailSettings {
    fn beat(&self) -> Duration {
        self.silence / 4
    }
}

impl Default for TrailSettings {
    fn default() -> Self {
        Self {
            queue: 4096,
            wait: Duration::from_secs(5),
            retry: Duration::from_millis(200),
            silence: Duration::from_secs(15),
        }
    }
}

/// Makes the record with which a chain begins: at the start, and where a gateway that was taken for
/// dead goes on in a new one.
pub struct FirstRecord(Box<dyn Fn() -> Opening + Send + Sync>);

impl FirstRecord {
    /// Wraps what makes it; each must have an id of its own.
    pub fn new(make: impl Fn() -> Opening + Send + Sync + 'static) -> Self {
        Self(Box::new(make))
    }

    fn make(&self) -> Opening {
        (self.0)()
    }
}

impl fmt::Debug for FirstRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstRecord")
    }
}

/// The handle through which records are opened. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Trail {
    queue: mpsc::UnboundedSender<Job>,
    /// Bounds the openings in the queue. Outcomes are bounded by the records that are open.
    places: Arc<Semaphore>,
    /// Bounds those of which nobody waits for their record: they take no place from those who do.
    spare: Arc<Semaphore>,
    wait: Duration,
    /// Set once the gateway ends requests by itself.
    stopping: Arc<AtomicBool>,
    /// The chain that the writer writes.
    ordinal: Arc<AtomicU32>,
    /// Who hands out answers on the thread that this handle is used on.
    courier: Option<Courier>,
}

/// One thing for the writer to do.
#[derive(Debug)]
enum Job {
    Opening(Waiting),
    Outcome(Entry),
}

/// An opening and whoever waits for it to be durable.
#[derive(Debug)]
struct Waiting {
    entry: Entry,
    waiter: Waiter,
}

/// Whoever waits for an opening to be durable.
#[derive(Debug)]
struct Waiter {
    durable: oneshot::Sender<Result<Durable, StoreFailure>>,
    courier: Option<Courier>,
    claim: Durable,
    /// Given back once the opening is written or refused.
    place: OwnedSemaphorePermit,
}

/// A record that is durable and waits to be claimed by its request. If nobody does, because the agent
/// left or the time was up meanwhile, the record is completed with that.
#[derive(Debug)]
struct Durable {
    /// The record's id and its sentence; none for a refusal, which is complete already.
    given_up: Option<(RecordId, String)>,
    queue: mpsc::UnboundedSender<Job>,
}

impl Durable {
    /// The request goes on with its record.
    fn claim(mut self) {
        self.given_up = None;
    }

    /// There is no record.
    fn withdraw(self) {
        self.claim();
    }
}

impl Drop for Durable {
    fn drop(&mut self) {
        if let Some((id, opened)) = self.given_up.take() {
            // Fails only once the writer has stopped, and says so itself.
            let _ = self.queue.send(Job::Outcome(Entry::outcome(id, &not_forwarded(&opened))));
        }
    }
}

fn not_forwarded(opened: &str) -> Outcome {
    unanswered(OutcomeKind::NotForwarded, sentence::not_forwarded(opened))
}

fn unanswered(kind: OutcomeKind, sentence: String) -> Outcome {
    Outcome { kind, status: None, duration_ms: 0, bytes_in: 0, bytes_out: 0, sentence }
}

impl Trail {
    /// Opens a chain, and makes a trail and the writer that must be run for it.
    pub async fn start(
        sink: Arc<dyn AuditSink>,
        settings: TrailSettings,
        first: FirstRecord,
    ) -> Result<(Self, TrailWriter), StoreFailure> {
        let scribe = Scribe::open(Arc::clone(&sink), first.make()).await?;
        let (queue, jobs) = mpsc::unbounded_channel();
        let writer = TrailWriter::new(sink, scribe, jobs, settings, first);
        let trail = Self {
            queue,
            places: Arc::new(Semaphore::new(settings.queue)),
            spare: Arc::new(Semaphore::new(settings.queue)),
            wait: settings.wait,
            stopping: Arc::default(),
            ordinal: writer.ordinal(),
            courier: None,
        };
        Ok((trail, writer))
    }

    /// The same trail for one thread that serves many requests, with its courier's work, which must be
    /// spawned there before the first of them: it spares the writer to wake each by itself.
    pub fn with_courier(&self) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (courier, work) = Courier::new();
        (Self { courier: Some(courier), ..self.clone() }, work)
    }

    /// Records a permitted request; returns once the record is durable.
    ///
    /// `started` is the instant at which the request arrived, for the duration in its outcome.
    pub fn open<'t>(
        &'t self,
        opening: &Opening,
        permit: Permit,
        started: Instant,
    ) -> impl Future<Output = Result<OpenRecord, TrailFailure>> + Send + use<'t> {
        let id = opening.id;
        // Nothing is awaited between the claim and the record: whoever drops this drops either.
        self.append(opening).map(move |durable| {
            durable?.claim();
            let (queue, stopping) = (self.queue.clone(), Arc::clone(&self.stopping));
            Ok(OpenRecord::new(id, permit, started, queue, stopping))
        })
    }

    /// From now on, a record that is given up says that the gateway stopped, not that its agent left.
    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the gateway ends requests by itself.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Records what is over already: a request that the gateway refused by itself, or what it notes of
    /// itself.
    pub fn note<'t>(
        &'t self,
        opening: &Opening,
    ) -> impl Future<Output = Result<(), TrailFailure>> + Send + use<'t> {
        self.append(opening).map(|durable| durable.map(Durable::claim))
    }

    /// The same, where nobody is there to wait: it is written as soon as the store takes it.
    pub fn note_unheard(&self, opening: &Opening) {
        drop(Unsent::new(self, opening));
    }

    /// Whether the writer is there to write.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Everything is made ready before anything is awaited, so that what waits is small.
    fn append<'t>(
        &'t self,
        opening: &Opening,
    ) -> impl Future<Output = Result<Durable, TrailFailure>> + Send + use<'t> {
        let submitted = self.submit(Unsent::new(self, opening));
        tokio::time::timeout(self.wait, submitted)
            .map(|in_time| in_time.unwrap_or(Err(TrailFailure::TooSlow)))
    }

    async fn submit(&self, mut unsent: Unsent<'_>) -> Result<Durable, TrailFailure> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| TrailFailure::Stopped)?;
        // From here on the record may be written, and is completed if nobody claims it.
        let answer = unsent.send(place, self.courier.clone()).ok_or(TrailFailure::Stopped)?;
        answer.await.map_err(|_| TrailFailure::Stopped)?.map_err(TrailFailure::Store)
    }
}

/// Why a request has no durable record. It must not be forwarded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrailFailure {
    /// The store refused or failed.
    #[error("the store did not take the record")]
    Store(#[source] StoreFailure),
    /// The record was not durable in time.
    #[error("the record was not durable in time")]
    TooSlow,
    /// The writer has stopped: the gateway is shutting down.
    #[error("the trail's writer has stopped")]
    Stopped,
}
