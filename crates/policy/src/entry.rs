//! One line of a policy or a role: a name, a level, and when it counts.

use std::fmt;
use std::sync::Arc;

use catalogue::diagnostic::Place;
use catalogue::{ActionId, Klass, Level, OperationId, ResourceId};

use crate::{Condition, Occasion, RoleId, Shut, Window};

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
    /// When it gives its level; none where it always does, as most entries do. There are very many of
    /// them, so what few have takes no room in the others.
    pub(crate) terms: Option<Arc<Terms>>,
}

/// When an entry gives its level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    window: Window,
    when: Option<Arc<Condition>>,
}

impl Terms {
    /// None where they are no terms at all.
    pub(crate) fn of(window: Window, when: Option<Arc<Condition>>) -> Option<Arc<Self>> {
        let are_some = when.is_some() || !window.is_always_open();
        are_some.then(|| Arc::new(Self { window, when }))
    }
}

impl Entry {
    /// When it gives its level. At any other time it still wins over a wider entry, and gives nothing.
    #[must_use]
    pub fn window(&self) -> &Window {
        self.terms.as_ref().map_or(&Window::ALWAYS, |terms| &terms.window)
    }

    /// What must be true of a request for it to give its level; where it is not, the entry wins all the
    /// same.
    #[must_use]
    pub fn when(&self) -> Option<&Arc<Condition>> {
        self.terms.as_ref().and_then(|terms| terms.when.as_ref())
    }

    /// Whether what it gives on this occasion is enough. An entry of off covers nothing, whatever is
    /// needed.
    #[must_use]
    pub fn covers(&self, needed: Level, occasion: &Occasion<'_>) -> bool {
        let given = self.gives(occasion);
        given != Level::Off && given >= needed
    }

    /// The level that it gives on this occasion: its own, or off where it does not count.
    #[must_use]
    pub fn gives(&self, occasion: &Occasion<'_>) -> Level {
        if self.shut(occasion).is_some() { Level::Off } else { self.level }
    }

    /// Why it gives nothing on this occasion, whatever its level; none where it counts.
    #[must_use]
    pub fn shut(&self, occasion: &Occasion<'_>) -> Option<Shut> {
        let terms = self.terms.as_ref()?;
        let shut = terms.window.shut_at(occasion.facts().now);
        shut.or_else(|| occasion.shut_by(terms.when.as_ref()?))
    }

    /// Orders entries by how little they give. Among those that give nothing an `off` comes first: it
    /// is the one that stays.
    pub(crate) fn strictness(&self, occasion: &Occasion<'_>) -> (Level, Level) {
        (self.gives(occasion), self.level)
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
pub struct KlassName(Arc<KlassParts>);

/// What a klass's name is made of. Compared in this order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct KlassParts {
    resource: ResourceId,
    klass: Klass,
    text: Box<str>,
}

impl KlassName {
    pub(crate) fn new(resource: ResourceId, klass: Klass) -> Self {
        let text = format!("{resource}.{klass}").into();
        Self(Arc::new(KlassParts { resource, klass, text }))
    }

    /// The name as it stands in the file, but for large letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The resource whose records have the klass.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        &self.0.resource
    }

    /// The klass alone.
    #[must_use]
    pub fn klass(&self) -> &Klass {
        &self.0.klass
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_small_because_there_are_very_many() {
        assert!(size_of::<Entry>() <= 80, "{} bytes", size_of::<Entry>());
    }
}
