//! The suggested policy as a file.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use gateway::policies::LoadFailure;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use policy::suggest::Suggestion;
use policy::{Layer, Policy};
use toml_edit::{DocumentMut, Item, Table};

use super::super::trail::Period;
use super::Args;
use super::calls::{Calls, Pace};
use crate::failure::Failure;

/// What is taken over from the policy that the agent has.
#[derive(Debug)]
pub(super) struct Present {
    file: String,
    agent: String,
    limits: Option<String>,
    only: Option<String>,
    roles: Vec<String>,
    /// What narrows the policy and is not taken over, a line each.
    lost: Vec<String>,
}

impl Present {
    /// Reads the policy's file again, for its text.
    pub(super) fn read(policy: &Policy) -> Result<Self, Failure> {
        let path = PathBuf::from(policy.file());
        let unreadable = |why| LoadFailure::Unreadable { path: path.clone(), why };
        let text = fs::read_to_string(&path).map_err(unreadable)?;
        // It was loaded a moment ago; should it have changed since, that is for the next run.
        let document = text.parse().map_err(|why| unreadable(std::io::Error::other(why)))?;
        Ok(Self::of(policy, document))
    }

    /// The roles that are left out: what was used of them is granted anew.
    pub(super) fn roles(&self) -> &[String] {
        &self.roles
    }

    /// What narrows the policy and is not taken over, a line each.
    pub(super) fn lost(&self) -> &[String] {
        &self.lost
    }

    fn of(policy: &Policy, mut document: DocumentMut) -> Self {
        let roles = document
            .get_mut("agent")
            .and_then(Item::as_table_like_mut)
            .and_then(|agent| agent.remove("roles"))
            .and_then(|roles| {
                roles
                    .as_array()
                    .map(|it| it.iter().filter_map(|it| it.as_str()).map(str::to_owned).collect())
            })
            .unwrap_or_default();
        Self {
            file: policy.file().to_owned(),
            agent: table(&mut document, "agent").unwrap_or_default(),
            limits: table(&mut document, "limits"),
            only: table(&mut document, "only"),
            roles,
            lost: lost(policy),
        }
    }
}

/// The conditions and windows of entries, which a record cannot bring back, and the limits that come
/// of roles.
fn lost(policy: &Policy) -> Vec<String> {
    let entries = policy.layers().flat_map(Layer::entries).filter_map(|entry| {
        let window = Some(entry.window().to_string()).filter(|window| !window.is_empty());
        let when = entry.when().map(|when| format!("when {}", when.short()));
        let terms: Vec<String> = window.into_iter().chain(when).collect();
        let (name, level, place) = (&entry.name, entry.level, &entry.place);
        (!terms.is_empty()).then(|| format!("{place}  {name} = {level}, {}", terms.join(", ")))
    });
    let limits = policy.limits();
    let requests = limits.requests.as_ref().map(|limit| (&limit.place, limit.to_string()));
    let requests = requests.map(|(place, limit)| (place, format!("requests = {limit}")));
    let in_flight = limits.in_flight.as_ref();
    let in_flight = in_flight.map(|limit| (&limit.place, format!("in_flight = {}", limit.most)));
    let limits = requests.into_iter().chain(in_flight);
    let of_roles = limits.filter(|(place, _)| *place.file != *policy.file());
    entries.chain(of_roles.map(|(place, limit)| format!("{place}  {limit}, of a role"))).collect()
}

/// A table with its comments, but for what stands above it: that may speak of the file as it was.
fn table(document: &mut DocumentMut, key: &str) -> Option<String> {
    let table: Table = match document.remove(key)? {
        Item::Table(table) => table,
        Item::Value(value) => value.as_inline_table()?.clone().into_table(),
        Item::None | Item::ArrayOfTables(_) => return None,
    };
    let mut alone = DocumentMut::new();
    alone.insert(key, Item::Table(table));
    let text = alone.to_string();
    let start = text.find('[').unwrap_or(0);
    text.get(start..).map(|text| text.trim_end().to_owned())
}

