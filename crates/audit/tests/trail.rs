//! The trail's promise: whoever holds an `OpenRecord` has a durable record, and no outcome is lost.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use audit::{
    Abandoned, AuditSink, Batch, Cell, Chain, ChainState, Decided, Ending, Event, FirstRecord,
    NewChain, OpenRecord, Opening, Outcome, OutcomeKind, PolicyLine, RecordId, Row, StoreFailure,
    Table, Trail, TrailFailure, TrailSettings, sentence,
};
use catalogue::{Catalogue, Level};
use jiff::Timestamp;
use policy::{Decision, Facts, Permit, matrix};
use tokio::sync::Semaphore;

/// A store in memory that can be told to fail, and that takes batches only as fast as it is let.
#[derive(Debug)]
struct Memory {
    rows: Mutex<Vec<Row>>,
    chains: Mutex<Vec<ChainState>>,
    failing: AtomicBool,
    /// Whether the answer to the next commit is lost, though it was done.
    forgetful: AtomicBool,
    /// Whether the answer to the next commit is lost, and it was not done.
    absent: AtomicBool,
    turns: Semaphore,
}

impl Memory {
    fn new(turns: usize) -> Arc<Self> {
        Arc::new(Self {
            rows: Mutex::default(),
            chains: Mutex::default(),
            failing: AtomicBool::new(false),
            forgetful: AtomicBool::new(false),
            absent: AtomicBool::new(false),
            turns: Semaphore::new(turns),
        })
    }

    /// The records of requests; what the gateway notes of itself is none.
    fn openings(&self) -> usize {
        let rows = self.rows.lock().unwrap();
        let records = rows.iter().filter(|row| row.cells.table() == Table::Records);
        let records = records.map(|row| audit::record(&row.cells, None).unwrap());
        records.filter(|record| record.opening.requests > 0).count()
    }

    fn completed_records(&self) -> Vec<(RecordId, Outcome)> {
        let rows = self.rows.lock().unwrap();
        let outcomes = rows.iter().filter(|row| row.cells.table() == Table::Outcomes);
        outcomes.map(|row| audit::later_outcome(&row.cells).unwrap()).collect()
    }

    fn outcomes(&self) -> Vec<OutcomeKind> {
        self.completed_records().into_iter().map(|(_, outcome)| outcome.kind).collect()
    }

    fn close_chain(&self) {
        self.chains.lock().unwrap().iter_mut().for_each(|chain| chain.closed = true);
    }

    /// Every row follows from the one before it in its chain.
    fn check_chains(&self) -> usize {
        let (rows, chains) = (self.rows.lock().unwrap(), self.chains.lock().unwrap());
        for state in chains.iter() {
            let Some(head) = state.head else { continue };
            let mut chain = Chain::new(head.chain, state.ordinal);
            for row in rows.iter().filter(|row| row.place.ordinal() == state.ordinal) {
                assert_eq!(chain.link(row.cells.clone()), *row);
            }
            assert_eq!(chain.head(), head);
        }
        chains.len()
    }
}

#[async_trait]
impl AuditSink for Memory {
    async fn begin_chain(&self, _: RecordId, _: Timestamp) -> Result<NewChain, StoreFailure> {
        let mut chains = self.chains.lock().unwrap();
        let ordinal = u32::try_from(chains.len()).unwrap();
        let tips = chains.iter().filter_map(|chain| chain.head).collect();
        chains.push(ChainState { ordinal, head: None, closed: false });
        Ok(NewChain { ordinal, tips })
    }

    async fn append(&self, batch: &Batch) -> Result<(), StoreFailure> {
        // The first row of a chain takes no turn: it is written before a test begins.
        if batch.before.head().rows > 0 {
            self.turns.acquire().await.unwrap().forget();
        }
        if self.failing.load(Ordering::SeqCst) {
            return Err(failure(false));
        }
        if self.absent.swap(false, Ordering::SeqCst) {
            return Err(failure(true));
        }
        let mut chains = self.chains.lock().unwrap();
        let chain = chains.iter_mut().find(|chain| chain.ordinal == batch.before.ordinal());
        let chain = chain.unwrap();
        if chain.closed || chain.head.map_or(0, |head| head.rows) != batch.before.head().rows {
            return Err(failure(true));
        }
        chain.head = Some(batch.after.head());
        chain.closed = batch.is_last;
        self.rows.lock().unwrap().extend_from_slice(&batch.rows);
        if self.forgetful.swap(false, Ordering::SeqCst) {
            return Err(failure(true));
        }
        Ok(())
    }

