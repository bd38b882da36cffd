//! Where each grant of each agent comes from: `check --grants`.

use std::io::{self, Write};

use policy::{Entry, Facts, Layer, Policy, PolicySet};
use serde_json::{Value, json};

use crate::explain::entry_text;
use crate::output::{FAINT, STRONG, painted};

/// Every entry by which an agent is granted something or kept from it, under the agent's name: those of
/// its own file, then those of its roles.
pub(super) fn write(set: &PolicySet, facts: &Facts<'_>, out: &mut dyn Write) -> io::Result<()> {
    for policy in set.policies() {
        let agent = policy.agent();
        writeln!(out, "{} ({})", painted(STRONG, agent.name()), agent.id())?;
        for entry in entries(policy) {
            writeln!(out, "  {}", entry_text(entry, facts))?;
        }
        if entries(policy).next().is_none() {
            writeln!(out, "  {}", painted(FAINT, "nothing is granted"))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The same by the id of the agent.
pub(super) fn json(set: &PolicySet) -> Value {
    let of_agent = |policy: &Policy| entries(policy).map(entry_json).collect::<Vec<_>>();
    let grants = set.policies().map(|it| (it.agent().id().to_string(), json!(of_agent(it))));
    Value::Object(grants.collect())
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "entry": entry.name.as_str(),
        "level": entry.level.as_str(),
        "role": entry.role,
        "place": entry.place,
        "window": (!entry.window().is_always_open()).then(|| entry.window().to_string()),
        "when": entry.when().map(ToString::to_string),
    })
}

fn entries(policy: &Policy) -> impl Iterator<Item = &Entry> {
    policy.layers().flat_map(Layer::entries)
}
