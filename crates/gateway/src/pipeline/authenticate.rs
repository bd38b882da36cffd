//! Who asks: from the `Authorization` header to the agent and its policy.

use std::sync::Arc;

use audit::Unproven;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use policy::{Agent, Policy, PolicySet};
use store::{Fingerprint, TokenRow};

use crate::arrival::{Arrival, Caller};
use crate::edge::tls::ClientCertificate;
use crate::gateway::Gateway;
use crate::refusal::{Malformed, Refusal};
use crate::token::{Token, fingerprint};
use crate::tokens::Found;

/// An agent that proved who it is, with its policy.
#[derive(Debug, Clone)]
pub struct Proven {
    /// What the record says of it.
    pub caller: Arc<Caller>,
    /// What it may do.
    pub policy: Arc<Policy>,
}

/// Finds the agent whose token came with the request.
///
/// Whatever came as a token goes the same way, up to the verdict: it is hashed, looked up and compared,
/// and the policy of an agent is looked up. How long a refusal takes does not tell a token that was never
/// issued from one that was.
pub fn authenticate(
    gateway: &Gateway,
    policies: &PolicySet,
    headers: &HeaderMap,
    arrival: &Arrival,
) -> Result<Proven, Refusal> {
    if headers.get_all(AUTHORIZATION).iter().any(|header| holds_key(gateway, header)) {
        return Err(unproven(Unproven::RealKey));
    }
    let presented = Presented::of(only_authorization(headers)?);
    if !gateway.tokens.are_current() {
        return Err(Refusal::RecordUnavailable);
    }
    let found = gateway.tokens.find(&presented.fingerprint);
    let policy = policies.policy(found.row.agent.as_str());
    let caller = caller_of(&found.row, policy);
    match (fault(&presented, &found, arrival), policy) {
        (None, Some(policy)) => match unbound(policy.agent(), arrival.certificate.as_deref()) {
            None => {
                gateway.tokens.take_down_use(&found, arrival.at, arrival.address);
                Ok(Proven { caller, policy: Arc::clone(policy) })
            }
            Some(why) => Err(Refusal::Unauthenticated { why, caller }),
        },
        (None, None) => Err(Refusal::Unauthenticated { why: Unproven::NoPolicy, caller }),
        // Nothing is known of who sent what was never issued.
        (Some(why), _) if !found.issued => Err(unproven(why)),
        (Some(why), _) => Err(Refusal::Unauthenticated { why, caller }),
    }
}

/// What came in the place of a token.
struct Presented {
    /// Whether it has the shape of one.
    shaped: bool,
    fingerprint: Fingerprint,
}

impl Presented {
    /// Takes what stands after `Bearer` and one space. Where no token does, the whole is hashed all the
    /// same.
    fn of(header: &HeaderValue) -> Self {
        match token_in(header) {
            Some(token) => Self { shaped: true, fingerprint: token.fingerprint() },
            None => Self { shaped: false, fingerprint: fingerprint(header.as_bytes()) },
        }
    }
}

/// What is wrong with a token, if anything is. Everything is looked at before anything is said, whatever
/// came.
fn fault(presented: &Presented, found: &Found, arrival: &Arrival) -> Option<Unproven> {
    let lapsed = lapsed(&found.row, arrival.at);
    let admitted = found.row.addresses.admit(arrival.address);
    if !presented.shaped {
        return Some(Unproven::Malformed);
    }
    if !found.issued {
        return Some(Unproven::Unknown);
    }
    lapsed.or_else(|| (!admitted).then_some(Unproven::AddressOutside))
}

/// Whether a header holds the organisation's real key, under whatever scheme.
fn holds_key(gateway: &Gateway, header: &HeaderValue) -> bool {
    header.as_bytes().split(|byte| *byte == b',').any(|credential| {
        let credential = credential.trim_ascii().rsplit(u8::is_ascii_whitespace).next();
        credential.is_some_and(|credential| gateway.upstream.key().is(credential))
    })
}

fn only_authorization(headers: &HeaderMap) -> Result<&HeaderValue, Refusal> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let first = all.next().ok_or_else(|| unproven(Unproven::Missing))?;
    // Somebody on the way may have joined several headers to one list. No token holds a comma.
    match all.next() {
        None if !first.as_bytes().contains(&b',') => Ok(first),
        None | Some(_) => Err(Refusal::Malformed {
            why: Malformed::SeveralAuthorizations,
            caller: Arc::default(),
        }),
    }
}

/// The token that stands after `Bearer` and one space.
fn token_in(header: &HeaderValue) -> Option<Token> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Token::parse(token)).flatten()
}

/// Why a token that was issued is no longer good.
fn lapsed(row: &TokenRow, now: Timestamp) -> Option<Unproven> {
    if row.revoked_at.is_some() {
        return Some(Unproven::Revoked);
    }
    row.expires_at.filter(|end| *end <= now).map(|_| Unproven::Expired)
}

/// What is wrong with the connection of an agent that is bound to a client certificate, if anything is.
fn unbound(agent: &Agent, shown: Option<&ClientCertificate>) -> Option<Unproven> {
    let name = agent.certificate()?;
    match shown {
        None => Some(Unproven::CertificateMissing),
        Some(shown) if shown.is(name) => None,
        Some(_) => Some(Unproven::CertificateWrong),
    }
}

fn caller_of(row: &TokenRow, policy: Option<&Arc<Policy>>) -> Arc<Caller> {
    Arc::new(Caller {
        agent: Some(row.agent.clone()),
        name: Some(policy.map_or(row.agent.as_str(), |policy| policy.agent().name()).to_owned()),
        token: Some(row.id.to_string()),
        file: policy.map(|policy| policy.file().to_owned()),
    })
}

fn unproven(why: Unproven) -> Refusal {
    Refusal::Unauthenticated { why, caller: Arc::default() }
}
