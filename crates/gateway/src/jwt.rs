//! Signed tokens (JSON web tokens): reading one, checking its signature, checking its claims.
//!
//! Three steps, each of which takes what the one before it gave. [`Jwt::read`] reads a token so
//! strictly that no two readers could differ, and refuses every header that would let the token choose
//! how it is checked. [`Jwt::verify`] gives its [`Claims`], and there is no other way to them. What they
//! must say is [`Expected`]'s.
//!
//! Nothing is ever fetched or tried because a token says so: its header names one key of an issuer
//! whose keys are known, and an algorithm that must be among those allowed.

mod algorithm;
mod claims;
mod expected;
mod header;
mod json;
mod key;
mod shape;

use audit::JwtFault;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

pub use algorithm::Algorithm;
pub use claims::{ClaimPath, Claims};
pub use expected::{Expected, Term};
pub(crate) use json::read_object;
pub use key::{Key, KeyFault};
pub(crate) use shape::shapes;

use header::Header;

/// The most characters of a token. GitHub's and Kubernetes' have about 1,500; one with many claims some
/// thousands.
pub const LONGEST: usize = 12_288;

/// A token that has been read, of which nothing is proven yet.
#[derive(Debug)]
pub struct Jwt<'t> {
    /// What the signature is over.
    signed: &'t str,
    signature: &'t str,
    header: Header,
    claims: Map<String, Value>,
}

impl<'t> Jwt<'t> {
    /// Reads a token. What could be read in two ways is refused, and so is a header that asks for
    /// anything but a check with a key that is known.
    pub fn read(text: &'t str) -> Result<Self, JwtFault> {
        if text.len() > LONGEST {
            return Err(JwtFault::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwtFault::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtFault::Malformed)?;
        if claims.contains('.') {
            return Err(JwtFault::Malformed);
        }
        let header = Header::read(&object(header)?)?;
        if signature.is_empty() {
            return Err(JwtFault::Unsigned);
        }
        decode(signature).ok_or(JwtFault::Malformed)?;
        Ok(Self { signed, signature, header, claims: object(claims)? })
    }

    /// Whether a text is to be read as a signed token: no other credential has three parts.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// Who issued it, as it says. Good for nothing but to find the keys that can prove it.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    /// A claim that nobody has proven, to be shown to people and for nothing else.
    #[must_use]
    pub fn unproven(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// Which of its issuer's keys it is signed with, as it says.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.header.key_id.as_deref()
    }

    /// How it is signed, as it says.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.header.algorithm
    }

    /// Checks its signature; with it, its claims are what the issuer said.
    pub fn verify(&self, key: &Key) -> Result<Claims, JwtFault> {
        key.check(self.header.algorithm, self.signed.as_bytes(), self.signature)?;
        Ok(Claims::new(self.claims.clone()))
    }
}

/// A part of a token as the JSON object that it is.
fn object(part: &str) -> Result<Map<String, Value>, JwtFault> {
    let bytes = decode(part).ok_or(JwtFault::Malformed)?;
    read_object(&bytes).ok_or(JwtFault::Malformed)
}

/// What a text in base64url says; nothing where it is padded, or where another text says the same.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests;
