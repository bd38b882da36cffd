//! One thing that can be asked of Kustomer: a method, a path template, and what we know of it.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::diagnostic::Place;
use crate::{ActionId, Level, Method, Phrase, ResourceId, Template};

/// An operation's name in files and records, such as `customers.update`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct OperationId(Arc<str>);

impl OperationId {
    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for OperationId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An operation of the catalogue. Its fields are read through methods: only loading makes one.
#[derive(Debug, Clone)]
pub struct Operation {
    pub(crate) id: OperationId,
    pub(crate) method: Method,
    pub(crate) template: Template,
    pub(crate) resource: ResourceId,
    pub(crate) level: Level,
    pub(crate) phrase: Phrase,
    pub(crate) roles: Roles,
    pub(crate) success: Option<u16>,
    pub(crate) object_limit: Option<ObjectLimit>,
    pub(crate) event: Option<String>,
    pub(crate) guide_row: Option<u8>,
    pub(crate) notes: Option<String>,
    pub(crate) trailing_slash: bool,
    pub(crate) place: Place,
    /// Filled when the actions are loaded.
    pub(crate) actions: Vec<ActionId>,
}

/// The Kustomer roles that an API key needs for an operation; any one of them suffices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// Roles of the older scheme, such as `org.user.customer.read`.
    pub legacy: Vec<String>,
    /// Roles of permission sets, such as `org.permission.customer.read`.
    pub permission_set: Vec<String>,
    /// Roles of neither scheme, such as `org.tracking`.
    pub other: Vec<String>,
    /// Whether any valid key will do.
    pub none_needed: bool,
}

/// How often Kustomer lets one record be touched by an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectLimit {
    /// So many calls ...
    pub calls: u32,
    /// ... in so many seconds ...
    pub seconds: u32,
    /// ... for one of these, such as `customer`.
    pub per: String,
}

impl Operation {
    /// The name in files and records.
    #[must_use]
    pub fn id(&self) -> &OperationId {
        &self.id
    }

    /// The method, which is matched exactly.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path template.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The resource whose grant covers the operation.
    #[must_use]
    pub fn resource(&self) -> &ResourceId {
        &self.resource
    }

    /// The level it needs on its resource: read, write or full.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// How sentences speak of it.
    #[must_use]
    pub fn phrase(&self) -> &Phrase {
        &self.phrase
    }

    /// The Kustomer roles that the organisation's key needs; empty where they are not published.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// The status of a success, where it is known.
    #[must_use]
    pub fn success(&self) -> Option<u16> {
        self.success
    }

    /// Kustomer's limit for one record, where one is published.
    #[must_use]
    pub fn object_limit(&self) -> Option<&ObjectLimit> {
        self.object_limit.as_ref()
    }

    /// The webhook event that it makes Kustomer send, if any.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// Its row among the 28 of the guide, if it is one of them.
    #[must_use]
    pub fn guide_row(&self) -> Option<u8> {
        self.guide_row
    }

    /// Oddities worth knowing, in plain words.
    #[must_use]
    pub fn notes(&self) -> Option<&str> {
        self.notes.as_deref()
    }

    /// Whether a real client sends its path with a slash at the end, which is then accepted.
    #[must_use]
    pub fn takes_trailing_slash(&self) -> bool {
        self.trailing_slash
    }

    /// Where the catalogue's files say all this.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The actions that it belongs to, in the order of the data.
    #[must_use]
    pub fn actions(&self) -> &[ActionId] {
        &self.actions
    }
}
