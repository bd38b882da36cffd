//! Opaque tokens, those that this gateway issued: `kst_...`.
//!
//! Whatever came as one goes the same way, up to the verdict: it is hashed, looked up and compared, and
//! the policy of an agent is looked up. How long a refusal takes does not tell a token that was never
//! issued from one that was.

use audit::Unproven;
use http::HeaderValue;
use jiff::Timestamp;
use store::{Fingerprint, TokenRow};

use super::{Claim, Verdict};
use crate::arrival::Arrival;
use crate::token::{Token, fingerprint};
use crate::tokens::{Found, Tokens};

/// What came in the place of a token.
pub(super) struct Opaque {
    /// Whether it has the shape of one.
    shaped: bool,
    fingerprint: Fingerprint,
}

impl Opaque {
    /// Takes what stands after `Bearer` and one space. Where no token does, the whole is hashed all the
    /// same.
    pub(super) fn of(header: &HeaderValue, bearer: Option<&str>) -> Self {
        match bearer.and_then(Token::parse) {
            Some(token) => Self { shaped: true, fingerprint: token.fingerprint() },
            None => Self { shaped: false, fingerprint: fingerprint(header.as_bytes()) },
        }
    }

    /// Whose it is, and whether it is good.
    pub(super) fn claim(&self, tokens: &Tokens, arrival: &Arrival) -> Claim {
        let found = tokens.find(&self.fingerprint);
        let verdict = match self.fault(&found, arrival) {
            None => Verdict::Good,
            // Nothing is known of who sent what was never issued.
            Some(why) if !found.issued => Verdict::Nobodys(why),
            Some(why) => Verdict::Bad(why),
        };
        let (agent, token) = (found.row.agent.clone(), found.row.id.to_string());
        Claim { agent, token, used: Some(found), detail: None, narrowing: None, verdict }
    }

    /// What is wrong with it, if anything is. Everything is looked at before anything is said, whatever
    /// came.
    fn fault(&self, found: &Found, arrival: &Arrival) -> Option<Unproven> {
        let lapsed = lapsed(&found.row, arrival.at);
        let admitted = found.row.addresses.admit(arrival.address);
        if !self.shaped {
            return Some(Unproven::Malformed);
        }
        if !found.issued {
            return Some(Unproven::Unknown);
        }
        lapsed.or_else(|| (!admitted).then_some(Unproven::AddressOutside))
    }
}

/// Why a token that was issued is no longer good.
fn lapsed(row: &TokenRow, now: Timestamp) -> Option<Unproven> {
    if row.revoked_at.is_some() {
        return Some(Unproven::Revoked);
    }
    row.expires_at.filter(|end| *end <= now).map(|_| Unproven::Expired)
}
