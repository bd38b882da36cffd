//! `kustodian agent show`: one agent in plain English.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use audit::{Filter, Record};
use catalogue::Level;
use gateway::Config;
use gateway::clock::{Clock as _, SystemClock};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use policy::matrix::{self, Row};
use policy::{Facts, KlassName, Mode, Policy};
use serde_json::{Value, json};

use super::list::roles_of;
use super::store_if_any;
use super::tokens::{Tokens, is_live};
use crate::audit::Layout;
use crate::failure::{Answer, Failure, Verdict};
use crate::output::{CAUTION, Cell, FAINT, STRONG, Table, json_line, painted};
use crate::rules::{PolicyFolder, Rules};
use crate::time::local;

/// How many of its last records are shown.
const RECORDS: u32 = 5;

/// Say in plain English what one agent may do, who it is, and what it did last.
///
/// What it may read, write and do in full is worked out with the gateway's own decision. What a
/// request's body may need besides is said by `explain` and `catalogue show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian agent show support-agent
  kustodian agent show support-agent --json")]
pub(crate) struct Args {
    /// The agent's id, as its policy has it
    agent: String,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// An agent with all that is known of it.
struct Portrait<'a> {
    policy: &'a Policy,
    now: Timestamp,
    rows: Vec<Row>,
    tokens: Tokens,
    records: Vec<Record>,
    has_store: bool,
}

/// How many operations of a level there are on something, and how many of them the agent may use.
struct Count<'a> {
    resource: &'a str,
    may: usize,
    all: usize,
}

/// What an operation is about: its resource, or the klass of its objects.
fn subject(row: &Row) -> &str {
    row.klass.as_ref().map_or(row.operation.resource().as_str(), KlassName::as_str)
}

/// An operation, and on the objects of which klass.
fn asked(row: &Row) -> String {
    let id = row.operation.id();
    row.klass.as_ref().map_or(id.to_string(), |name| format!("{id} of {}", name.klass()))
}

/// Shows it.
pub(super) async fn run(args: &Args, config: &Config, out: &mut dyn Write) -> Answer {
    let rules = Rules::load(config, &args.folder)?;
    let policy = rules.policy(&args.agent)?;
    let now = SystemClock.now();
    let kept = kept(policy, config).await?;
    let has_store = kept.is_some();
    let (tokens, records) = kept.unwrap_or_default();
    let mut rows = matrix::rows(&rules.catalogue, policy, &Facts::at(now));
    rows.extend(matrix::klass_rows(&rules.catalogue, policy, &Facts::at(now)));
    let portrait = Portrait { policy, now, rows, tokens, records, has_store };
    let written = if args.json { json_line(out, &portrait.json()) } else { portrait.write(out) };
    Verdict::Yes.told(written)
}

/// Its tokens and its last records; none where there is no store yet.
async fn kept(policy: &Policy, config: &Config) -> Result<Option<(Tokens, Vec<Record>)>, Failure> {
    let Some(store) = store_if_any(config).await? else { return Ok(None) };
    let agent = policy.agent().id().to_string();
    let filter = Filter { agent: Some(agent), ..Filter::default() };
    let tokens = Tokens::read(&store).await;
    let records = store.audit_reader().list(&filter, RECORDS).await;
    store.close().await;
    Ok(Some((tokens?, records?)))
}

