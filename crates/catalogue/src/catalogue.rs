//! The catalogue: all resources, operations and actions, looked up by id or by request.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::diagnostic::Diagnostics;
use crate::identify::Tree;
use crate::load::CommonRule;
use crate::load::{self, Source};
use crate::search::Searchable;
use crate::{
    Action, ActionId, Operation, OperationId, Resource, ResourceId, Scope, ScopeId, builtin,
};

/// Everything that can be asked of Kustomer. What is not in it cannot be granted.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub(crate) resources: BTreeMap<ResourceId, Resource>,
    pub(crate) operations: BTreeMap<OperationId, Arc<Operation>>,
    pub(crate) actions: BTreeMap<ActionId, Action>,
    /// Rules for many operations, which a new operation is under too.
    pub(crate) rules: Vec<CommonRule>,
    pub(crate) scopes: BTreeMap<ScopeId, Scope>,
    pub(crate) searchables: Vec<Searchable>,
    pub(crate) tree: Tree,
}

impl Catalogue {
    /// The catalogue that is compiled in.
    #[must_use]
    pub fn builtin() -> &'static Arc<Self> {
        static BUILTIN: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(builtin::load()));
        &BUILTIN
    }

    /// Reads a catalogue from the texts of its files.
    pub fn load(sources: &[Source]) -> Result<Self, Diagnostics> {
        load::load(&Self::default(), sources)
    }

    /// This catalogue with an operator's own files added.
    ///
    /// They can add resources, operations and actions. They cannot change what is there: an id that
    /// is taken, or a path that would match a request which this catalogue already matches, is refused.
    pub fn extended(&self, extensions: &[Source]) -> Result<Self, Diagnostics> {
        load::load(self, extensions)
    }

    /// All operations, by id.
    pub fn operations(&self) -> impl Iterator<Item = &Arc<Operation>> {
        self.operations.values()
    }

    /// The operation with an id such as `customers.update`.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Arc<Operation>> {
        self.operations.get(id)
    }

    /// All resources, by id.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    /// The resource with an id such as `customers`.
    #[must_use]
    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.get(id)
    }

    /// The resources that a search can return and look into.
    pub fn searchable(&self) -> impl Iterator<Item = &Resource> {
        self.searchables.iter().filter_map(|searchable| self.resources.get(&searchable.resource))
    }

    /// All actions, by id.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.actions.values()
    }

    /// The action with an id such as `reply_to_customers`.
    #[must_use]
    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.get(id)
    }

    /// All scopes, by id.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.values()
    }

    /// The scope with an id such as `customers`.
    #[must_use]
    pub fn scope(&self, id: &str) -> Option<&Scope> {
        self.scopes.get(id)
    }
}
