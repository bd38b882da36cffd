//! The trail's promise: whoever holds an `OpenRecord` has a durable record, and no outcome is lost.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use audit::{
    AuditSink, Decided, Ending, Entry, OpenRecord, Opening, OutcomeKind, PolicyLine, RecordId,
    StoreFailure, Trail, TrailFailure, TrailSettings, sentence,
};
use catalogue::{Catalogue, Level};
use policy::{Decision, Facts, Permit, matrix};
use tokio::sync::Semaphore;

/// A store in memory that can be told to fail, and that takes entries only as fast as it is let.
#[derive(Debug)]
struct Memory {
    entries: Mutex<Vec<Entry>>,
    failing: AtomicBool,
    /// Whether the answer to the next commit is lost, though it was done.
    forgetful: AtomicBool,
    turns: Semaphore,
}

impl Memory {
    fn new(turns: usize) -> Arc<Self> {
        Arc::new(Self {
            entries: Mutex::default(),
            failing: AtomicBool::new(false),
            forgetful: AtomicBool::new(false),
            turns: Semaphore::new(turns),
        })
    }

    fn openings(&self) -> usize {
        self.entries
            .lock()
            .unwrap()
            .iter()
            .filter(|entry| matches!(entry, Entry::Opening(_)))
            .count()
    }

    fn outcomes(&self) -> Vec<OutcomeKind> {
        let entries = self.entries.lock().unwrap();
        let kinds = entries.iter().filter_map(|entry| match entry {
            Entry::Outcome(_, outcome) | Entry::GivenUp(_, outcome) => Some(outcome.kind),
            Entry::Opening(_) => None,
        });
        kinds.collect()
    }
}

#[async_trait]
impl AuditSink for Memory {
    async fn append(&self, entries: &[Entry]) -> Result<(), StoreFailure> {
        self.turns.acquire().await.unwrap().forget();
        if self.failing.load(Ordering::SeqCst) {
            return Err(failure(false));
        }
        self.entries.lock().unwrap().extend_from_slice(entries);
        if self.forgetful.swap(false, Ordering::SeqCst) {
            return Err(failure(true));
        }
        Ok(())
    }
}

fn failure(unclear: bool) -> StoreFailure {
    StoreFailure { doing: "append to the trail", why: "told to fail".into(), unclear }
}

/// More turns than any test takes.
const FREE: usize = 1_000_000;

fn permit() -> Permit {
    let catalogue = Catalogue::builtin();
    let policy = Arc::new(matrix::level_on_everything(catalogue, Level::Full));
    let identified = catalogue.identify("GET", "/v1/customers").unwrap();
    let facts = Facts { now: "2026-11-23T12:00:00Z".parse().unwrap() };
    match policy::decide(&policy, identified, &facts) {
        Decision::Permit(permit) => permit,
        Decision::Denial(_) => panic!("full on everything permits a list"),
    }
}

fn opening(permit: &Permit, number: i64) -> Opening {
    let at = jiff::Timestamp::from_millisecond(1_800_000_000_000 + number).unwrap();
    Opening {
        id: RecordId::floor(at),
        at,
        agent: Some("bot".into()),
        token: None,
        address: "127.0.0.1".into(),
        method: "GET".into(),
        path: "/v1/customers".into(),
        operation: None,
        resource: None,
        targets: Vec::new(),
        demands: Vec::new(),
        decision: Decided::Permitted,
        reason: "granted".into(),
        policy: PolicyLine::default(),
        sentence: sentence::opened(permit),
        outcome: None,
    }
}

async fn open(trail: &Trail, number: i64) -> Result<OpenRecord, TrailFailure> {
    let permit = permit();
    trail.open(opening(&permit, number), permit, Instant::now()).await
}

fn answer(record: OpenRecord) {
    let ending = Ending { status: Some(200), bytes_in: 0, bytes_out: 2 };
    record.close(OutcomeKind::Answered, ending);
}

