//! Who may do what: agents, their grants, and the decision.
//!
//! A policy file per agent is read into a [`PolicySet`]; [`decide()`] takes one agent's [`Policy`], what
//! a request asks and the facts of the moment, and returns a [`Permit`] or a [`Denial`]. It is a pure
//! function: the same inputs give the same answer, and the answer carries the entry that settled it.

mod agent;
mod certificate;
mod decide;
mod entry;
mod limit;
mod load;
pub mod matrix;
mod only;
mod outline;
mod policy;
mod reason;
mod set;

pub use agent::{Agent, AgentId, Expiry, InvalidAgentId};
pub use certificate::{CertificateName, InvalidCertificateName};
pub use decide::{Decision, Denial, Facts, Permit, decide, worth_reading};
pub use entry::{Entry, EntryName, KlassName};
pub use limit::{InFlightLimit, Limits, RequestLimit};
pub use load::Source;
pub use only::{Only, Outside, OutsideBecause};
pub use outline::{Outline, OutlinePatch};
pub use policy::Policy;
pub use reason::{Grant, Lack, Reason};
pub use set::{Fingerprint, PolicySet};
