//! The issuers of signed tokens that the settings trust, and what their tokens prove.

use audit::JwtFault;
use jiff::Timestamp;

use crate::jwt::Jwt;

/// All issuers that are trusted.
#[derive(Debug, Default)]
pub struct Issuers {}

/// What a token shows whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The agent's id.
    pub agent: String,
    /// What records call the token.
    pub token: String,
    /// What is wrong with it all the same.
    pub fault: Option<JwtFault>,
}

impl Issuers {
    /// What a token proves: whom it is of, and whether it is good. Where its signature proves nothing,
    /// nothing it says is handed on.
    #[expect(clippy::unused_async, reason = "it will wait for an issuer's new keys")]
    pub async fn prove(&self, token: &str, _now: Timestamp) -> Result<Shown, JwtFault> {
        Jwt::read(token)?;
        Err(JwtFault::UnknownIssuer)
    }
}
