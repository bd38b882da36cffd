//! The least policy that permits what was used: from requests that were made to the entries that grant
//! them, and nothing that was not used as far as entries can tell it apart.
//!
//! What entries cannot tell apart: an entry of an operation gives a level, and with it all that the
//! operation needs that level for; a klass's line speaks of all operations on it; a request that in effect
//! does what another operation does needs that one granted; and what is needed on a resource other than
//! the operation's own takes that resource's line. Where such a line would open an operation that was not
//! used, an entry of `off` shuts it again.

mod beyond;
mod fold;
mod grants;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalogue::{Catalogue, Demand, Level, Operation, OperationId};
use jiff::Timestamp;

use crate::{EntryName, Facts};
use grants::Grants;

/// No entry of a suggestion depends on the moment.
const FACTS: Facts = Facts { now: Timestamp::UNIX_EPOCH };

/// Requests that were alike: the same operation, with the same demands.
#[derive(Debug, Clone)]
pub struct Use {
    /// What was asked for.
    pub operation: Arc<Operation>,
    /// What it demanded.
    pub demands: Vec<Demand>,
    /// How often, and when last.
    pub times: Times,
}

/// How often something was asked, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Requests that were permitted.
    pub used: u64,
    /// Requests that were refused for want of a grant.
    pub refused: u64,
    /// When the last of them arrived.
    pub last: Timestamp,
}

/// How wide the entries may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Nothing is permitted that was not used.
    Narrow,
    /// Few lines, at the price of looking: where several operations of a resource looked at it, or
    /// something else needs to look at it, the whole level `read` is granted. What changes anything is as
    /// narrow as ever; an action stands for its operations where all of them were used.
    #[default]
    Readable,
}

/// The entries of a policy.
#[derive(Debug, Clone)]
pub struct Suggestion {
    lines: Vec<Line>,
    beyond: Vec<OperationId>,
}

/// An entry, and what speaks for it.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it speaks of.
    pub name: EntryName,
    /// The level it gives; `off` shuts what another line would open.
    pub level: Level,
    /// The operations that it settles a demand of.
    pub evidence: BTreeMap<OperationId, Times>,
}

/// The least entries that permit each of the uses.
#[must_use]
pub fn suggest(catalogue: &Catalogue, uses: &[Use], style: Style) -> Suggestion {
    let mut grants = Grants::of(uses);
    if style == Style::Readable {
        fold::reads(&mut grants, catalogue);
        fold::actions(&mut grants, catalogue);
    }
    grants.repair(catalogue, uses);
    let mut beyond = beyond::of(&grants, catalogue, uses);
    let named = effects(uses);
    let tolerated = |operation: &Operation| {
        named.contains(operation.id())
            || (style == Style::Readable && operation.level() == Level::Read)
    };
    for operation in &beyond {
        if !tolerated(operation) {
            grants.shut(operation.id());
        }
    }
    beyond.retain(|operation| tolerated(operation));
    Suggestion {
        lines: grants.lines(catalogue, uses),
        beyond: beyond.iter().map(|operation| operation.id().clone()).collect(),
    }
}

/// The operations whose effect was had by way of another.
fn effects(uses: &[Use]) -> BTreeSet<OperationId> {
    let demands = uses.iter().flat_map(|used| &used.demands);
    demands.filter_map(|demand| demand.acts_as.as_ref()).map(|it| it.operation().clone()).collect()
}

impl Suggestion {
    /// The entries: resources and klasses, then actions, then operations.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The operations that are permitted too, though nobody asked for them.
    #[must_use]
    pub fn beyond(&self) -> &[OperationId] {
        &self.beyond
    }
}

impl Times {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            used: self.used.saturating_add(other.used),
            refused: self.refused.saturating_add(other.refused),
            last: self.last.max(other.last),
        }
    }
}

#[cfg(test)]
mod tests;
