//! Who asks: from the `Authorization` header to the agent and its policy.

use std::sync::Arc;

use audit::Unproven;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use policy::{Policy, PolicySet};
use store::TokenRow;

use crate::arrival::Caller;
use crate::gateway::Gateway;
use crate::refusal::{Malformed, Refusal};
use crate::token::Token;

/// An agent that proved who it is, with its policy.
#[derive(Debug, Clone)]
pub struct Proven {
    /// What the record says of it.
    pub caller: Arc<Caller>,
    /// What it may do.
    pub policy: Arc<Policy>,
}

/// Finds the agent whose token came with the request.
pub fn authenticate(
    gateway: &Gateway,
    policies: &PolicySet,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Proven, Refusal> {
    if headers.get_all(AUTHORIZATION).iter().any(|header| holds_key(gateway, header)) {
        return Err(unproven(Unproven::RealKey));
    }
    let header = only_authorization(headers)?;
    let token = presented(header).ok_or_else(|| unproven(Unproven::Malformed))?;
    if !gateway.tokens.are_current() {
        return Err(Refusal::RecordUnavailable);
    }
    let row = gateway.tokens.find(&token.fingerprint());
    let row = row.ok_or_else(|| unproven(Unproven::Unknown))?;
    let caller = caller_of(&row, policies);
    if let Some(why) = lapsed(&row, now) {
        return Err(Refusal::Unauthenticated { why, caller });
    }
    match policies.policy(row.agent.as_str()) {
        Some(policy) => Ok(Proven { caller, policy: Arc::clone(policy) }),
        None => Err(Refusal::Unauthenticated { why: Unproven::NoPolicy, caller }),
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

/// The token that stands after `Bearer` and one space.
fn presented(header: &HeaderValue) -> Option<Token> {
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

fn caller_of(row: &TokenRow, policies: &PolicySet) -> Arc<Caller> {
    let policy = policies.policy(row.agent.as_str());
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
