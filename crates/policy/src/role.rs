//! A role: grants that several policies share, from a file of their own.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use catalogue::diagnostic::Place;

use crate::id::{self, IdDefect};
use crate::{Layer, Limits};

/// A role's name in files and records, such as `reader`. It has the form of an agent's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct RoleId(Arc<str>);

impl RoleId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleId {
    type Err = InvalidRoleId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        id::check(text).map(|()| Self(text.into())).map_err(InvalidRoleId)
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Lets a map by role be asked with plain text.
impl Borrow<str> for RoleId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Why a text is no role's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role's id {0}")]
pub struct InvalidRoleId(pub IdDefect);

/// What one role gives, as its file says it. Shared by every policy that takes it.
#[derive(Debug)]
pub struct Role {
    pub(crate) id: RoleId,
    pub(crate) purpose: Option<String>,
    pub(crate) place: Place,
    pub(crate) layer: Layer,
    pub(crate) limits: Limits,
}

impl Role {
    /// The name by which policies take it.
    #[must_use]
    pub fn id(&self) -> &RoleId {
        &self.id
    }

    /// What it is for, if its file says so.
    #[must_use]
    pub fn purpose(&self) -> Option<&str> {
        self.purpose.as_deref()
    }

    /// Where its `[role]` table stands.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its entries.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// The limits it sets for whoever takes it and has none of their own.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}
