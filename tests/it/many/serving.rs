//! A running gateway with very many policies: served alone, and while they are changed and read again.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::folder::{Folder, id};
use super::load::{self, Served};
use super::probe::{Probe, Waited, longest_in, within};
use super::{memory, millis};
use crate::speed::process::Part;
use crate::support::client::Client;
use crate::support::program::{Installation, Serving};

/// How many agents ask.
const ASKING: u32 = 8;

/// How often every policy is changed at once.
const OF_ALL: u32 = 3;

/// How often each half is measured, in turn: what else the machine does meanwhile is then in both.
pub(crate) const ROUNDS: u32 = 5;

/// The figures.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    alone: Half,
    reloading: Half,
    /// What it took to put in force that every policy was changed.
    of_all: Vec<Duration>,
    /// Of memory: after the start, after the changes of one policy, and after those of all; and the most
    /// there was until each of these.
    memory: [(u64, u64); 3],
}

/// What was seen without changes, or with them, in all rounds.
#[derive(Debug, Default)]
struct Half {
    served: Vec<Served>,
    /// What the probe saw, in the order of time.
    waited: Vec<Waited>,
    /// The stretches of time in which a change was put in force; without changes, others as long.
    stretches: Vec<(Instant, Instant)>,
}

/// Starts the gateway and measures.
pub(crate) fn measure(folder: &Folder, rate: u32, time: Duration) -> Figures {
    let upstream = Part::start(&["upstream"]);
    let more = format!("[policies]\ndir = \"{}\"\n", folder.path().display());
    let installation = Installation::new(upstream.address, "not-a-real-key", &[], &more);
    let tokens: Vec<String> =
        (0..ASKING.min(folder.agents())).map(|agent| installation.token(&id(agent))).collect();
    let serving = installation.serve_unheard();
    let process = serving.id().to_string();
    let mut figures = Figures::default();
    figures.memory[0] = memory::of(&process);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        let mut changes = Changes::of(folder, &serving);
        load::run(serving.agents, &tokens, rate, time / 4).await;
        for _ in 0..ROUNDS {
            let none = async |_: &AtomicBool| Vec::new();
            figures
                .alone
                .round(&serving, load::run(serving.agents, &tokens, rate, time), none)
                .await;
            let some = async |done: &AtomicBool| changes.make_until(done).await;
            let load = load::run(serving.agents, &tokens, rate, time);
            figures.reloading.round(&serving, load, some).await;
        }
        figures.memory[1] = memory::of(&process);
        for _ in 0..OF_ALL {
            figures.of_all.push(changes.make_of_all().await);
        }
        figures.memory[2] = memory::of(&process);
    });
    figures.alone.cut_like(&figures.reloading);
    figures
}

impl Half {
    /// Serves, and makes changes meanwhile.
    async fn round(
        &mut self,
        serving: &Serving,
        load: impl Future<Output = Served>,
        changes: impl AsyncFnOnce(&AtomicBool) -> Vec<(Instant, Instant)>,
    ) {
        let (probe, done) = (Probe::start(serving.agents), AtomicBool::new(false));
        let loaded = async {
            let served = load.await;
            done.store(true, Ordering::Relaxed);
            served
        };
        let (served, stretches) = tokio::join!(loaded, changes(&done));
        self.served.push(served);
        self.stretches.extend(stretches);
        self.waited.extend(probe.end());
    }

    /// Cuts its time into stretches as long as the other's.
    fn cut_like(&mut self, other: &Self) {
        let long: Vec<Duration> = other.stretches.iter().map(|(from, to)| *to - *from).collect();
        let mut long = long.into_iter().cycle();
        let Some((mut from, end)) =
            self.waited.first().zip(self.waited.last()).map(|(one, last)| (one.0, last.0))
        else {
            return;
        };
        while let Some(to) = long.next().map(|long| from + long).filter(|to| *to < end) {
            let is_measured = longest_in(&self.waited, &[(from, to)])[0] > Duration::ZERO;
            if is_measured {
                self.stretches.push((from, to));
            }
            from = to;
        }
    }
}

