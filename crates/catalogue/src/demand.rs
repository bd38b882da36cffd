//! What a request needs to be permitted: a set of demands, each a resource, a level, and why.

use std::fmt;
use std::sync::Arc;

use crate::{ActionId, Level, OperationId, ResourceId};

/// One thing a request needs: a level on a resource, and the reason it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The resource that is touched.
    pub resource: ResourceId,
    /// The klass of the objects that are touched, on a resource whose records have one. None there
    /// means that they may be of any.
    pub klass: Option<Klass>,
    /// The least level that covers it. Never `Off`.
    pub level: Level,
    /// Why the request needs it.
    pub because: Because,
    /// The operation whose effect it is: what is granted or taken away for that one counts, as if it had
    /// been asked for itself. None for what the request's own operation does.
    pub acts_as: Option<Arc<ActsAs>>,
}

/// Another operation, as far as a policy speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActsAs {
    pub(crate) operation: OperationId,
    /// Filled when the actions are loaded.
    pub(crate) actions: Vec<ActionId>,
}

impl ActsAs {
    /// The operation's id.
    #[must_use]
    pub fn operation(&self) -> &OperationId {
        &self.operation
    }

    /// The actions that it belongs to.
    #[must_use]
    pub fn actions(&self) -> &[ActionId] {
        &self.actions
    }
}

/// The name of a kind of custom objects, in lower case: nothing may be granted for one spelling of it
/// and be taken by another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Klass(Arc<str>);

impl Klass {
    /// The klass with this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.to_ascii_lowercase().into())
    }

    /// The name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Klass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a demand is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// The operation itself needs it, whatever its query and body say.
    Operation,
    /// A rule of the catalogue; a fragment such as "the body marks it as deleted".
    Rule(Arc<str>),
}

impl Because {
    /// The reason as a fragment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Operation => "the operation itself",
            Self::Rule(because) => because,
        }
    }
}

impl Demand {
    /// What is to be granted: `customers`, or `kobjects.order`.
    #[must_use]
    pub fn on(&self) -> String {
        match &self.klass {
            Some(klass) => format!("{}.{klass}", self.resource),
            None => self.resource.to_string(),
        }
    }
}
