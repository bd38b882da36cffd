//! `[store]`: where tokens and records are kept.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use crate::secret::{KeyFailure, read_secret};

/// `[store]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// `sqlite://FILE` or `postgres://...`; may hold a password, so it is a secret.
    pub url: Option<SecretString>,
    /// A file that holds the URL.
    pub url_file: Option<PathBuf>,
}

/// Where records are kept when nothing is set.
const DEFAULT_URL: &str = "sqlite://kustodian.db";

impl StoreSettings {
    /// The URL, from wherever it is set.
    pub fn url(&self) -> Result<SecretString, StoreUrlFailure> {
        match (&self.url, &self.url_file) {
            (Some(_), Some(_)) => Err(StoreUrlFailure::Both),
            (Some(url), None) => Ok(url.clone()),
            (None, Some(file)) => read_secret(file).map_err(StoreUrlFailure::File),
            (None, None) => Ok(SecretString::from(DEFAULT_URL)),
        }
    }

    /// Settings for one URL.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self { url: Some(SecretString::from(url)), url_file: None }
    }
}

/// The file of an SQLite URL; none of any other.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<&Path> {
    url.strip_prefix("sqlite://").map(Path::new)
}

/// Why there is no store URL.
#[derive(Debug, thiserror::Error)]
pub enum StoreUrlFailure {
    /// Two places.
    #[error("both `store.url` and `store.url_file` are set; keep one of them")]
    Both,
    /// The file cannot be used.
    #[error("`store.url_file` cannot be used")]
    File(#[source] KeyFailure),
}
