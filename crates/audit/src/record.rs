//! The record of one request: what was asked, by whom, what was decided, and what came of it.
//!
//! A record is written in two parts, each appended and never changed: the [`Opening`], durable before
//! anything is forwarded, and the [`Outcome`]. A refused request has both in its one row.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Detail, Outcome, OutcomeKind};

/// A record's id: a UUID of version 7, so ids are in the order of time.
///
/// It is also the request's id, which the agent is told in `Kustodian-Request-Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(Uuid);

impl RecordId {
    /// Wraps an id that was made elsewhere, from a clock and random bytes.
    #[must_use]
    pub fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The smallest id that a record of this instant can have.
    #[must_use]
    pub fn floor(at: Timestamp) -> Self {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    /// The instant that the id was made for, to the millisecond.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        let mut millis = [0; 8];
        millis.iter_mut().skip(2).zip(self.as_bytes()).for_each(|(to, from)| *to = *from);
        let millis = i64::from_be_bytes(millis);
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
    }

    /// The id as a store keeps it: bytewise in the order of time.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for RecordId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What was decided on a request, as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decided {
    /// The policy grants it; it was forwarded.
    Permitted,
    /// The policy does not grant it; it was forwarded all the same, because its agent is only observed.
    Observed,
    /// The policy does not grant it.
    Denied,
    /// No valid token came with it.
    Unauthenticated,
    /// It could not be read with certainty.
    Malformed,
    /// The policy grants it, but not so often.
    Limited,
    /// It ended before it was on record what was decided: its agent left, or the gateway failed inside.
    Undecided,
    /// Nothing was asked: the gateway or an operator did something that belongs on record.
    Noted,
}

impl Decided {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Permitted,
        Self::Observed,
        Self::Denied,
        Self::Unauthenticated,
        Self::Malformed,
        Self::Limited,
        Self::Undecided,
        Self::Noted,
    ];

    /// What a permit is on record as: what its agent's policy grants is permitted, and the rest observed.
    #[must_use]
    pub fn of(permit: &policy::Permit) -> Self {
        if permit.observed().is_some() { Self::Observed } else { Self::Permitted }
    }

    /// The word in records and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permitted => "permitted",
            Self::Observed => "observed",
            Self::Denied => "denied",
            Self::Unauthenticated => "unauthenticated",
            Self::Malformed => "malformed",
            Self::Limited => "limited",
            Self::Undecided => "undecided",
            Self::Noted => "noted",
        }
    }

    /// What came of a request that was over when it was decided; none for one that was forwarded.
    #[must_use]
    pub fn outcome_at_once(self) -> Option<OutcomeKind> {
        match self {
            Self::Permitted | Self::Observed => None,
            Self::Denied | Self::Unauthenticated | Self::Malformed | Self::Limited => {
                Some(OutcomeKind::Refused)
            }
            Self::Undecided => Some(OutcomeKind::NotForwarded),
            Self::Noted => Some(OutcomeKind::Noted),
        }
    }
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Decided {
    type Err = UnknownDecision;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|decided| decided.as_str() == word).ok_or(UnknownDecision)
    }
}

/// The word is no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one of permitted, observed, denied, unauthenticated, malformed, limited, undecided, noted"
)]
pub struct UnknownDecision;

/// The first part of a record: everything known when the decision was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The record's id, and the request's.
    pub id: RecordId,
    /// When the request arrived (microseconds are kept).
    pub at: Timestamp,
    /// The agent's id, once it is known who asks.
    pub agent: Option<String>,
    /// The id of the token it presented (never the token), once it is known.
    pub token: Option<String>,
    /// The address the request came from, without its port.
    pub address: String,
    /// The method as sent.
    pub method: String,
    /// The path as sent, without its query.
    pub path: String,
    /// The operation that was matched.
    pub operation: Option<String>,
    /// The operation's resource.
    pub resource: Option<String>,
    /// The records that the request names: in its path, then in its query and its body.
    pub targets: Vec<String>,
    /// What the request needed, each with what the policy gives.
    pub demands: Vec<RecordedDemand>,
    /// What was decided.
    pub decision: Decided,
    /// A stable code for why, such as `granted`, `level_too_low` or `token_revoked`.
    pub reason: String,
    /// The policy line that settled it, and the policy set in force.
    pub policy: PolicyLine,
    /// How many requests the record stands for: one, more where a flood was counted, and none for what
    /// the gateway notes of itself.
    pub requests: u64,
    /// What a record of the gateway's own has to say beyond its sentence; see docs/audit-record.md.
    pub detail: Option<Detail>,
    /// The record in plain English, as far as it is known.
    pub sentence: String,
    /// The outcome, where it is known at once: the gateway's own refusals.
    pub outcome: Option<Outcome>,
}

