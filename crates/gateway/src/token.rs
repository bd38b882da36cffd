//! An agent's token: its shape, how one is made, and its fingerprint.
//!
//! `kst_`, 43 characters that are 32 random bytes in base 62, and 6 that are a CRC-32 of what comes
//! before, in base 62 too. The prefix and checksum let secret scanners recognise a token without
//! asking anybody, and let the gateway refuse a mistyped one without a look-up. Only the SHA-256
//! fingerprint of a token is ever kept.

use std::fmt;

use rand::TryRng as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use store::{Fingerprint, TokenId};
use subtle::ConstantTimeEq as _;

use crate::jwt;

const PREFIX: &str = "kst_";
const SECRET_BYTES: usize = 32;
/// Characters of base 62 that 32 bytes need: ceil(256 / log2 62).
const SECRET_LENGTH: usize = 43;
/// Characters of base 62 that 32 bits need.
const CHECKSUM_LENGTH: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token as an agent holds it. It cannot print itself; see [`Token::reveal`].
pub struct Token(SecretString);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(kst_...)")
    }
}

impl Token {
    /// Makes a token from the system's random bytes.
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut secret = [0; SECRET_BYTES];
        rand::rngs::SysRng.try_fill_bytes(&mut secret).map_err(|_| NoRandomness)?;
        Ok(Self::from_bytes(&secret))
    }

    fn from_bytes(secret: &[u8; SECRET_BYTES]) -> Self {
        let mut text = String::from(PREFIX);
        text.push_str(&base62(secret, SECRET_LENGTH));
        let checksum = crc32fast::hash(text.as_bytes()).to_be_bytes();
        text.push_str(&base62(&checksum, CHECKSUM_LENGTH));
        Self(SecretString::from(text))
    }

    /// Reads a token that was presented; none unless it has the shape and the checksum of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != PREFIX.len() + SECRET_LENGTH + CHECKSUM_LENGTH {
            return None;
        }
        let digits = text.strip_prefix(PREFIX)?;
        if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let (body, checksum) = text.split_at(PREFIX.len() + SECRET_LENGTH);
        let expected = base62(&crc32fast::hash(body.as_bytes()).to_be_bytes(), CHECKSUM_LENGTH);
        // It guards against mistyping and is no secret; compared like one, it raises no question.
        let same: bool = checksum.as_bytes().ct_eq(expected.as_bytes()).into();
        same.then(|| Self(SecretString::from(text)))
    }

    /// What the store keeps of it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(self.0.expose_secret().as_bytes())
    }

    /// The token itself, to be shown once to whoever asked for it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The fingerprint of whatever came in the place of a token.
#[must_use]
pub fn fingerprint(presented: &[u8]) -> Fingerprint {
    Fingerprint::from_bytes(Sha256::digest(presented).into())
}

/// Whether something of a token's shape stands in a text, of an opaque one or of a signed one.
#[must_use]
pub fn is_in(text: &str) -> bool {
    shapes(text).next().is_some() || jwt::shapes(text).next().is_some()
}

/// A text with everything of a token's shape blanked.
#[must_use]
pub fn blanked(text: &str) -> String {
    let text = jwt::shapes(text).fold(text.to_owned(), |text, it| text.replace(it, "eyJ..."));
    shapes(&text).fold(text.clone(), |text, shape| text.replace(shape, "kst_..."))
}

/// Everything in a text that begins as a token does and is as long as its secret part, whatever the
/// checksum: a mistyped token is nearly one.
fn shapes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(PREFIX).filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        let digits = rest.bytes().skip(PREFIX.len()).take_while(u8::is_ascii_alphanumeric).count();
        (digits >= SECRET_LENGTH).then(|| rest.get(..PREFIX.len() + digits)).flatten()
    })
}

/// A new public name for a token, such as `tok_8f3k2q9d1x7a`.
pub fn new_token_id() -> Result<TokenId, NoRandomness> {
    new_id("tok_")
}

/// A new public name for a minted token, such as `mint_8f3k2q9d1x7a`.
pub fn new_mint_id() -> Result<TokenId, NoRandomness> {
    new_id(crate::mint::ID_PREFIX)
}

fn new_id(prefix: &str) -> Result<TokenId, NoRandomness> {
    let mut bytes = [0; 8];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(TokenId::new(format!("{prefix}{}", base62(&bytes, 11))))
}

/// Big-endian bytes as exactly `length` digits of base 62, most significant first.
fn base62(bytes: &[u8], length: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = Vec::with_capacity(length);
    for _ in 0..length {
        let mut remainder = 0_u32;
        for byte in &mut number {
            let value = remainder * 256 + u32::from(*byte);
            // Below 256, because the remainder is below 62.
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            remainder = value % 62;
        }
        digits.push(DIGITS.get(remainder as usize).copied().unwrap_or(b'0'));
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_was_made_is_recognised() {
        let token = Token::generate().unwrap();
        assert_eq!(token.reveal().len(), 53);
        let read = Token::parse(token.reveal()).expect("a token");
        assert_eq!(read.fingerprint(), token.fingerprint());
    }

    #[test]
    fn a_token_with_one_character_changed_is_not_recognised() {
        let token = Token::from_bytes(&[7; SECRET_BYTES]);
        for place in 0..token.reveal().len() {
            let mut text = token.reveal().as_bytes().to_vec();
            text[place] = if text[place] == b'x' { b'y' } else { b'x' };
            let text = String::from_utf8(text).unwrap();
            assert!(Token::parse(&text).is_none(), "{place}");
        }
    }

    #[test]
    fn the_largest_secret_fits_its_digits() {
        let token = Token::from_bytes(&[255; SECRET_BYTES]);
        assert!(Token::parse(token.reveal()).is_some());
        assert_ne!(token.fingerprint(), Token::from_bytes(&[254; SECRET_BYTES]).fingerprint());
    }

    #[test]
    fn debug_output_holds_nothing_of_the_token() {
        let token = Token::from_bytes(&[7; SECRET_BYTES]);
        assert_eq!(format!("{token:?}"), "Token(kst_...)");
    }

    #[test]
    fn a_token_is_found_and_blanked_wherever_it_stands() {
        let token = Token::from_bytes(&[7; SECRET_BYTES]);
        let text = format!("/v1/customers/email={}?x={}", token.reveal(), token.reveal());
        assert!(is_in(&text));
        assert_eq!(blanked(&text), "/v1/customers/email=kst_...?x=kst_...");
        assert!(!is_in("/v1/klasses/kst_order"));
        let signed = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJib3QifQ.c2lnbmF0dXJl-_";
        let text = format!("/v1/customers/email={signed}/{}?x={signed}&y=1", token.reveal());
        assert!(is_in(&format!("/{signed}")));
        assert_eq!(blanked(&text), "/v1/customers/email=eyJ.../kst_...?x=eyJ...&y=1");
        assert!(!is_in("/v1/klasses/eyJhbGci.eyJ.x"));
    }

    #[test]
    fn other_texts_are_no_tokens() {
        for text in ["", "kst_", "kst_short", "bearer", &"k".repeat(53), "kst_é"] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
