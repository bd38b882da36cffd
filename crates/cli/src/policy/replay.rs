//! `kustodian policy replay`: what candidate policies would have said to what agents really asked.

mod answer;
mod report;
mod tally;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use ::policy::{Observing, PolicySet};
use clap::ValueEnum;
use gateway::clock::{Clock as _, SystemClock};
use gateway::policies::{load_catalogue, load_policies};
use jiff::tz::TimeZone;

use super::trail::{Period, Trail, with_trail};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::hint;
use crate::rules::PolicyFolder;
use crate::settings::Settings;

use answer::Candidate;
use report::Report;
use tally::Tally;

/// Run recorded requests through candidate policies, and list those that would be answered otherwise.
///
/// Each request is decided by the gateway's own code, as of the time at which it was made, from the
/// demands on its record. Bodies and the values of queries are not kept; what depends on them is
/// counted as what cannot be told, and why. Limits are not replayed. Exits with 1 if any answer would
/// change; with --fail-on, only if one would change in that way.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian policy replay policies.new
  kustodian policy replay policies.new --since 7d --agent support-agent
  kustodian policy replay policies.new --fail-on loss --json")]
pub(crate) struct Args {
    /// The folder of candidate policies
    candidate: PathBuf,
    /// From when on: 7d, 12h, yesterday, 2027-01-31, or an exact time
    #[arg(long, value_name = "TIME", default_value = "7d")]
    since: String,
    /// Up to when: the same forms [default: now]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only this agent's requests, by its id
    #[arg(long)]
    agent: Option<String>,
    /// Which changes make the exit code 1 [default: any]
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Which changes are too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// What was permitted would be refused
    Loss,
    /// What was refused would be permitted
    Gain,
}

/// Replays the trail.
pub(super) async fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    let now = SystemClock.now().to_zoned_datetime(TimeZone::system());
    let period = Period::of(Some(&args.since), args.until.as_deref(), &now)?;
    let catalogue = load_catalogue(&config.catalogue.extend)?;
    let policies = load_policies(&args.candidate, &catalogue, Observing::Allowed)?;
    // What is in force tells what records do not: to which `[only]` a request kept. Without it, less
    // can be told, and nothing else is different.
    let present =
        load_policies(args.folder.or_settings(&config), &catalogue, Observing::Allowed).ok();
    let zone = config.policies.time_zone.get().clone();
    let candidate = Candidate { catalogue, policies, zone, present };
    let tally = with_trail(&config, args.quiet, |trail| gather(args, period, &candidate, trail));
    let tally = tally.await?;
    if let Some(agent) = args.agent.as_deref().filter(|_| tally.is_empty()) {
        known(agent, &candidate)?;
    }
    let report = Report { candidate: &args.candidate, period, tally: &tally };
    let told = if args.json { report.json(out) } else { report.write(out) };
    let is_fine = match args.fail_on {
        None => tally.losses() + tally.gains() == 0,
        Some(FailOn::Loss) => tally.losses() == 0,
        Some(FailOn::Gain) => tally.gains() == 0,
    };
    Verdict::of(is_fine).told(told)
}

/// Of an agent without a request and without a policy nothing was found out: its name may be misspelt.
fn known(agent: &str, candidate: &Candidate) -> Result<(), Failure> {
    let sets = || std::iter::once(&candidate.policies).chain(&candidate.present);
    if sets().any(|set| set.policy(agent).is_some()) {
        return Ok(());
    }
    let ids = sets().flat_map(PolicySet::policies).map(|policy| policy.agent().id().as_str());
    let ids: BTreeSet<&str> = ids.collect();
    let hint = hint(agent, ids.iter().copied());
    Err(Failure::UnknownAgent { agent: agent.to_owned(), hint })
}

async fn gather(
    args: &Args,
    period: Period,
    candidate: &Candidate,
    trail: Trail,
) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let agent = args.agent.as_deref();
    trail.each(agent, period, |record| tally.add(record, candidate.answer(record))).await?;
    Ok(tally)
}
