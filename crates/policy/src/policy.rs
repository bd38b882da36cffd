//! What one agent may do: the entries of its file, and which of them settles a demand.

use std::collections::BTreeMap;

use catalogue::diagnostic::Place;
use catalogue::{ActionId, Demand, Klass, Operation, OperationId, ResourceId, ScopeId};

use crate::{Agent, Entry, Limits, Only};

/// The policy of one agent, as its file says it.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) agent: Agent,
    pub(crate) place: Place,
    pub(crate) operations: BTreeMap<OperationId, Entry>,
    pub(crate) actions: BTreeMap<ActionId, Entry>,
    pub(crate) access: BTreeMap<ResourceId, Entry>,
    /// The entries of `[access]` for one klass each.
    pub(crate) klasses: BTreeMap<(ResourceId, Klass), Entry>,
    pub(crate) only: Vec<Only>,
    /// The scopes whose records each scope's own belong to.
    pub(crate) scopes: BTreeMap<ScopeId, Vec<ScopeId>>,
    pub(crate) limits: Limits,
}

impl Policy {
    /// A policy that grants nothing yet.
    pub(crate) fn without_entries(agent: Agent, place: Place, limits: Limits) -> Self {
        let (operations, actions, access, klasses) = Default::default();
        let (only, scopes) = Default::default();
        Self { agent, place, operations, actions, access, klasses, only, scopes, limits }
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

    /// The entries of `[access]`: those of whole resources, then those of single klasses.
    pub fn access(&self) -> impl Iterator<Item = &Entry> {
        self.access.values().chain(self.klasses.values())
    }

    /// The entries of `[access]` that speak of one klass each.
    pub fn klasses(&self) -> impl Iterator<Item = &Entry> {
        self.klasses.values()
    }

    /// The lines of `[only]`, by scope.
    pub fn only(&self) -> impl Iterator<Item = &Only> {
        self.only.iter()
    }

    /// Whether each record of a scope belongs to one of another.
    pub(crate) fn belongs_to(&self, scope: &ScopeId, other: &ScopeId) -> bool {
        self.scopes.get(scope).is_some_and(|within| within.contains(other))
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
    /// than the others: the operation's, then the strictest of its actions', then the klass's, then
    /// the resource's. An operation that only its own entry can grant has no other.
    /// On any other resource only the entries of `[access]` count: a grant of an action speaks of the
    /// action's own effect and must not open other resources by the way.
    /// What a request does in effect, such as deleting by an update, is settled as if it had been asked
    /// for by the operation that does it.
    ///
    /// Nothing is worked out ahead of time. This is at most a handful of look-ups in small maps, and
    /// one rule in one place is easier to trust than a table derived from it.
    #[must_use]
    pub fn settles(&self, operation: &Operation, demand: &Demand) -> Option<&Entry> {
        if let Some(other) = &demand.acts_as {
            return self
                .on_operation(other.operation())
                .or_else(|| self.strictest_action(other.actions()))
                .or_else(|| self.on_demanded(&demand.resource, demand.klass.as_ref()));
        }
        if demand.resource != *operation.resource() {
            return self.on_demanded(&demand.resource, demand.klass.as_ref());
        }
        let named = self.on_operation(operation.id());
        if operation.only_by_name().is_some() {
            return named;
        }
        named
            .or_else(|| self.strictest_action(operation.actions()))
            .or_else(|| self.on_demanded(&demand.resource, demand.klass.as_ref()))
    }

    /// The `[access]` entry for the objects of a klass, or for those of any.
    fn on_demanded(&self, resource: &ResourceId, klass: Option<&Klass>) -> Option<&Entry> {
        if self.klasses.is_empty() {
            return self.on_resource(resource);
        }
        match klass {
            Some(klass) => self
                .klasses
                .get(&(resource.clone(), klass.clone()))
                .or_else(|| self.on_resource(resource)),
            None => self.strictest_of_all(resource),
        }
    }

    /// Objects of any klass may be of the one that is granted least. Where the resource itself is not
    /// granted, neither are those that no entry names.
    fn strictest_of_all(&self, resource: &ResourceId) -> Option<&Entry> {
        let whole = self.on_resource(resource)?;
        let klasses = self.klasses.iter().filter(|((of, _), _)| of == resource);
        klasses.map(|(_, entry)| entry).chain([whole]).min_by_key(|entry| entry.level)
    }

    /// Of the entries of the actions that an operation belongs to, the one with the lowest level.
    fn strictest_action(&self, actions: &[ActionId]) -> Option<&Entry> {
        actions.iter().filter_map(|id| self.on_action(id)).min_by_key(|entry| entry.level)
    }
}
