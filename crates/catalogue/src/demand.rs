//! What a request needs to be permitted: a set of demands, each a resource, a level, and why.

use crate::{Level, ResourceId};

/// One thing a request needs: a level on a resource, and the reason it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The resource that is touched.
    pub resource: ResourceId,
    /// The least level that covers it. Never `Off`.
    pub level: Level,
    /// Why the request needs it.
    pub because: Because,
}

/// Why a demand is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// The operation itself needs it, whatever its query and body say.
    Operation,
}
