//! The keys that an issuer has, as it listed them at one time.

use std::collections::BTreeMap;

use audit::JwtFault;
use jiff::Timestamp;
use serde_json::Value;

use crate::jwt::{Algorithm, Jwt, Key, KeyFault, read_object};

/// The most keys that an issuer may list. Most list two.
const MOST_KEYS: usize = 100;

/// The keys of one issuer; replaced whole, never changed.
#[derive(Debug)]
pub(super) struct KeySet {
    keys: Keys,
    /// When the issuer said so; none for a secret, which is the operator's own word.
    pub(super) listed_at: Option<Timestamp>,
}

#[derive(Debug)]
enum Keys {
    /// By name.
    Listed(BTreeMap<String, Key>),
    /// One secret, whatever a token calls it.
    Secret(Key),
}

/// A key that was listed and is not used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unused {
    /// Its name, or its place in the list.
    pub(super) key: String,
    pub(super) why: KeyFault,
}

impl KeySet {
    /// The one secret of an issuer.
    pub(super) fn secret(key: Key) -> Self {
        Self { keys: Keys::Secret(key), listed_at: None }
    }

    /// Reads what an issuer lists (RFC 7517, 5). Keys that are of no use here are left out, and said; a
    /// list without any is a list: whoever takes all keys away means it.
    pub(super) fn read(
        bytes: &[u8],
        allowed: &[Algorithm],
        now: Timestamp,
    ) -> Result<(Self, Vec<Unused>), NoKeySet> {
        let document = read_object(bytes).ok_or(NoKeySet::NotJson)?;
        let listed = document.get("keys").and_then(Value::as_array).ok_or(NoKeySet::NoKeys)?;
        if listed.len() > MOST_KEYS {
            return Err(NoKeySet::TooMany);
        }
        let (mut keys, mut unused) = (BTreeMap::new(), Vec::new());
        for (place, key) in listed.iter().enumerate() {
            let named = key.get("kid").and_then(Value::as_str).filter(|name| !name.is_empty());
            let called = named.map_or_else(|| format!("the one at {}", place + 1), str::to_owned);
            match usable(key, named, listed, allowed) {
                Ok(key) => {
                    keys.insert(called, key);
                }
                Err(why) => unused.push(Unused { key: called, why }),
            }
        }
        Ok((Self { keys: Keys::Listed(keys), listed_at: Some(now) }, unused))
    }

    /// The key that a token names.
    pub(super) fn key_of(&self, token: &Jwt<'_>) -> Result<&Key, JwtFault> {
        match &self.keys {
            Keys::Secret(key) => Ok(key),
            Keys::Listed(keys) => {
                let name = token.key_id().ok_or(JwtFault::KeyIdMissing)?;
                keys.get(name).ok_or(JwtFault::UnknownKey)
            }
        }
    }

    /// How many keys can be used.
    pub(super) fn count(&self) -> usize {
        match &self.keys {
            Keys::Secret(_) => 1,
            Keys::Listed(keys) => keys.len(),
        }
    }
}

/// A key that tokens can name, and that no other is named like.
fn usable(
    key: &Value,
    name: Option<&str>,
    listed: &[Value],
    allowed: &[Algorithm],
) -> Result<Key, KeyFault> {
    let name = name.ok_or(KeyFault::Nameless)?;
    if listed.iter().filter(|key| key.get("kid").is_some_and(|it| it == name)).count() > 1 {
        return Err(KeyFault::Duplicate);
    }
    Key::of_jwk(key.as_object().ok_or(KeyFault::Malformed)?, allowed)
}

/// Why what came is no list of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoKeySet {
    /// It is no JSON object that can be read in one way only.
    #[error("it is no JSON object, or one with a key twice")]
    NotJson,
    /// There is no list in it.
    #[error("it has no list `keys`")]
    NoKeys,
    /// There are too many.
    #[error("it lists more than 100 keys")]
    TooMany,
}
