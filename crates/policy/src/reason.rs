//! Why a decision came out as it did. Carried with the decision, never worked out again.

use std::sync::Arc;

use catalogue::diagnostic::Place;
use catalogue::{Demand, Unknown};

use crate::{Entry, HeldEntry, Narrowing, Occasion, Outside, Shut, TermBound};

/// A demand and the entry that covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant<'g> {
    /// What the request needed.
    pub demand: &'g Demand,
    /// The entry that covers it.
    pub entry: &'g Entry,
}

/// Why a request is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The catalogue holds no such operation.
    UnknownOperation(Unknown),
    /// The agent is suspended; the place of its `mode`.
    AgentSuspended {
        /// Where the policy says so.
        place: Place,
    },
    /// The agent's own term has not begun.
    AgentNotYet(TermBound),
    /// The agent's own term has ended.
    AgentExpired(TermBound),
    /// These demands were not covered; at least one.
    NotGranted(Vec<Lack>),
    /// The policy grants it, but the token is narrowed to something else.
    Narrowed {
        /// What the token does not cover; at least one.
        lacks: Vec<Lack>,
        /// What it is narrowed to.
        to: Arc<Narrowing>,
    },
    /// It is outside of what a line of `[only]` confines the agent to.
    Outside(Outside),
    /// The body may demand more, and was not read. The gateway reads it first, so this is the answer
    /// to a question that came without one.
    BodyNotRead,
}

impl Reason {
    /// The demands that were not covered, where that is why.
    #[must_use]
    pub fn lacks(&self) -> &[Lack] {
        match self {
            Self::NotGranted(lacks) | Self::Narrowed { lacks, .. } => lacks,
            Self::UnknownOperation(_)
            | Self::AgentSuspended { .. }
            | Self::AgentNotYet(_)
            | Self::AgentExpired(_)
            | Self::Outside(_)
            | Self::BodyNotRead => &[],
        }
    }

    /// The line of the policy that settled it; none where the policy says nothing of the request.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::UnknownOperation(_) | Self::Narrowed { .. } | Self::BodyNotRead => None,
            Self::Outside(outside) => Some(&outside.place),
            Self::AgentSuspended { place } => Some(place),
            Self::AgentNotYet(bound) | Self::AgentExpired(bound) => Some(&bound.place),
            Self::NotGranted(lacks) => {
                lacks.first().and_then(|lack| lack.entry.as_ref()).map(|entry| &entry.place)
            }
        }
    }
}

/// A demand that no grant covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// What the request needed.
    pub demand: Demand,
    /// The entry that settled it and gives too little; none where the policy says nothing.
    pub entry: Option<HeldEntry>,
    /// Why the entry gives nothing at the moment, where its level would be enough at another.
    pub shut: Option<Shut>,
}

impl Lack {
    /// A demand that the entry which settles it does not cover at this moment.
    #[must_use]
    pub fn new(demand: &Demand, entry: Option<HeldEntry>, occasion: &Occasion<'_>) -> Self {
        let would_do = entry.as_ref().filter(|entry| entry.level >= demand.level);
        let shut = would_do.and_then(|entry| entry.shut(occasion));
        Self { demand: demand.clone(), entry, shut }
    }
}
