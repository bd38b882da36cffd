//! Why a decision came out as it did. Carried with the decision, never worked out again.

use catalogue::diagnostic::Place;
use catalogue::{Demand, Unknown};

use crate::{Entry, Outside};

/// A demand and the entry that covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What the request needed.
    pub demand: Demand,
    /// The entry whose level covers it.
    pub entry: Entry,
}

/// Why a request is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The catalogue holds no such operation.
    UnknownOperation(Unknown),
    /// The agent's own term has ended; the place of its `expires`.
    AgentExpired {
        /// The last day on which the agent was allowed, such as `2027-06-30`.
        expires: jiff::civil::Date,
        /// Where the policy says so.
        place: Place,
    },
    /// These demands were not covered; at least one.
    NotGranted(Vec<Lack>),
    /// It is outside of what a line of `[only]` confines the agent to.
    Outside(Outside),
    /// The body may demand more, and was not read. The gateway reads it first, so this is the answer
    /// to a question that came without one.
    BodyNotRead,
}

/// A demand that no grant covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// What the request needed.
    pub demand: Demand,
    /// The entry that settled it with too low a level; none where the policy says nothing.
    pub entry: Option<Entry>,
}
