//! A kind of Kustomer thing: customers, conversations, notes ...

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::diagnostic::Place;

/// A resource's name in files and records, such as `customers`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ResourceId(Arc<str>);

impl ResourceId {
    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ResourceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A kind of Kustomer thing that policies grant a level on.
#[derive(Debug, Clone)]
pub struct Resource {
    pub(crate) id: ResourceId,
    pub(crate) singular: String,
    pub(crate) about: String,
    pub(crate) has_klasses: bool,
    pub(crate) within: Vec<crate::ScopeId>,
    pub(crate) place: Place,
}

impl Resource {
    /// The name in files and records.
    #[must_use]
    pub fn id(&self) -> &ResourceId {
        &self.id
    }

    /// What one of it is called in a sentence, such as `customer`.
    #[must_use]
    pub fn singular(&self) -> &str {
        &self.singular
    }

    /// One sentence on what it is.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Whether each of its records is of a klass, so that a policy can grant one klass alone.
    #[must_use]
    pub fn has_klasses(&self) -> bool {
        self.has_klasses
    }

    /// The scopes whose records its own belong to, such as the customer of a conversation. Its own
    /// scope is among them.
    #[must_use]
    pub fn within(&self) -> &[crate::ScopeId] {
        &self.within
    }

    /// Where the catalogue's files say all this.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}
