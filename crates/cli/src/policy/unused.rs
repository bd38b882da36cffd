//! `kustodian policy unused`: grants that no request needed for a long time.

mod ledger;
mod report;

use std::io::Write;

use gateway::clock::{Clock as _, SystemClock};
use jiff::tz::TimeZone;

use super::trail::{Period, Trail, with_trail};
use crate::failure::{Answer, Failure, Verdict};
use crate::rules::{PolicyFolder, Rules};
use crate::settings::Settings;

use ledger::Ledger;
use report::Report;

/// List the grants that no request needed for a long time.
///
/// A grant is an entry of a policy or of a role that gives something; it was used when it covered what
/// a permitted request demanded, whatever Kustomer answered. Entries of `off` give nothing and are not
/// listed. Everything that the trail holds is looked at, so that it can be said when a grant was used
/// last; what was dropped from the trail nobody knows, and so it is said from when on there are records.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian policy unused
  kustodian policy unused support-agent --for 90d
  kustodian policy unused --for 30d --fail --json")]
pub(crate) struct Args {
    /// Only this agent's grants, by its id [default: all agents]
    agent: Option<String>,
    /// For how long: 90d, 2h, or a day or time since when
    #[arg(long = "for", value_name = "TIME", default_value = "90d")]
    unused_for: String,
    /// Exit with 1 if there are any
    #[arg(long)]
    fail: bool,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Reads the trail and lists what was not used.
pub(super) async fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    let now = SystemClock.now().to_zoned_datetime(TimeZone::system());
    let asked = Period::of(Some(&args.unused_for), None, &now)?;
    let rules = Rules::load(&config, &args.folder)?;
    let mut ledger = Ledger::of(&rules, args.agent.as_deref())?;
    let begins = with_trail(&config, args.quiet, |trail| look(args, asked, &mut ledger, trail));
    let begins = begins.await?;
    let report = Report::new(asked, begins, &ledger);
    let is_fine = !args.fail || report.is_empty();
    let told = if args.json { report.json(out) } else { report.write(out) };
    Verdict::of(is_fine).told(told)
}

async fn look(
    args: &Args,
    asked: Period,
    ledger: &mut Ledger,
    trail: Trail,
) -> Result<Option<jiff::Timestamp>, Failure> {
    let all = Period { since: None, ..asked };
    trail.each(args.agent.as_deref(), all, |record| ledger.add(record)).await?;
    trail.begins().await
}
