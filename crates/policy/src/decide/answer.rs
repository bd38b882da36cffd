//! What a permit and a denial tell of themselves: to the record, and to whoever forwards.

use std::sync::Arc;

use catalogue::diagnostic::Place;
use catalogue::{Asked, Identified};

use super::{Basis, Covered, Denial, Permit};
use crate::{Grant, HeldEntry, Policy, Reason};

impl Permit {
    /// What was asked.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// One grant for each demand, in the order of the demands; none where the request would have been
    /// refused, were its agent not observed.
    pub fn grants(&self) -> impl Iterator<Item = Grant<'_>> {
        let entries: &[HeldEntry] = match &self.basis {
            Basis::Granted(entries) => entries,
            Basis::Observed { .. } => &[],
        };
        let demands = self.asked.demands().iter();
        demands.zip(entries).map(|(demand, entry)| Grant { demand, entry })
    }

    /// What the policy grants of a request that would have been refused, were its agent not observed: with
    /// what that was refused for, all that it demands. Nothing where it is granted whole.
    pub fn covered(&self) -> impl Iterator<Item = Grant<'_>> {
        let covered: &[Covered] = match &self.basis {
            Basis::Granted(_) => &[],
            Basis::Observed { covered, .. } => covered,
        };
        let demands = self.asked.demands();
        covered.iter().filter_map(move |Covered { demand, entry }| {
            Some(Grant { demand: demands.get(*demand)?, entry })
        })
    }

    /// Why the request would have been refused, were its agent not observed; none where it is granted.
    #[must_use]
    pub fn observed(&self) -> Option<&Reason> {
        match &self.basis {
            Basis::Granted(_) => None,
            Basis::Observed { reason, .. } => Some(reason),
        }
    }

    /// The policy that was applied.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The line that settled the operation's own demand: the one to name in a record. Of a request that
    /// would have been refused, the line that would have; none where no line speaks of it.
    #[must_use]
    pub fn settled_by(&self) -> Option<&Place> {
        match &self.basis {
            Basis::Granted(entries) => entries.first().map(|entry| &entry.place),
            Basis::Observed { reason, .. } => reason.place(),
        }
    }
}

impl Denial {
    /// Why it is denied.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// What was asked, if the catalogue knows it.
    #[must_use]
    pub fn identified(&self) -> &Identified {
        &self.identified
    }

    /// The policy that was applied.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The line of the policy that settled it; none where the policy says nothing of the request.
    #[must_use]
    pub fn settled_by(&self) -> Option<&Place> {
        self.reason.place()
    }
}
