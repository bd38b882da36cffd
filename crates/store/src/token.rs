//! The tokens of agents, as a store keeps them: never the token, only its fingerprint.

use std::fmt;
use std::hash::{Hash, Hasher};

use async_trait::async_trait;
use audit::StoreFailure;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;

use crate::Addresses;

/// The public name of a token, such as `tok_8f3k2q9d1x7`. It says nothing about the token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(String);

impl TokenId {
    /// Wraps an id that was made elsewhere.
    #[must_use]
    pub fn new(id: String) -> Self {
        Self(id)
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The SHA-256 of a token.
///
/// Two of them are compared in constant time. `Debug` shows the beginning only: enough to tell two
/// apart in a log.
#[derive(Clone, Copy)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Wraps a SHA-256 that was computed elsewhere.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The SHA-256.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Fingerprint {}

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(")?;
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("...)")
    }
}

/// One issued token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its public name.
    pub id: TokenId,
    /// The id of the agent it stands for.
    pub agent: String,
    /// What a presented token is compared with.
    pub fingerprint: Fingerprint,
    /// Whatever whoever issued it wanted to remember.
    pub note: Option<String>,
    /// When it was issued (microseconds are kept, here and below).
    pub issued_at: Timestamp,
    /// When it ends; none for one that does not expire.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// Where it may come from.
    pub addresses: Addresses,
    /// The token that took its place, if it was rotated.
    pub replaced_by: Option<TokenId>,
}

/// When a token was last used, to the minute, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUse {
    /// The token.
    pub token: TokenId,
    /// When.
    pub at: Timestamp,
    /// The address of whoever used it.
    pub address: String,
}

/// A token that a gateway signed, and that somebody revoked. It is kept until it would have ended anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedMint {
    /// The id in the token.
    pub id: TokenId,
    /// The id of the agent it stood for.
    pub agent: String,
    /// When it was revoked.
    pub revoked_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl RevokedMint {
    /// Others that ended before this instant need not be known any more: a day ago, because the clocks of
    /// gateways differ.
    pub(crate) fn forgotten(&self) -> Timestamp {
        self.revoked_at.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN)
    }
}

/// The list of issued tokens. Implemented once per database.
#[async_trait]
pub trait AgentDirectory: fmt::Debug + Send + Sync {
    /// Adds a token. An id or fingerprint that is there already is a failure.
    async fn issue(&self, token: &TokenRow) -> Result<(), StoreFailure>;

    /// All tokens, revoked and expired ones too, oldest first.
    async fn tokens(&self) -> Result<Vec<TokenRow>, StoreFailure>;

    /// Revokes the token with this id and returns it; none where there is no such token. One that was
    /// revoked before keeps its first time.
    async fn revoke(&self, id: &str, at: Timestamp) -> Result<Option<TokenRow>, StoreFailure>;

    /// Gives a token another note, or none, and returns it; none where there is no such token.
    async fn annotate(
        &self,
        id: &str,
        note: Option<&str>,
    ) -> Result<Option<TokenRow>, StoreFailure>;

    /// Has a token end at this instant, unless it ends before, because another takes its place. False,
    /// and nothing is changed, where there is no such token, where it was revoked or rotated before, or
    /// where it has ended at `now`.
    async fn retire(
        &self,
        id: &str,
        successor: &TokenId,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreFailure>;

    /// Takes down when tokens were used, all at once. One that was used later keeps that. The generation
    /// does not change by it.
    async fn note_uses(&self, uses: &[TokenUse]) -> Result<(), StoreFailure>;

    /// When each token was last used, as far as anybody took it down, by token.
    async fn uses(&self) -> Result<Vec<TokenUse>, StoreFailure>;

    /// Revokes a token that a gateway signed, and forgets those that ended a day before. One that was
    /// revoked before stays as it is.
    async fn revoke_minted(&self, revoked: &RevokedMint) -> Result<(), StoreFailure>;

    /// Those that were revoked and may not have ended yet, by id.
    async fn revoked_minted(&self) -> Result<Vec<RevokedMint>, StoreFailure>;

    /// A number that changes whenever any token does, in this process or another. Cheap to ask for.
    async fn generation(&self) -> Result<i64, StoreFailure>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_shows_only_its_beginning() {
        let shown = format!("{:?}", Fingerprint::from_bytes([0xab; 32]));
        assert_eq!(shown, "Fingerprint(abababab...)");
    }

    #[test]
    fn fingerprints_that_differ_in_one_bit_are_different() {
        let mut bytes = [7; 32];
        let one = Fingerprint::from_bytes(bytes);
        bytes[31] ^= 1;
        assert_ne!(one, Fingerprint::from_bytes(bytes));
        assert_eq!(one, Fingerprint::from_bytes([7; 32]));
    }
}
