//! One line of a policy or a role: a name, a level, and when it counts.

use std::fmt;

use catalogue::diagnostic::Place;
use catalogue::{ActionId, Klass, Level, OperationId, ResourceId};

use crate::{Facts, RoleId, Shut, Window};

/// An entry: it gives a level to an operation, an action or a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it speaks of.
    pub name: EntryName,
    /// The level it gives.
    pub level: Level,
    /// Where it stands, for sentences and records.
    pub place: Place,
    /// The role that it is part of; none where it is the policy's own.
    pub role: Option<RoleId>,
    /// When it gives its level. At any other time it still wins over a wider entry, and gives nothing.
    pub window: Window,
}

impl Entry {
    /// Whether what it gives at this moment is enough. An entry of off covers nothing, whatever is
    /// needed.
    #[must_use]
    pub fn covers(&self, needed: Level, facts: &Facts) -> bool {
        let given = self.gives(facts);
        given != Level::Off && given >= needed
    }

    /// The level that it gives at this moment: its own, or off where it does not count.
    #[must_use]
    pub fn gives(&self, facts: &Facts) -> Level {
        if self.shut(facts).is_some() { Level::Off } else { self.level }
    }

    /// Why it gives nothing at this moment, whatever its level; none where it counts.
    #[must_use]
    pub fn shut(&self, facts: &Facts) -> Option<Shut> {
        self.window.shut_at(facts.now)
    }

    /// Orders entries by how little they give. Among those that give nothing an `off` comes first: it
    /// is the one that stays.
    pub(crate) fn strictness(&self, facts: &Facts) -> (Level, Level) {
        (self.gives(facts), self.level)
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

/// The name of an entry to look for, in the order of [`EntryName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EntryKey<'n> {
    Operation(&'n OperationId),
    Action(&'n ActionId),
    Klass(&'n ResourceId, &'n Klass),
    Resource(&'n ResourceId),
}

/// One klass of a resource, written `kobjects.order`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KlassName {
    resource: ResourceId,
    klass: Klass,
    text: Box<str>,
}

impl KlassName {
    pub(crate) fn new(resource: ResourceId, klass: Klass) -> Self {
        let text = format!("{resource}.{klass}").into();
        Self { resource, klass, text }
    }

    /// The name as it stands in the file, but for large letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The resource whose records have the klass.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        &self.resource
    }

    /// The klass alone.
    #[must_use]
    pub fn klass(&self) -> &Klass {
        &self.klass
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

    pub(crate) fn key(&self) -> EntryKey<'_> {
        match self {
            Self::Operation(id) => EntryKey::Operation(id),
            Self::Action(id) => EntryKey::Action(id),
            Self::Klass(name) => EntryKey::Klass(&name.resource, &name.klass),
            Self::Resource(id) => EntryKey::Resource(id),
        }
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
