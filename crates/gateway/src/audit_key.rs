//! The audit key: one secret, and a key made from it for each thing in the trail that needs one.
//!
//! It is no credential of anybody's. Whoever has it can tell which person a hashed identifier in a
//! record stands for, by trying, and can sign what says how far the trail goes. It is kept in a file
//! of its own, for as long as the records are.

mod file;

use ed25519_dalek::SigningKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;

use crate::token::NoRandomness;
pub use file::AuditKeyFailure;

/// Bytes of the secret, and of each key made from it.
const LENGTH: usize = 32;

/// The secret. It cannot print itself, and leaves this type only as keys for one purpose each.
#[derive(Debug)]
pub struct AuditKey(SecretBox<[u8; LENGTH]>);

impl AuditKey {
    /// Makes a secret from the system's random bytes. It is kept nowhere: see [`AuditKey::create`].
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut bytes = [0; LENGTH];
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes)
            .map_err(|_| NoRandomness)?;
        Ok(Self::from_bytes(bytes))
    }

    fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The key by which identifiers are hashed.
    #[must_use]
    pub fn identifiers(&self) -> IdentifierKey {
        IdentifierKey(self.derived("kustodian identifiers v1"))
    }

    /// What the trail's own statements are signed with.
    #[must_use]
    pub fn signing_seed(&self) -> SigningSeed {
        SigningSeed(self.derived("kustodian checkpoint v1"))
    }

    /// What minted tokens are signed with.
    #[must_use]
    pub fn minting_seed(&self) -> SigningSeed {
        SigningSeed(self.derived("kustodian mint v1"))
    }

    /// The name of what shares this key: 16 hexadecimal digits. It is no secret.
    #[must_use]
    pub fn installation(&self) -> String {
        let name = self.derived("kustodian installation v1");
        hex(name.expose_secret().first_chunk::<8>().unwrap_or(&[0; 8]))
    }

    /// A key for one purpose. From one such key neither the secret nor another can be found.
    fn derived(&self, purpose: &str) -> SecretBox<[u8; LENGTH]> {
        SecretBox::new(Box::new(hmac(self.0.expose_secret(), purpose.as_bytes())))
    }
}

/// The key by which identifiers are hashed. It cannot print itself.
#[derive(Debug)]
pub struct IdentifierKey(SecretBox<[u8; LENGTH]>);

impl IdentifierKey {
    /// The HMAC-SHA-256 of a value.
    #[must_use]
    pub fn hash(&self, value: &str) -> [u8; LENGTH] {
        hmac(self.0.expose_secret(), value.as_bytes())
    }
}

/// What the key of a signature (Ed25519) is made from. It cannot print itself.
#[derive(Debug)]
pub struct SigningSeed(SecretBox<[u8; LENGTH]>);

impl SigningSeed {
    /// The key to sign with.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(self.0.expose_secret())
    }

    /// The key that checks signatures, as 64 hexadecimal digits. It is no secret.
    #[must_use]
    pub fn public_key(&self) -> String {
        hex(self.signing_key().verifying_key().as_bytes())
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hmac(key: &[u8], message: &[u8]) -> [u8; LENGTH] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, Verifier as _};

    use super::*;

    /// The key whose bytes are all this one.
    fn key(byte: u8) -> AuditKey {
        AuditKey::from_bytes([byte; LENGTH])
    }

    #[test]
    fn debug_output_holds_nothing_of_the_key_or_of_those_made_from_it() {
        let key = key(7);
        let shown = format!("{key:?} {:?} {:?}", key.identifiers(), key.signing_seed());
        assert!(!shown.contains('7') && !shown.contains("07"), "{shown}");
        assert!(shown.contains("REDACTED"), "{shown}");
    }

    #[test]
    fn a_key_for_one_purpose_is_none_for_another() {
        let key = key(7);
        let (one, other) = (key.identifiers(), key.signing_seed());
        assert_ne!(one.0.expose_secret(), other.0.expose_secret());
        assert_ne!(one.0.expose_secret(), key.0.expose_secret());
        assert_ne!(key.minting_seed().public_key(), other.public_key());
    }

    #[test]
    fn the_keys_made_from_a_secret_are_the_same_in_every_release() {
        // Worked out once with Python's hmac and Ed25519 of its library `cryptography`.
        let key = key(7);
        assert_eq!(
            hex(&key.identifiers().hash("ada@example.com")),
            "0e653323e79e2f501c4e0c1e27047aa4c6b2c1354f755740065deb72fb125c18"
        );
        assert_eq!(
            key.signing_seed().public_key(),
            "09c14f1cc1f0db5898d3ae89cf1f1ac6e0f489a2d59bc4a78ee6562f5e727f49"
        );
    }

    #[test]
    fn a_signature_is_checked_by_the_public_key_and_by_no_other() {
        let signing = key(7).signing_seed().signing_key();
        let signature = signing.sign(b"so far");
        assert!(signing.verifying_key().verify(b"so far", &signature).is_ok());
        let other = key(8).signing_seed().signing_key();
        assert!(other.verifying_key().verify(b"so far", &signature).is_err());
    }

    #[test]
    fn two_keys_that_were_made_are_not_the_same() {
        let made = || AuditKey::generate().unwrap().signing_seed().public_key();
        assert_ne!(made(), made());
    }
}
