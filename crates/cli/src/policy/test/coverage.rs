//! Which operations the tests touch, and which they do not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use ::policy::matrix;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::output::{BAD, GOOD, STRONG, painted};
use crate::rules::Rules;

/// What tests asked, beside what could be asked.
#[derive(Debug)]
pub(super) struct Coverage {
    operations: BTreeSet<String>,
    agents: BTreeMap<String, OfAgent>,
}

/// What the tests of one agent asked.
#[derive(Debug, Default)]
struct OfAgent {
    granted: BTreeSet<String>,
    touched: BTreeSet<String>,
}

impl Coverage {
    /// Nothing is touched yet. An agent is granted what its policy permits at this time.
    pub(super) fn of(rules: &Rules, at: Timestamp) -> Self {
        let facts = ::policy::Facts::at(at);
        let agents = rules.policies.policies().map(|policy| {
            let granted = matrix::permitted(&rules.catalogue, policy, &facts);
            let granted = granted.map(|operation| operation.id().to_string()).collect();
            let of_agent = OfAgent { granted, touched: BTreeSet::new() };
            (policy.agent().id().to_string(), of_agent)
        });
        let operations = rules.catalogue.operations().map(|operation| operation.id().to_string());
        Self { operations: operations.collect(), agents: agents.collect() }
    }

    /// A test of this agent asks for this operation.
    pub(super) fn touch(&mut self, agent: &str, operation: &str) {
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.touched.insert(operation.to_owned());
        }
    }

    /// Whether each agent has a test for each operation that it is granted.
    pub(super) fn is_whole(&self) -> bool {
        self.agents.values().all(|agent| agent.untouched().next().is_none())
    }

    /// Operations that no test of any agent touches.
    fn untouched(&self) -> Vec<&String> {
        let touched = |operation: &String| {
            self.agents.values().any(|agent| agent.touched.contains(operation))
        };
        self.operations.iter().filter(|operation| !touched(operation)).collect()
    }

    /// For each agent what it is granted and no test touches; with `total`, also what nobody's test does.
    pub(super) fn write(&self, total: bool, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", painted(STRONG, "coverage"))?;
        for (id, agent) in &self.agents {
            let untouched: Vec<&str> = agent.untouched().map(String::as_str).collect();
            let (granted, style) =
                (agent.granted.len(), if untouched.is_empty() { GOOD } else { BAD });
            let count = format!("{} of {granted}", granted - untouched.len());
            let denied = agent.touched.difference(&agent.granted).count();
            writeln!(
                out,
                "  {id}: {} operations it is granted are tested, and {denied} it is not",
                painted(style, count)
            )?;
            write_names(&untouched, out)?;
        }
        if total {
            let untouched: Vec<&str> = self.untouched().into_iter().map(String::as_str).collect();
            let all = self.operations.len();
            let count = all - untouched.len();
            writeln!(
                out,
                "  in all: {count} of {all} operations are tested with some agent; not these:"
            )?;
            write_names(&untouched, out)?;
        }
        Ok(())
    }

    pub(super) fn json(&self) -> Value {
        let agents = self.agents.iter().map(|(id, agent)| {
            let of_agent = json!({
                "granted": agent.granted.len(),
                "touched": agent.touched,
                "granted_and_not_touched": agent.untouched().collect::<Vec<_>>(),
            });
            (id.clone(), of_agent)
        });
        json!({
            "operations": self.operations.len(),
            "not_touched": self.untouched(),
            "agents": Value::Object(agents.collect()),
        })
    }
}

impl OfAgent {
    /// What it is granted and no test asks for.
    fn untouched(&self) -> impl Iterator<Item = &String> {
        self.granted.difference(&self.touched)
    }
}

/// Names beneath each other by resource: `customers: get, list`.
fn write_names(names: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let mut by_resource: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names {
        let (resource, verb) = name.split_once('.').unwrap_or((name, ""));
        by_resource.entry(resource).or_default().push(verb);
    }
    for (resource, verbs) in by_resource {
        writeln!(out, "      {resource}: {}", verbs.join(", "))?;
    }
    Ok(())
}
