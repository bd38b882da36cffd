//! The calls that agents make while the gateway is killed: permitted and refused ones, each with a
//! path of its own, so that each can be found again in the trail and at Kustomer.

use audit::RecordId;

use crate::support::dice::Dice;

/// The agent that makes the calls.
pub(crate) const AGENT: &str = "bot";
/// What it may do.
pub(crate) const POLICY: &str = "[access]\ncustomers = \"write\"";

/// What kind of call it is, which decides what must be on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Permitted, without a body.
    Read,
    /// Permitted, with a body.
    Update,
    /// More than the policy grants.
    Delete,
    /// Nothing that the catalogue knows.
    Unknown,
    /// A path that could be read in two ways.
    Malformed,
}

/// One call that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    pub(crate) path: String,
    /// What the agent was told; none where the gateway was gone before it said so.
    pub(crate) told: Option<Told>,
}

/// The head of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    /// The request's id, which is the id of its record.
    pub(crate) id: RecordId,
}

impl Kind {
    /// Three calls in four are permitted.
    pub(crate) fn any(dice: &mut Dice) -> Self {
        match dice.below(12) {
            0 => Self::Delete,
            1 => Self::Unknown,
            2 => Self::Malformed,
            3..6 => Self::Update,
            _ => Self::Read,
        }
    }

    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Read | Self::Unknown | Self::Malformed => "GET",
            Self::Update => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// The path, for a record id that no other call names.
    pub(crate) fn path(self, id: &str) -> String {
        match self {
            Self::Read | Self::Update | Self::Delete => format!("/v1/customers/{id}"),
            Self::Unknown => format!("/v1/nothing-of-the-kind/{id}"),
            Self::Malformed => format!("/v1/users/../customers/{id}"),
        }
    }

    pub(crate) fn body(self) -> &'static str {
        match self {
            Self::Update => r#"{"name":"Ada"}"#,
            Self::Read | Self::Delete | Self::Unknown | Self::Malformed => "",
        }
    }

    /// Whether the gateway lets it through.
    pub(crate) fn is_permitted(self) -> bool {
        self.status() == 200
    }

    /// What the agent is told while all is well.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Read | Self::Update => 200,
            Self::Delete | Self::Unknown => 403,
            Self::Malformed => 400,
        }
    }
}
