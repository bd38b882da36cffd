//! Lines that `[only]` leaves nothing of.

use std::sync::Arc;

use catalogue::diagnostic::Code;
use catalogue::{Catalogue, Level, Operation, ResourceId, Rule};
use policy::{Entry, EntryName, Layer, Only, Policy};

use super::{names, operations};
use crate::check::odd::Odd;

/// The lines of a policy and of its roles that are moot for this agent. A role's may serve others, so
/// what is odd is then the line of `[only]`.
pub(super) fn look(policy: &Policy, catalogue: &Catalogue) -> Vec<Odd> {
    if policy.only().next().is_none() {
        return Vec::new();
    }
    let entries = policy.layers().flat_map(Layer::entries);
    entries.filter_map(|entry| moot(entry, policy, catalogue)).collect()
}

fn moot(entry: &Entry, policy: &Policy, catalogue: &Catalogue) -> Option<Odd> {
    let is_granted = |it: &&Arc<Operation>| {
        entry.level >= it.level()
            && (it.only_by_name().is_none() || matches!(entry.name, EntryName::Operation(_)))
    };
    let given: Vec<_> = operations(entry, catalogue).into_iter().filter(is_granted).collect();
    let shuts = |it: &Operation| shuts_out(it, it.resource(), policy);
    let only = shuts(given.first()?)?;
    let is_left = given.iter().any(|it| shuts(it).is_none());
    if entry.level == Level::Off || is_left || counts_elsewhere(entry, policy, catalogue) {
        return None;
    }
    let scope = only.scope().id();
    let (line, entry_line) = (only.place().line, entry.place.line);
    let what = format!("of what it is made of ({})", names(&given));
    Some(match &entry.role {
        None => {
            let message = format!(
                "`{}` gives nothing: `{scope}` of [only] in line {line} leaves nothing {what}",
                entry.name
            );
            Odd::new(Code::MootByOnly, &entry.place, message)
        }
        Some(role) => {
            let message = format!(
                "`{scope}` leaves nothing of `{}` of the role `{role}` (its line {entry_line}), {what}",
                entry.name
            );
            Odd::new(Code::MootByOnly, only.place(), message)
        }
    })
}

/// The line of `[only]` that no request of an operation keeps to, if it demands something on a resource.
fn shuts_out<'p>(operation: &Operation, on: &ResourceId, policy: &'p Policy) -> Option<&'p Only> {
    policy.only().find(|only| only.shuts_out(operation, on, policy))
}

/// Whether operations of other resources may need the entry beside their own, and are not shut out.
fn counts_elsewhere(entry: &Entry, policy: &Policy, catalogue: &Catalogue) -> bool {
    let EntryName::Resource(id) = &entry.name else { return false };
    let helps = |rule: &Rule| rule.resource() == id && rule.level() <= entry.level;
    let needs = |it: &&Arc<Operation>| {
        it.resource() != id && (it.is_search() || it.rules().iter().any(helps))
    };
    catalogue.operations().filter(needs).any(|it| shuts_out(it, id, policy).is_none())
}
