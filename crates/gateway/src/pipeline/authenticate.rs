//! Who asks: from the `Authorization` header to the agent and its policy.

mod minted;
mod opaque;
mod signed;

use std::sync::Arc;

use audit::Unproven;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use policy::{Agent, Narrowing, Policy, PolicySet};
use serde_json::Value;

use crate::arrival::{Arrival, Caller};
use crate::edge::tls::ClientCertificate;
use crate::gateway::Gateway;
use crate::jwt::Jwt;
use crate::refusal::{Malformed, Refusal};
use crate::tokens::Found;

use opaque::Opaque;

/// An agent that proved who it is, with its policy.
#[derive(Debug, Clone)]
pub struct Proven {
    /// What the record says of it.
    pub caller: Arc<Caller>,
    /// What it may do.
    pub policy: Arc<Policy>,
}

/// Finds the agent who the request's credential says it is: an opaque token of this gateway, one that it
/// minted, or a signed one of an issuer that the settings trust.
///
/// Each of the three says how far the time it takes may tell something. Behind them, whatever was presented
/// goes the same way again.
pub async fn authenticate(
    gateway: &Gateway,
    policies: &PolicySet,
    headers: &HeaderMap,
    arrival: &Arrival,
) -> Result<Proven, Refusal> {
    if headers.get_all(AUTHORIZATION).iter().any(|header| holds_key(gateway, header)) {
        return Err(unproven(Unproven::RealKey));
    }
    let header = only_authorization(headers)?;
    if !gateway.tokens.are_current() {
        return Err(Refusal::RecordUnavailable);
    }
    let claim = match bearer_of(header) {
        Some(token) if Jwt::is_one(token) => match minted::claim(gateway, token, arrival) {
            Some(claim) => claim,
            None => signed::claim(&gateway.issuers, token, arrival.at).await,
        },
        bearer => Opaque::of(header, bearer).claim(&gateway.tokens, arrival),
    };
    let used = claim.used.clone();
    let proven = prove(claim, policies, arrival)?;
    if let Some(used) = used {
        gateway.tokens.take_down_use(&used, arrival.at, arrival.address);
    }
    Ok(proven)
}

/// Whom a credential speaks for, and whether it proves that.
struct Claim {
    /// The agent's id.
    agent: String,
    /// What records call the token.
    token: String,
    /// The opaque token that it is, of which its last use is known.
    used: Option<Found>,
    /// What records keep of the token beside its name.
    detail: Option<Value>,
    /// What the token is narrowed to.
    narrowing: Option<Arc<Narrowing>>,
    verdict: Verdict,
}

impl Claim {
    /// A credential that proves so little that it names nobody.
    fn nobodys(why: Unproven) -> Self {
        Self {
            agent: String::new(),
            token: String::new(),
            used: None,
            detail: None,
            narrowing: None,
            verdict: Verdict::Nobodys(why),
        }
    }
}

/// Whether a credential is good.
enum Verdict {
    Good,
    /// It is not, but it is known whose it is.
    Bad(Unproven),
    /// It is not, and it is known of nobody.
    Nobodys(Unproven),
}

/// Gives the agent of a claim its policy, if the claim is good and the policy does not ask for more.
fn prove(claim: Claim, policies: &PolicySet, arrival: &Arrival) -> Result<Proven, Refusal> {
    let policy = policies.policy(claim.agent.as_str());
    let caller = caller_of(claim.agent, claim.token, claim.detail, policy);
    match (claim.verdict, policy) {
        (Verdict::Good, Some(policy)) => {
            match unbound(policy.agent(), arrival.certificate.as_deref()) {
                None => Ok(Proven { caller, policy: narrowed(policy, claim.narrowing) }),
                Some(why) => Err(Refusal::Unauthenticated { why, caller }),
            }
        }
        (Verdict::Good, None) => Err(Refusal::Unauthenticated { why: Unproven::NoPolicy, caller }),
        (Verdict::Bad(why), _) => Err(Refusal::Unauthenticated { why, caller }),
        (Verdict::Nobodys(why), _) => Err(unproven(why)),
    }
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

/// What stands after `Bearer` and one space.
fn bearer_of(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
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

/// The policy as far as a token reaches.
fn narrowed(policy: &Arc<Policy>, narrowing: Option<Arc<Narrowing>>) -> Arc<Policy> {
    match narrowing {
        None => Arc::clone(policy),
        Some(narrowing) => Arc::new(policy.narrowed(narrowing)),
    }
}

fn caller_of(
    agent: String,
    token: String,
    detail: Option<Value>,
    policy: Option<&Arc<Policy>>,
) -> Arc<Caller> {
    Arc::new(Caller {
        name: Some(policy.map_or(agent.as_str(), |policy| policy.agent().name()).to_owned()),
        agent: Some(agent),
        token: Some(token),
        detail,
        file: policy.map(|policy| policy.file().to_owned()),
    })
}

fn unproven(why: Unproven) -> Refusal {
    Refusal::Unauthenticated { why, caller: Arc::default() }
}
