//! The organisation's Kustomer key, in a type that cannot print itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::key_search::{KeySearch, NotSearchable};

/// No key is as short as this, and a shorter one would be found by chance in any answer.
const SHORTEST: usize = 12;

/// The real key. It leaves this type in one form only: the header that goes to Kustomer.
#[derive(Debug, Clone)]
pub struct UpstreamKey {
    header: HeaderValue,
    fingerprint: [u8; 32],
    search: Arc<KeySearch>,
}

impl UpstreamKey {
    /// Wraps a key; white space around it is dropped.
    pub fn new(key: &SecretString) -> Result<Self, KeyFailure> {
        let key = key.expose_secret().trim();
        if key.is_empty() {
            return Err(KeyFailure::Empty);
        }
        // What RFC 6750 lets a bearer token be made of.
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if !key.bytes().all(is_legal) {
            return Err(KeyFailure::NotAHeader);
        }
        if key.len() < SHORTEST {
            return Err(KeyFailure::TooShort { length: key.len() });
        }
        let mut header =
            HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| KeyFailure::NotAHeader)?;
        header.set_sensitive(true);
        let search = KeySearch::new(key.as_bytes()).map_err(KeyFailure::NotSearchable)?;
        Ok(Self { header, fingerprint: Sha256::digest(key).into(), search: Arc::new(search) })
    }

    /// The `Authorization` header for Kustomer, marked sensitive.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// Whether the key stands somewhere in a text, in whatever form.
    #[must_use]
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.search.is_in(text)
    }

    /// What finds the key in a text that comes in pieces.
    #[must_use]
    pub fn search(&self) -> &Arc<KeySearch> {
        &self.search
    }

    /// Whether a text is this very key, compared in constant time.
    #[must_use]
    pub fn is(&self, presented: &[u8]) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        presented.ct_eq(&self.fingerprint).into()
    }
}

/// Reads a secret from a file that nobody but its owner and group can reach.
pub fn read_secret(path: &Path) -> Result<SecretString, KeyFailure> {
    check_mode(path)?;
    let text = fs::read_to_string(path).map_err(|why| unreadable(path, why))?;
    Ok(SecretString::from(text.trim()))
}

/// Refuses a file that others than its owner and group can reach.
pub fn check_mode(path: &Path) -> Result<(), KeyFailure> {
    let mode = fs::metadata(path).map_err(|why| unreadable(path, why))?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err(KeyFailure::OpenToOthers { path: path.to_owned(), mode: mode & 0o777 });
    }
    Ok(())
}

fn unreadable(path: &Path, why: std::io::Error) -> KeyFailure {
    KeyFailure::Unreadable { path: path.to_owned(), why }
}

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFailure {
    /// There is nothing in it.
    #[error("the key is empty")]
    Empty,
    /// It holds characters that cannot stand in a header.
    #[error(
        "the key holds characters that no bearer token can hold; is it the whole key and nothing else?"
    )]
    NotAHeader,
    /// It is no key of Kustomer's.
    #[error("the key has {length} characters, and no key is so short; is it the whole key?")]
    TooShort {
        /// How long it is.
        length: usize,
    },
    /// It is too long, most likely.
    #[error("answers could not be searched for the key; is it the key and nothing else?")]
    NotSearchable(#[source] NotSearchable),
    /// The file is not there or not ours to read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        why: std::io::Error,
    },
    /// Everybody on the machine can read or change the file.
    #[error("`{}` has mode {mode:03o}, so other users can reach it; run: chmod 600 {}", path.display(), path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_nothing_of_the_key() {
        let key = UpstreamKey::new(&SecretString::from("not-a-real-key")).unwrap();
        let shown = format!("{key:?} {:?}", key.header());
        assert!(!shown.contains("not-a-real-key"), "{shown}");
    }

    #[test]
    fn the_key_is_told_from_any_other_text() {
        let key = UpstreamKey::new(&SecretString::from(" not-a-real-key\n")).unwrap();
        assert!(key.is(b"not-a-real-key"));
        assert!(!key.is(b"not-a-real-kez"));
    }
}
