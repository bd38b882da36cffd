//! One gateway's part of the trail: it starts, writes, stops, and starts again.

use std::collections::VecDeque;
use std::sync::Arc;

use audit::{AuditSink, Entry, Event, Outcome, RecordId, Scribe};
use tokio::sync::mpsc;

use super::requests::{Request, Requests};
use super::{Plan, REPLICAS};

/// How often each gateway starts.
const LIVES: u64 = 4;
/// Records of one append; with their outcomes some two thousand rows.
const GROUP: u64 = 1024;
/// How many requests are under way at once.
const UNDER_WAY: usize = 40;
/// Groups that are made ahead.
const AHEAD: usize = 4;

/// What is appended next.
enum Order {
    /// The first record of a chain.
    Start(Box<audit::Opening>),
    Append(Vec<Entry>),
    /// The last record of a chain.
    Stop(Entry),
}

/// Writes the replica's records; tells how many more are durable, group by group.
pub(crate) async fn write(
    sink: Arc<dyn AuditSink>,
    plan: &Plan,
    number: u64,
    written: &(dyn Fn(u64) + Sync),
) {
    let (orders, mut taken) = mpsc::channel(AHEAD);
    let plan = *plan;
    // Records are made on a thread of their own while those before are written.
    std::thread::spawn(move || make(&plan, number, &orders));
    let mut scribe = None;
    while let Some(order) = taken.recv().await {
        match order {
            Order::Start(first) => {
                scribe =
                    Some(Scribe::open(Arc::clone(&sink), *first).await.expect("a chain opens"));
            }
            Order::Append(entries) => {
                let records = entries.iter().filter(|entry| !entry.is_outcome()).count() as u64;
                let scribe = scribe.as_mut().expect("a chain is open");
                scribe.append(entries).await.expect("the store takes the records");
                written(records);
            }
            Order::Stop(last) => {
                let scribe = scribe.take().expect("a chain is open");
                scribe.close(vec![last]).await.expect("the store takes the last record");
            }
        }
    }
}

/// Makes all orders; the last life goes on, so the last chain stays open.
fn make(plan: &Plan, number: u64, orders: &mpsc::Sender<Order>) {
    let mut requests = Requests::of(plan, number);
    let share = plan.records / REPLICAS + u64::from(number < plan.records % REPLICAS);
    for life in 0..LIVES {
        let records = share / LIVES + u64::from(life < share % LIVES);
        live(&mut requests, records, life + 1 < LIVES, &|order| {
            orders.blocking_send(order).expect("the writer takes orders until the end");
        });
    }
}

fn live(requests: &mut Requests, records: u64, stops: bool, give: &dyn Fn(Order)) {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let at = requests.now();
    let started = Event::Started { version, host: None }.record(requests.id(at), at);
    give(Order::Start(Box::new(started)));
    let mut under_way = VecDeque::new();
    let mut left = records;
    while left > 0 {
        let group = left.min(GROUP);
        give(Order::Append(entries(requests, group, &mut under_way)));
        left -= group;
    }
    give(Order::Append(under_way.drain(..).map(completed).collect()));
    if stops {
        let at = requests.now();
        give(Order::Stop(Entry::opening(&Event::Stopped.record(requests.id(at), at))));
    }
}

/// So many requests, and the outcomes that come in meanwhile.
pub(crate) fn entries(
    requests: &mut Requests,
    group: u64,
    under_way: &mut VecDeque<(RecordId, Outcome)>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for _ in 0..group {
        let Request { opening, outcome } = requests.next();
        let id = opening.id;
        entries.push(Entry::opening(&opening));
        under_way.extend(outcome.map(|outcome| (id, outcome)));
        if under_way.len() > UNDER_WAY {
            entries.extend(under_way.pop_front().map(completed));
        }
    }
    entries
}

fn completed((id, outcome): (RecordId, Outcome)) -> Entry {
    Entry::outcome(id, &outcome)
}
