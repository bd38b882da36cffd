//! The header of a signed token: what it may say, and that it may not say how it is to be checked.

use audit::JwtFault;
use serde_json::{Map, Value};

use super::Algorithm;

/// Members by which a token would bring the key that it is to be checked with.
const KEYS: [&str; 4] = ["jwk", "jku", "x5u", "x5c"];

/// Members that change what is signed, or how it is read: extensions that must be understood, a
/// compressed or unencoded payload, a token inside the token.
const EXTENSIONS: [&str; 4] = ["crit", "zip", "b64", "cty"];

/// What `typ` may be, where it is there: a token that says nothing of its purpose, or one for access. A
/// token for another purpose (`logout+jwt`, `dpop+jwt`) is none of an agent's.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// The longest name of a key. Issuers have hashes or dates there.
const LONGEST_KEY_ID: usize = 256;

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
}

impl Header {
    /// Reads a header. What it says beside this changes nothing, as the RFC has it.
    pub(super) fn read(fields: &Map<String, Value>) -> Result<Self, JwtFault> {
        if KEYS.iter().any(|key| fields.contains_key(*key)) {
            return Err(JwtFault::KeyInHeader);
        }
        if EXTENSIONS.iter().any(|extension| fields.contains_key(*extension)) {
            return Err(JwtFault::Header);
        }
        check_type(fields.get("typ"))?;
        Ok(Self { algorithm: algorithm(fields.get("alg"))?, key_id: key_id(fields.get("kid"))? })
    }
}

fn check_type(typ: Option<&Value>) -> Result<(), JwtFault> {
    let Some(typ) = typ else { return Ok(()) };
    let typ = typ.as_str().ok_or(JwtFault::Malformed)?;
    let known = TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known));
    known.then_some(()).ok_or(JwtFault::Type)
}

fn algorithm(alg: Option<&Value>) -> Result<Algorithm, JwtFault> {
    let alg = alg.and_then(Value::as_str).ok_or(JwtFault::Malformed)?;
    if alg.trim().is_empty() || alg.trim().eq_ignore_ascii_case("none") {
        return Err(JwtFault::Unsigned);
    }
    Algorithm::named(alg).ok_or(JwtFault::Algorithm)
}

fn key_id(kid: Option<&Value>) -> Result<Option<String>, JwtFault> {
    let Some(kid) = kid else { return Ok(None) };
    let kid = kid.as_str().ok_or(JwtFault::Malformed)?;
    if kid.is_empty() || kid.len() > LONGEST_KEY_ID {
        return Err(JwtFault::Malformed);
    }
    Ok(Some(kid.to_owned()))
}