    async fn chain_state(&self, ordinal: u32) -> Result<Option<ChainState>, StoreFailure> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(failure(false));
        }
        let chains = self.chains.lock().unwrap();
        Ok(chains.iter().find(|chain| chain.ordinal == ordinal).copied())
    }

    async fn completed(&self, records: &[RecordId]) -> Result<Vec<RecordId>, StoreFailure> {
        let completed = self.completed_records().into_iter().map(|(id, _)| id);
        Ok(completed.filter(|id| records.contains(id)).collect())
    }

    async fn abandoned(&self, _: Duration, _: u32, _: u32) -> Result<Vec<Abandoned>, StoreFailure> {
        Ok(Vec::new())
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
    let facts = Facts::at("2026-11-23T12:00:00Z".parse().unwrap());
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
        requests: 1,
        detail: None,
        sentence: sentence::opened(permit),
        outcome: None,
    }
}

async fn open(trail: &Trail, number: i64) -> Result<OpenRecord, TrailFailure> {
    let permit = permit();
    trail.open(&opening(&permit, number), permit, Instant::now()).await
}

fn answer(record: OpenRecord) {
    let ending = Ending { status: Some(200), bytes_in: 0, bytes_out: 2 };
    record.close(OutcomeKind::Answered, ending);
}

async fn trail(memory: &Arc<Memory>) -> (Trail, tokio::task::JoinHandle<()>) {
    trail_with_queue(memory, 64).await
}

async fn trail_with_queue(
    memory: &Arc<Memory>,
    queue: usize,
) -> (Trail, tokio::task::JoinHandle<()>) {
    let settings = TrailSettings {
        queue,
        wait: Duration::from_secs(2),
        retry: Duration::from_millis(1),
        // Nobody says that it is alive while a test lasts: that would take a turn.
        silence: Duration::from_hours(4),
    };
    let chains = AtomicI64::new(1);
    let first = FirstRecord::new(move || {
        let at = Timestamp::from_second(chains.fetch_add(1, Ordering::SeqCst)).unwrap();
        Event::Continued.record(RecordId::floor(at), at)
    });
    let (trail, writer) =
        Trail::start(Arc::<Memory>::clone(memory), settings, first).await.unwrap();
    (trail, tokio::spawn(writer.run()))
}

#[tokio::test]
async fn a_record_is_open_only_once_it_is_durable() {
    let memory = Memory::new(0);
    let (trail, _writer) = trail(&memory).await;
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
    let (trail, _writer) = trail(&memory).await;
    memory.failing.store(true, Ordering::SeqCst);
    assert!(matches!(open(&trail, 1).await, Err(TrailFailure::Store(_))));
    memory.failing.store(false, Ordering::SeqCst);
    assert!(open(&trail, 2).await.is_ok(), "the trail recovers with its store");
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_leaves_no_record_open() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory).await;
    memory.forgetful.store(true, Ordering::SeqCst);
    assert!(matches!(open(&trail, 1).await, Err(TrailFailure::Store(_))));
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.openings(), 1);
    assert_eq!(memory.outcomes(), [OutcomeKind::NotForwarded]);
    assert_eq!(memory.check_chains(), 1);
}

#[tokio::test]
async fn a_commit_that_was_not_done_and_not_answered_leaves_no_record() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory).await;
    let record = open(&trail, 1).await.unwrap();
    memory.absent.store(true, Ordering::SeqCst);
    assert!(matches!(open(&trail, 2).await, Err(TrailFailure::Store(_))));
    answer(record);
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.openings(), 1);
    assert_eq!(memory.outcomes(), [OutcomeKind::Answered]);
    assert_eq!(memory.check_chains(), 1);
}