/// Changes policies, and has each change put in force.
struct Changes<'f> {
    folder: &'f Folder,
    admin: Client,
    made: u32,
}

impl<'f> Changes<'f> {
    fn of(folder: &'f Folder, serving: &Serving) -> Self {
        Self { folder, admin: Client::new(serving.admin), made: 0 }
    }

    /// Changes one policy after the other; when each was being put in force.
    async fn make_until(&mut self, done: &AtomicBool) -> Vec<(Instant, Instant)> {
        let mut stretches = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let agents = self.folder.agents();
            let level = if (self.made / agents).is_multiple_of(2) { "write" } else { "read" };
            self.folder.write(agents - 1 - self.made % agents, level);
            self.made += 1;
            let start = Instant::now();
            self.put_in_force().await;
            stretches.push((start, Instant::now()));
        }
        stretches
    }

    /// Changes every policy; how long it takes to put that in force.
    async fn make_of_all(&mut self) -> Duration {
        let level = if self.made.is_multiple_of(2) { "full" } else { "off" };
        self.made += 1;
        for agent in 0..self.folder.agents() {
            self.folder.write(agent, level);
        }
        let start = Instant::now();
        self.put_in_force().await;
        start.elapsed()
    }

    async fn put_in_force(&self) {
        let asked = [("kustodian-admin", "reload")];
        let answer = self.admin.send("POST /policies/reload", None, &asked, Vec::new()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |figure: fn(&Served) -> f64| middle(self.served.iter().map(figure));
        let took = |thousandths: usize| {
            let figures = self.served.iter().map(|it| it.within(thousandths).as_secs_f64());
            millis(Duration::from_secs_f64(middle(figures)))
        };
        write!(
            f,
            "{:.0} requests a second, none failed; p50 {}, p99 {}, p99.9 {}, longest without an answer {}",
            of(Served::rate),
            took(500),
            took(990),
            took(999),
            millis(Duration::from_secs_f64(of(|it| it.pause.as_secs_f64()))),
        )?;
        let waited = |in_ten_thousand| millis(within(&self.waited, in_ten_thousand));
        write!(
            f,
            "\n         a thread that serves kept one waiting, of {}: p50 {}, p99 {}, p99.9 {}, p99.99 {}, \
             longest {}",
            self.waited.len(),
            waited(5000),
            waited(9900),
            waited(9990),
            waited(9999),
            waited(10_000),
        )?;
        let mut longest = longest_in(&self.waited, &self.stretches);
        longest.sort_unstable();
        let at = |hundredths: usize| {
            let at = (longest.len() * hundredths / 100).min(longest.len().saturating_sub(1));
            millis(longest.get(at).copied().unwrap_or_default())
        };
        write!(
            f,
            "\n         longest in each of {} stretches: median {}, p90 {}, p99 {}, longest {}",
            longest.len(),
            at(50),
            at(90),
            at(99),
            at(100),
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stretches = self.reloading.stretches.iter();
        let reload = middle(stretches.map(|(from, to)| (*to - *from).as_secs_f64()));
        let of_all = middle(self.of_all.iter().map(Duration::as_secs_f64));
        let [start, changed, all] =
            self.memory.map(|(now, most)| format!("{now} MiB ({most} MiB at most)"));
        write!(
            f,
            "alone: {}\n       while {} changes were put in force, each within {}: {}\n       a change of every \
             policy is put in force within {}\n       memory: {start} after the start, {changed} after the \
             changes, {all} after {OF_ALL} changes of every policy",
            self.alone,
            self.reloading.stretches.len(),
            millis(Duration::from_secs_f64(reload)),
            self.reloading,
            millis(Duration::from_secs_f64(of_all)),
        )
    }
}

fn middle(figures: impl IntoIterator<Item = f64>) -> f64 {
    let median = crate::speed::median::median(figures);
    if median.is_nan() { 0.0 } else { median }
}
