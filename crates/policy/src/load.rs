//! Reads policy files, and reports everything that is wrong with all of them at once.

mod agent_table;
mod entry_table;
mod limits_table;
mod only_table;

use std::collections::BTreeMap;
use std::sync::Arc;

use catalogue::Catalogue;
use catalogue::diagnostic::{Diagnostics, Place};
use catalogue::document::{Document, Section, SourceText};

use crate::{AgentId, EntryName, Policy};

/// One policy file, already read into memory: this crate does no I/O.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path to show, such as `policies/support-agent.toml`.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// The agents that a file already speaks of, and where: an agent has one policy only.
pub(crate) type Taken = BTreeMap<AgentId, Place>;

/// Reads every source in the order of their names.
pub(crate) fn policies(
    sources: &[Source],
    catalogue: &Catalogue,
) -> Result<BTreeMap<AgentId, Arc<Policy>>, Diagnostics> {
    let mut sorted: Vec<&Source> = sources.iter().collect();
    sorted.sort_by_key(|source| &source.name);
    let mut taken = Taken::new();
    let mut found = Diagnostics::default();
    let mut policies = BTreeMap::new();
    for source in sorted {
        match policy(source, catalogue, &mut taken) {
            Ok(policy) => {
                policies.insert(policy.agent.id.clone(), Arc::new(policy));
            }
            Err(faults) => found.extend(faults),
        }
    }
    if found.is_empty() { Ok(policies) } else { Err(found) }
}

fn policy(
    source: &Source,
    catalogue: &Catalogue,
    taken: &mut Taken,
) -> Result<Policy, Diagnostics> {
    let text = SourceText::read(&source.name, &source.text);
    let document = text.document();
    let mut root = document.root();
    let policy = tables(&document, &mut root, catalogue, taken);
    root.finish();
    document.finish()?;
    policy.ok_or_else(|| Diagnostics(vec![document.diagnose(&(0..0), "this policy has no agent")]))
}

fn tables(
    document: &Document<'_>,
    root: &mut Section<'_>,
    catalogue: &Catalogue,
    taken: &mut Taken,
) -> Option<Policy> {
    let agent = root.require_table("agent").map(|section| {
        let place = document.place(section.span());
        agent_table::read(section, taken).map(|agent| (agent, place))
    });
    let access = entry_table::read(root, entry_table::Table::Access, catalogue);
    let actions = entry_table::read(root, entry_table::Table::Actions, catalogue);
    let operations = entry_table::read(root, entry_table::Table::Operations, catalogue);
    let only = root.table("only").map(|section| only_table::read(section, catalogue));
    let limits = root.table("limits").map(limits_table::read).unwrap_or_default();
    let (agent, place) = agent??;
    let mut policy = Policy::without_entries(agent, place, limits);
    for entry in access.into_iter().chain(actions).chain(operations) {
        match entry.name.clone() {
            EntryName::Operation(id) => policy.operations.insert(id, entry),
            EntryName::Action(id) => policy.actions.insert(id, entry),
            EntryName::Klass(name) => policy.klasses.insert(name.key(), entry),
            EntryName::Resource(id) => policy.access.insert(id, entry),
        };
    }
    policy.only = only.unwrap_or_default();
    let scopes = catalogue.scopes();
    policy.scopes = scopes.map(|scope| (scope.id().clone(), scope.within().to_vec())).collect();
    Some(policy)
}
