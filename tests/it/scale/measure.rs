//! How long it takes to find something in the trail.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use audit::{AuditReader, Cursor, Decided, Filter, RecordId};
use jiff::{SignedDuration, Timestamp};

use crate::fill::Plan;
use crate::fill::agents::{self, Agent};
use crate::fill::targets::Targets;
use crate::support::dice::Dice;

/// Records of a page, as `kustodian audit list` asks for them.
const PAGE: u32 = 50;
/// Rounds that do not count.
const WARM_UP: usize = 5;
const ROUNDS: usize = 50;

/// What is asked again and again, each time of another place in the trail where there are several.
enum Asked {
    Page(Box<Filter>),
    Record(RecordId),
}

/// Measures all questions and gives a table.
pub(crate) async fn measure(reader: &dyn AuditReader, plan: &Plan) -> String {
    let mut table =
        "| question | median | 95 of 100 within | records found |\n|---|---|---|---|\n".to_owned();
    let mut questions = Questions::on(reader, plan).await;
    for (name, ask) in QUESTIONS {
        let mut times = Vec::new();
        let mut found = 0;
        for round in 0..WARM_UP + ROUNDS {
            let asked = ask(&mut questions);
            let began = Instant::now();
            found = answer(reader, asked).await;
            if round >= WARM_UP {
                times.push(began.elapsed());
            }
        }
        times.sort();
        let (median, most) = (millis(times[ROUNDS / 2]), millis(times[ROUNDS * 95 / 100]));
        let _ = writeln!(table, "| {name} | {median} | {most} | {found} |");
    }
    table
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

async fn answer(reader: &dyn AuditReader, asked: Asked) -> usize {
    match asked {
        Asked::Page(filter) => reader.list(&filter, PAGE).await.expect("a page").len(),
        Asked::Record(id) => reader.find(id).await.expect("an answer").iter().count(),
    }
}

/// What one can ask of this trail.
struct Questions {
    dice: Dice,
    agents: Vec<Agent>,
    targets: Targets,
    begin: Timestamp,
    end: Timestamp,
    /// Some ids from all over the trail.
    ids: Vec<RecordId>,
}

type Question = (&'static str, fn(&mut Questions) -> Asked);

const QUESTIONS: [Question; 17] = [
    ("busiest agent, an hour in the middle", |q| {
        let hour = q.hour();
        q.by(0, hour)
    }),
    ("busiest agent, the last day", |q| q.by(0, q.last_day())),
    ("busiest agent, any time", |q| q.by(0, Filter::default())),
    ("rare agent, an hour in the middle", |q| {
        let hour = q.hour();
        q.by_rare(hour)
    }),
    ("rare agent, the last day", |q| q.by_rare(q.last_day())),
    ("rare agent, any time", |q| q.by_rare(Filter::default())),
    ("some target, any time", |q| q.some_target(Filter::default())),
    ("some target, the last day", |q| {
        let day = q.last_day();
        q.some_target(day)
    }),
    ("hottest target, any time", |q| q.hot_target(0, Filter::default())),
    ("hottest target, the last day", |q| q.hot_target(0, q.last_day())),
    ("hottest target, an hour in the middle", |q| {
        let hour = q.hour();
        q.hot_target(0, hour)
    }),
    ("third hottest target, any time", |q| q.hot_target(2, Filter::default())),
    ("hottest target by the rare agent", |q| {
        let agent = q.agents.last().map(|agent| agent.id.clone());
        q.hot_target(0, Filter { agent, ..Filter::default() })
    }),
    ("a target that is not there", |_| naming("0".repeat(24), Filter::default())),
    ("denied, the last day", |q| page(Filter { decision: Some(Decided::Denied), ..q.last_day() })),
    ("a page deep in the middle", |q| {
        let cursor = Some(Cursor::Before(q.id()));
        page(Filter { cursor, ..Filter::default() })
    }),
    ("a record by its id", |q| Asked::Record(q.id())),
];

impl Questions {
    async fn on(reader: &dyn AuditReader, plan: &Plan) -> Self {
        let at = |cursor| async move {
            let filter = Filter { cursor, ..Filter::default() };
            let page = reader.list(&filter, PAGE).await.expect("a page");
            page.into_iter().map(|record| record.opening).next().expect("a record")
        };
        let oldest = Cursor::After(RecordId::from_bytes([0; 16]));
        let (begin, end) = (at(Some(oldest)).await.at, at(None).await.at);
        let mut ids = Vec::new();
        let length = end.duration_since(begin);
        for part in 1..100 {
            ids.push(
                at(Some(Cursor::Before(RecordId::floor(begin + length * part / 100)))).await.id,
            );
        }
        Self {
            dice: Dice::new(plan.seed + 1),
            agents: agents::all(plan.agents),
            targets: Targets::of(plan.seed, plan.records),
            begin,
            end: end + SignedDuration::from_secs(1),
            ids,
        }
    }

    fn id(&mut self) -> RecordId {
        let at = self.dice.below(self.ids.len() as u64);
        self.ids[usize::try_from(at).unwrap_or(0)]
    }

    /// An hour somewhere in the middle third of the trail.
    fn hour(&mut self) -> Filter {
        let third = self.end.duration_since(self.begin) / 3;
        let part = i32::try_from(self.dice.below(100)).unwrap_or(0);
        let since = self.begin + third + third * part / 100;
        let until = Some(since + SignedDuration::from_hours(1));
        Filter { since: Some(since), until, ..Filter::default() }
    }

    fn last_day(&self) -> Filter {
        Filter { since: Some(self.end - SignedDuration::from_hours(24)), ..Filter::default() }
    }

    fn by(&self, number: usize, filter: Filter) -> Asked {
        let agent = self.agents.get(number).map(|agent| agent.id.clone());
        page(Filter { agent, ..filter })
    }

    fn by_rare(&self, filter: Filter) -> Asked {
        self.by(self.agents.len() - 1, filter)
    }

    fn some_target(&mut self, filter: Filter) -> Asked {
        let target = self.targets.any(&mut self.dice);
        naming(target, filter)
    }

    fn hot_target(&self, rank: u64, filter: Filter) -> Asked {
        naming(self.targets.hot(rank), filter)
    }
}

fn naming(target: String, filter: Filter) -> Asked {
    page(Filter { target: Some(target), ..filter })
}

fn page(filter: Filter) -> Asked {
    Asked::Page(Box::new(filter))
}

/// The most memory that this process has had, in megabytes, as Linux counts it.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1024)
}
