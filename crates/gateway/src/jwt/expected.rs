//! What the claims of a token must say to be of any worth here.

use std::collections::BTreeMap;

use audit::JwtFault;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{ClaimPath, Claims};

/// What one issuer's tokens must say.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Their issuer, to the letter.
    pub issuer: String,
    /// Whom they are meant for: one of these must be among whom they name.
    pub audiences: Vec<String>,
    /// Claims that must be there, each with one of these values, or hold one of them where it is a list.
    pub required: BTreeMap<ClaimPath, Vec<Value>>,
    /// How far the issuer's clock and ours may be apart.
    pub skew: SignedDuration,
    /// The longest that a token may be good for.
    pub longest: SignedDuration,
}

impl Expected {
    /// Whether claims say what they must; if not, the first thing that is wrong.
    pub fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), JwtFault> {
        if claims.text("iss")? != Some(&self.issuer) {
            return Err(JwtFault::UnknownIssuer);
        }
        let audiences = claims.audiences()?;
        if !self.audiences.iter().any(|ours| audiences.contains(&ours.as_str())) {
            return Err(JwtFault::Audience);
        }
        Term::of(claims)?.check(self, now)?;
        let holds = |(path, values): (&ClaimPath, &Vec<Value>)| says(claims.get(path), values);
        if self.required.iter().all(holds) { Ok(()) } else { Err(JwtFault::ClaimRefused) }
    }
}

/// Whether a claim is one of the values, or a list with one of them in it.
fn says(claim: Option<&Value>, values: &[Value]) -> bool {
    match claim {
        None => false,
        Some(Value::Array(items)) => items.iter().any(|item| values.contains(item)),
        Some(claim) => values.contains(claim),
    }
}

/// When a token is good.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    issued: Option<Timestamp>,
    begins: Option<Timestamp>,
    ends: Timestamp,
}

impl Term {
    /// Reads it from the claims: the end must be there.
    pub fn of(claims: &Claims) -> Result<Self, JwtFault> {
        Ok(Self {
            issued: claims.time("iat")?,
            begins: claims.time("nbf")?,
            ends: claims.time("exp")?.ok_or(JwtFault::ExpiryMissing)?,
        })
    }

    /// Whether it is now.
    pub fn check(&self, expected: &Expected, now: Timestamp) -> Result<(), JwtFault> {
        let skew = expected.skew;
        let (earliest, latest) = (shifted(now, -skew), shifted(now, skew));
        if self.ends <= earliest {
            return Err(JwtFault::Expired);
        }
        if self.begins.is_some_and(|begins| begins > latest) {
            return Err(JwtFault::NotYetValid);
        }
        if self.issued.is_some_and(|issued| issued > latest) {
            return Err(JwtFault::IssuedInFuture);
        }
        // One that does not say when it was issued was issued no later than now.
        let since = self.issued.unwrap_or(now);
        if self.ends.duration_since(since) > expected.longest {
            return Err(JwtFault::LivesTooLong);
        }
        Ok(())
    }
}

/// An instant moved by a little; the last one there is, at the end of time.
fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    at.checked_add(by).unwrap_or(end)
}
