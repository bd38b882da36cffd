//! Signed tokens: of issuers that the settings trust.
//!
//! How long a refusal takes may tell which step refused. That is nothing but what the token says itself,
//! and what issuers publish; a secret is compared nowhere but inside the signature's check. What depends on
//! our own files, the agents and their policies, comes after that check.

use jiff::Timestamp;

use super::{Claim, Verdict};
use crate::issuers::{Issuers, Shown};

/// Whose a signed token is, and whether it is good.
pub(super) async fn claim(issuers: &Issuers, token: &str, now: Timestamp) -> Claim {
    match issuers.prove(token, now).await {
        Ok(Shown { agent, token, fault }) => {
            let verdict = fault.map_or(Verdict::Good, |fault| Verdict::Bad(fault.into()));
            Claim { agent, token, used: None, detail: None, narrowing: None, verdict }
        }
        Err(fault) => Claim::nobodys(fault.into()),
    }
}
