//! What it costs to write: rows, commits and processor time, by how many rows share a commit.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use audit::{Entry, Event, Scribe};
use store::Store;

use crate::fill::Plan;
use crate::fill::replica::entries;
use crate::fill::requests::Requests;

/// How many rows share a commit, and how many rows are written so.
const GROUPS: [(usize, usize); 5] =
    [(1, 4_000), (8, 32_000), (64, 128_000), (256, 256_000), (1024, 256_000)];

/// Writes to the store in groups of several sizes, one after the other, and gives a table.
pub(crate) async fn cost(store: &Store, plan: &Plan) -> String {
    let mut table =
        "| rows of a commit | rows/s | records/s | commits/s | processor time for a record |\n\
                     |---|---|---|---|---|\n"
            .to_owned();
    // Other requests than those that are there already.
    let chains = store.audit_reader().chains().await.expect("the chains").len() as u64;
    let seed = plan.seed ^ (chains + 1) << 40;
    let plan = Plan { records: plan.records.max(1_000_000), seed, ..*plan };
    let mut requests = Requests::of(&plan, 0);
    let at = requests.now();
    let first = Event::Continued.record(requests.id(at), at);
    let mut scribe = Scribe::open(store.audit_sink(), first).await.expect("a chain opens");
    for (size, rows) in GROUPS {
        let mut made = entries(&mut requests, rows as u64, &mut VecDeque::new());
        made.truncate(rows);
        let records = made.iter().filter(|entry| !entry.is_outcome()).count();
        let spent = write(&mut scribe, made, size).await;
        let per_second = |count: usize| count as f64 / spent.wall.as_secs_f64();
        let _ = writeln!(
            table,
            "| {size} | {:.0} | {:.0} | {:.0} | {:.1} µs |",
            per_second(rows),
            per_second(records),
            per_second(rows.div_ceil(size)),
            spent.processor.as_secs_f64() * 1e6 / records as f64,
        );
    }
    table
}

struct Spent {
    wall: Duration,
    processor: Duration,
}

async fn write(scribe: &mut Scribe, entries: Vec<Entry>, size: usize) -> Spent {
    let mut groups = Vec::new();
    let mut left = entries.into_iter();
    while left.len() > 0 {
        groups.push(left.by_ref().take(size).collect::<Vec<_>>());
    }
    let (began, used) = (Instant::now(), processor_time());
    for group in groups {
        scribe.append(group).await.expect("the store takes the records");
    }
    Spent { wall: began.elapsed(), processor: processor_time().saturating_sub(used) }
}

/// The time that this process has spent on processors, in the kernel or not, as Linux counts it: in
/// hundredths of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
