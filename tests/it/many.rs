//! Ten thousand agents: how long their policies take to load, what a decision among them takes, and
//! whether those who are served notice that they are read again.

mod decisions;
mod folder;
mod load;
mod loading;
mod memory;
mod probe;
mod serving;

use std::io::Write;
use std::num::NonZeroU32;
use std::time::Duration;

use folder::Folder;

/// What to do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) agents: u32,
    pub(crate) entries: NonZeroU32,
    /// Requests a second.
    pub(crate) rate: NonZeroU32,
    /// How long each round of serving takes without changes, and with them.
    pub(crate) seconds: NonZeroU32,
}

/// Measures, and tells each figure when it is known. Fails where a request does.
pub(crate) fn run(plan: &Plan, out: &mut dyn Write) {
    let mut tell = |line: &str| {
        // Nobody need listen.
        let _ = writeln!(out, "{line}");
    };
    let folder = Folder::new(plan.agents, plan.entries.get());
    tell(&format!("{} agents with {} entries each", plan.agents, plan.entries));
    let (set, loaded) = loading::measure(folder.path());
    tell(&format!("load: {loaded}"));
    tell(&format!("decide: {}", decisions::measure(&set)));
    drop(set);
    let time = Duration::from_secs(plan.seconds.get().into());
    tell(&format!("serve: {}", serving::measure(&folder, plan.rate.get(), time)));
}

/// "1.2 ms", of a time.
fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
