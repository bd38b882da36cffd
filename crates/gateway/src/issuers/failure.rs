//! Why an issuer's tokens cannot be checked.

use std::path::PathBuf;

use super::key_set::NoKeySet;
use super::key_url::InvalidKeyUrl;
use crate::jwt::KeyFault;
use crate::secret::KeyFailure;

/// Why a gateway cannot start with an issuer.
#[derive(Debug, thiserror::Error)]
#[error("issuer `{issuer}`")]
pub struct IssuerFailure {
    /// Its name in the settings.
    pub issuer: String,
    /// What is wrong.
    #[source]
    pub trouble: Trouble,
}

/// What is wrong with what an issuer's settings name.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The settings themselves.
    #[error("{0}")]
    Settings(String),
    /// Its keys' address.
    #[error("`jwks_url` {0}")]
    Url(InvalidKeyUrl),
    /// Its authorities.
    #[error("`ca_file` is `{}`, which cannot be read as PEM certificates: {why}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("its keys cannot be fetched; has this machine any CA certificates? else set `ca_file`")]
    Client(#[source] reqwest::Error),
    /// Its list of keys, in a file.
    #[error("`jwks_file` cannot be used")]
    KeyFile(#[source] FetchFailure),
    /// A key of that file.
    #[error("`jwks_file`: the key `{key}` cannot be used; {why}")]
    Key {
        /// Its name.
        key: String,
        /// What is wrong with it.
        why: KeyFault,
    },
    /// The file with the bearer token that its keys are asked for with.
    #[error("`bearer_file` cannot be used")]
    BearerFile(#[source] KeyFailure),
    /// Its secret's file.
    #[error("`secret_file` cannot be used")]
    SecretFile(#[source] KeyFailure),
    /// Its secret.
    #[error("`secret_file` cannot be used; {0}")]
    Secret(KeyFault),
}

/// Why keys could not be got.
#[derive(Debug, thiserror::Error)]
pub enum FetchFailure {
    /// No answer, or one that broke off.
    #[error("the issuer gave no answer")]
    Http(#[source] reqwest::Error),
    /// An answer other than the keys. Redirects are not followed.
    #[error("the issuer answered with status {0}")]
    Status(u16),
    /// More than any list of keys.
    #[error("the list of keys is longer than 262144 bytes")]
    TooLong,
    /// A file that cannot be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        why: std::io::Error,
    },
    /// Something else than a file.
    #[error("`{}` is no file", .0.display())]
    NoFile(PathBuf),
    /// It failed inside.
    #[error("the file could not be read: the gateway failed inside")]
    NotRead,
    /// What is to be shown stands in a file that others can reach, or that cannot be read.
    #[error("`bearer_file` cannot be used")]
    BearerFile(#[source] KeyFailure),
    /// What is to be shown is no bearer token.
    #[error("`{}` holds no bearer token", .0.display())]
    Bearer(PathBuf),
    /// What came is no list of keys.
    #[error("what came is no list of keys")]
    NoKeySet(#[source] NoKeySet),
}
