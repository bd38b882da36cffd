//! Named groups of operations that people speak of: "reply to customers", "delete customers".

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::OperationId;
use crate::diagnostic::Place;

/// An action's name in files and records, such as `reply_to_customers`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ActionId(Arc<str>);

impl ActionId {
    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ActionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A named group of operations that one policy entry grants or takes away together.
#[derive(Debug, Clone)]
pub struct Action {
    pub(crate) id: ActionId,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) operations: Vec<OperationId>,
    pub(crate) place: Place,
}

impl Action {
    /// The name in files and records.
    #[must_use]
    pub fn id(&self) -> &ActionId {
        &self.id
    }

    /// The name for people, such as `Reply to customers`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// One sentence on what it lets an agent do.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The operations it stands for, in the order of the data.
    #[must_use]
    pub fn operations(&self) -> &[OperationId] {
        &self.operations
    }

    /// Where the catalogue's files say all this.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}