fn trail(memory: &Arc<Memory>) -> (Trail, tokio::task::JoinHandle<()>) {
    let settings =
        TrailSettings { queue: 64, wait: Duration::from_secs(2), retry: Duration::from_millis(1) };
    let (trail, writer) = Trail::new(Arc::<Memory>::clone(memory), settings);
    (trail, tokio::spawn(writer.run()))
}

#[tokio::test]
async fn a_record_is_open_only_once_it_is_durable() {
    let memory = Memory::new(0);
    let (trail, _writer) = trail(&memory);
    let opening = open(&trail, 1);
    tokio::pin!(opening);
    assert!(futures_now(&mut opening).await.is_none(), "opened before the store took the record");
    memory.turns.add_permits(FREE);
    let record = opening.await.unwrap();
    assert_eq!(memory.openings(), 1);
    answer(record);
}

/// The future's output if it is there without waiting for anything outside.
async fn futures_now<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = tokio::task::yield_now() => None,
    }
}

#[tokio::test]
async fn a_store_that_fails_opens_no_record() {
    let memory = Memory::new(FREE);
    memory.failing.store(true, Ordering::SeqCst);
    let (trail, _writer) = trail(&memory);
    assert!(matches!(open(&trail, 1).await, Err(TrailFailure::Store(_))));
    memory.failing.store(false, Ordering::SeqCst);
    assert!(open(&trail, 2).await.is_ok(), "the trail recovers with its store");
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_leaves_no_record_open() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory);
    memory.forgetful.store(true, Ordering::SeqCst);
    assert!(matches!(open(&trail, 1).await, Err(TrailFailure::Store(_))));
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.openings(), 1);
    assert_eq!(memory.outcomes(), [OutcomeKind::NotForwarded]);
}

#[tokio::test]
async fn outcomes_outlive_a_failing_store() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory);
    let record = open(&trail, 1).await.unwrap();
    memory.failing.store(true, Ordering::SeqCst);
    answer(record);
    assert!(open(&trail, 2).await.is_err());
    memory.failing.store(false, Ordering::SeqCst);
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.outcomes(), [OutcomeKind::Answered]);
}

#[tokio::test]
async fn a_record_that_is_dropped_says_that_the_agent_left() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory);
    drop(open(&trail, 1).await.unwrap());
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.outcomes(), [OutcomeKind::AgentLeft]);
}

#[tokio::test]
async fn a_record_that_is_given_up_while_the_gateway_stops_does_not_blame_the_agent() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory);
    let record = open(&trail, 1).await.unwrap();
    trail.stopping();
    record.give_up(Ending::default());
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.outcomes(), [OutcomeKind::GatewayStopped]);
}

#[tokio::test]
async fn a_record_whose_agent_leaves_just_after_it_was_written_is_completed() {
    let memory = Memory::new(0);
    let (trail, writer) = trail(&memory);
    let mut opening = Box::pin(open(&trail, 1));
    assert!(futures_now(&mut opening).await.is_none());
    memory.turns.add_permits(FREE);
    while memory.openings() == 0 {
        tokio::task::yield_now().await;
    }
    // Durable, and the writer may have said so; but the request never hears of it.
    drop(opening);
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.outcomes(), [OutcomeKind::NotForwarded]);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_comes_too_late_is_on_record_as_not_forwarded() {
    let memory = Memory::new(0);
    let (trail, writer) = trail(&memory);
    assert_eq!(open(&trail, 1).await.unwrap_err(), TrailFailure::TooSlow);
    memory.turns.add_permits(FREE);
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.openings(), 1);
    assert_eq!(memory.outcomes(), [OutcomeKind::NotForwarded]);
}

#[tokio::test]
async fn requests_that_wait_together_are_written_together() {
    let memory = Memory::new(0);
    let (trail, _writer) = trail(&memory);
    let many: Vec<_> = (0..50)
        .map(|number| {
            let trail = trail.clone();
            tokio::spawn(async move { open(&trail, number).await.map(answer) })
        })
        .collect();
    tokio::task::yield_now().await;
    // One turn for whatever came first, one for all that queued up meanwhile.
    memory.turns.add_permits(2);
    for one in many {
        one.await.unwrap().unwrap();
    }
    assert_eq!(memory.openings(), 50);
}
