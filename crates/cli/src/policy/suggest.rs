//! `kustodian policy suggest`: the least policy for what an agent really used.

mod calls;
mod file;
mod json;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::policy::suggest::{Style, suggest};
use clap::ValueEnum;
use gateway::clock::{Clock as _, SystemClock};
use jiff::tz::TimeZone;
use serde_json::json;

use super::trail::{Period, Trail, with_trail};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::{CAUTION, json_line, painted, with};
use crate::rules::{PolicyFolder, Rules};
use crate::settings::Settings;

use calls::Calls;
use file::Present;

/// Suggest the least policy that permits what an agent used.
///
/// It is made from the trail: used is what was permitted and what Kustomer began to answer, with
/// whatever status. The tables agent, limits and only are taken over from the agent's present policy; the
/// entries are new, each with a comment that says how often and when last it was used, and by which
/// operations. The file goes to standard output, ready to be looked at and put in the place of the
/// present one. Exits with 1, and writes nothing, where nothing was used.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian policy suggest support-agent
  kustodian policy suggest support-agent --since 30d --out policies.new/support-agent.toml
  kustodian policy suggest support-agent --include-denied --style narrow
  kustodian policy suggest support-agent --json")]
pub(crate) struct Args {
    /// The agent's id, as its policy has it
    agent: String,
    /// From when on: 30d, 12h, yesterday, 2027-01-31, or an exact time
    #[arg(long, value_name = "TIME", default_value = "30d")]
    since: String,
    /// Up to when: the same forms [default: now]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Also permit what was refused for want of a grant
    #[arg(long)]
    include_denied: bool,
    /// How wide the entries may be
    #[arg(long, value_enum, default_value_t = Width::Readable)]
    style: Width,
    /// Write to this file instead of standard output; it must not be there yet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object: the policy's text, and what stands in it line by line
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

/// How wide the entries may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Width {
    /// Levels of `read` on whole resources and actions, where more than one operation speaks for them
    Readable,
    /// Nothing that was not used, as far as entries can tell it apart
    Narrow,
}

/// Reads the trail and suggests.
pub(super) async fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    let now = SystemClock.now().to_zoned_datetime(TimeZone::system());
    let period = Period::of(Some(&args.since), args.until.as_deref(), &now)?;
    let rules = Rules::load(&config, &args.folder)?;
    let present = Present::read(rules.policy(&args.agent)?)?;
    if let Some(path) = &args.out {
        refuse_to_replace(path)?;
    }
    let calls =
        with_trail(&config, args.quiet, |trail| gather(args, period, &rules, trail)).await?;
    if calls.uses().is_empty() {
        return nothing(args, period, &calls, out);
    }
    let suggestion = suggest(&rules.catalogue, calls.uses(), args.style.style());
    let text = file::text(args, period, &present, &calls, &suggestion);
    if let Some(path) = &args.out {
        write_new(path, &text)?;
    }
    if args.json {
        let object = json::object(args, period, &present, &calls, &suggestion);
        json_line(out, &with(object, "policy", json!(text)))?;
        return Ok(Verdict::Yes);
    }
    match &args.out {
        None => out.write_all(text.as_bytes())?,
        Some(path) => {
            writeln!(
                out,
                "written to {}; `kustodian policy replay` says what it would change",
                path.display()
            )?;
        }
    }
    Ok(Verdict::Yes)
}

async fn gather(
    args: &Args,
    period: Period,
    rules: &Rules,
    trail: Trail,
) -> Result<Calls, Failure> {
    let mut calls = Calls::new(args.include_denied);
    trail.each(Some(&args.agent), period, |record| calls.add(record, &rules.catalogue)).await?;
    calls.finish();
    Ok(calls)
}

fn nothing(args: &Args, period: Period, calls: &Calls, out: &mut dyn Write) -> Answer {
    if args.json {
        return Verdict::No.told(json_line(out, &json::of_nothing(args, period, calls)));
    }
    let mut words = anstream::stderr();
    let nothing = painted(CAUTION, "nothing to suggest:");
    let (agent, since) = (&args.agent, &args.since);
    writeln!(words, "{nothing} {agent} used nothing (--since {since}){}", calls.aside())?;
    Ok(Verdict::No)
}

impl Width {
    fn style(self) -> Style {
        match self {
            Self::Readable => Style::Readable,
            Self::Narrow => Style::Narrow,
        }
    }
}

/// Looks before the trail is read for what could not be kept.
fn refuse_to_replace(path: &Path) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Ok(_) => Err(Failure::FileIsThere(path.to_owned())),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(why) => Err(Failure::Folder { path: path.to_owned(), why }),
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |why: io::Error| {
        if why.kind() == io::ErrorKind::AlreadyExists {
            Failure::FileIsThere(path.to_owned())
        } else {
            Failure::Folder { path: path.to_owned(), why }
        }
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}
