//! `kustodian agent list`: every agent that has a policy, a line each.

use std::collections::BTreeMap;
use std::io::Write;

use catalogue::Level;
use gateway::Config;
use gateway::clock::{Clock as _, SystemClock};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use policy::{Facts, Mode, Policy, matrix};
use serde_json::{Value, json};

use super::store_if_any;
use super::tokens::Tokens;
use crate::failure::{Answer, Verdict};
use crate::output::{BAD, CAUTION, Cell, FAINT, PLAIN, Table, json_line};
use crate::rules::{PolicyFolder, Rules};
use crate::time::local;

/// List the agents: who they are, how many tokens they have, and how much they may do.
///
/// The last columns count the operations that the agent may use now, by the level that each needs.
/// Tokens are counted that are neither revoked nor expired; when the agent was last there goes by the
/// tokens that were issued to it, not by minted ones and those of other issuers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian agent list
  kustodian agent list --json")]
pub(crate) struct Args {
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// An agent, as the list shows it.
struct Line<'a> {
    policy: &'a Policy,
    /// None where there is no store yet.
    tokens: Option<usize>,
    /// When one of its tokens was last used.
    last_used: Option<Timestamp>,
    is_expired: bool,
    /// How many operations, by the level that they need.
    permitted: BTreeMap<Level, usize>,
}

/// Lists them.
pub(super) async fn run(args: &Args, config: &Config, out: &mut dyn Write) -> Answer {
    let rules = Rules::load(config, &args.folder)?;
    let now = SystemClock.now();
    let tokens = match store_if_any(config).await? {
        Some(store) => {
            let tokens = Tokens::read(&store).await;
            store.close().await;
            Some(tokens?)
        }
        None => None,
    };
    let lines: Vec<Line<'_>> = rules
        .policies
        .policies()
        .map(|policy| Line::of(policy, &rules, tokens.as_ref(), now))
        .collect();
    if args.json {
        for line in &lines {
            json_line(out, &line.json())?;
        }
    } else if lines.is_empty() {
        writeln!(out, "no agent has a policy yet; `kustodian agent new` makes one")?;
    } else {
        table(&lines).write(out)?;
    }
    Ok(Verdict::Yes)
}

const HEADINGS: [&str; 10] =
    ["id", "name", "owner", "mode", "expires", "tokens", "last used", "read", "write", "full"];

fn table(lines: &[Line<'_>]) -> Table {
    let zone = TimeZone::system();
    let mut table = Table::with_headings(HEADINGS);
    for line in lines {
        let agent = line.policy.agent();
        let count = |level| match line.permitted.get(&level) {
            None => Cell::new("-", FAINT),
            Some(number) => Cell::from(number),
        };
        table.push([
            agent.id().into(),
            agent.name().into(),
            agent.owner().into(),
            mode_cell(agent.mode()),
            line.term(),
            match line.tokens {
                None => Cell::new("-", FAINT),
                Some(0) => Cell::new("0", CAUTION),
                Some(number) => number.into(),
            },
            match line.last_used {
                None => Cell::new("-", FAINT),
                Some(at) => local(at, &zone).into(),
            },
            count(Level::Read),
            count(Level::Write),
            count(Level::Full),
        ]);
    }
    table
}

impl<'a> Line<'a> {
    fn of(policy: &'a Policy, rules: &Rules, tokens: Option<&Tokens>, now: Timestamp) -> Self {
        let agent = policy.agent();
        let mut permitted = BTreeMap::new();
        for operation in matrix::permitted(&rules.catalogue, policy, &Facts::at(now)) {
            *permitted.entry(operation.level()).or_insert(0) += 1;
        }
        let id = agent.id().as_str();
        let last_used = tokens.and_then(|tokens| tokens.last_use_of(id));
        Self {
            policy,
            tokens: tokens.map(|tokens| tokens.live(id, now)),
            last_used: last_used.map(|used| used.at),
            is_expired: agent.expired_at(now).is_some(),
            permitted,
        }
    }

    fn term(&self) -> Cell {
        match self.policy.agent().expires() {
            None => Cell::new("never", FAINT),
            Some(end) => {
                let style = if self.is_expired { BAD } else { PLAIN };
                Cell::new(&end.bound, style)
            }
        }
    }

    fn json(&self) -> Value {
        let agent = self.policy.agent();
        let count = |level| self.permitted.get(&level).copied().unwrap_or(0);
        json!({
            "id": agent.id(),
            "name": agent.name(),
            "owner": agent.owner(),
            "purpose": agent.purpose(),
            "file": self.policy.file(),
            "mode": agent.mode(),
            "roles": roles_of(self.policy),
            "not_before": agent.not_before().map(|term| term.bound),
            "expires": agent.expires().map(|term| term.bound),
            "expired": self.is_expired,
            "live_tokens": self.tokens,
            "last_used_at": self.last_used,
            "permitted": {
                "read": count(Level::Read),
                "write": count(Level::Write),
                "full": count(Level::Full),
            },
        })
    }
}

fn mode_cell(mode: Mode) -> Cell {
    let style = match mode {
        Mode::Enforce => FAINT,
        Mode::Observe => CAUTION,
        Mode::Suspended => BAD,
    };
    Cell::new(&mode, style)
}

/// The roles that a policy takes.
pub(super) fn roles_of(policy: &Policy) -> Vec<&str> {
    policy.roles().iter().map(|role| role.id().as_str()).collect()
}
