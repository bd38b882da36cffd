//! The organisation's Kustomer key, in a type that cannot print itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The real key. It leaves this type in one form only: the header that goes to Kustomer.
#[derive(Debug, Clone)]
pub struct UpstreamKey {
    key: SecretString,
    header: HeaderValue,
    fingerprint: [u8; 32],
}

impl UpstreamKey {
    /// Wraps a key; white space around it is dropped.
    pub fn new(key: &SecretString) -> Result<Self, KeyFailure> {
        let key = key.expose_secret().trim();
        if key.is_empty() {
            return Err(KeyFailure::Empty);
        }
        if key.contains(char::is_whitespace) {
            return Err(KeyFailure::NotAHeader);
        }
        let mut header =
            HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| KeyFailure::NotAHeader)?;
        header.set_sensitive(true);
        Ok(Self { key: SecretString::from(key), header, fingerprint: Sha256::digest(key).into() })
    }

    /// The `Authorization` header for Kustomer, marked sensitive.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// Whether the key stands somewhere in a text.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        text.contains(self.key.expose_secret())
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
        "the key holds characters that no HTTP header can hold; is it the whole key and nothing else?"
    )]
    NotAHeader,
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
