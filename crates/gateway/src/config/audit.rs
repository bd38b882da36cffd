//! `[audit]`: what records say of people, the key that this takes, and for how long they are kept.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use audit::Keep;
use serde::Deserialize;

use super::sqlite_file;
use crate::audit_key::{AuditKey, AuditKeyFailure};
use crate::identifiers::Identifiers;

/// The name of the key's file where none is set.
const KEY_FILE: &str = "kustodian-audit.key";

/// `[audit]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// How an address or number by which a customer is looked up stands in records.
    pub identifiers: IdentifierMode,
    /// The file of the audit key; where it is not set, beside the SQLite file.
    pub key_file: Option<PathBuf>,
    /// One address's requests, of callers who did not prove who they are, that have a record each in a minute.
    pub unauthenticated_per_minute: NonZeroU32,
    /// For how long records are kept; where it is not set, for ever.
    pub keep: Option<Keep>,
}

/// How an identifier of a person is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentifierMode {
    /// A little of it is left, for people to recognise: `a***@example.com`.
    #[default]
    Mask,
    /// Its keyed hash, by which equal ones can be matched.
    Hash,
    /// As it is.
    Clear,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            identifiers: IdentifierMode::default(),
            key_file: None,
            unauthenticated_per_minute: const { NonZeroU32::new(30).unwrap() },
            keep: None,
        }
    }
}

impl AuditConfig {
    /// Where the audit key is kept. By default that is where an SQLite store is, because its folder is
    /// there and can be written to.
    #[must_use]
    pub fn key_path(&self, store_url: &str) -> PathBuf {
        let folder = sqlite_file(store_url).and_then(Path::parent);
        let beside_store = || folder.unwrap_or(Path::new("")).join(KEY_FILE);
        self.key_file.clone().unwrap_or_else(beside_store)
    }

    /// The audit key of a gateway that starts. An SQLite store has one gateway, which may make the key
    /// itself; a shared database may have several, and each must have the same.
    pub fn key(&self, store_url: &str) -> Result<AuditKey, AuditKeyFailure> {
        let path = self.key_path(store_url);
        match sqlite_file(store_url) {
            Some(_) => AuditKey::read_or_create(&path),
            None => AuditKey::read(&path),
        }
    }

    /// How records speak of identifiers; reads the audit key, which must be there, if that takes it.
    pub fn identifiers(&self, store_url: &str) -> Result<Identifiers, AuditKeyFailure> {
        match self.identifiers {
            IdentifierMode::Mask => Ok(Identifiers::masked()),
            IdentifierMode::Clear => Ok(Identifiers::clear()),
            IdentifierMode::Hash => {
                AuditKey::read(&self.key_path(store_url)).map(|key| Identifiers::hashed(&key))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key_file: Option<&str>, store_url: &str, expected: &str) {
        let config = AuditConfig { key_file: key_file.map(Into::into), ..AuditConfig::default() };
        assert_eq!(config.key_path(store_url), Path::new(expected));
    }

    #[test]
    fn the_key_is_where_the_settings_say_else_beside_the_sqlite_file_else_here() {
        check(Some("a/b.key"), "sqlite:///data/k.db", "a/b.key");
        check(None, "sqlite:///data/k.db", "/data/kustodian-audit.key");
        check(None, "sqlite://k.db", "kustodian-audit.key");
        check(None, "postgres://u@h/data/k", "kustodian-audit.key");
    }

    #[test]
    fn a_gateway_makes_the_key_of_its_own_file_and_of_no_shared_database() {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("audit.key");
        let config = AuditConfig { key_file: Some(key_file.clone()), ..AuditConfig::default() };
        let failure = config.key("postgres://u@h/k").unwrap_err();
        assert!(failure.to_string().contains("kustodian audit key new"), "{failure}");
        assert!(!key_file.exists());
        config.key("sqlite://k.db").unwrap();
        config.key("postgres://u@h/k").unwrap();
    }

    #[test]
    fn only_hashing_takes_the_key_to_read_records_and_reading_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("audit.key");
        let read = |identifiers| {
            let key_file = Some(key_file.clone());
            let config = AuditConfig { identifiers, key_file, ..AuditConfig::default() };
            config.identifiers("sqlite://k.db").is_ok()
        };
        assert!(read(IdentifierMode::Mask) && read(IdentifierMode::Clear));
        assert!(!read(IdentifierMode::Hash));
        assert!(!key_file.exists());
    }
}