#[tokio::test]
async fn a_writer_that_was_taken_for_dead_goes_on_in_a_new_chain_and_completes_nothing_twice() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory).await;
    let (first, second) = (open(&trail, 1).await.unwrap(), open(&trail, 2).await.unwrap());
    memory.close_chain();
    // Whoever took it for dead completed its first record.
    let cells = audit::Cells::of(
        Table::Outcomes,
        &[
            Cell::Bytes(first.id().as_bytes()),
            Cell::Text("gateway_stopped"),
            Cell::Null,
            Cell::Number(0),
            Cell::Number(0),
            Cell::Number(0),
            Cell::Text("It stopped."),
        ],
    );
    let chain = Chain::new(RecordId::from_bytes([9; 16]), 9);
    memory.rows.lock().unwrap().push(Chain::link(&mut chain.clone(), cells));
    answer(first);
    answer(second);
    assert!(open(&trail, 3).await.is_err(), "the chain is closed");
    answer(open(&trail, 4).await.unwrap());
    drop(trail);
    writer.await.unwrap();
    let outcomes = memory.outcomes();
    assert_eq!(outcomes.len(), 3, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|kind| **kind == OutcomeKind::Answered).count(), 2);
    assert_eq!(memory.check_chains(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_is_idle_finds_out_as_well_that_it_was_taken_for_dead() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory).await;
    memory.close_chain();
    // It says twice that it is alive: in vain, and then in a new chain.
    tokio::time::sleep(Duration::from_hours(2)).await;
    assert_eq!(memory.check_chains(), 2);
    answer(open(&trail, 1).await.unwrap());
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.outcomes(), [OutcomeKind::Answered]);
}

#[tokio::test]
async fn outcomes_outlive_a_failing_store() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory).await;
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
    let (trail, writer) = trail(&memory).await;
    drop(open(&trail, 1).await.unwrap());
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.outcomes(), [OutcomeKind::AgentLeft]);
}

#[tokio::test]
async fn a_record_that_is_given_up_while_the_gateway_stops_does_not_blame_the_agent() {
    let memory = Memory::new(FREE);
    let (trail, writer) = trail(&memory).await;
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
    let (trail, writer) = trail(&memory).await;
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
    let (trail, writer) = trail(&memory).await;
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
    let (trail, _writer) = trail(&memory).await;
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

#[tokio::test]
async fn whoever_leaves_while_the_queue_is_full_is_on_record_all_the_same() {
    let memory = Memory::new(0);
    let (trail, writer) = trail_with_queue(&memory, 1).await;
    let mut first = Box::pin(open(&trail, 1));
    assert!(futures_now(&mut first).await.is_none());
    let mut second = Box::pin(open(&trail, 2));
    assert!(futures_now(&mut second).await.is_none(), "it waits for a place");
    drop(second);
    memory.turns.add_permits(FREE);
    answer(first.await.unwrap());
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.openings(), 2);
    let mut outcomes = memory.outcomes();
    outcomes.sort();
    assert_eq!(outcomes, [OutcomeKind::Answered, OutcomeKind::NotForwarded]);
}

#[tokio::test]
async fn those_that_nobody_waits_for_take_no_place_from_others_and_are_not_without_end() {
    let memory = Memory::new(0);
    let (trail, writer) = trail_with_queue(&memory, 4).await;
    let permit = permit();
    let left = |number| Opening { decision: Decided::Undecided, ..opening(&permit, number) };
    (0..100).for_each(|number| trail.note_unheard(&left(number)));
    let waiting: Vec<_> = (100..104)
        .map(|number| {
            let trail = trail.clone();
            tokio::spawn(async move { open(&trail, number).await.map(answer) })
        })
        .collect();
    tokio::task::yield_now().await;
    memory.turns.add_permits(FREE);
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    drop(trail);
    writer.await.unwrap();
    assert_eq!(memory.openings(), 4 + 4, "as many as there are places");
}
