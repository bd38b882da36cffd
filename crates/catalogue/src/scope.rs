//! Scopes: the kinds of records that a policy can confine an agent to, and how a request names them.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::diagnostic::Place;
use crate::{Parameter, ParameterKind, ResourceId};

/// A scope's name in files, such as `customers`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ScopeId(Arc<str>);

impl ScopeId {
    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ScopeId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A kind of records that an agent can be confined to.
#[derive(Debug, Clone)]
pub struct Scope {
    pub(crate) id: ScopeId,
    pub(crate) singular: String,
    /// What its records are.
    pub(crate) resource: ResourceId,
    /// The segments of a path behind which one of its records is named.
    pub(crate) behind: Vec<Arc<str>>,
    /// The fields of a body that name one.
    pub(crate) fields: Vec<Arc<str>>,
    /// The keys of a query that name one. That an operation heeds them is said by its own data.
    pub(crate) query: Vec<Arc<str>>,
    /// The scopes whose records each of its own belongs to.
    pub(crate) within: Vec<ScopeId>,
    /// Whether its records are klasses, which are named and have no id.
    pub(crate) klasses: bool,
    pub(crate) place: Place,
}

impl Scope {
    /// The name in files.
    #[must_use]
    pub fn id(&self) -> &ScopeId {
        &self.id
    }

    /// What one of its records is called in a sentence.
    #[must_use]
    pub fn singular(&self) -> &str {
        &self.singular
    }

    /// The resource whose records they are.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        &self.resource
    }

    /// The scopes whose records each of its own belongs to, such as the customer of a conversation.
    #[must_use]
    pub fn within(&self) -> &[ScopeId] {
        &self.within
    }

    /// Whether its records are klasses, which are named and have no id.
    #[must_use]
    pub fn is_of_klasses(&self) -> bool {
        self.klasses
    }

    /// Where the catalogue's files say all this.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether a parameter behind this segment names records of the scope.
    pub(crate) fn is_named_by(&self, segment: &str, parameter: &Parameter) -> bool {
        let names = matches!(
            parameter.kind,
            ParameterKind::Id | ParameterKind::Ids | ParameterKind::IdList | ParameterKind::Klass
        );
        names && self.behind.iter().any(|behind| **behind == *segment)
    }
}

/// A record that a request names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) scope: ScopeId,
    /// In lower case; none where the body does not tell which record it is.
    pub(crate) id: Option<String>,
    pub(crate) origin: Origin,
}

/// Where a record is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In the path, in the query, or as the record that an item of the body is.
    Target,
    /// In a field of the body.
    Field,
    /// In a key of the query that Kustomer need not heed for this operation: a record that it is not
    /// confined to by that, though another than those allowed is not to be named.
    Aside,
}
