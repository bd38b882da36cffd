//! The trail: the one way to a record, and the writer that makes records durable.
//!
//! One writer task takes whatever has queued up while the last commit ran and commits it as a group.
//! [`Trail::open`] answers only after that commit, so an [`OpenRecord`] is proof of a durable record.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use policy::Permit;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{AuditSink, Entry, Opening, Outcome, OutcomeKind, RecordId, StoreFailure, sentence};

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

/// Most entries that are committed together: bounds the size of a transaction.
const GROUP: usize = 512;

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
        (trail, TrailWriter { sink, jobs, retry: settings.retry, unwritten: Vec::new() })
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
        Ok(OpenRecord { id, permit, started, queue, stopping, closed: false })
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

/// A durable record of a permitted request that is under way. Only [`Trail::open`] makes one.
///
/// It is closed with what came of the request. One that is dropped unclosed gives itself up, because
/// a request's future is dropped when its agent goes away.
#[derive(Debug)]
pub struct OpenRecord {
    id: RecordId,
    permit: Permit,
    started: Instant,
    queue: mpsc::UnboundedSender<Job>,
    stopping: Arc<AtomicBool>,
    closed: bool,
}

/// How far a forwarded request had come when it ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ending {
    /// Kustomer's status, or the gateway's own where it answered by itself.
    pub status: Option<u16>,
    /// Bytes of the request's body.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
}

impl OpenRecord {
    /// The record's id.
    #[must_use]
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// What was permitted.
    #[must_use]
    pub fn permit(&self) -> &Permit {
        &self.permit
    }

    /// Closes the record. The outcome is written by the writer's next commit; the agent need not wait.
    pub fn close(mut self, kind: OutcomeKind, ending: Ending) {
        self.finish(kind, ending);
    }

    /// Closes the record of a request that ended before its answer did: its agent left, unless the
    /// gateway is to blame.
    pub fn give_up(mut self, ending: Ending) {
        self.finish(self.to_blame(), ending);
    }

    fn to_blame(&self) -> OutcomeKind {
        if std::thread::panicking() || self.stopping.load(Ordering::Relaxed) {
            OutcomeKind::GatewayStopped
        } else {
            OutcomeKind::AgentLeft
        }
    }

    fn finish(&mut self, kind: OutcomeKind, ending: Ending) {
        self.closed = true;
        let mut outcome = Outcome {
            kind,
            status: ending.status,
            duration_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes_in: ending.bytes_in,
            bytes_out: ending.bytes_out,
            sentence: String::new(),
        };
        outcome.sentence = sentence::closed(&self.permit, &outcome);
        self.log(&outcome);
        if self.queue.send(Job::Outcome(self.id, outcome)).is_err() {
            tracing::error!(request.id = %self.id, "an outcome came after the trail's writer stopped");
        }
    }

    fn log(&self, outcome: &Outcome) {
        tracing::info!(
            request.id = %self.id,
            agent.id = %self.permit.policy().agent().id(),
            operation.id = %self.permit.asked().operation().id(),
            decision = "permitted",
            outcome = outcome.kind.as_str(),
            status = outcome.status,
            duration_ms = outcome.duration_ms,
            "{}", outcome.sentence
        );
    }
}

impl Drop for OpenRecord {
    fn drop(&mut self) {
        if !self.closed {
            self.finish(self.to_blame(), Ending::default());
        }
    }
}

/// The one writer of a process. Run it for as long as the trail is in use.
#[derive(Debug)]
pub struct TrailWriter {
    sink: Arc<dyn AuditSink>,
    jobs: mpsc::UnboundedReceiver<Job>,
    retry: Duration,
    /// Outcomes that the store has not taken yet: kept until it does.
    unwritten: Vec<Entry>,
}

/// How often the writer tries to save the last outcomes once nothing new can come.
const LAST_TRIES: u32 = 10;

impl TrailWriter {
    /// Commits what is queued until every handle of the trail and every open record is gone.
    pub async fn run(mut self) {
        while let Some(jobs) = self.gather().await {
            self.commit(jobs).await;
        }
        self.finish().await;
    }

    /// Waits for work and takes all that is there; none when nothing can come any more.
    async fn gather(&mut self) -> Option<Vec<Job>> {
        let mut jobs = Vec::new();
        let again = tokio::time::sleep(self.retry);
        tokio::select! {
            taken = self.jobs.recv_many(&mut jobs, GROUP) => (taken > 0).then_some(jobs),
            () = again, if !self.unwritten.is_empty() => Some(jobs),
        }
    }

    async fn finish(&mut self) {
        for _ in 0..LAST_TRIES {
            if self.unwritten.is_empty() {
                return;
            }
            tokio::time::sleep(self.retry).await;
            self.commit(Vec::new()).await;
        }
        let lost = self.unwritten.len();
        tracing::error!(lost, "the store took no outcomes before the gateway stopped");
    }

    /// Appends one group. Openings that fail are refused to whoever waits; outcomes are kept.
    async fn commit(&mut self, jobs: Vec<Job>) {
        let mut outcomes = std::mem::take(&mut self.unwritten);
        let mut entries = Vec::with_capacity(jobs.len() + outcomes.len());
        let mut waiting = Vec::new();
        for job in jobs {
            match job {
                Job::Outcome(id, outcome) => outcomes.push(Entry::Outcome(id, outcome)),
                Job::Opening(Waiting { opening, durable, claim, place }) => {
                    entries.push(Entry::Opening(opening));
                    waiting.push((durable, claim, place));
                }
            }
        }
        // Openings first: an outcome never comes before its record.
        let openings = entries.len();
        entries.append(&mut outcomes);
        if let Err(failure) = self.sink.append(&entries).await {
            tracing::error!(%failure, entries = entries.len(), "the trail could not be written");
            self.unwritten = entries.split_off(openings);
            for (durable, claim, place) in waiting {
                claim.claim();
                drop(place);
                // Whoever no longer waits has been answered already.
                let _ = durable.send(Err(failure.clone()));
            }
            return;
        }
        for (durable, claim, place) in waiting {
            drop(place);
            // A claim that cannot be handed over is dropped, and completes its record.
            let _ = durable.send(Ok(claim));
        }
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