/// The whole file.
pub(super) fn text(
    args: &Args,
    period: Period,
    present: &Present,
    calls: &Calls,
    suggestion: &Suggestion,
) -> String {
    let mut text = String::new();
    head(&mut text, args, period, calls);
    notes(&mut text, present, suggestion);
    // Writing to a `String` cannot fail.
    let _ = write!(text, "\n{}\n{suggestion}", present.agent);
    limits(&mut text, present, calls.pace());
    if let Some(only) = &present.only {
        let _ = writeln!(text, "\n{only}");
    }
    text
}

fn head(text: &mut String, args: &Args, period: Period, calls: &Calls) {
    let (used, refused) = calls.uses().iter().fold((0_u64, 0_u64), |(used, refused), it| {
        (used.saturating_add(it.times.used), refused.saturating_add(it.times.refused))
    });
    let since = period.since.map_or_else(|| "its beginning".to_owned(), minute);
    let until = minute(period.until);
    let mut lines = vec![
        format!("Suggested by `kustodian policy suggest {}` from the trail.", args.agent),
        format!("From {since} to {until}: {used} requests that Kustomer answered."),
    ];
    if calls.observed > 0 {
        let observed = calls.observed;
        lines.push(format!(
            "Of these, {observed} were not granted, and forwarded because the agent is only observed."
        ));
    }
    if args.include_denied {
        lines.push(format!(
            "With {refused} that were refused for want of a grant; a record of those holds only"
        ));
        lines.push("what was lacking, so they may need more than stands here.".to_owned());
    }
    lines.extend(calls.left_out().map(|left| format!("Left out: {left}.")));
    for line in lines {
        let _ = writeln!(text, "# {line}");
    }
}

fn notes(text: &mut String, present: &Present, suggestion: &Suggestion) {
    let _ = writeln!(text, "# [agent], [limits] and [only] are those of {}.", present.file);
    if !present.roles.is_empty() {
        let roles = present.roles.join(", ");
        let _ = writeln!(
            text,
            "# Its roles ({roles}) are left out: what was used of them stands below."
        );
    }
    if !present.lost.is_empty() {
        let _ = writeln!(
            text,
            "# LOOK: what the present policy says here is not taken over, so what stands"
        );
        let _ = writeln!(
            text,
            "# below may permit more than it does. Add it again where it still matters:"
        );
        for line in &present.lost {
            let _ = writeln!(text, "#   {line}");
        }
    }
    if !suggestion.beyond().is_empty() {
        let _ = writeln!(text, "# Not used, and permitted all the same by what stands below:");
        for line in wrapped(suggestion.beyond().iter().map(catalogue::OperationId::as_str)) {
            let _ = writeln!(text, "#   {line}");
        }
    }
}

/// Names in lines that fit on a screen.
fn wrapped<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    const WIDTH: usize = 90;
    let mut lines = vec![String::new()];
    let mut names = names.peekable();
    while let Some(name) = names.next() {
        let comma = if names.peek().is_some() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = format!("{name}{comma}"),
            Some(line) if line.len() + name.len() < WIDTH => {
                let _ = write!(line, " {name}{comma}");
            }
            Some(_) | None => lines.push(format!("{name}{comma}")),
        }
    }
    lines
}

fn limits(text: &mut String, present: &Present, pace: Pace) {
    let peak = pace.peak.map(|(most, at)| {
        let requests = if most == 1 { "1 request".to_owned() } else { format!("{most} requests") };
        format!("# The most in one minute: {requests}, on {}.", minute(at))
    });
    let suggested = pace.peak.map(|(most, _)| format!("requests = \"{most}/min\""));
    match (&present.limits, peak, suggested) {
        (Some(limits), peak, _) => {
            let _ = writeln!(text, "\n{}{limits}", peak.map(|it| it + "\n").unwrap_or_default());
        }
        (None, Some(peak), Some(suggested)) => {
            let _ = writeln!(text, "\n{peak}\n# [limits]\n# {suggested}");
        }
        (None, _, _) => {}
    }
}

fn minute(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
}
