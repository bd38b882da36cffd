//! `kustodian check`: every mistake in the settings, the catalogue's additions and the policies.

mod findings;
mod format;
mod grants;
mod issuers;
mod odd;
mod problem;
mod tokens;

use std::io::{self, Write};

use gateway::clock::{Clock as _, SystemClock};
use policy::Facts;

use crate::failure::{Answer, Verdict};
use crate::output::{BAD, CAUTION, FAINT, GOOD, json_line, painted};
use crate::rules::PolicyFolder;
use crate::settings::Settings;

use findings::Findings;
use format::Format;

/// Find every mistake in the settings and policies, without starting anything.
///
/// Reads the settings, the operator's own catalogue files and all policies, and checks what the gateway
/// checks when it starts: the organisation's address, the key and who can read its file, the store's
/// URL. Each mistake is shown with its file, line and column. Exits with 0 if the gateway would start,
/// with 1 if not; warnings do not count, unless --deny-warnings says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian check
  kustodian check --config /etc/kustodian/kustodian.toml --json
  kustodian check --grants                   and where each grant of each agent comes from
  kustodian check --format sarif > kustodian.sarif      for code scanning
  kustodian check --policies ./policies      the policies alone; no key and no address needed")]
pub(crate) struct Args {
    #[command(flatten)]
    folder: PolicyFolder,
    /// How to write what was found
    #[arg(long, value_enum, default_value = "text", conflicts_with = "json")]
    format: Format,
    /// Print one JSON object; the same as --format json
    #[arg(long)]
    json: bool,
    /// Show each agent's grants as well, and where each comes from
    #[arg(long)]
    grants: bool,
    /// Exit with 1 for warnings too
    #[arg(long)]
    deny_warnings: bool,
}

/// Checks and prints what was found.
pub(crate) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let now = SystemClock.now();
    let findings = Findings::look(settings, &args.folder, now)?;
    let granted = findings.policies.as_ref().filter(|_| args.grants);
    let format = if args.json { Format::Json } else { args.format };
    let written = match format {
        Format::Text => granted
            .map_or(Ok(()), |set| grants::write(set, &Facts::at(now), out))
            .and_then(|()| write(&findings, args.folder.policies.is_some(), out)),
        Format::Json => {
            let mut json = format::json(&findings);
            if let (Some(set), Some(all)) = (granted, json.as_object_mut()) {
                all.insert("grants".to_owned(), grants::json(set));
            }
            json_line(out, &json)
        }
        Format::Sarif => json_line(out, &format::sarif(&findings)),
        Format::Github => format::github(&findings, out),
    };
    let denied = findings.errors() + if args.deny_warnings { findings.warnings() } else { 0 };
    Verdict::of(denied == 0).told(written)
}

/// So many agents are named; more are counted.
const NAMED: usize = 20;

fn write(findings: &Findings, policies_alone: bool, out: &mut dyn Write) -> io::Result<()> {
    for problem in &findings.problems {
        writeln!(out, "{}\n", problem.render())?;
    }
    for what in &findings.not_looked_at {
        writeln!(out, "{} {what}\n", painted(FAINT, "not looked at:"))?;
    }
    let (errors, warnings) = (findings.errors(), findings.warnings());
    let count = |number: usize, word: &str| {
        format!("{number} {word}{}", if number == 1 { "" } else { "s" })
    };
    if errors > 0 {
        let text = format!("{}, {}", count(errors, "error"), count(warnings, "warning"));
        return writeln!(out, "{}", painted(BAD, text));
    }
    let agents = match findings.agents().as_slice() {
        [] => "no agent has a policy yet, so nothing will be permitted".to_owned(),
        agents => {
            let named = agents.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            let more = agents.len().saturating_sub(NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            format!("{} ({named}{more})", count(agents.len(), "agent"))
        }
    };
    let operations = count(findings.operations, "operation");
    let verdict = if warnings == 0 {
        painted(GOOD, "all is well:")
    } else {
        // Of the policies alone nobody knows whether the gateway would start.
        let right = if policies_alone { "the policies are right" } else { "it will start" };
        painted(CAUTION, format!("{right}, with {}:", count(warnings, "warning")))
    };
    writeln!(out, "{verdict} {agents}; {operations}")
}

#[cfg(test)]
mod tests;
