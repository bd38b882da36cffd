//! `[[issuers]]`: whose signed tokens agents may show, and what must stand in them.

mod mistakes;
mod texts;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::jwt::Algorithm;
pub use mistakes::{Mistake, mistakes};
pub use texts::Texts;

/// One `[[issuers]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssuerSettings {
    /// What records and messages call it.
    pub name: String,
    /// What its tokens say in `iss`, to the letter.
    pub issuer: String,
    /// What its tokens must say in `aud`: one of these.
    pub audience: Texts,
    /// Where it publishes its keys.
    pub jwks_url: Option<String>,
    /// A file with its keys.
    pub jwks_file: Option<PathBuf>,
    /// A file with the secret that is shared with it.
    pub secret_file: Option<PathBuf>,
    /// The only authorities, as PEM, to trust when its keys are fetched.
    pub ca_file: Option<PathBuf>,
    /// A file with what to show, as a bearer token, when its keys are fetched.
    pub bearer_file: Option<PathBuf>,
    /// How its tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// The claim that names the agent: its name, or the names that lead to it.
    pub agent_claim: Texts,
    /// The agent for each value of that claim. Without it, the value is the agent's id.
    pub agents: Option<BTreeMap<String, String>>,
    /// Claims that must be there, nested as they are in the token.
    pub required_claims: Map<String, Value>,
    /// How far its clock and ours may be apart.
    pub clock_skew_seconds: u32,
    /// The longest that its tokens may be good for.
    pub longest_lifetime_seconds: NonZeroU32,
    /// For how long its keys are trusted when they cannot be fetched again.
    pub trust_keys_hours: NonZeroU32,
}

impl Default for IssuerSettings {
    fn default() -> Self {
        const DAY: NonZeroU32 = NonZeroU32::new(86_400).unwrap();
        const HOURS: NonZeroU32 = NonZeroU32::new(24).unwrap();
        Self {
            name: String::new(),
            issuer: String::new(),
            audience: Texts::default(),
            jwks_url: None,
            jwks_file: None,
            secret_file: None,
            ca_file: None,
            bearer_file: None,
            algorithms: Vec::new(),
            agent_claim: Texts::default(),
            agents: None,
            required_claims: Map::new(),
            clock_skew_seconds: 30,
            longest_lifetime_seconds: DAY,
            trust_keys_hours: HOURS,
        }
    }
}

impl IssuerSettings {
    /// How far its clock and ours may be apart.
    #[must_use]
    pub fn skew(&self) -> SignedDuration {
        SignedDuration::from_secs(self.clock_skew_seconds.into())
    }

    /// The longest that its tokens may be good for.
    #[must_use]
    pub fn longest(&self) -> SignedDuration {
        SignedDuration::from_secs(self.longest_lifetime_seconds.get().into())
    }

    /// For how long its keys are trusted when they cannot be fetched again.
    #[must_use]
    pub fn trust(&self) -> SignedDuration {
        SignedDuration::from_hours(self.trust_keys_hours.get().into())
    }
}
