//! The speed comparison: the gateway beside the upstream alone, a bare pass-through and Envoy.
//!
//! Everything runs at once and is measured in turn, round after round, so that what else the machine
//! does meets all of them alike. Everything is a process of its own, as it is in life.

mod contender;
mod disk;
pub(crate) mod envoy;
pub(crate) mod median;
pub(crate) mod pass_through;
pub(crate) mod process;
mod table;
pub(crate) mod upstream;
mod wrk;

use std::io::Write;
use std::num::NonZeroU32;
use std::path::PathBuf;

use contender::{Contender, Course};
pub(crate) use table::Table;
use wrk::{Load, Measured};

/// The real key, as far as the comparison goes.
const KEY: &str = "not-a-real-key";

/// What is asked for, again and again: a path that a policy has to be asked about.
const PATH: &str = "/v1/customers/5f1a2b3c4d5e6f7a8b9c0d1e";

/// What to do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// How often each is measured.
    pub(crate) rounds: NonZeroU32,
    /// How long each measurement takes.
    pub(crate) seconds: NonZeroU32,
    /// Connections of the measurement under load.
    pub(crate) connections: NonZeroU32,
    /// Where Envoy is, if not where it is looked for.
    pub(crate) envoy: Option<PathBuf>,
}

/// What one contender did in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lap {
    /// With many connections.
    loaded: Measured,
    /// With a single one.
    single: Measured,
}

/// Measures everybody, tells how it goes, and gives the table of it.
pub(crate) fn run(plan: &Plan, progress: &mut dyn Write) -> Table {
    wrk::must_be_there();
    let course = Course::set(plan.envoy.as_deref(), progress);
    tell(progress, "warming up");
    for contender in &course.contenders {
        measure(contender, Load { connections: plan.connections.get(), seconds: 1 });
    }
    let mut table = Table::new(plan.connections, &course.contenders);
    for round in 1..=plan.rounds.get() {
        table.syncs.extend(disk::syncs(course.folder()));
        for (place, contender) in course.contenders.iter().enumerate() {
            let lap = lap(contender, plan);
            let (name, loaded, single) = (&contender.name, lap.loaded, lap.single);
            tell(
                progress,
                &format!("round {round} of {}: {name}: {loaded}; {single}", plan.rounds),
            );
            table.add(place, lap);
        }
    }
    table
}

fn lap(contender: &Contender, plan: &Plan) -> Lap {
    let seconds = plan.seconds.get();
    let loaded = measure(contender, Load { connections: plan.connections.get(), seconds });
    let single = measure(contender, Load { connections: 1, seconds });
    Lap { loaded, single }
}

fn measure(contender: &Contender, load: Load) -> Measured {
    let url = format!("http://{}{PATH}", contender.address);
    wrk::measure(&url, &contender.authorization, load)
        .unwrap_or_else(|why| panic!("{}: {why}", contender.name))
}

fn tell(progress: &mut dyn Write, line: &str) {
    // Nobody need listen.
    let _ = writeln!(progress, "{line}");
}
