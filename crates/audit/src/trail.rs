//! The trail: the one way to a record, and the writer that makes records durable.
//!
//! One writer task takes whatever has queued up while the last commit ran and commits it as a group.
//! [`Trail::open`] answers only after that commit, so an [`OpenRecord`] is proof of a durable record.

mod open_record;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use policy::Permit;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{AuditSink, Opening, Outcome, OutcomeKind, RecordId, StoreFailure, sentence};
pub use open_record::{Ending, OpenRecord};
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
}

impl Default for TrailSettings {
    fn default() -> Self {
        Self { queue: 4096, wait: Duration::from_secs(5), retry: Duration::from_millis(200) }
    }
}

/// The handle through which records are opened. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Trail {
    queue: mpsc::UnboundedSender<Job>,
    /// Bounds the openings in the queue. Outcomes are bounded by the records that are open.
    places: Arc<Semaphore>,
    wait: Duration,
    /// Set once the gateway ends requests by itself.
    stopping: Arc<AtomicBool>,
}

/// One thing for the writer to do.
#[derive(Debug)]
enum Job {
    Opening(Waiting),
    Outcome(RecordId, Outcome),
}

/// An opening and whoever waits for it to be durable.
#[derive(Debug)]
struct Waiting {
    opening: Box<Opening>,
    durable: oneshot::Sender<Result<Durable, StoreFailure>>,
    claim: Durable,
    /// Given back once the opening is written or refused.
    place: OwnedSemaphorePermit,
}

/// A record that is durable and waits to be claimed by its request. If nobody does, because the agent
/// left or the time was up meanwhile, the record is completed with that.
#[derive(Debug)]
struct Durable {
    given_up: Option<(RecordId, Outcome)>,
    queue: mpsc::UnboundedSender<Job>,
}

impl Durable {
    fn of(opening: &Opening, queue: mpsc::UnboundedSender<Job>) -> Self {
        let given_up = opening.outcome.is_none().then(|| (opening.id, not_forwarded(opening)));
        Self { given_up, queue }
    }

    fn claim(mut self) {
        self.given_up = None;
    }

    /// The outcome with which an unclaimed record is completed; none for a refusal, which has its own.
    fn into_given_up(mut self) -> Option<(RecordId, Outcome)> {
        self.given_up.take()
    }
}

impl Drop for Durable {
    fn drop(&mut self) {
        if let Some((id, outcome)) = self.given_up.take() {
            // Fails only once the writer has stopped, and says so itself.
            let _ = self.queue.send(Job::Outcome(id, outcome));
        }
    }
}

fn not_forwarded(opening: &Opening) -> Outcome {
    Outcome {
        kind: OutcomeKind::NotForwarded,
        status: None,
        duration_ms: 0,
        bytes_in: 0,
        bytes_out: 0,
        sentence: sentence::not_forwarded(&opening.sentence),
    }
}

impl Trail {
    /// Makes a trail and the writer that must be run for it.
    #[must_use]
    pub fn new(sink: Arc<dyn AuditSink>, settings: TrailSettings) -> (Self, TrailWriter) {
        let (queue, jobs) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(settings.queue));
        let trail = Self { queue, places, wait: settings.wait, stopping: Arc::default() };
        (trail, TrailWriter::new(sink, jobs, settings.retry))
    }

    /// Records a permitted request; returns once the record is durable.
    ///
    /// `started` is the instant at which the request arrived, for the duration in its outcome.
    pub async fn open(
        &self,
        opening: Opening,
        permit: Permit,
        started: Instant,
    ) -> Result<OpenRecord, TrailFailure> {
        let id = opening.id;
        // Nothing is awaited between the claim and the record: whoever drops this future drops either.
        self.append(opening).await?.claim();
        let (queue, stopping) = (self.queue.clone(), Arc::clone(&self.stopping));
        Ok(OpenRecord::new(id, permit, started, queue, stopping))
    }

    /// From now on, a record that is given up says that the gateway stopped, not that its agent left.
    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Records a request that the gateway refused by itself; its outcome is in the opening.
    pub async fn refuse(&self, opening: Opening) -> Result<(), TrailFailure> {
        self.append(opening).await.map(Durable::claim)
    }

    /// Whether the writer is there to write.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.queue.is_closed()
    }

    async fn append(&self, opening: Opening) -> Result<Durable, TrailFailure> {
        tokio::time::timeout(self.wait, self.append_in_time(opening))
            .await
            .unwrap_or(Err(TrailFailure::TooSlow))
    }

    async fn append_in_time(&self, opening: Opening) -> Result<Durable, TrailFailure> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| TrailFailure::Stopped)?;
        let (durable, answer) = oneshot::channel();
        let claim = Durable::of(&opening, self.queue.clone());
        let waiting = Waiting { opening: Box::new(opening), durable, claim, place };
        self.queue.send(Job::Opening(waiting)).map_err(|_| TrailFailure::Stopped)?;
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
