//! One line of a policy: a name and a level.

use std::fmt;

use catalogue::diagnostic::Place;
use catalogue::{ActionId, Klass, Level, OperationId, ResourceId};

/// An entry of a policy: it gives a level to an operation, an action or a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it speaks of.
    pub name: EntryName,
    /// The level it gives.
    pub level: Level,
    /// Where it stands, for sentences and records.
    pub place: Place,
}

impl Entry {
    /// Whether its level is enough. An entry of off covers nothing, whatever is needed.
    #[must_use]
    pub fn covers(&self, needed: Level) -> bool {
        self.level != Level::Off && self.level >= needed
    }
}

/// What an entry speaks of, most specific first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryName {
    /// `[operations]`: one operation.
    Operation(OperationId),
    /// `[actions]`: a named group of operations.
    Action(ActionId),
    /// `[access]`: one klass of a resource.
    Klass(KlassName),
    /// `[access]`: a resource.
    Resource(ResourceId),
}

/// One klass of a resource, written `kobjects.order`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KlassName {
    resource: ResourceId,
    klass: Klass,
    text: String,
}

impl KlassName {
    pub(crate) fn new(resource: ResourceId, klass: Klass) -> Self {
        let text = format!("{resource}.{klass}");
        Self { resource, klass, text }
    }

    /// The name as it stands in the file, but for large letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The resource and the klass.
    pub(crate) fn key(&self) -> (ResourceId, Klass) {
        (self.resource.clone(), self.klass.clone())
    }
}

impl EntryName {
    /// The name as it stands in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Operation(id) => id.as_str(),
            Self::Action(id) => id.as_str(),
            Self::Klass(name) => name.as_str(),
            Self::Resource(id) => id.as_str(),
        }
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
