//! A key that signatures are checked with, and for which algorithms.

use std::fmt;

use audit::JwtFault;
use jsonwebtoken::DecodingKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::{Algorithm, decode};

/// Bits of the smallest RSA key.
const SMALLEST_RSA: usize = 2048;

/// Bits of the largest RSA key that the library checks with.
const LARGEST_RSA: usize = 8192;

/// The smallest public exponent of RSA (FIPS 186-5).
const SMALLEST_EXPONENT: u64 = 65_537;

/// Bytes of the shortest secret: as many as the hash has (RFC 7518, 3.2).
const SHORTEST_SECRET: usize = 32;

/// Members of a JWK that only its owner should have.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// A key, bound to what it may be used for: a key for one kind of signature checks no other.
#[derive(Clone)]
pub struct Key {
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

impl Key {
    /// A public key as issuers publish it (RFC 7517), for those of the allowed algorithms that fit it.
    pub fn of_jwk(jwk: &Map<String, Value>, allowed: &[Algorithm]) -> Result<Self, KeyFault> {
        if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
            return Err(KeyFault::Private);
        }
        check_purpose(jwk)?;
        let (fits, key) = match text(jwk, "kty")? {
            "RSA" => (RSA.as_slice(), rsa(jwk)?),
            "EC" => elliptic(jwk)?,
            "OKP" => (&[Algorithm::EdDsa][..], edwards(jwk)?),
            _ => return Err(KeyFault::Kind),
        };
        let named = match jwk.get("alg") {
            None => None,
            Some(alg) => Some(alg.as_str().ok_or(KeyFault::Malformed)?),
        };
        let usable = |it: &Algorithm| fits.contains(it) && named.is_none_or(|alg| alg == it.name());
        let algorithms: Vec<_> = allowed.iter().copied().filter(usable).collect();
        if algorithms.is_empty() { Err(KeyFault::Algorithm) } else { Ok(Self { algorithms, key }) }
    }

    /// A secret that is shared with the issuer.
    pub fn of_secret(secret: &SecretString) -> Result<Self, KeyFault> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST_SECRET {
            return Err(KeyFault::Weak);
        }
        Ok(Self { algorithms: vec![Algorithm::Hs256], key: DecodingKey::from_secret(secret) })
    }

    /// The public half of an Ed25519 key.
    #[must_use]
    pub fn of_ed25519(public: &[u8; 32]) -> Self {
        Self { algorithms: vec![Algorithm::EdDsa], key: DecodingKey::from_ed_der(public) }
    }

    /// Checks a signature in base64url.
    pub(super) fn check(
        &self,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &str,
    ) -> Result<(), JwtFault> {
        if !self.algorithms.contains(&algorithm) {
            return Err(JwtFault::Algorithm);
        }
        let algorithm = algorithm.of_the_library();
        match jsonwebtoken::crypto::verify(signature, signed, &self.key, algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(JwtFault::Signature),
        }
    }
}

const RSA: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
];

/// A key that says what it is for must be for checking signatures.
fn check_purpose(jwk: &Map<String, Value>) -> Result<(), KeyFault> {
    if jwk.get("use").is_some_and(|purpose| purpose != "sig") {
        return Err(KeyFault::Purpose);
    }
    let Some(operations) = jwk.get("key_ops") else { return Ok(()) };
    let operations = operations.as_array().ok_or(KeyFault::Malformed)?;
    let checks = operations.iter().any(|operation| operation == "verify");
    checks.then_some(()).ok_or(KeyFault::Purpose)
}

fn rsa(jwk: &Map<String, Value>) -> Result<DecodingKey, KeyFault> {
    let (modulus, exponent) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let bits =
        modulus.len() * 8 - modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    if !(SMALLEST_RSA..=LARGEST_RSA).contains(&bits) || modulus.first() == Some(&0) {
        return Err(KeyFault::Weak);
    }
    if exponent.len() > 8 {
        return Err(KeyFault::Weak);
    }
    let value = exponent.iter().fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
    if value < SMALLEST_EXPONENT || value.is_multiple_of(2) {
        return Err(KeyFault::Weak);
    }
    Ok(DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

fn elliptic(jwk: &Map<String, Value>) -> Result<(&'static [Algorithm], DecodingKey), KeyFault> {
    let (fits, length): (&[Algorithm], _) = match text(jwk, "crv")? {
        "P-256" => (&[Algorithm::Es256], 32),
        "P-384" => (&[Algorithm::Es384], 48),
        _ => return Err(KeyFault::Kind),
    };
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != length || y.len() != length {
        return Err(KeyFault::Malformed);
    }
    // An uncompressed point; whether it is on the curve, the library checks with each signature.
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    Ok((fits, DecodingKey::from_ec_der(&point)))
}

fn edwards(jwk: &Map<String, Value>) -> Result<DecodingKey, KeyFault> {
    if text(jwk, "crv")? != "Ed25519" {
        return Err(KeyFault::Kind);
    }
    let x = bytes(jwk, "x")?;
    if x.len() == 32 { Ok(DecodingKey::from_ed_der(&x)) } else { Err(KeyFault::Malformed) }
}

fn text<'j>(jwk: &'j Map<String, Value>, name: &str) -> Result<&'j str, KeyFault> {
    jwk.get(name).and_then(Value::as_str).ok_or(KeyFault::Malformed)
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyFault> {
    decode(text(jwk, name)?).ok_or(KeyFault::Malformed)
}

/// Why a key is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// A member is missing or cannot be read.
    #[error("it cannot be read")]
    Malformed,
    /// It has no name.
    #[error("it has no `kid`, so no token can name it")]
    Nameless,
    /// Another key has the same name.
    #[error("another key has the same `kid`")]
    Duplicate,
    /// It holds its private part, which everybody can now read.
    #[error("it holds its private part, which nobody may know but the issuer")]
    Private,
    /// It is for something else than checking signatures.
    #[error("its `use` or `key_ops` are not for checking signatures")]
    Purpose,
    /// It is of a kind that is not known here.
    #[error("its `kty` or `crv` is not one of RSA, EC with P-256 or P-384, OKP with Ed25519")]
    Kind,
    /// It fits none of the algorithms that the settings allow.
    #[error("it fits none of the issuer's `algorithms`")]
    Algorithm,
    /// It is too short.
    #[error(
        "it is too weak: RSA needs 2048 to 8192 bits and an exponent of 65537 or more, a secret 32 bytes"
    )]
    Weak,
}
