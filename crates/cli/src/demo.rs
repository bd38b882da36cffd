//! `kustodian demo`: a stand-in for Kustomer, a gateway and three agents, in one process.

mod calls;
mod introduce;
mod perform;
mod stage;

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use audit::Filter;
use gateway::clock::{Clock as _, SystemClock};

use crate::audit::{Follower, Layout};
use crate::failure::{Answer, Failure, Verdict};
use crate::log;
use crate::output::{STRONG, painted};
use crate::signals::Signals;

use calls::calls;
use stage::Stage;

/// See Kustodian at work, without an organisation at Kustomer.
///
/// Runs a stand-in for Kustomer, a gateway before it and three sample agents, all in this process and
/// reachable from this machine only. Prints the agents' tokens and calls to try, some permitted and
/// some refused, and then every record as it is written, until Ctrl-C. With --run it makes the calls
/// itself, prints each answer with its record, and exits with 0 only if all came out as promised.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian demo --run           make all calls, check what comes of them, and stop
  kustodian demo                 make them yourself, from another terminal
  kustodian demo --port 8080 --dir ./demo")]
pub(crate) struct Args {
    /// Make the calls, and check that each comes out as promised
    #[arg(long)]
    run: bool,
    /// The folder for policies and records [default: a new one for temporary files; it is kept]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// The port that the agents call [default: one that is free]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
}

/// Sets the stage, plays, and clears it again.
pub(crate) async fn run(args: &Args, out: &mut dyn Write) -> Answer {
    // The records say what happened; of the log only what should never be seen is of interest here.
    let _log =
        log::start(&gateway::config::Log { filter: "error".to_owned(), ..Default::default() })?;
    let stage = Stage::set(args.dir.as_deref(), args.port).await?;
    let answer = play(args, &stage, out).await;
    let folder = stage.clear().await;
    let verdict = match answer {
        // Nobody saw the end of it, so it is not known to have come out as promised.
        Err(Failure::Output(why)) if args.run && why.kind() == ErrorKind::BrokenPipe => {
            return Ok(Verdict::No);
        }
        answer => answer?,
    };
    writeln!(
        out,
        "\nPolicies and records are kept in {}. Look at them again with:",
        folder.display()
    )?;
    for command in ["audit list", "matrix support-agent"] {
        writeln!(out, "  kustodian {command} --config {}/kustodian.toml", folder.display())?;
    }
    Ok(verdict)
}

async fn play(args: &Args, stage: &Stage, out: &mut dyn Write) -> Answer {
    let calls = calls(stage.sandbox.seeded());
    let mut signals = Signals::listen()?;
    if !args.run {
        introduce::with_calls(stage, &calls, out)?;
        return follow(stage, &mut signals, out).await;
    }
    introduce::briefly(stage, out)?;
    tokio::select! {
        answer = perform::all(stage, &calls, out) => answer,
        () = signals.next() => Ok(Verdict::No),
    }
}

/// Prints the record of each request as it happens, until a signal.
async fn follow(stage: &Stage, signals: &mut Signals, out: &mut dyn Write) -> Answer {
    let reader = stage.running.gateway.store.audit_reader();
    let mut follower = Follower::new(reader, Filter::default(), stage.since);
    let layout = Layout::of(false);
    writeln!(
        out,
        "\n{}",
        painted(STRONG, "What happens, as it is recorded (Ctrl-C ends the demo):")
    )?;
    loop {
        out.flush()?;
        tokio::select! {
            () = signals.next() => return Ok(Verdict::Yes),
            () = tokio::time::sleep(crate::audit::EVERY) => {}
        }
        for record in follower.look(SystemClock.now()).await.map_err(Failure::from)? {
            layout.write(&record, out)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::testing;

    /// Sets a stage in a folder and makes all calls.
    async fn perform_in(folder: &Path) -> (Verdict, String) {
        let stage = Stage::set(Some(folder), 0).await.unwrap();
        let mut out = Vec::new();
        let calls = calls(stage.sandbox.seeded());
        introduce::with_calls(&stage, &calls, &mut out).unwrap();
        let introduction = out.len();
        let verdict = perform::all(&stage, &calls, &mut out).await.unwrap();
        let performed = testing::plain(&out[introduction..]);
        let shown = testing::plain(&out);
        assert!(!shown.contains(&stage.sandbox.admin_key()), "the real key is shown");
        for token in stage.tokens.values() {
            assert!(shown.contains(token.reveal()), "a token is not shown");
            assert!(!performed.contains(token.reveal()), "a token is shown among the calls");
        }
        stage.clear().await;
        (verdict, performed)
    }

    #[tokio::test]
    async fn every_call_comes_out_as_promised() {
        let folder = tempfile::tempdir().unwrap();
        let (verdict, text) = perform_in(folder.path()).await;
        assert_eq!(verdict, Verdict::Yes, "{text}");
        assert!(text.ends_with("13 of 13 calls came out as promised\n"), "{text}");
    }

    #[tokio::test]
    async fn a_policy_that_permits_more_breaks_a_promise() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("policies")).unwrap();
        let policy = fs::read_to_string(testing::sample_policies().join("support-agent.toml"));
        let wider =
            policy.unwrap().replace("delete_customers   = \"off\"", "delete_customers = \"full\"");
        fs::write(folder.path().join("policies/support-agent.toml"), wider).unwrap();
        let (verdict, text) = perform_in(folder.path()).await;
        assert_eq!(verdict, Verdict::No, "{text}");
        assert!(text.contains("the record says permitted, not denied"), "{text}");
        assert!(text.contains("requests that arrived at Kustomer: 1"), "{text}");
    }

    #[tokio::test]
    async fn the_settings_that_are_left_find_the_policies_and_the_store() {
        let folder = tempfile::tempdir().unwrap();
        Stage::set(Some(folder.path()), 0).await.unwrap().clear().await;
        let config = gateway::config::read(Some(&folder.path().join("kustodian.toml"))).unwrap();
        assert_eq!(fs::read_dir(&config.policies.dir).unwrap().count(), 3);
        let store = crate::store_access::open_existing(&config).await.unwrap();
        assert_eq!(store.agents().tokens().await.unwrap().len(), 3);
    }
}
