//! A good agent beside a crowd of slow and idle connections: what they cost it.

mod agent;
mod crowd;

use std::io::Write;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::speed::median::median;
use crate::speed::process::Part;
use crate::support::program::{Installation, Serving};
use agent::Agent;
use crowd::Crowd;

/// So many times the quiet median the median may be.
pub(crate) const MOST: f64 = 2.0;

/// The agents: the good one, and the one whose requests never become whole.
const POLICIES: [(&str, &str); 2] = [
    ("good", "[access]\ncustomers = \"read\""),
    ("slow", "[access]\ncustomers = \"write\"\n[limits]\nin_flight = 10000"),
];

/// What to do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) idle: u32,
    pub(crate) slow: u32,
    pub(crate) rounds: NonZeroU32,
    pub(crate) seconds: NonZeroU32,
}

/// Medians in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) quiet: f64,
    pub(crate) crowded: f64,
}

/// Measures, and tells how it goes.
pub(crate) fn run(plan: &Plan, progress: &mut dyn Write) -> Vec<Round> {
    let upstream = Part::start(&["upstream"]);
    let installation = Installation::new(upstream.address, "not-a-real-key", &POLICIES, "");
    let serving = installation.serve_unheard();
    let agent = Agent { at: serving.agents, token: installation.token("good") };
    let slow = installation.token("slow");
    let time = Duration::from_secs(plan.seconds.get().into());
    agent.wait_until_let_in();
    agent.median(Duration::from_secs(1));
    let round = |number| {
        let quiet = agent.median(time);
        let crowd = Crowd::gather(serving.agents, &slow, plan.idle, plan.slow);
        let before = open(&serving);
        let crowded = agent.median(time);
        let (after, memory) = (open(&serving), memory(serving.id()) / 1024);
        drop(crowd);
        let line = format!(
            "round {number}: alone {quiet:.0} us; beside the crowd {crowded:.0} us, with {before} \
             connections open before and {after} after; the gateway has {memory} MB"
        );
        // Nobody need listen.
        let _ = writeln!(progress, "{line}");
        Round { quiet, crowded }
    };
    (1..=plan.rounds.get()).map(round).collect()
}

/// How many times the quiet median it was, in the middle of the rounds.
pub(crate) fn ratio(rounds: &[Round]) -> f64 {
    median(rounds.iter().map(|round| round.crowded / round.quiet))
}

/// The result in a sentence.
pub(crate) fn verdict(rounds: &[Round]) -> String {
    let quiet = median(rounds.iter().map(|round| round.quiet));
    let crowded = median(rounds.iter().map(|round| round.crowded));
    format!(
        "alone {quiet:.0} us, beside the crowd {crowded:.0} us: {:.2} times as long, at the median of \
         {} rounds; at most {MOST} is good",
        ratio(rounds),
        rounds.len()
    )
}

/// How many connections of agents are open, by the gateway's own account.
fn open(serving: &Serving) -> u64 {
    let health = agent::get(serving.admin, "/health", "none");
    let health: serde_json::Value = serde_json::from_slice(&health).expect("a page of JSON");
    health["connections"]["open"].as_u64().expect("a number of connections")
}

/// What a process has in memory, in kilobytes; zero where the system does not tell.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
