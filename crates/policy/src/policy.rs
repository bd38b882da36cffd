//! What one agent may do: the entries of its file, and which of them settles a demand.

use std::collections::BTreeMap;

use catalogue::diagnostic::Place;
use catalogue::{ActionId, Demand, Operation, OperationId, ResourceId};

use crate::{Agent, Entry, Limits};

/// The policy of one agent, as its file says it.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) agent: Agent,
    pub(crate) place: Place,
    pub(crate) operations: BTreeMap<OperationId, Entry>,
    pub(crate) actions: BTreeMap<ActionId, Entry>,
    pub(crate) access: BTreeMap<ResourceId, Entry>,
    pub(crate) limits: Limits,
}

impl Policy {
    /// A policy that grants nothing yet.
    pub(crate) fn without_entries(agent: Agent, place: Place, limits: Limits) -> Self {
        let (operations, actions, access) = Default::default();
        Self { agent, place, operations, actions, access, limits }
    }

    /// The agent it is about.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The file it stands in, such as `policies/support-agent.toml`.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.place.file
    }

    /// Where its `[agent]` table stands: the place to name when no entry speaks of a request.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How much the agent may ask in a time.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The entries of `[access]`, by resource.
    pub fn access(&self) -> impl Iterator<Item = &Entry> {
        self.access.values()
    }

    /// The entries of `[actions]`, by action.
    pub fn actions(&self) -> impl Iterator<Item = &Entry> {
        self.actions.values()
    }

    /// The entries of `[operations]`, by operation.
    pub fn operations(&self) -> impl Iterator<Item = &Entry> {
        self.operations.values()
    }

    /// The `[access]` entry of a resource.
    #[must_use]
    pub fn on_resource(&self, id: &ResourceId) -> Option<&Entry> {
        self.access.get(id)
    }

    /// The `[actions]` entry of an action.
    #[must_use]
    pub fn on_action(&self, id: &ActionId) -> Option<&Entry> {
        self.actions.get(id)
    }

    /// The `[operations]` entry of an operation.
    #[must_use]
    pub fn on_operation(&self, id: &OperationId) -> Option<&Entry> {
        self.operations.get(id)
    }

    /// The entry that settles a demand of an operation; none where the policy says nothing.
    ///
    /// On the operation's own resource the most specific entry wins, whether it gives more or less
    /// than the others: the operation's, then the strictest of its actions', then the resource's.
    /// On any other resource only that resource's entry counts: a grant of an action speaks of the
    /// action's own effect and must not open other resources by the way.
    ///
    /// Nothing is worked out ahead of time. This is at most a handful of look-ups in small maps, and
    /// one rule in one place is easier to trust than a table derived from it.
    #[must_use]
    pub fn settles(&self, operation: &Operation, demand: &Demand) -> Option<&Entry> {
        if demand.resource == *operation.resource() {
            self.settles_own(operation)
        } else {
            self.on_resource(&demand.resource)
        }
    }

    /// The entry that settles what an operation does to its own resource.
    #[must_use]
    pub fn settles_own(&self, operation: &Operation) -> Option<&Entry> {
        self.on_operation(operation.id())
            .or_else(|| self.strictest_action(operation))
            .or_else(|| self.on_resource(operation.resource()))
    }

    /// Of the entries of the actions that an operation belongs to, the one with the lowest level.
    fn strictest_action(&self, operation: &Operation) -> Option<&Entry> {
        operation
            .actions()
            .iter()
            .filter_map(|id| self.on_action(id))
            .min_by_key(|entry| entry.level)
    }
}
