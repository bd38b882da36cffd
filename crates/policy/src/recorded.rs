//! A request as far as its record tells of it, and what a policy would say to it.
//!
//! A record holds what was demanded, and neither the body nor the values of the query. Of a request that
//! was forwarded, all demands are on record; of one that was denied, only those that were not covered. So
//! the answer can be that nobody can tell, and it says why. The demands are weighed by the same code as
//! those of a request: there is no second rule.

mod read;
mod replay;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalogue::{Asked, Demand, Operation, ScopeId};

pub use read::{Line, RecordedDemand, Unreadable};
pub use replay::{Replayed, Untold};

use crate::{Condition, Facts, Occasion, Only, Policy};

/// A request, read back from its record.
#[derive(Debug, Clone)]
pub struct Recorded {
    operation: Arc<Operation>,
    /// What it demanded for certain; never empty.
    demands: Vec<Demand>,
    /// What it may have demanded beside that.
    rest: Rest,
    /// What its method and path alone ask; none where the path as recorded does not tell it.
    asked: Option<Asked>,
    /// Whether the record has targets that its path does not name.
    names_more: bool,
    /// The `[only]` that it is known to have kept to, by scope.
    kept: Option<BTreeMap<ScopeId, BTreeSet<String>>>,
    /// The conditions that are known to have been true of it.
    met: Vec<Arc<Condition>>,
}

/// What a request may have demanded beside what is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rest {
    /// Nothing: all of it is on record.
    Nothing,
    /// Any of these, by what stood in its query and its body.
    AnyOf(Vec<Demand>),
    /// Whatever a search can look into.
    Anything,
}

impl Recorded {
    /// The operation that was asked for.
    #[must_use]
    pub fn operation(&self) -> &Arc<Operation> {
        &self.operation
    }

    /// What it demanded for certain; the operation's own demand is among them. Never empty.
    #[must_use]
    pub fn demands(&self) -> &[Demand] {
        &self.demands
    }

    /// The same, of which it is known that this policy permitted it: so it kept to the policy's `[only]`,
    /// and the conditions by which it was granted were true. That is beyond what its record tells.
    #[must_use]
    pub fn permitted_by(self, policy: &Policy, facts: &Facts<'_>) -> Self {
        let occasion = self.occasion(policy, facts, true);
        let settle = |demand| policy.settles(&self.operation, demand, &occasion);
        // Of the roles' entries another may have been the one that gave most.
        let own = self.demands.iter().filter_map(settle).filter(|entry| entry.role.is_none());
        let met = own.filter_map(|entry| entry.when().cloned()).collect();
        Self { kept: Some(ids(policy)), met, ..self }
    }

    /// What a policy's entries are weighed by.
    fn occasion<'o>(
        &'o self,
        policy: &'o Policy,
        facts: &'o Facts<'o>,
        taken_for: bool,
    ) -> Occasion<'o> {
        Occasion::recorded(policy.agent(), self.asked.as_ref(), facts, &self.met, taken_for)
    }

    /// Whether the record holds all that it demanded.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.rest == Rest::Nothing
    }
}

/// What a policy's `[only]` confines its agent to.
fn ids(policy: &Policy) -> BTreeMap<ScopeId, BTreeSet<String>> {
    let of = |only: &Only| (only.scope().id().clone(), only.ids().map(str::to_owned).collect());
    policy.only().map(of).collect()
}

#[cfg(test)]
mod tests;