impl Portrait<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let agent = self.policy.agent();
        writeln!(out, "{} ({})", painted(STRONG, agent.name()), agent.id())?;
        let mut table = Table::new().indented();
        for (what, text) in self.facts() {
            table.push([Cell::new(what, FAINT), text.into()]);
        }
        table.write(out)?;
        writeln!(out)?;
        let mut table = Table::new().indented();
        for (what, text) in self.abilities() {
            table.push([Cell::new(what, FAINT), text.into()]);
        }
        table.write(out)?;
        self.write_tokens(out)?;
        self.write_records(out)
    }

    /// Who it is, and what holds for all that it does.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let agent = self.policy.agent();
        let mut facts = Vec::new();
        if let Some(purpose) = agent.purpose() {
            facts.push(("purpose", purpose.to_owned()));
        }
        facts.push(("owner", agent.owner().to_owned()));
        facts.push(("policy", self.policy.place().to_string()));
        let roles = roles_of(self.policy);
        if !roles.is_empty() {
            facts.push(("roles", roles.join(", ")));
        }
        match agent.mode() {
            Mode::Enforce => {}
            Mode::Observe => facts.push((
                "mode",
                "observed: everything that Kustodian knows is forwarded, whatever is said below"
                    .to_owned(),
            )),
            Mode::Suspended => {
                facts.push(("mode", "suspended: it is refused everything".to_owned()));
            }
        }
        facts.push(("term", self.term()));
        if let Some(name) = agent.certificate() {
            facts.push(("certificate", format!("only with {name}")));
        }
        let limits = self.policy.limits();
        let requests = limits.requests.as_ref().map(ToString::to_string);
        facts.push(("requests", requests.unwrap_or_else(|| "without a limit".to_owned())));
        if let Some(limit) = &limits.in_flight {
            facts.push(("at once", limit.most.to_string()));
        }
        for only in self.policy.only() {
            let ids = only.ids().collect::<Vec<_>>();
            let ids = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            facts.push(("only", format!("of {}: {ids}", only.scope().id())));
        }
        facts
    }

    /// From when until when it may do anything.
    fn term(&self) -> String {
        let agent = self.policy.agent();
        let begins = agent.not_before().map(|term| match agent.not_begun_at(self.now) {
            Some(_) => format!("does not begin before {}", term.bound),
            None => format!("began {}", term.bound),
        });
        let ends = agent.expires().map(|term| match agent.expired_at(self.now) {
            Some(_) => format!("ended with {}", term.bound),
            None => format!("ends with {}", term.bound),
        });
        let said: Vec<String> = begins.into_iter().chain(ends).collect();
        if said.is_empty() { "has no end".to_owned() } else { said.join(", ") }
    }

    /// What it may do, by the level that it takes, with what deletes and what sends on lines of their
    /// own.
    fn abilities(&self) -> Vec<(&'static str, String)> {
        let mut said = Vec::new();
        for (level, what) in [
            (Level::Read, "may look at"),
            (Level::Write, "may create and change"),
            (Level::Full, "may do in full"),
        ] {
            let resources = self.resources(level);
            if !resources.is_empty() {
                said.push((what, resources.join(", ")));
            }
        }
        for (condition, resources) in self.conditions() {
            let resources = resources.into_iter().collect::<Vec<_>>().join(", ");
            said.push(("of this, only when", format!("{condition} ({resources})")));
        }
        let mut marked = |what, is: fn(&Row) -> bool| {
            let rows = self.rows.iter().filter(|row| row.permitted && is(row));
            let rows = rows.filter(|row| row.klass.is_none() || !self.may_on_any_klass(row));
            let ids: Vec<String> = rows.map(asked).collect();
            let ids = if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
            said.push((what, ids));
        };
        marked("can delete", |row| row.operation.deletes());
        marked("can send outside", |row| row.operation.sends());
        said
    }

    /// Whether it may do the same on the klasses that no line names, so that there is no more to say.
    fn may_on_any_klass(&self, row: &Row) -> bool {
        let is_same = |other: &&Row| other.operation.id() == row.operation.id();
        self.rows.iter().filter(is_same).any(|other| other.klass.is_none() && other.permitted)
    }

    /// Each condition of what it may do, with the resources that it is about.
    fn conditions(&self) -> BTreeMap<String, BTreeSet<&str>> {
        let mut conditions: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.permitted) {
            for condition in &row.conditions {
                let resources = conditions.entry(condition.short()).or_default();
                resources.insert(subject(row));
            }
        }
        conditions
    }

    /// The resources with operations of a level that it may use: `notes (3 of 5)` where it is not all.
    /// Klasses that a line names are named where it may do something else with them.
    fn resources(&self, level: Level) -> Vec<String> {
        let mut counts: BTreeMap<&str, Count<'_>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.needed() == level) {
            let resource = row.operation.resource().as_str();
            let count = counts.entry(subject(row)).or_insert(Count { resource, may: 0, all: 0 });
            count.may += usize::from(row.permitted);
            count.all += 1;
        }
        let of_all = |count: &Count<'_>| counts.get(count.resource).map_or(0, |all| all.may);
        let said = counts.iter().filter(|(subject, count)| {
            if **subject == count.resource { count.may > 0 } else { count.may != of_all(count) }
        });
        said.map(|(subject, Count { may, all, .. })| match may {
            0 => format!("but not {subject}"),
            _ if may == all => (*subject).to_owned(),
            _ => format!("{subject} ({may} of {all} operations)"),
        })
        .collect()
    }

    fn write_tokens(&self, out: &mut dyn Write) -> io::Result<()> {
        let id = self.policy.agent().id().as_str();
        let (live, over): (Vec<_>, Vec<_>) =
            self.tokens.of(id).partition(|row| is_live(row, self.now));
        if live.is_empty() {
            let no_store = if self.has_store { "" } else { " (there is no store yet)" };
            let words = format!("it has no token that works{no_store}, so it can ask nothing");
            writeln!(out, "\n{}", painted(CAUTION, words))?;
        } else {
            writeln!(out, "\n{}", painted(STRONG, "tokens"))?;
        }
        let zone = TimeZone::system();
        let mut table = Table::new().indented();
        for row in live {
            let end = row.expires_at.map(|end| format!("expires {}", local(end, &zone)));
            let last = self.tokens.last_use(row);
            let last =
                last.map(|last| format!("last used {} by {}", local(last.at, &zone), last.address));
            table.push([
                Cell::from(&row.id),
                format!("issued {}", local(row.issued_at, &zone)).into(),
                end.unwrap_or_else(|| "does not expire".to_owned()).into(),
                last.unwrap_or_else(|| "never used".to_owned()).into(),
                row.note.as_deref().unwrap_or_default().into(),
            ]);
        }
        table.write(out)?;
        if !over.is_empty() {
            writeln!(out, "  and {} revoked or expired", over.len())?;
        }
        Ok(())
    }

    fn write_records(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", painted(STRONG, "last records"))?;
        let layout = Layout::of(false);
        self.records.iter().try_for_each(|record| {
            write!(out, "  ")?;
            layout.write(record, out)
        })
    }

    fn json(&self) -> Value {
        let agent = self.policy.agent();
        let limits = self.policy.limits();
        let id = agent.id().as_str();
        let only = self
            .policy
            .only()
            .map(|only| (only.scope().id().to_string(), json!(only.ids().collect::<Vec<_>>())));
        let operations = self.rows.iter().filter(|row| row.permitted).map(|row| {
            json!({
                "id": row.operation.id(),
                "klass": row.klass.as_ref().map(KlassName::klass).map(ToString::to_string),
                "level": row.needed(),
                "deletes": row.operation.deletes(),
                "sends": row.operation.sends(),
                "conditions": row.conditions(),
                "entry": row.settled_by.as_ref().map(|entry| entry.name.as_str()),
                "place": row.place(),
            })
        });
        let tokens = self.tokens.of(id).map(|row| {
            let last = self.tokens.last_use(row);
            json!({
                "id": row.id.as_str(),
                "live": is_live(row, self.now),
                "issued_at": row.issued_at,
                "expires_at": row.expires_at,
                "revoked_at": row.revoked_at,
                "last_used_at": last.map(|last| last.at),
                "last_used_by": last.map(|last| last.address.as_str()),
                "note": row.note,
            })
        });
        json!({
            "id": agent.id(),
            "name": agent.name(),
            "owner": agent.owner(),
            "purpose": agent.purpose(),
            "policy": self.policy.place(),
            "mode": agent.mode(),
            "roles": roles_of(self.policy),
            "not_before": agent.not_before().map(|term| term.bound),
            "expires": agent.expires().map(|term| term.bound),
            "expired": agent.expired_at(self.now).is_some(),
            "client_certificate": agent.certificate().map(ToString::to_string),
            "limits": {
                "requests": limits.requests.as_ref().map(ToString::to_string),
                "in_flight": limits.in_flight.as_ref().map(|limit| limit.most),
            },
            "only": Value::Object(only.collect()),
            "operations": operations.collect::<Vec<_>>(),
            "tokens": tokens.collect::<Vec<_>>(),
            "records": self.records,
        })
    }
}
