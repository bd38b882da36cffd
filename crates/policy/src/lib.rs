//! Who may do what: agents, their grants, and the decision.
//!
//! A policy file per agent, and a file for each role that policies share, are read into a
//! [`PolicySet`]; [`decide()`] takes one agent's [`Policy`], what
//! a request asks and the facts of the moment, and returns a [`Permit`] or a [`Denial`]. It is a pure
//! function: the same inputs give the same answer, and the answer carries the entry that settled it.

mod agent;
mod certificate;
pub mod compare;
mod condition;
mod decide;
mod entry;
mod id;
mod layer;
mod limit;
mod load;
pub mod matrix;
mod mode;
mod narrowing;
mod occasion;
mod only;
mod outline;
mod policy;
mod reason;
pub mod recorded;
mod role;
mod set;
pub mod suggest;
mod window;

pub use agent::{Agent, AgentId, InvalidAgentId};
pub use certificate::{CertificateName, InvalidCertificateName};
pub use condition::{Case, Condition, ConditionFault, Unmet};
pub use decide::{Decision, Denial, Facts, Permit, decide, looks_into_body, worth_reading};
pub use entry::{Entry, EntryName, KlassName};
pub use id::IdDefect;
pub use layer::{HeldEntry, Layer};
pub use limit::{InFlightLimit, Limits, RequestLimit};
pub use load::Source;
pub use mode::{Mode, Observing, UnknownMode};
pub use narrowing::{Narrowing, NotANarrowing};
pub use occasion::Occasion;
pub use only::{Only, Outside, OutsideBecause};
pub use outline::{Difference, Outline, OutlinePatch};
pub use policy::Policy;
pub use reason::{Grant, Lack, Reason};
pub use role::{InvalidRoleId, Role, RoleId};
pub use set::{Fingerprint, PolicySet};
pub use window::{Bound, Shut, TermBound, Window};
