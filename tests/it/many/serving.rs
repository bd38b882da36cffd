//! A running gateway with very many policies: served alone, and while they are changed and read again.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::folder::{Folder, id};
use super::load::{self, Served};
use super::{memory, millis};
use crate::speed::median::median;
use crate::speed::process::Part;
use crate::support::client::Client;
use crate::support::program::{Installation, Serving};

/// How many agents ask.
const ASKING: u32 = 8;

/// The figures.
#[derive(Debug)]
pub(crate) struct Figures {
    quiet: Served,
    reloading: Served,
    /// What each reading took, from the call to its answer.
    reloads: Vec<Duration>,
    /// Of memory, after the start and at the end, and the most there ever was.
    memory: (u64, u64, u64),
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
    let started = memory::of(&process).0;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        load::run(serving.agents, &tokens, rate, time / 4).await;
        let quiet = load::run(serving.agents, &tokens, rate, time).await;
        let done = AtomicBool::new(false);
        let (reloading, reloads) = tokio::join!(
            async {
                let served = load::run(serving.agents, &tokens, rate, time).await;
                done.store(true, Ordering::Relaxed);
                served
            },
            reload_until(&done, folder, &serving)
        );
        let (ended, most) = memory::of(&process);
        Figures { quiet, reloading, reloads, memory: (started, ended, most) }
    })
}

/// Changes one policy after the other, and has each change put in force.
async fn reload_until(done: &AtomicBool, folder: &Folder, serving: &Serving) -> Vec<Duration> {
    let admin = Client::new(serving.admin);
    let mut took = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let count = u32::try_from(took.len()).unwrap_or(u32::MAX);
        let level = if (count / folder.agents()).is_multiple_of(2) { "write" } else { "read" };
        folder.write(folder.agents() - 1 - count % folder.agents(), level);
        let start = Instant::now();
        let asked = [("kustodian-admin", "reload")];
        let answer = admin.send("POST /policies/reload", None, &asked, Vec::new()).await;
        took.push(start.elapsed());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    took
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |served: &Served| {
            format!(
                "{:.0} requests a second, none failed; p50 {}, p99 {}, p99.9 {}, longest {}; longest \
                 without an answer {}",
                served.rate(),
                millis(served.within(500)),
                millis(served.within(990)),
                millis(served.within(999)),
                millis(served.within(1000)),
                millis(served.pause),
            )
        };
        let (started, ended, most) = self.memory;
        let reload = median(self.reloads.iter().map(Duration::as_secs_f64));
        write!(
            f,
            "alone: {}\n       while {} changes were put in force, each within {}: {}\n       memory: \
             {started} MiB after the start, {ended} MiB at the end, {most} MiB at most",
            line(&self.quiet),
            self.reloads.len(),
            millis(Duration::from_secs_f64(reload)),
            line(&self.reloading),
        )
    }
}
