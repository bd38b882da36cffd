//! Fills a store with a trail of any length, and measures how fast it is read and written.
//!
//! `cargo run --release -p acceptance --bin fill -- --records 10000000`, then the same with `--measure`
//! in place of `--records`. docs/audit-record.md has the figures of ten million records.

#![expect(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the program stands on what the tests stand on, which fails by panicking"
)]

mod fill;
mod scale;
#[expect(dead_code, reason = "the tests use more of it than this program does")]
mod support;

use std::io::{Write, stderr, stdout};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use audit::Against;
use clap::Parser;
use gateway::clock::{Clock as _, SystemClock};
use jiff::Timestamp;
use store::Store;

use fill::Plan;
use scale::server::Server;
use scale::{measure, writing};

/// Fill a store with a realistic trail, and measure it.
#[derive(Debug, Parser)]
#[command(name = "fill")]
struct Args {
    /// How many records are appended
    #[arg(long, default_value_t = 0)]
    records: u64,
    /// The URL of the store to fill or to measure; without it, an SQLite file in the folder
    #[arg(long, conflicts_with = "postgres")]
    store: Option<String>,
    /// Start a Postgres server of its own, whose data stays in the folder
    #[arg(long)]
    postgres: bool,
    /// Where files are kept that no --store names
    #[arg(long, default_value = "target/scale")]
    folder: PathBuf,
    #[arg(long, default_value_t = 20)]
    agents: usize,
    /// Over how many days the records are spread, from today on: Postgres has tables for the months to
    /// come, and none for those gone by
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// The same seed gives the same requests; to measure, it must be that of the filling
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measure what it takes to find something, to verify the whole trail, or to write: the last appends
    /// some 600,000 rows
    #[arg(long, value_enum, value_delimiter = ',', num_args = 0..=1, default_missing_value = "read")]
    measure: Vec<Work>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Work {
    Read,
    Verify,
    Write,
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    std::fs::create_dir_all(&args.folder).expect("a folder");
    let server = args.postgres.then(|| Server::start(&args.folder.join("postgres")));
    let url = url(&args, server.as_ref());
    let store = Store::open(&url).await.expect("the store opens");
    let plan = plan(&args, &store).await;
    if args.records > 0 {
        fill(&store, &plan).await;
        server.iter().for_each(Server::take_measure);
    }
    for work in &args.measure {
        match work {
            Work::Read => read(&store, &plan).await,
            Work::Verify => verify(&store).await,
            Work::Write => tell(&writing::cost(&store, &plan).await),
        }
    }
    store.close().await;
}

fn url(args: &Args, server: Option<&Server>) -> String {
    let file = || format!("sqlite://{}", args.folder.join("trail.db").display());
    server.map(|server| server.url.clone()).or_else(|| args.store.clone()).unwrap_or_else(file)
}

/// What to write; where nothing is to be written, what was written before.
async fn plan(args: &Args, store: &Store) -> Plan {
    let Args { mut records, days, agents, seed, .. } = *args;
    if records == 0 {
        let chains = store.audit_reader().chains().await.expect("the chains");
        let rows: u64 = chains.iter().filter_map(|chain| chain.head).map(|head| head.rows).sum();
        // As many as have these rows, for the size of the population that they name.
        records = rows * 100 / 192;
    }
    Plan { records, days, agents: agents.max(2), seed, begin: today() }
}

fn today() -> Timestamp {
    let now = SystemClock.now().in_tz("UTC").expect("UTC is known everywhere");
    now.start_of_day().expect("each day of UTC begins").timestamp()
}

async fn fill(store: &Store, plan: &Plan) {
    let (began, written) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let filling = fill::fill(store, plan, &written);
    tokio::pin!(filling);
    loop {
        tokio::select! {
            () = &mut filling => break,
            () = tokio::time::sleep(Duration::from_secs(2)) => {
                progress(written.load(Ordering::Relaxed), plan.records, began.elapsed());
            }
        }
    }
    progress(plan.records, plan.records, began.elapsed());
    let _ = writeln!(stderr());
}

/// One line that is written over again and again.
fn progress(done: u64, all: u64, spent: Duration) {
    let rate = done as f64 / spent.as_secs_f64();
    let remaining = (all - done) as f64 / rate.max(1.0);
    let _ = write!(
        stderr(),
        "\r{done} of {all} records in {:.0} s, {rate:.0} a second, {remaining:.0} s to go    ",
        spent.as_secs_f64()
    );
}

async fn read(store: &Store, plan: &Plan) {
    tell(&measure::measure(&*store.audit_reader(), plan).await);
    let memory = measure::peak_memory().unwrap_or_default();
    tell(&format!("most memory that this process had: {memory} MB\n"));
}

async fn verify(store: &Store) {
    let began = Instant::now();
    let reader = store.audit_reader();
    let found = audit::verify(&*reader, Against::default(), &mut |_, _| ()).await;
    let found = found.expect("the trail is read");
    let (rows, spent) = (found.rows, began.elapsed().as_secs_f64());
    tell(&format!(
        "{rows} rows in {} chains verified in {spent:.1} s, {:.0} a second: {} findings\n",
        found.chains,
        rows as f64 / spent,
        found.findings.len()
    ));
}

fn tell(text: &str) {
    // Whoever closed the pipe has seen enough.
    let _ = stdout().write_all(text.as_bytes());
}