/// One demand of a request and what the policy gave for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedDemand {
    /// The resource, such as `customers`; with the klass where there is one, such as `kobjects.order`.
    pub resource: String,
    /// The level that was needed.
    pub level: String,
    /// Why it was needed.
    pub because: String,
    /// The level of the entry that settled it; none where the policy says nothing.
    pub granted: Option<String>,
    /// The entry that settled it, such as `delete_customers`.
    pub entry: Option<String>,
    /// The role that the entry is part of; none where it is the policy's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Why the entry gave nothing at that moment, where its level would have been enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmet: Option<String>,
}

/// Where in the policies a decision was settled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyLine {
    /// The policy file; none before the agent is known.
    pub file: Option<String>,
    /// The line in it that settled the decision, from 1; none where nothing grants it.
    pub line: Option<u32>,
    /// The fingerprint of the policy set in force, 64 hex digits.
    pub fingerprint: String,
}

/// A whole record: the opening, and the outcome once there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What was asked and decided.
    pub opening: Opening,
    /// What came of it; none while the request is under way.
    pub outcome: Option<Outcome>,
}

impl Record {
    /// The record in plain English, as far as it is known.
    #[must_use]
    pub fn sentence(&self) -> &str {
        match &self.outcome {
            Some(outcome) => &outcome.sentence,
            None => &self.opening.sentence,
        }
    }
}

impl Serialize for Record {
    /// One flat object; docs/audit-record.md documents each field.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let opening = &self.opening;
        let mut object = serializer.serialize_struct("Record", 19)?;
        object.serialize_field("id", &opening.id)?;
        object.serialize_field("at", &opening.at)?;
        object.serialize_field("agent", &opening.agent)?;
        object.serialize_field("token", &opening.token)?;
        object.serialize_field("address", &if_any(&opening.address))?;
        object.serialize_field("request_id", &opening.id)?;
        object.serialize_field("method", &if_any(&opening.method))?;
        object.serialize_field("path", &if_any(&opening.path))?;
        object.serialize_field("operation", &opening.operation)?;
        object.serialize_field("resource", &opening.resource)?;
        object.serialize_field("targets", &opening.targets)?;
        object.serialize_field("demands", &opening.demands)?;
        object.serialize_field("decision", &opening.decision)?;
        object.serialize_field("reason", &opening.reason)?;
        object.serialize_field("policy", &opening.policy)?;
        object.serialize_field("requests", &opening.requests)?;
        object.serialize_field("outcome", &self.outcome)?;
        object.serialize_field("sentence", self.sentence())?;
        object.serialize_field("detail", &opening.detail)?;
        object.end()
    }
}

/// What the gateway notes of itself came from no address and was no request.
fn if_any(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl RecordedDemand {
    /// A demand that an entry of the policy covers.
    #[must_use]
    pub fn granted(grant: policy::Grant<'_>) -> Self {
        Self::new(grant.demand, Some(grant.entry), None)
    }

    /// A demand that nothing covers.
    #[must_use]
    pub fn lacking(lack: &policy::Lack) -> Self {
        Self::new(&lack.demand, lack.entry.as_deref(), lack.shut.as_ref())
    }

    fn new(
        demand: &catalogue::Demand,
        entry: Option<&policy::Entry>,
        shut: Option<&policy::Shut>,
    ) -> Self {
        Self {
            resource: demand.on(),
            level: demand.level.to_string(),
            because: demand.because.as_str().to_owned(),
            granted: entry.map(|entry| entry.level.to_string()),
            entry: entry.map(|entry| entry.name.to_string()),
            role: entry.and_then(|entry| entry.role.as_ref()).map(ToString::to_string),
            unmet: shut.map(ToString::to_string),
        }
    }
}
