//! Who a policy is about: one AI agent, its name, its owner, and the day its term ends.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use catalogue::Level;
use catalogue::diagnostic::Place;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::CertificateName;

/// The longest an agent's id may be.
const LONGEST_ID: usize = 64;

/// An agent's name in files, tokens and records, such as `support-agent`.
///
/// Lower-case letters, digits and `-`, at most 64 of them, and no `-` in front: such an id can stand
/// in a command line, a file name and a log field without quotes.
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
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() {
            Err(InvalidAgentId::Empty)
        } else if text.len() > LONGEST_ID {
            Err(InvalidAgentId::TooLong)
        } else if text.starts_with('-') {
            Err(InvalidAgentId::LeadingDash)
        } else if text.bytes().all(legal) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidAgentId::Character)
        }
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
    pub(crate) expires: Option<Expiry>,
    pub(crate) certificate: Option<CertificateName>,
}

/// The end of an agent's term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// The last day on which the agent is allowed anything, in UTC: it ends with that day's midnight.
    pub last_day: Date,
    /// Where the policy says so.
    pub place: Place,
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

    /// The end of its term, if it has one.
    #[must_use]
    pub fn expires(&self) -> Option<&Expiry> {
        self.expires.as_ref()
    }

    /// The client certificate without which its tokens are worth nothing, if it is bound to one.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateName> {
        self.certificate.as_ref()
    }

    /// The end of its term, if that has passed by `now`.
    #[must_use]
    pub fn expired_at(&self, now: Timestamp) -> Option<&Expiry> {
        self.expires.as_ref().filter(|expiry| expiry.has_passed(now))
    }
}

impl Expiry {
    /// Whether the last day is over in UTC.
    fn has_passed(&self, now: Timestamp) -> bool {
        Offset::UTC.to_datetime(now).date() > self.last_day
    }
}

/// Why a text is no agent id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAgentId {
    /// There is nothing in it.
    #[error("an agent's id is empty")]
    Empty,
    /// It is over 64 characters.
    #[error("an agent's id is longer than 64 characters")]
    TooLong,
    /// A command line would take it for an option.
    #[error("an agent's id begins with `-`")]
    LeadingDash,
    /// Something other than `a-z`, `0-9` and `-`.
    #[error("an agent's id holds a character that is not one of a-z, 0-9 and `-`")]
    Character,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: InvalidAgentId) {
        assert_eq!(text.parse::<AgentId>(), Err(expected));
    }

    #[test]
    fn an_id_is_lower_case_letters_digits_and_dashes() {
        for text in ["a", "support-agent", "bot-2", "7", &"x".repeat(64)] {
            assert_eq!(text.parse::<AgentId>().unwrap().as_str(), text);
        }
        refused("", InvalidAgentId::Empty);
        refused(&"x".repeat(65), InvalidAgentId::TooLong);
        refused("-rf", InvalidAgentId::LeadingDash);
        refused("Support", InvalidAgentId::Character);
        refused("support_agent", InvalidAgentId::Character);
        refused("support agent", InvalidAgentId::Character);
        refused("agént", InvalidAgentId::Character);
        refused("a\n", InvalidAgentId::Character);
    }

    #[test]
    fn the_last_day_is_allowed_until_its_midnight_in_utc() {
        let expiry = Expiry {
            last_day: "2027-06-30".parse().unwrap(),
            place: Place { file: "policies/a.toml".into(), line: 5 },
        };
        let passed = |now: &str| expiry.has_passed(now.parse().unwrap());
        assert!(!passed("2027-06-29T12:00:00Z"));
        assert!(!passed("2027-06-30T23:59:59.999999999Z"));
        assert!(passed("2027-07-01T00:00:00Z"));
        assert!(!passed("2027-07-01T01:59:59+02:00"), "it is still the last day in UTC");
    }
}
