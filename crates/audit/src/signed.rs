//! What the gateway says of its trail under its signature: how far each chain goes, and what was
//! dropped because of its age.
//!
//! A chain proves that nothing in it was changed; only what is kept elsewhere, or signed with a key
//! that whoever can write to the database does not have, proves where it ends or ought to begin.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Head;
use crate::chain::Hex;

/// What a statement is about; the word is part of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The chains go at least so far.
    Checkpoint,
    /// The chains were dropped up to here.
    Dropped,
}

/// Heads of chains at an instant, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// What is said of the heads.
    pub about: About,
    /// When it was said.
    pub at: Timestamp,
    /// The heads.
    pub heads: Vec<Head>,
    /// The key that checks the signature, as 64 hexadecimal digits.
    pub public_key: String,
    /// The signature (Ed25519), as 128 hexadecimal digits.
    pub signature: String,
}

impl Signed {
    /// Signs.
    #[must_use]
    pub fn new(about: About, at: Timestamp, heads: Vec<Head>, key: &SigningKey) -> Self {
        let signature = key.sign(message(about, at, &heads).as_bytes());
        Self {
            about,
            at,
            heads,
            public_key: hex(key.verifying_key().as_bytes()),
            signature: hex(&signature.to_bytes()),
        }
    }

    /// Whether the key of this text signed it. The statement's own word for its key counts for nothing.
    #[must_use]
    pub fn is_signed_by(&self, public_key: &str) -> bool {
        let (Some(key), Some(signature)) = (bytes(public_key), bytes(&self.signature)) else {
            return false;
        };
        let Ok(key) = VerifyingKey::from_bytes(&key) else { return false };
        let message = message(self.about, self.at, &self.heads);
        key.verify_strict(message.as_bytes(), &Signature::from_bytes(&signature)).is_ok()
    }
}

/// What is signed: a line for what it is, one for the instant, and one for each head.
fn message(about: About, at: Timestamp, heads: &[Head]) -> String {
    let about = match about {
        About::Checkpoint => "checkpoint",
        About::Dropped => "dropped",
    };
    let lines = heads.iter().map(|head| format!("{} {} {}\n", head.chain, head.rows, head.hash));
    format!("kustodian {about} 1\n{at}\n{}", lines.collect::<Vec<_>>().concat())
}

fn hex(bytes: &[u8]) -> String {
    Hex(bytes).to_string()
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let digits = digits.as_bytes();
    if digits.len() != N * 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hash, RecordId};

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn signed() -> Signed {
        let chain = RecordId::from_bytes([3; 16]);
        let heads = vec![Head { chain, rows: 7, hash: Hash::from_bytes([9; 32]) }];
        Signed::new(About::Checkpoint, Timestamp::UNIX_EPOCH, heads, &key(1))
    }

    #[test]
    fn a_statement_is_signed_by_its_key_and_by_no_other() {
        let public = |byte| hex(key(byte).verifying_key().as_bytes());
        assert!(signed().is_signed_by(&public(1)));
        assert!(!signed().is_signed_by(&public(2)));
        for nonsense in ["", "00", &"0".repeat(64), &"g".repeat(64)] {
            assert!(!signed().is_signed_by(nonsense), "{nonsense}");
        }
    }

    /// As docs/audit-record.md describes it, so that anybody can check a statement.
    #[test]
    fn what_is_signed_is_what_the_documentation_describes() {
        let statement = Signed { about: About::Dropped, ..signed() };
        let dropped = Signed::new(statement.about, statement.at, statement.heads, &key(1));
        let lines = format!(
            "kustodian dropped 1\n1970-01-01T00:00:00Z\n\
             03030303-0303-0303-0303-030303030303 7 {}\n",
            "09".repeat(32)
        );
        let signature = key(1).sign(lines.as_bytes());
        assert_eq!(dropped.signature, hex(&signature.to_bytes()));
    }

    #[test]
    fn no_word_of_a_statement_can_be_changed() {
        let original = signed();
        let public = original.public_key.clone();
        let head = original.heads[0];
        let at = Timestamp::from_second(1).unwrap();
        let fewer = vec![Head { rows: 6, ..head }];
        let other = vec![Head { hash: Hash::NONE, ..head }];
        for changed in [
            Signed { about: About::Dropped, ..original.clone() },
            Signed { at, ..original.clone() },
            Signed { heads: Vec::new(), ..original.clone() },
            Signed { heads: fewer, ..original.clone() },
            Signed { heads: other, ..original.clone() },
            Signed { signature: "0".repeat(128), ..original.clone() },
        ] {
            assert!(!changed.is_signed_by(&public), "{changed:?}");
        }
        assert!(original.is_signed_by(&public));
    }

    #[test]
    fn a_statement_comes_back_from_its_json() {
        let json = serde_json::to_string(&signed()).unwrap();
        assert_eq!(serde_json::from_str::<Signed>(&json).unwrap(), signed());
    }
}
