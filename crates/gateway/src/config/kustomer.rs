//! `[kustomer]`: the organisation at Kustomer, and its key.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use crate::secret::{KeyFailure, UpstreamKey, read_secret};
use crate::upstream::{BaseUrl, InvalidBaseUrl};

/// `[kustomer]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kustomer {
    /// Such as `https://acme.api.kustomerapp.com`.
    pub base_url: Option<String>,
    /// The real key itself; better in a file.
    pub api_key: Option<SecretString>,
    /// A file that holds the real key.
    pub api_key_file: Option<PathBuf>,
    /// PEM certificates to trust beside the machine's own, for an outgoing proxy that re-encrypts.
    pub ca_file: Option<PathBuf>,
    /// Whether a base URL that is neither encrypted nor this machine is accepted.
    pub allow_plain_http: bool,
    /// The organisation's plan, which sets how many requests a minute Kustomer takes in all.
    pub plan: Plan,
}

/// A plan of Kustomer's, named as Kustomer names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// 300 requests a minute (no longer sold).
    Professional,
    /// 500 requests a minute (no longer sold).
    Business,
    /// 1,000 requests a minute.
    #[default]
    Enterprise,
    /// 2,000 requests a minute.
    Ultimate,
}

impl Plan {
    /// Requests a minute that Kustomer takes from the whole organisation, all keys together.
    #[must_use]
    pub fn requests_per_minute(self) -> u32 {
        match self {
            Self::Professional => 300,
            Self::Business => 500,
            Self::Enterprise => 1000,
            Self::Ultimate => 2000,
        }
    }
}

impl Kustomer {
    /// Where Kustomer is, if it is safe to send the key there.
    pub fn base(&self) -> Result<BaseUrl, KustomerFailure> {
        let text = self.base_url.as_deref().ok_or(KustomerFailure::NoBaseUrl)?;
        let base = BaseUrl::parse(text)
            .map_err(|why| KustomerFailure::BaseUrl { text: without_credentials(text), why })?;
        if !base.is_encrypted() && !base.is_loopback() && !self.allow_plain_http {
            return Err(KustomerFailure::PlainHttp(base));
        }
        Ok(base)
    }

    /// The real key, from wherever it is set.
    pub fn key(&self) -> Result<UpstreamKey, KustomerFailure> {
        let key = match (&self.api_key, &self.api_key_file) {
            (Some(_), Some(_)) => return Err(KustomerFailure::BothKeys),
            (None, None) => return Err(KustomerFailure::NoKey),
            (Some(key), None) => key.clone(),
            (None, Some(file)) => read_secret(file).map_err(KustomerFailure::Key)?,
        };
        UpstreamKey::new(&key).map_err(KustomerFailure::Key)
    }
}

/// A URL as it may be shown: one with a user name or a password in it may not.
fn without_credentials(url: &str) -> String {
    if url.contains('@') { "...@...".to_owned() } else { url.to_owned() }
}

/// Why the organisation cannot be reached safely.
#[derive(Debug, thiserror::Error)]
pub enum KustomerFailure {
    /// No base URL.
    #[error(
        "`kustomer.base_url` is not set; set it to your organisation's address, such as `https://acme.api.kustomerapp.com`"
    )]
    NoBaseUrl,
    /// Not a base URL.
    #[error("`kustomer.base_url` is `{text}`")]
    BaseUrl {
        /// What was set.
        text: String,
        /// What is wrong with it.
        #[source]
        why: InvalidBaseUrl,
    },
    /// The key would go over the network in clear.
    #[error(
        "`kustomer.base_url` is `{0}`, where the real key would travel unencrypted; use https, or set `kustomer.allow_plain_http = true` if the way there is safe by other means"
    )]
    PlainHttp(BaseUrl),
    /// No key.
    #[error(
        "the real key is not set; put it into a file that only the gateway can read and set `kustomer.api_key_file`, or set KUSTODIAN_KUSTOMER__API_KEY"
    )]
    NoKey,
    /// Two keys.
    #[error("both `kustomer.api_key` and `kustomer.api_key_file` are set; keep one of them")]
    BothKeys,
    /// The key cannot be used.
    #[error("the real key cannot be used")]
    Key(#[source] KeyFailure),
}
