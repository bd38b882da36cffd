//! Several narrow entries as one that people would write.

use std::collections::BTreeMap;

use catalogue::{Action, Catalogue, Level, OperationId, ResourceId};

use super::grants::Grants;

/// So many operations that look at a resource are worth a line for it.
const SEVERAL: usize = 2;

/// Grants the whole level `read` on a resource where several operations looked at it, or something else
/// needs that anyway. Not on custom objects: that would open all klasses.
pub(super) fn reads(grants: &mut Grants, catalogue: &Catalogue) {
    let mut looking: BTreeMap<ResourceId, Vec<OperationId>> = BTreeMap::new();
    for (id, level) in &grants.operations {
        let operation = catalogue.operation(id.as_str());
        let Some(operation) = operation.filter(|it| it.only_by_name().is_none()) else { continue };
        if *level == Level::Read && !has_klasses(catalogue, operation.resource()) {
            looking.entry(operation.resource().clone()).or_default().push(id.clone());
        }
    }
    for (resource, operations) in looking {
        let is_worth_it = match grants.access.get(&resource) {
            Some(given) => *given == Level::Read,
            None => operations.len() >= SEVERAL,
        };
        if is_worth_it {
            grants.access.insert(resource, Level::Read);
            grants.operations.retain(|id, _| !operations.contains(id));
        }
    }
}

fn has_klasses(catalogue: &Catalogue, resource: &ResourceId) -> bool {
    catalogue.resource(resource.as_str()).is_some_and(catalogue::Resource::has_klasses)
}

/// Names an action where all its operations are granted one by one, with one level; those that stand for
/// the most operations first.
pub(super) fn actions(grants: &mut Grants, catalogue: &Catalogue) {
    let whole = |action: &Action| Some((action.id().clone(), level_of(action, grants, catalogue)?));
    let mut found: Vec<_> = catalogue.actions().filter_map(|it| Some((it, whole(it)?))).collect();
    found.sort_by_key(|(action, _)| std::cmp::Reverse(action.operations().len()));
    for (action, (id, level)) in found {
        let stands_for_some =
            action.operations().iter().any(|it| grants.operations.contains_key(it));
        if stands_for_some {
            grants.actions.insert(id, level);
            grants.operations.retain(|id, _| !action.operations().contains(id));
        }
    }
}

/// The level that every operation of an action is granted with.
fn level_of(action: &Action, grants: &Grants, catalogue: &Catalogue) -> Option<Level> {
    let mut common = None;
    for id in action.operations() {
        let operation = catalogue.operation(id.as_str())?;
        let level = *grants.operations.get(id)?;
        let is_plain = operation.only_by_name().is_none() && !operation.names_a_klass();
        if !is_plain || common.is_some_and(|common| common != level) {
            return None;
        }
        common = Some(level);
    }
    common
}
