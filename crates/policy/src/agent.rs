//! Who a policy is about: one AI agent, its name, its owner, its mode and its term.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use catalogue::Level;
use catalogue::diagnostic::Place;
use jiff::Timestamp;

use crate::id::{self, IdDefect};
use crate::{CertificateName, Mode, TermBound};

/// An agent's name in files, tokens and records, such as `support-agent`.
///
/// Lower-case letters, digits and `-`, at most 64 of them, and no `-` in front.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct AgentId(Arc<str>);

impl AgentId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the made-up agent that has one level on everything.
    pub(crate) fn of_level(level: Level) -> Self {
        Self(format!("{level}-on-everything").into())
    }
}

impl FromStr for AgentId {
    type Err = InvalidAgentId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        id::check(text).map(|()| Self(text.into())).map_err(InvalidAgentId)
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Lets a map by agent be asked with plain text.
impl Borrow<str> for AgentId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// An AI agent, as the `[agent]` table of its policy describes it.
#[derive(Debug, Clone)]
pub struct Agent {
    pub(crate) id: AgentId,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) purpose: Option<String>,
    pub(crate) mode: Mode,
    /// Where its mode stands, or the table where it says none.
    pub(crate) mode_place: Place,
    /// These few have, and what there is of very many agents is to lie close together.
    pub(crate) not_before: Option<Box<TermBound>>,
    pub(crate) expires: Option<Box<TermBound>>,
    pub(crate) certificate: Option<Box<CertificateName>>,
}

impl Agent {
    /// The name in files, tokens and records.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        &self.id
    }

    /// The name in sentences, such as `Support Agent`; the id where the policy gives no name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whom to ask about this agent: a person, a team or their address.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What the agent is for, if the policy says so.
    #[must_use]
    pub fn purpose(&self) -> Option<&str> {
        self.purpose.as_deref()
    }

    /// What becomes of the decisions on its requests.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Where its mode stands, or its table where it says none.
    #[must_use]
    pub fn mode_place(&self) -> &Place {
        &self.mode_place
    }

    /// The beginning of its term, if it has one.
    #[must_use]
    pub fn not_before(&self) -> Option<&TermBound> {
        self.not_before.as_deref()
    }

    /// The end of its term, if it has one.
    #[must_use]
    pub fn expires(&self) -> Option<&TermBound> {
        self.expires.as_deref()
    }

    /// The client certificate without which its tokens are worth nothing, if it is bound to one.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateName> {
        self.certificate.as_deref()
    }

    /// The end of its term, if that has passed by `now`.
    #[must_use]
    pub fn expired_at(&self, now: Timestamp) -> Option<&TermBound> {
        self.expires().filter(|end| now >= end.bound.turns_at())
    }

    /// The beginning of its term, if that is still to come at `now`.
    #[must_use]
    pub fn not_begun_at(&self, now: Timestamp) -> Option<&TermBound> {
        self.not_before().filter(|beginning| now < beginning.bound.turns_at())
    }
}

/// Why a text is no agent id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an agent's id {0}")]
pub struct InvalidAgentId(pub IdDefect);
