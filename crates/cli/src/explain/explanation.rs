//! A decision with everything that led to it, as text and as JSON.

use std::io::{self, Write};
use std::sync::Arc;

use audit::{Decided, PolicyLine, RecordedDemand, sentence};
use catalogue::diagnostic::Place;
use catalogue::{Asked, Catalogue, Identified};
use gateway::refusal::{Malformed, denial_code};
use jiff::Timestamp;
use policy::{
    Decision, Denial, Entry, EntryName, Facts, Permit, Policy, PolicySet, Reason, decide,
};
use serde_json::{Value, json};

use crate::output::{BAD, Cell, GOOD, PLAIN, Table, painted, style_of};

/// The answer to "what would the gateway do?".
#[derive(Debug)]
pub(super) struct Explanation<'a> {
    policy: &'a Arc<Policy>,
    method: &'a str,
    path: &'a str,
    at: Timestamp,
    found: Found,
}

/// What the gateway's stages come to.
#[derive(Debug)]
enum Found {
    Permit(Permit),
    Denial(Denial),
    Malformed(Malformed),
}

impl<'a> Explanation<'a> {
    /// Goes through the stages that a request's method and path go through.
    pub(super) fn of(
        catalogue: &Catalogue,
        policy: &'a Arc<Policy>,
        method: &'a str,
        path: &'a str,
        at: Timestamp,
    ) -> Self {
        let found = match catalogue.identify(method, path) {
            Err(defect) => Found::Malformed(Malformed::Path(defect)),
            Ok(identified) => match decide(policy, identified, &Facts { now: at }) {
                Decision::Permit(permit) => Found::Permit(permit),
                Decision::Denial(denial) => Found::Denial(denial),
            },
        };
        Self { policy, method, path, at, found }
    }

    /// Whether the request would be forwarded.
    pub(super) fn permits(&self) -> bool {
        self.decision() == Decided::Permitted
    }

    /// Writes it for people.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let decision = self.decision();
        writeln!(out, "{}: {}\n", painted(style_of(decision), decision), self.sentence())?;
        let mut table = Table::new().indented();
        if let Some(asked) = self.asked() {
            let operation = asked.operation();
            let text =
                format!("{} ({} {})", operation.id(), operation.method(), operation.template());
            table.push(["operation".into(), text.into()]);
        }
        self.rows_of_demands(&mut table);
        self.rows_of_advice(&mut table);
        table.write(out)
    }

    /// The same as JSON, with the names of a record's fields.
    pub(super) fn json(&self, policies: &PolicySet) -> Value {
        let operation = self.asked().map(|asked| asked.operation().id());
        let requests = self.policy.limits().requests.as_ref();
        json!({
            "agent": self.policy.agent().id(),
            "name": self.policy.agent().name(),
            "method": self.method,
            "path": self.path,
            "at": self.at,
            "operation": operation,
            "resource": self.asked().map(Asked::resource),
            "targets": self.asked().map_or(&[][..], Asked::targets),
            "demands": self.demands(),
            "decision": self.decision(),
            "reason": self.reason(),
            "policy": PolicyLine {
                file: Some(self.policy.file().to_owned()),
                line: self.settled_by().map(|place| place.line),
                fingerprint: policies.fingerprint().to_string(),
            },
            "limits": { "requests": requests.map(ToString::to_string) },
            "ask": self.policy.agent().owner(),
            "sentence": self.sentence(),
        })
    }

    fn decision(&self) -> Decided {
        match &self.found {
            Found::Permit(_) => Decided::Permitted,
            Found::Denial(_) => Decided::Denied,
            Found::Malformed(_) => Decided::Malformed,
        }
    }

    /// The code that a record would have.
    fn reason(&self) -> &'static str {
        match &self.found {
            Found::Permit(_) => "granted",
            Found::Denial(denial) => denial_code(denial),
            Found::Malformed(why) => why.code(),
        }
    }

    fn sentence(&self) -> String {
        match &self.found {
            Found::Permit(permit) => sentence::permit(permit),
            Found::Denial(denial) => sentence::denied(denial),
            Found::Malformed(why) => {
                sentence::malformed(Some(self.policy.agent().name()), "", &why.to_string())
            }
        }
    }

    fn asked(&self) -> Option<&Asked> {
        match &self.found {
            Found::Permit(permit) => Some(permit.asked()),
            Found::Denial(denial) => match denial.identified() {
                Identified::Known(asked) => Some(asked),
                Identified::Unknown(_) => None,
            },
            Found::Malformed(_) => None,
        }
    }

    fn settled_by(&self) -> Option<&Place> {
        match &self.found {
            Found::Permit(permit) => Some(&permit.settled_by().place),
            Found::Denial(denial) => denial.settled_by(),
            Found::Malformed(_) => None,
        }
    }

    fn demands(&self) -> Vec<RecordedDemand> {
        match &self.found {
            Found::Permit(permit) => permit.grants().iter().map(RecordedDemand::granted).collect(),
            Found::Denial(denial) => match denial.reason() {
                Reason::NotGranted(lacks) => lacks.iter().map(RecordedDemand::lacking).collect(),
                Reason::UnknownOperation(_) | Reason::AgentExpired { .. } => Vec::new(),
            },
            Found::Malformed(_) => Vec::new(),
        }
    }

    /// A row for each demand, and one for the entry that meets it or falls short.
    fn rows_of_demands(&self, table: &mut Table) {
        match &self.found {
            Found::Permit(permit) => {
                for grant in permit.grants() {
                    let demand = RecordedDemand::granted(grant);
                    table.push(["needs".into(), need(&demand).into()]);
                    table.push(["has".into(), Cell::new(&entry(&grant.entry), GOOD)]);
                }
            }
            Found::Denial(denial) => {
                let Reason::NotGranted(lacks) = denial.reason() else { return };
                for lack in lacks {
                    table.push(["needs".into(), need(&RecordedDemand::lacking(lack)).into()]);
                    let has =
                        lack.entry.as_ref().map_or("no entry that speaks of it".into(), entry);
                    table.push(["has".into(), Cell::new(&has, BAD)]);
                }
            }
            Found::Malformed(_) => {}
        }
    }

    fn rows_of_advice(&self, table: &mut Table) {
        if let (Some(limit), true) = (&self.policy.limits().requests, self.permits()) {
            table.push(["limit".into(), format!("{limit} ({})", limit.place).into()]);
        }
        if self.permits() {
            return;
        }
        table.push(["reason".into(), self.reason().into()]);
        if let Found::Denial(denial) = &self.found
            && let Identified::Unknown(unknown) = denial.identified()
            && !unknown.known_methods.is_empty()
        {
            let methods: Vec<_> = unknown.known_methods.iter().map(ToString::to_string).collect();
            table.push(["known".into(), format!("this path with {}", methods.join(", ")).into()]);
        }
        table.push(["ask".into(), Cell::new(self.policy.agent().owner(), PLAIN)]);
    }
}

fn need(demand: &RecordedDemand) -> String {
    format!("{} on {}, because of {}", demand.level, demand.resource, demand.because)
}

/// An entry as it stands in the file: `customers = "read" (policies/support-agent.toml:14)`.
fn entry(entry: &Entry) -> String {
    let name = match &entry.name {
        EntryName::Operation(id) => format!("\"{id}\""),
        EntryName::Action(_) | EntryName::Resource(_) => entry.name.to_string(),
    };
    format!("{name} = \"{}\" ({})", entry.level, entry.place)
}
