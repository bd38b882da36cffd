//! What becomes of the decisions on one agent's requests.

use std::fmt;
use std::str::FromStr;

/// Whether an agent's policy is enforced, only watched, or the agent is shut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// What the policy does not grant is refused.
    #[default]
    Enforce,
    /// What the policy does not grant is put on record as such, and forwarded all the same.
    Observe,
    /// Everything is refused, whatever the policy grants.
    Suspended,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Enforce, Self::Observe, Self::Suspended];

    /// The word in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Observe => "observe",
            Self::Suspended => "suspended",
        }
    }
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word).ok_or(UnknownMode)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The word is no mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected enforce, observe or suspended")]
pub struct UnknownMode;

/// Whether agents may be in the mode `observe`, in which nothing is refused for want of a grant. The
/// gateway's own settings say so, not the policies: writing a policy must not be enough to lift it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Observing {
    /// A set with such an agent is not loaded.
    #[default]
    Refused,
    /// `[policies] allow_observe` is true.
    Allowed,
}
