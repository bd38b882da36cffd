//! The access matrix: every operation of the catalogue, and whether a policy permits it.
//!
//! It is worked out with the two steps of a decision (which entry settles it, and whether that entry's
//! level is enough), so what it shows is what the gateway does. It looks at what each operation
//! demands by itself; what a request's body adds is known only once there is a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalogue::diagnostic::Place;
use catalogue::{Catalogue, Level, Operation};

use crate::{Agent, AgentId, Entry, EntryName, Facts, Limits, Policy};

/// One operation and what a policy says of it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The operation.
    pub operation: Arc<Operation>,
    /// The entry that settles it; none where the policy says nothing.
    pub settled_by: Option<Entry>,
    /// Whether the agent may do it.
    pub permitted: bool,
}

impl Row {
    /// The level that the operation needs.
    #[must_use]
    pub fn needed(&self) -> Level {
        self.operation.level()
    }

    /// The level that the policy gives; off where it says nothing.
    #[must_use]
    pub fn settled(&self) -> Level {
        self.settled_by.as_ref().map_or(Level::Off, |entry| entry.level)
    }

    /// The line that settles it; none where the policy says nothing.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.settled_by.as_ref().map(|entry| &entry.place)
    }
}

/// What a policy permits at one moment: a row for each operation, by id.
///
/// The moment matters because an agent whose term has ended may do nothing.
#[must_use]
pub fn rows(catalogue: &Catalogue, policy: &Policy, facts: &Facts) -> Vec<Row> {
    let expired = policy.agent().expired_at(facts.now).is_some();
    let row = |operation: &Arc<Operation>| {
        let settled_by = policy.settles_own(operation).cloned();
        let covered = settled_by.as_ref().is_some_and(|entry| entry.covers(operation.level()));
        Row { operation: Arc::clone(operation), settled_by, permitted: covered && !expired }
    };
    catalogue.operations().map(row).collect()
}

/// A policy of no file that gives one level on every resource and says nothing else.
///
/// For showing and testing what a level means.
#[must_use]
pub fn level_on_everything(catalogue: &Catalogue, level: Level) -> Policy {
    let place = Place { file: format!("({level} on everything)").into(), line: 1 };
    let entry = |id: &catalogue::ResourceId| Entry {
        name: EntryName::Resource(id.clone()),
        level,
        place: place.clone(),
    };
    let access =
        catalogue.resources().map(|resource| (resource.id().clone(), entry(resource.id())));
    Policy {
        agent: Agent {
            id: AgentId::of_level(level),
            name: format!("An agent with {level} on everything"),
            owner: "nobody".into(),
            purpose: None,
            expires: None,
            certificate: None,
        },
        access: access.collect(),
        operations: BTreeMap::new(),
        actions: BTreeMap::new(),
        limits: Limits::default(),
        place,
    }
}
