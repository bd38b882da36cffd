//! `kustodian agent set`, `suspend` and `resume`: change single lines of a policy, and say what that does.

use std::io::{self, Write};
use std::path::Path;

use gateway::Config;
use gateway::clock::{Clock as _, SystemClock};
use gateway::policies::LoadFailure;
use policy::compare::compare;
use serde_json::json;
use similar::{ChangeTag, TextDiff};

use super::edit::{Change, edited};
use super::save;
use super::wish::{Table, Wish};
use crate::failure::{Answer, Verdict};
use crate::output::{BAD, FAINT, GOOD, json_line, painted};
use crate::policy::{agent_json, headline, write_agent};
use crate::rules::{PolicyFolder, Rules};

/// Change lines of an agent's policy: levels of resources, actions and operations.
///
/// Everything else in the file stays as it is, comments too. What the agent gains and loses is shown.
/// The new text is read together with all other policies before it takes the old one's place; where
/// there is a mistake in any of them, nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian agent set support-agent customers=read reply_to_customers=off
  kustodian agent set support-agent kobjects.order=write --dry-run
  kustodian agent set admin-bot teams.delete=off --remove users")]
pub(crate) struct SetArgs {
    /// The agent's id, as its policy has it
    agent: String,
    /// A resource, action or operation and its level: off, read, write or full
    #[arg(value_name = "NAME=LEVEL", required_unless_present = "remove")]
    levels: Vec<Wish>,
    /// Take the line of this name away; may be repeated
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// Refuse an agent everything, until it is resumed.
///
/// Sets `mode = "suspended"` in its policy. Its tokens stay, and its requests are recorded as refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian agent suspend support-agent
  kustodian agent suspend support-agent --dry-run")]
pub(crate) struct SuspendArgs {
    /// The agent's id, as its policy has it
    agent: String,
    #[command(flatten)]
    how: How,
}

/// Let a suspended agent do again what its policy grants.
///
/// Sets `mode = "enforce"` in its policy.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian agent resume support-agent
  kustodian agent resume support-agent --dry-run")]
pub(crate) struct ResumeArgs {
    /// The agent's id, as its policy has it
    agent: String,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
struct How {
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn set(args: &SetArgs, config: &Config, out: &mut dyn Write) -> Answer {
    let rules = Rules::load(config, &args.how.folder)?;
    let mut changes = Vec::new();
    for Wish { name, level } in &args.levels {
        let table = Table::of(name, &rules.catalogue)?;
        changes.push(Change::Level { table, name: name.clone(), level: level.as_str() });
    }
    for name in &args.remove {
        let table = Table::of(name, &rules.catalogue)?;
        changes.push(Change::Gone { table, name: name.clone() });
    }
    make(&args.agent, &changes, &rules, config, &args.how, out)
}

pub(super) fn suspend(args: &SuspendArgs, config: &Config, out: &mut dyn Write) -> Answer {
    let rules = Rules::load(config, &args.how.folder)?;
    make(&args.agent, &[Change::Mode("suspended")], &rules, config, &args.how, out)
}

pub(super) fn resume(args: &ResumeArgs, config: &Config, out: &mut dyn Write) -> Answer {
    let rules = Rules::load(config, &args.how.folder)?;
    make(&args.agent, &[Change::Mode("enforce")], &rules, config, &args.how, out)
}

/// Makes the changes in the policy of an agent.
fn make(
    agent: &str,
    changes: &[Change],
    rules: &Rules,
    config: &Config,
    how: &How,
    out: &mut dyn Write,
) -> Answer {
    let policy = rules.policy(agent)?;
    let file = Path::new(policy.file());
    let text = std::fs::read_to_string(file)
        .map_err(|why| LoadFailure::Unreadable { path: file.to_owned(), why })?;
    let new = edited(&text, changes)?;
    let folder = how.folder.or_settings(config);
    let set = save::set_with(folder, file, &new, &rules.catalogue, config.policies.observing())?;
    let differences = compare(&rules.catalogue, &rules.policies, &set, SystemClock.now());
    let is_other = new != text;
    if is_other && !how.dry_run {
        save::replace(file, &text, &new)?;
    }
    let change = Made { file, text: &text, new: &new, differences: &differences };
    let written = if how.json {
        json_line(out, &change.json(agent, how.dry_run))
    } else {
        change.write(how.dry_run, out)
    };
    Verdict::Yes.told(written)
}

/// A change, before and after.
struct Made<'a> {
    file: &'a Path,
    text: &'a str,
    new: &'a str,
    differences: &'a [policy::compare::AgentChange],
}

impl Made<'_> {
    fn write(&self, dry_run: bool, out: &mut dyn Write) -> io::Result<()> {
        if self.text == self.new {
            return writeln!(out, "{} says so already; nothing was changed", self.file.display());
        }
        let diff = TextDiff::from_lines(self.text, self.new);
        for change in diff.iter_all_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => continue,
                ChangeTag::Delete => ("-", GOOD),
                ChangeTag::Insert => ("+", BAD),
            };
            let line = change.value().trim_end_matches(['\n', '\r']);
            let number = change.new_index().or(change.old_index()).unwrap_or(0) + 1;
            let place = painted(FAINT, format!("{}:{number}", self.file.display()));
            writeln!(out, "{place}  {}", painted(style, format!("{sign} {line}")))?;
        }
        for change in self.differences {
            writeln!(out, "\n{}: {}", change.agent, headline(change))?;
            write_agent(change, false, out)?;
        }
        if self.differences.is_empty() {
            writeln!(out, "\nno agent may do anything else than before")?;
        }
        let file = self.file.display();
        if dry_run {
            writeln!(out, "\nnothing was written; leave out --dry-run to change {file}")
        } else {
            writeln!(out, "\nwrote {file}")
        }
    }

    fn json(&self, agent: &str, dry_run: bool) -> serde_json::Value {
        let is_other = self.text != self.new;
        let diff = TextDiff::from_lines(self.text, self.new);
        let lines = |tag: ChangeTag| -> Vec<&str> {
            let changes = diff.iter_all_changes().filter(|change| change.tag() == tag);
            changes.map(|change| change.value().trim_end_matches(['\n', '\r'])).collect()
        };
        json!({
            "agent": agent,
            "file": self.file.display().to_string(),
            "changed": is_other,
            "written": is_other && !dry_run,
            "removed_lines": lines(ChangeTag::Delete),
            "added_lines": lines(ChangeTag::Insert),
            "agents": self.differences.iter().map(agent_json).collect::<Vec<_>>(),
        })
    }
}
