//! The crash harness: a gateway under load is killed at random instants, again and again, and each
//! time its trail is compared with what Kustomer saw and what the agents were told.
//!
//! It runs the program itself, on SQLite or on a Postgres of its own, and kills it with SIGKILL. On
//! Postgres, every third kill comes with a crash of the server too. What it cannot do is cut the
//! machine's power: what the system had taken but not yet put on its disk survives here, and is left
//! to the databases' own promise (`synchronous=FULL`, `synchronous_commit=on`).

mod call;
mod compare;
mod kustomer;
mod life;
mod load;
mod server;
mod tally;
mod whole;

use std::io::Write;

use life::Scene;
pub(crate) use tally::Tally;

/// What to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) engine: Engine,
    /// How often the gateway is killed.
    pub(crate) kills: u32,
    /// The same calls and instants again, as far as the machine lets them.
    pub(crate) seed: u64,
    /// Keep-alive connections that make calls at once.
    pub(crate) connections: u32,
}

/// Which database keeps the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
        }
    }
}

/// Does it, tells how it goes, and gives the sum of it.
pub(crate) async fn run(plan: &Plan, out: &mut dyn Write) -> Tally {
    let Plan { engine, kills, seed, connections } = plan;
    let engine = engine.name();
    tell(out, &format!("{engine}: {kills} kills, {connections} connections, --seed {seed}"));
    let mut scene = Scene::set(plan).await;
    let mut sum = Tally::default();
    for number in 1..=plan.kills {
        let tally = scene.live_and_die(number).await;
        tell(out, &format!("{engine}: kill {number} of {kills}: {tally}"));
        sum.add(tally);
    }
    // Once more over all of it: no later life may have changed what an earlier one left.
    sum.faults.extend(scene.look_back(&sum).await);
    tell(out, &format!("{engine}: in all {sum}"));
    sum
}

fn tell(out: &mut dyn Write, line: &str) {
    // Nobody need listen.
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn nothing_is_lost(engine: Engine) {
        let plan = Plan { engine, kills: 20, seed: 1, connections: 16 };
        let mut told = Vec::new();
        let tally = run(&plan, &mut told).await;
        assert!(tally.held(), "{}", String::from_utf8_lossy(&told));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_gateway_that_is_killed_loses_and_doubles_no_record_on_sqlite() {
        nothing_is_lost(Engine::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_gateway_that_is_killed_loses_and_doubles_no_record_on_postgres() {
        nothing_is_lost(Engine::Postgres).await;
    }
}
